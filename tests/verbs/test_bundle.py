"""Building what runs models on phones from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.targets.phone.bundle import Bundle
from studio.targets.phone.bundle.pins import PACKAGES
from studio.verbs import main
from tests.support.phone_bundle import provide_bundle


@pytest.fixture
def bundle() -> Bundle:
    return provide_bundle()


def test_a_good_bundle_is_named_in_one_object(
    bundle: Bundle, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["bundle", "--json"]) == 0

    told = json.loads(capfd.readouterr().out)
    assert not told["built"]
    assert told["path"] == str(bundle.packed or bundle.folder)
    assert told["hash"] == bundle.hash
    assert told["runner_hash"] == bundle.runner_hash.hex()
    assert told["phone_bytes"] == sum(file.size_bytes for file in bundle.files)
    assert [file["sha256"] for file in told["files"]] == [file.sha256 for file in bundle.files]


def test_words_say_where_it_is_and_how_large(
    bundle: Bundle, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["bundle"]) == 0

    said = capfd.readouterr().out
    assert f"found    {bundle.packed or bundle.folder}\n" in said
    assert "MB on the phone" in said
    assert bundle.hash in said


def test_a_bundle_is_written_where_it_is_wanted_and_progress_goes_to_standard_error(
    bundle: Bundle, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mine.tar.xz"

    assert main(["bundle", "--out", str(out), "--json"]) == 0

    said = capfd.readouterr()
    told = json.loads(said.out)
    assert told["built"]
    assert told["path"] == str(out)
    assert told["packed_bytes"] == out.stat().st_size
    assert said.err.startswith("Compiling the runner\n")
    assert "Packing the bundle" in said.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--packages", "nowhere"], 2, "There is no folder nowhere."),
        (["--out", "nowhere/a.tar.xz"], 1, "its folder does not exist"),
        (["--out", "."], 1, "it is a folder"),
    ],
)
def test_places_that_cannot_be_used_are_refused_before_the_work(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JEJUNET_CACHE", str(tmp_path / "cache"))

    assert main(["bundle", *words]) == code

    assert said in capfd.readouterr().err
    assert not (tmp_path / "cache").exists()


def test_a_wrong_package_is_refused(
    bundle: Bundle, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / PACKAGES[0].file_names[0]).write_bytes(b"another wheel")

    assert main(["bundle", "--packages", str(tmp_path), "--json"]) == 2

    error = json.loads(capfd.readouterr().out)["error"]
    assert "is not the package that is expected" in error["message"]
    assert "ai-edge-litert 2.0.3" in error["remedy"]
