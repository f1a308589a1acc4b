"""Where Android's adb daemon is looked for: the machine's own mirrors, in the later release."""

from __future__ import annotations

import pytest

from tests.phone_lab.conformance.real_adbd import _from_line, _from_stanza


def test_a_stanza_keeps_its_mirrors_and_its_key() -> None:
    stanza = (
        "# a comment: of somebody\nTypes: deb\nURIs: http://one/debian http://two/debian\n"
        "Suites: bookworm bookworm-updates\nComponents: main\nSigned-By: /keys/debian.gpg\n"
    )
    assert _from_stanza(stanza) == [
        "deb [signed-by=/keys/debian.gpg] http://one/debian trixie main",
        "deb [signed-by=/keys/debian.gpg] http://two/debian trixie main",
    ]


@pytest.mark.parametrize(
    "stanza",
    [
        "",
        "Types: deb-src\nURIs: http://one/debian\nSuites: bookworm\n",
        "Types: deb\nURIs: http://one/security\nSuites: bookworm-security\n",
        "Types: deb\nURIs: http://one/ubuntu\nSuites: jammy\n",
    ],
)
def test_other_stanzas_are_left_alone(stanza: str) -> None:
    assert _from_stanza(stanza) == []


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("deb http://one/debian bookworm main", ["deb http://one/debian trixie main"]),
        (
            "deb [arch=amd64 signed-by=/k.gpg] http://one/debian bookworm main contrib",
            ["deb [arch=amd64 signed-by=/k.gpg] http://one/debian trixie main"],
        ),
        ("# deb http://one/debian bookworm main", []),
        ("deb-src http://one/debian bookworm main", []),
        ("deb http://one/tools stable main", []),
        ("deb http://one", []),
        ("", []),
    ],
)
def test_a_line_becomes_one_of_the_later_release(line: str, wanted: list[str]) -> None:
    assert _from_line(line) == wanted
