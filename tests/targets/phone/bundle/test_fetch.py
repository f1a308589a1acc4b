from __future__ import annotations

import dataclasses
import shutil
import time
from pathlib import Path

import psutil
import pytest

from studio.errors import InputError, OutputError, PhoneError
from studio.targets.phone.bundle.fetch import provide_parts
from studio.targets.phone.bundle.pins import PACKAGES, Package
from studio.targets.phone.bundle.places import parts_dir
from studio.targets.phone.bundle.progress import BundleStoppedError
from tests.support.full_disk import full_disk
from tests.support.phone_packages import COPYRIGHT, LIBRARY, LOADER
from tests.support.waiting import wait_until


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _has_ended(pid: int) -> bool:
    try:
        # A container's first process may never ask how it ended.
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _contents(parts: dict[str, Path]) -> dict[str, bytes]:
    return {name: file.read_bytes() for name, file in parts.items()}


def test_packages_fetched_by_hand_need_no_network(
    packages: tuple[Package, ...], packages_folder: Path
) -> None:
    parts = provide_parts(packages_folder, packages=packages)

    assert _contents(parts) == {
        "libruntime.so": LIBRARY,
        "ld.so": LOADER,
        "licences/a.txt": COPYRIGHT,
    }


def test_parts_are_kept_for_the_next_time(
    packages: tuple[Package, ...], packages_folder: Path
) -> None:
    first = _contents(provide_parts(packages_folder, packages=packages))
    shutil.rmtree(packages_folder)

    assert _contents(provide_parts(packages=packages)) == first


def test_a_kept_part_that_was_damaged_is_fetched_again(
    packages: tuple[Package, ...], packages_folder: Path
) -> None:
    provide_parts(packages_folder, packages=packages)["ld.so"].write_bytes(b"damaged")

    assert provide_parts(packages_folder, packages=packages)["ld.so"].read_bytes() == LOADER
    assert not list(parts_dir().glob(".*"))


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_package_with_another_hash_is_refused(
    packages: tuple[Package, ...], packages_folder: Path, is_kept: bool
) -> None:
    if is_kept:
        provide_parts(packages_folder, packages=packages)
    deb = packages[1]
    file = packages_folder / deb.file_names[0]
    file.write_bytes(file.read_bytes() + b"more")

    with pytest.raises(InputError) as caught:
        provide_parts(packages_folder, packages=packages)

    assert str(file) in caught.value.message
    assert deb.sha256 in caught.value.message
    assert "libsome of Debian 12 (bookworm), main, version 1.0" in caught.value.remedy


def test_a_part_with_another_hash_is_refused(
    packages: tuple[Package, ...], packages_folder: Path
) -> None:
    wheel = packages[0]
    wrong = dataclasses.replace(wheel.parts[0], sha256="0" * 64)

    with pytest.raises(InputError, match=r"libruntime\.so in some-runtime is not the file"):
        provide_parts(
            packages_folder, packages=[dataclasses.replace(wheel, parts=(wrong,)), packages[1]]
        )
    assert not list(parts_dir().iterdir())


def test_missing_packages_are_named_with_the_place_to_put_them(
    packages: tuple[Package, ...], packages_folder: Path
) -> None:
    for file in packages_folder.iterdir():
        file.unlink()

    with pytest.raises(PhoneError) as caught:
        provide_parts(packages_folder, packages=packages)

    assert "some-runtime 1.0, libsome 1.0" in caught.value.message
    assert f"jejunet bundle --packages {packages_folder}" in caught.value.remedy
    for package in packages:
        assert package.file_names[0] in caught.value.remedy
        assert package.sha256 in caught.value.remedy
    assert caught.value.details


def test_a_system_without_pip_uv_and_apt_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    debs = [package for package in PACKAGES if package.kind == "deb"]

    with pytest.raises(PhoneError, match=r"libturbojpeg0 1:2\.1\.5-2") as caught:
        provide_parts(packages=debs)

    assert "libturbojpeg0_2.1.5-2_arm64.deb" in caught.value.remedy
    assert "This system has no apt-get." in caught.value.details


def test_a_full_disk_is_named_and_leaves_nothing(
    packages: tuple[Package, ...], packages_folder: Path
) -> None:
    with full_disk(free_bytes=500), pytest.raises(OutputError, match="Could not write"):
        provide_parts(packages_folder, packages=packages)

    assert not list(parts_dir().iterdir())


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")
def test_a_download_that_hangs_is_stopped_at_once(
    packages: tuple[Package, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The programs of ours that hang are ended, and so are their children."""
    programs = tmp_path / "programs"
    programs.mkdir()
    apt = programs / "apt-get"
    child = tmp_path / "child"
    apt.write_text(f"#!/bin/sh\n/bin/sleep 60 &\necho $! > '{child}'\nwait\n")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    started = time.monotonic()

    with pytest.raises(BundleStoppedError):
        provide_parts(packages=packages[1:], should_stop=lambda: _text(child).endswith("\n"))

    assert time.monotonic() - started < 10
    wait_until(lambda: _has_ended(int(_text(child))), what="the child's end")
    assert not list(parts_dir().iterdir())


def test_every_pinned_part_has_one_place_and_every_library_one_name() -> None:
    names = [part.name for package in PACKAGES for part in package.parts]

    assert len(set(names)) == len(names)
    for package in PACKAGES:
        assert len(package.sha256) == 64
        assert all(len(part.sha256) == 64 for part in package.parts)
        assert all(part.is_for_phone != ("/" in part.name) for part in package.parts)
