"""Finding the bundle that fits this studio: shipped, named by the user, or built before."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.targets.phone.bundle.folders import complete_folder
from studio.targets.phone.bundle.manifest import (
    MANIFEST_NAME,
    DamagedBundleError,
    Manifest,
    check_files,
    content_hash,
    parse_manifest,
)
from studio.targets.phone.bundle.pack import packed_name, read_manifest, unpack
from studio.targets.phone.bundle.pins import PACKAGES, Package
from studio.targets.phone.bundle.places import bundles_dir, chosen_bundle, shipped_dir
from studio.targets.phone.bundle.recipe import recipe_hash
from studio.targets.phone.bundle.sources import runner_hash

_log = logging.getLogger(__name__)
_checked: dict[Path, tuple[tuple[int, int], ...]] = {}
"""Size and time of each file of a folder when its hashes were last found right."""


@dataclass(frozen=True)
class BundleFile:
    """A file to push.

    Attributes:
        name: on the phone, without a folder.
        path: on this computer.
        size_bytes: of its content.
        sha256: of its content, as hex.
        is_executable: whether it is started there.
    """

    name: str
    path: Path
    size_bytes: int
    sha256: str
    is_executable: bool


@dataclass(frozen=True)
class Bundle:
    """Everything that a phone needs to run models.

    Attributes:
        folder: where it lies unpacked; licences and the manifest lie there too.
        hash: of all content, as hex.
        runner_hash: of the sources that the runner was made from.
        recipe_hash: of everything else that it was made from, as hex.
        litert_version: of the library that runs the models.
        files: what the phone needs, sorted by name.
        packed: the file that it was unpacked from; None when it never was one.
    """

    folder: Path
    hash: str
    runner_hash: bytes
    recipe_hash: str
    litert_version: str
    files: tuple[BundleFile, ...]
    packed: Path | None = None


def find_bundle(packages: Sequence[Package] = PACKAGES) -> Bundle | None:
    """Look for a bundle that was made from this studio's sources, and is whole.

    Args:
        packages: that it should be made from.

    Returns:
        The first of: the one that came with the program, the one named by `JEJUNET_BUNDLE`, the
        one in the cache. None when there is none; damaged ones are passed over with a warning.

    Raises:
        PhoneError: the runner's sources are missing.
        OutputError: a packed one cannot be unpacked.
    """
    wanted = runner_hash()
    recipe = recipe_hash(packages=packages)
    for candidate in _candidates(wanted):
        try:
            bundle = open_bundle(candidate)
        except DamagedBundleError as error:
            _log.warning("%s", error)
            continue
        if bundle.runner_hash == wanted and bundle.recipe_hash == recipe:
            return bundle
        _log.warning("The bundle %s is out of date: it was made for another studio.", candidate)
    return None


def open_bundle(place: Path) -> Bundle:
    """Open one bundle; what was damaged after unpacking is unpacked anew.

    Args:
        place: its file or folder.

    Raises:
        DamagedBundleError: it is damaged.
        OutputError: it cannot be unpacked.
    """
    try:
        if place.is_dir():
            return _bundle(place, (place / MANIFEST_NAME).read_bytes(), None)
        text = read_manifest(place)
        parse_manifest(text)
    except OSError as error:
        raise DamagedBundleError(
            f"The bundle {place} cannot be read: {error.strerror}.", details=repr(error)
        ) from error
    folder = bundles_dir() / f"bundle-{content_hash(text)[:16]}"
    if folder.is_dir():
        try:
            return _bundle(folder, text, place)
        except DamagedBundleError as error:
            _log.warning("%s It is unpacked again.", error)
    _unpack(place, folder)
    return _bundle(folder, text, place)


def _candidates(wanted: bytes) -> Iterator[Path]:
    name = packed_name(wanted)
    chosen = chosen_bundle()
    for place in (shipped_dir() / name, chosen, bundles_dir() / name):
        if place is None:
            continue
        if place.exists():
            yield place
        elif place == chosen:
            _log.warning("JEJUNET_BUNDLE names %s, which is not there", place)


def _unpack(packed: Path, folder: Path) -> None:
    with complete_folder(folder) as fresh:
        unpack(packed, fresh)
        check_files(fresh, parse_manifest((fresh / MANIFEST_NAME).read_bytes()))


def _bundle(folder: Path, text: bytes, packed: Path | None) -> Bundle:
    """Describe a folder, after a look at its files."""
    manifest = parse_manifest(text)
    state = _state(folder, manifest)
    if state is None or _checked.get(folder) != state:
        check_files(folder, manifest)
        if state is not None:
            _checked[folder] = state
    return Bundle(
        folder=folder,
        hash=content_hash(text),
        runner_hash=bytes.fromhex(manifest.runner_hash),
        recipe_hash=manifest.recipe_hash,
        litert_version=manifest.litert_version,
        files=tuple(
            BundleFile(
                name=file.name,
                path=folder / file.name,
                size_bytes=file.size_bytes,
                sha256=file.sha256,
                is_executable=file.is_executable,
            )
            for file in manifest.files
            if file.is_for_phone
        ),
        packed=packed,
    )


def _state(folder: Path, manifest: Manifest) -> tuple[tuple[int, int], ...] | None:
    """Sizes and times of a bundle's files, which change with them; None if one is missing."""
    try:
        stats = [(folder / file.name).stat() for file in manifest.files]
    except OSError:
        return None
    return tuple((stat.st_size, stat.st_mtime_ns) for stat in stats)
