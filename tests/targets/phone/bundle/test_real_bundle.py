"""The bundle that phones get, and the wheel that brings it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from studio.targets.phone.bundle import Bundle, runner_hash
from studio.targets.phone.bundle.pins import LITERT_LIBRARY, LITERT_VERSION, LOADER, PACKAGES
from tests.support.checkout import ROOT
from tests.support.phone_bundle import provide_bundle
from tests.targets.phone.bundle.conftest import USERS_OWN

_QEMU = "qemu-aarch64-static"
_LOOK = (
    "from studio.targets.phone.bundle import find_bundle; bundle = find_bundle(); "
    "print(bundle.packed, bundle.hash)"
)


@pytest.fixture
def bundle(monkeypatch: pytest.MonkeyPatch) -> Bundle:
    """With the user's own cache and network; both are taken away again for the test itself."""
    with monkeypatch.context() as users_own:
        for name, value in USERS_OWN.items():
            if value is None:
                users_own.delenv(name, raising=False)
            else:
                users_own.setenv(name, value)
        return provide_bundle()


def test_it_holds_all_that_the_runner_and_its_libraries_load(bundle: Bundle) -> None:
    names = {file.name for file in bundle.files}
    readelf = shutil.which("aarch64-linux-gnu-readelf") or shutil.which("readelf")
    if readelf is None:
        pytest.skip("needs readelf")
    needed = set()
    for file in bundle.files:
        answer = subprocess.run(
            [readelf, "-d", file.path], capture_output=True, text=True, check=True
        )
        needed |= {
            line.split("[")[1].rstrip("]")
            for line in answer.stdout.splitlines()
            if "(NEEDED)" in line
        }

    assert needed <= names
    assert {"runner", LOADER, LITERT_LIBRARY, "libturbojpeg.so.0"} <= names
    assert bundle.runner_hash == runner_hash()
    assert bundle.litert_version == LITERT_VERSION


def test_its_files_are_those_of_the_pinned_packages(bundle: Bundle) -> None:
    came = {file.name: file.sha256 for file in bundle.files}
    manifest = json.loads((bundle.folder / "manifest.json").read_text())

    for package in PACKAGES:
        for part in package.parts:
            assert not part.is_for_phone or came.pop(part.name) == part.sha256
            assert (bundle.folder / part.name).is_file()
    assert set(came) == {"runner"}
    assert [note["name"] for note in manifest["packages"]] == [p.name for p in PACKAGES]


@pytest.mark.skipif(shutil.which(_QEMU) is None, reason=f"needs {_QEMU}")
def test_its_runner_starts_with_nothing_but_its_own_libraries(bundle: Bundle) -> None:
    command = [_QEMU, "-cpu", "cortex-a53", f"./{LOADER}", "--library-path", ".", "./runner"]
    answer = subprocess.run(
        [*command, "--socket", f"jejunet-test-{os.getpid()}"],
        cwd=bundle.folder,
        stdin=subprocess.DEVNULL,  # it ends with its input
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert answer.stdout == "listening\n", answer.stderr


def _build_wheel(folder: Path, *, version: str = "standard", **env: str) -> tuple[Path, str]:
    command = [sys.executable, "-m", "hatchling", "build", "--target", f"wheel:{version}"]
    answer = subprocess.run(
        [*command, "--directory", str(folder)],
        cwd=ROOT,
        env={**os.environ, **env},
        check=True,
        capture_output=True,
        text=True,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel, answer.stdout + answer.stderr


def _packed_in(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return [name for name in archive.namelist() if name.endswith(".tar.xz")]


def test_a_wheel_brings_the_bundle_and_its_studio_finds_it(bundle: Bundle, tmp_path: Path) -> None:
    wheel, _ = _build_wheel(tmp_path / "dist", JEJUNET_BUNDLE=str(bundle.packed))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    answer = subprocess.run(
        [sys.executable, "-c", _LOOK],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        check=True,
        capture_output=True,
        text=True,
    )

    packed, content_hash = answer.stdout.split()
    assert Path(packed).is_relative_to(tmp_path / "site")
    assert content_hash == bundle.hash


def test_a_wheel_that_cannot_have_the_bundle_says_so_and_goes_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    wheel, said = _build_wheel(tmp_path / "dist")

    assert not _packed_in(wheel)
    assert "goes without the bundle for phones" in said


@pytest.mark.parametrize(
    ("version", "env"),
    [("editable", {}), ("standard", {"JEJUNET_WHEEL_WITHOUT_BUNDLE": "1"})],
)
def test_an_editable_wheel_and_one_that_leaves_it_out_do_not_ask_for_it(
    tmp_path: Path, cache: Path, version: str, env: dict[str, str]
) -> None:
    wheel, _ = _build_wheel(tmp_path / "dist", version=version, **env)

    assert not _packed_in(wheel)
    assert not cache.exists()
