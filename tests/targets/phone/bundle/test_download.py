"""The genuine pip, uv and apt-get, with package sources on this disk."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from studio.errors import InputError, OutputError
from studio.targets.phone.bundle import fetch
from studio.targets.phone.bundle.fetch import provide_parts
from studio.targets.phone.bundle.pins import DEBIAN_CODENAME, Package
from studio.targets.phone.bundle.progress import never
from studio.targets.phone.bundle.wheels import fetch_wheel
from tests.support.phone_packages import COPYRIGHT, LIBRARY, LOADER

_BASE = getattr(sys, "_base_executable", sys.executable)
_needs_apt = pytest.mark.skipif(shutil.which("apt-get") is None, reason="needs apt-get")


def _has_pip() -> bool:
    return not subprocess.run(
        [_BASE, "-m", "pip", "-V"], capture_output=True, check=False
    ).returncode


@pytest.fixture
def apt_source(
    packages: tuple[Package, ...], packages_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Make the folder with the packages apt's only source; returns the list of its packages."""
    deb = packages[1]
    listing = packages_folder / "Packages"
    listing.write_text(
        f"Package: {deb.name}\nVersion: {deb.version}\nArchitecture: arm64\n"
        f"Filename: ./{deb.file_names[0]}\nSize: {deb.size_bytes}\nSHA256: {deb.sha256}\n"
    )
    sources = packages_folder / "sources.list"
    place = str(packages_folder).replace(" ", "%20")
    sources.write_text(f"deb [trusted=yes] file:{place} ./\n")
    config = packages_folder / "apt.conf"
    config.write_text(f'Dir::Etc::sourcelist "{sources}";\nDir::Etc::sourceparts "/dev/null";\n')
    monkeypatch.setenv("APT_CONFIG", str(config))
    return listing


@pytest.mark.skipif(not _has_pip(), reason="needs pip")
def test_pip_fetches_a_wheel_for_the_phone(
    packages: tuple[Package, ...], packages_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", packages_folder.as_uri())

    parts = provide_parts(packages=packages[:1])

    assert parts["libruntime.so"].read_bytes() == LIBRARY


@pytest.mark.skipif(shutil.which("uv") is None, reason="needs uv")
def test_uv_fetches_a_wheel_where_there_is_no_pip(
    packages: tuple[Package, ...],
    packages_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A Python without pip: `-m pip` finds a module that fails.
    (tmp_path / "no pip").mkdir()
    (tmp_path / "no pip" / "pip.py").write_text("raise SystemExit('No module named pip')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "no pip"))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", packages_folder.as_uri())

    parts = provide_parts(packages=packages[:1])

    assert parts["libruntime.so"].read_bytes() == LIBRARY


@_needs_apt
def test_apt_fetches_a_package_for_another_processor(
    packages: tuple[Package, ...], apt_source: Path
) -> None:
    told: list[str] = []

    parts = provide_parts(
        packages=packages[1:], on_progress=lambda what, _done, _all: told.append(what)
    )

    assert parts["ld.so"].read_bytes() == LOADER
    assert parts["licences/a.txt"].read_bytes() == COPYRIGHT
    assert "Fetching libsome" in told


@_needs_apt
def test_apt_leaves_the_state_of_the_system_alone(
    packages: tuple[Package, ...], apt_source: Path
) -> None:
    lists = Path("/var/lib/apt/lists")
    before = sorted((path.name, path.stat().st_mtime_ns) for path in lists.iterdir())

    provide_parts(packages=packages[1:])

    assert sorted((path.name, path.stat().st_mtime_ns) for path in lists.iterdir()) == before


@_needs_apt
def test_what_a_source_has_under_the_pinned_name_is_checked(
    packages: tuple[Package, ...], packages_folder: Path, apt_source: Path
) -> None:
    """A source may have another package of this version; apt itself finds it right."""
    deb = packages[1]
    other = packages_folder / deb.file_names[0]
    content = other.read_bytes() + b"\n"
    other.write_bytes(content)
    listing = apt_source.read_text().replace(deb.sha256, hashlib.sha256(content).hexdigest())
    apt_source.write_text(listing.replace(f"Size: {deb.size_bytes}", f"Size: {len(content)}"))

    with pytest.raises(InputError, match="is not the package that is expected"):
        provide_parts(packages=packages[1:])


def _release(dists: Path, codename: str, packages: str) -> None:
    """Write a release of Debian that holds some packages."""
    listing = dists / codename / "main" / "binary-arm64" / "Packages"
    listing.parent.mkdir(parents=True)
    listing.write_text(packages)
    content = listing.read_bytes()
    (dists / codename / "Release").write_text(
        f"Origin: Debian\nLabel: Debian\nCodename: {codename}\nArchitectures: arm64\n"
        "Components: main\nDate: Sat, 10 Jun 2023 08:53:33 UTC\nSHA256:\n"
        f" {hashlib.sha256(content).hexdigest()} {len(content)} main/binary-arm64/Packages\n"
    )


@_needs_apt
def test_a_later_release_of_debian_asks_its_mirror_for_the_pinned_one(
    packages: tuple[Package, ...], packages_folder: Path, apt_source: Path, tmp_path: Path
) -> None:
    mirror = shutil.copytree(packages_folder, tmp_path / "mirror")
    listing = apt_source.read_text()
    _release(mirror / "dists", "forky", listing.replace("Version: 1.0", "Version: 2.0"))
    _release(mirror / "dists", DEBIAN_CODENAME, listing)
    (packages_folder / "sources.list").write_text(f"deb [trusted=yes] file:{mirror} forky main\n")
    with (packages_folder / "apt.conf").open("a") as config:
        config.write('Acquire::AllowInsecureRepositories "1";\n')  # this mirror signs nothing
        config.write('APT::Get::AllowUnauthenticated "1";\n')

    assert provide_parts(packages=packages[1:])["ld.so"].read_bytes() == LOADER


@_needs_apt
def test_a_source_that_is_out_of_order_does_not_hinder_the_others(
    packages: tuple[Package, ...], packages_folder: Path, apt_source: Path
) -> None:
    sources = packages_folder / "sources.list"
    sources.write_text(sources.read_text() + "deb [trusted=yes] file:/nowhere ./\n")

    assert provide_parts(packages=packages[1:])["ld.so"].read_bytes() == LOADER


def test_what_the_programs_say_is_kept_for_the_report(
    packages: tuple[Package, ...], tmp_path: Path
) -> None:
    found, said = fetch_wheel(packages[0], tmp_path, lambda *_step: None, never)

    assert found is None
    assert "some-runtime" in said


def test_too_little_space_is_said_before_anything_is_fetched(
    packages: tuple[Package, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_LISTS_BYTES", 1 << 60)

    with pytest.raises(OutputError, match=r"MB are needed in .* MB are free") as caught:
        provide_parts(packages=packages)

    assert "JEJUNET_CACHE" in caught.value.remedy
