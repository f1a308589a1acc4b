from __future__ import annotations

import io
import json
import logging
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from studio.targets.phone.bundle import Bundle, ensure_bundle, find_bundle
from studio.targets.phone.bundle.build import build_bundle
from studio.targets.phone.bundle.find import open_bundle
from studio.targets.phone.bundle.manifest import MANIFEST_NAME, DamagedBundleError
from studio.targets.phone.bundle.pins import Package
from studio.targets.phone.bundle.places import shipped_dir
from tests.support.phone_packages import LOADER

pytestmark = pytest.mark.usefixtures("cross_compiler", "resources")


@pytest.fixture
def built(packages: tuple[Package, ...], packages_folder: Path, sources: Path) -> Bundle:
    return open_bundle(build_bundle(by_hand=packages_folder, packages=packages))


def _packed(bundle: Bundle) -> Path:
    assert bundle.packed is not None
    return bundle.packed


def _damage(path: Path) -> None:
    """Change a file; at once, so that only its time or its content can tell."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def test_nothing_is_found_where_nothing_was_built(packages: tuple[Package, ...]) -> None:
    assert find_bundle(packages) is None


def test_the_shipped_bundle_goes_first_and_its_folder_is_not_written_to(
    built: Bundle, packages: tuple[Package, ...]
) -> None:
    shipped_dir().mkdir()
    shipped = Path(shutil.copy(_packed(built), shipped_dir()))

    found = find_bundle(packages)

    assert found is not None
    assert found.packed == shipped
    assert list(shipped_dir().iterdir()) == [shipped]


@pytest.mark.parametrize("is_folder", [False, True])
def test_a_bundle_that_the_user_names_goes_before_the_cache(
    built: Bundle,
    packages: tuple[Package, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_folder: bool,
) -> None:
    chosen = tmp_path / "chosen"
    if is_folder:
        shutil.copytree(built.folder, chosen)
    else:
        shutil.copy(_packed(built), chosen)
    monkeypatch.setenv("JEJUNET_BUNDLE", str(chosen))

    found = find_bundle(packages)

    assert found is not None
    assert found.hash == built.hash
    assert (found.folder if is_folder else found.packed) == chosen


def test_a_named_bundle_that_is_not_there_is_said(
    built: Bundle,
    packages: tuple[Package, ...],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("JEJUNET_BUNDLE", "/nowhere/bundle")

    with caplog.at_level(logging.WARNING):
        assert find_bundle(packages) == built

    assert "JEJUNET_BUNDLE names /nowhere/bundle" in caplog.text


@pytest.mark.parametrize("name", ["runner", "ld.so", "licences/jejunet.txt"])
@pytest.mark.parametrize("is_missing", [False, True])
def test_an_unpacked_file_that_was_damaged_is_unpacked_again(
    built: Bundle,
    packages: tuple[Package, ...],
    caplog: pytest.LogCaptureFixture,
    name: str,
    is_missing: bool,
) -> None:
    whole = (built.folder / name).read_bytes()
    if is_missing:
        (built.folder / name).unlink()
    else:
        _damage(built.folder / name)

    with caplog.at_level(logging.WARNING):
        assert find_bundle(packages) == built

    assert (built.folder / name).read_bytes() == whole
    assert "It is unpacked again" in caplog.text


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.95])
def test_a_damaged_packed_bundle_is_built_again_with_a_warning(
    built: Bundle, packages: tuple[Package, ...], caplog: pytest.LogCaptureFixture, kept: float
) -> None:
    packed = _packed(built)
    whole = packed.read_bytes()
    packed.write_bytes(whole[: int(kept * len(whole))])
    shutil.rmtree(built.folder)

    with caplog.at_level(logging.WARNING):
        assert ensure_bundle(packages=packages) == built

    assert packed.read_bytes() == whole
    assert f"{packed} is damaged" in caplog.text


def test_a_bundle_is_checked_again_only_after_a_change(
    built: Bundle, packages: tuple[Package, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window asks often; hashing it all each time would show."""
    monkeypatch.setattr("studio.targets.phone.bundle.find.check_files", None)
    assert find_bundle(packages) == built

    os.utime(built.folder / "runner", ns=(1, 1))
    with pytest.raises(TypeError, match="not callable"):
        find_bundle(packages)


def _tar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:xz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def test_another_archive_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(DamagedBundleError, match="is no bundle"):
        open_bundle(_tar(tmp_path / "a.tar.xz", {"readme": b"hello"}))


def test_a_bundle_of_a_later_format_is_refused_in_words(tmp_path: Path) -> None:
    manifest = json.dumps({"format": 9}).encode()

    with pytest.raises(DamagedBundleError, match="has format 9, this studio knows format 1"):
        open_bundle(_tar(tmp_path / "a.tar.xz", {MANIFEST_NAME: manifest}))


@pytest.mark.parametrize("name", ["../outside", "/outside", "licences/../../outside"])
def test_no_file_is_unpacked_outside(built: Bundle, tmp_path: Path, name: str) -> None:
    manifest = json.loads((built.folder / MANIFEST_NAME).read_text())
    manifest["files"][0] |= {"name": name, "size_bytes": len(LOADER)}
    text = json.dumps(manifest).encode()

    with pytest.raises(DamagedBundleError, match="manifest is damaged"):
        open_bundle(_tar(tmp_path / "a.tar.xz", {MANIFEST_NAME: text, name: LOADER}))
    assert not (tmp_path / "outside").exists()


def test_files_that_the_manifest_does_not_name_are_not_unpacked(
    built: Bundle, tmp_path: Path
) -> None:
    shutil.rmtree(built.folder)
    with tarfile.open(_packed(built)) as tar:
        files = {member.name: file.read() for member in tar if (file := tar.extractfile(member))}

    found = open_bundle(_tar(tmp_path / "a.tar.xz", {**files, "stowaway": b"boo"}))

    assert found.hash == built.hash
    assert not (found.folder / "stowaway").exists()
