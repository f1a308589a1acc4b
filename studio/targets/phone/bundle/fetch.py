"""The parts of the pinned packages: from the cache, from a folder, or from the network."""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from studio.errors import InputError, OutputError, PhoneError, output_error
from studio.targets.phone.bundle.archives import read_files
from studio.targets.phone.bundle.debian import fetch_debs
from studio.targets.phone.bundle.folders import complete_folder, work_folder
from studio.targets.phone.bundle.pins import PACKAGES, Package
from studio.targets.phone.bundle.places import parts_dir
from studio.targets.phone.bundle.progress import (
    OnProgress,
    ShouldStop,
    check_stop,
    never,
    silent,
)
from studio.targets.phone.bundle.wheels import fetch_wheel

_LISTS_BYTES = 30_000_000  # of Debian's packages, while they are read


class MissingPackagesError(PhoneError):
    """Packages are neither at hand nor to be had."""


def provide_parts(
    by_hand: Path | None = None,
    *,
    packages: Sequence[Package] = PACKAGES,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> dict[str, Path]:
    """Have all parts of the packages at hand.

    Args:
        by_hand: a folder with packages that the user fetched; it goes before the network.
        packages: which.
        on_progress: told how much has come.
        should_stop: asked often.

    Returns:
        The file of each part, by its name in the bundle.

    Raises:
        InputError: a package is not the one that is expected.
        MissingPackagesError: packages are missing; the remedy names them.
        OutputError: the disk is full.
        BundleStoppedError: someone asked to stop.
    """
    if by_hand is not None:
        for package in packages:
            _take_by_hand(package, by_hand)
    missing = [package for package in packages if not _is_kept(package)]
    if missing:
        missing, said = _download(missing, on_progress, should_stop)
        if missing:
            raise _missing_error(missing, by_hand, said)
    return {part.name: _kept(package) / part.name for package in packages for part in package.parts}


def _kept(package: Package) -> Path:
    return parts_dir() / f"{package.name}-{package.sha256[:16]}"


def _is_kept(package: Package) -> bool:
    """Whether all parts lie in the cache, whole."""
    try:
        return all(
            hashlib.sha256((_kept(package) / part.name).read_bytes()).hexdigest() == part.sha256
            for part in package.parts
        )
    except OSError:
        return False


def _take_by_hand(package: Package, folder: Path) -> None:
    for name in package.file_names:
        file = folder / name
        if file.is_file():
            _check(package, file)  # also when it is not needed: the user shall know of a wrong one
            if not _is_kept(package):
                _keep(package, file)


def _check(package: Package, file: Path) -> None:
    """Refuse a package that is not the pinned one.

    Raises:
        InputError: it is another.
    """
    try:
        with file.open("rb") as content:
            came = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"Could not read {file}: {error.strerror}.") from error
    if came != package.sha256:
        raise InputError(
            f"{file} is not the package that is expected: its SHA-256 is {came} instead of "
            f"{package.sha256}.",
            remedy=f"Fetch the {package.origin}.",
        )


def _keep(package: Package, source: Path) -> None:
    """Put a package's parts into the cache, all at once.

    Args:
        package: the package.
        source: its file, or the folder that it was unpacked into.
    """
    found = read_files(source, [part.inside for part in package.parts])
    with complete_folder(_kept(package)) as fresh:
        for part in package.parts:
            content = found[part.inside]
            came = hashlib.sha256(content).hexdigest()
            if came != part.sha256:
                raise InputError(
                    f"{part.inside} in {package.name} is not the file that is expected: its "
                    f"SHA-256 is {came} instead of {part.sha256}.",
                    remedy="Tell the makers of the studio.",
                )
            file = fresh / part.name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


def _check_space(packages: Sequence[Package]) -> None:
    """Tell of a disk that is too full before hundreds of megabytes come for nothing.

    Raises:
        OutputError: it is.
    """
    place = parts_dir()
    # pip keeps a wheel twice while it hands it over.
    needed_bytes = 2 * sum(package.size_bytes for package in packages) + _LISTS_BYTES
    try:
        place.mkdir(parents=True, exist_ok=True)
        free_bytes = shutil.disk_usage(place).free
    except OSError as error:
        raise output_error(place, error) from error
    if free_bytes < needed_bytes:
        raise OutputError(
            f"About {needed_bytes / 1e6:.0f} MB are needed in {place} to fetch what a phone needs, "
            f"{free_bytes / 1e6:.0f} MB are free.",
            remedy="Free some space, or set JEJUNET_CACHE to a folder on another disk.",
        )


def _download(
    packages: Sequence[Package], on_progress: OnProgress, should_stop: ShouldStop
) -> tuple[list[Package], str]:
    """Fetch packages into the cache.

    Returns:
        Those that could not be had, and why.
    """
    _check_space(packages)
    said = []
    try:
        for package in packages:
            if package.kind == "wheel":
                with work_folder(parts_dir()) as folder:
                    source, words = fetch_wheel(package, folder, on_progress, should_stop)
                    said.append(words)
                    if source is not None:
                        if source.is_file():
                            _check(package, source)
                        _keep(package, source)
        debs = [package for package in packages if package.kind == "deb"]
        if debs:
            with work_folder(parts_dir()) as folder:
                files, words = fetch_debs(debs, folder, on_progress, should_stop)
                said.append(words)
                for package in debs:
                    if package.name in files:
                        _check(package, files[package.name])
                        _keep(package, files[package.name])
    except OSError as error:
        raise output_error(parts_dir(), error) from error
    check_stop(should_stop)
    words = "\n".join(filter(None, said))
    if "no space left" in words.lower():
        raise output_error(parts_dir(), OSError(errno.ENOSPC, words))
    return [package for package in packages if not _is_kept(package)], words


def _missing_error(
    packages: Sequence[Package], by_hand: Path | None, said: str
) -> MissingPackagesError:
    names = ", ".join(f"{package.name} {package.version}" for package in packages)
    where = "there" if by_hand else "into a folder"
    again = f"--packages {by_hand}" if by_hand else "--packages FOLDER"
    files = "\n".join(
        f"  {package.file_names[0]}\n    {package.origin}\n    SHA-256 {package.sha256}"
        for package in packages
    )
    return MissingPackagesError(
        f"Packages for the bundle for phones are missing and could not be fetched: {names}.",
        remedy="Connect to the network and try again; or put these files "
        f"{where} and run `jejunet bundle {again}`:\n{files}",
        details=said,
    )
