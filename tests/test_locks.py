"""The lock files fit pyproject.toml, and hold for any package index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.checkout import ROOT

_LOCKS = {"run": ROOT / "requirements.lock", "test": ROOT / "tests" / "requirements.lock"}
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _pins(path: Path) -> dict[str, str]:
    """The version of each package; every line is a pin or a hash."""
    pins: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("    --hash="):
            continue
        requirement = Requirement(line.removesuffix("\\").strip())
        (pin,) = requirement.specifier
        assert pin.operator == "=="
        pins[canonicalize_name(requirement.name)] = pin.version
    return pins


def _wanted(extras: tuple[str, ...]) -> list[Requirement]:
    lines = list(_PROJECT["dependencies"])
    for extra in extras:
        lines += _PROJECT["optional-dependencies"][extra]
    return [
        requirement
        for requirement in map(Requirement, lines)
        if canonicalize_name(requirement.name) != _PROJECT["name"]
    ]


@pytest.mark.parametrize(("kind", "extras"), [("run", ("build",)), ("test", ("build", "dev"))])
def test_a_lock_has_every_dependency_in_a_version_that_fits(
    kind: str, extras: tuple[str, ...]
) -> None:
    pins = _pins(_LOCKS[kind])
    for requirement in _wanted(extras):
        version = pins.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not in {_LOCKS[kind].name}"
        assert requirement.specifier.contains(version, prereleases=True), requirement


def test_tests_run_with_the_versions_that_users_run() -> None:
    run, test = _pins(_LOCKS["run"]), _pins(_LOCKS["test"])
    assert run.items() <= test.items()


@pytest.mark.parametrize("kind", ["run", "test"])
def test_every_pin_has_hashes_and_no_address(kind: str) -> None:
    text = _LOCKS[kind].read_text(encoding="utf-8")
    assert "://" not in text
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert len(blocks) == len(_pins(_LOCKS[kind]))
    for block in blocks:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block.splitlines()[0]
