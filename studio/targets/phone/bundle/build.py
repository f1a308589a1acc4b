"""Building the bundle: parts of packages, a compiled runner, a manifest, one file."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from studio.errors import output_error
from studio.runs.lock import FileLock
from studio.targets.phone.bundle.compile import compile_runner, compiler_version, find_compiler
from studio.targets.phone.bundle.fetch import provide_parts
from studio.targets.phone.bundle.find import Bundle, find_bundle, open_bundle
from studio.targets.phone.bundle.folders import remove_leftovers, work_folder
from studio.targets.phone.bundle.manifest import (
    Manifest,
    ManifestFile,
    PackageNote,
    describe_file,
)
from studio.targets.phone.bundle.pack import pack, packed_name
from studio.targets.phone.bundle.pins import LITERT_VERSION, PACKAGES, Package
from studio.targets.phone.bundle.places import bundles_dir, parts_dir
from studio.targets.phone.bundle.progress import (
    OnProgress,
    ShouldStop,
    check_stop,
    never,
    silent,
)
from studio.targets.phone.bundle.recipe import licence_files, recipe_hash
from studio.targets.phone.bundle.sources import runner_hash, sources_dir

RUNNER_NAME = "runner"
_WAIT_SECONDS = 0.2


def ensure_bundle(
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
    *,
    packages: Sequence[Package] = PACKAGES,
) -> Bundle:
    """Find the bundle, or build it.

    Args:
        on_progress: told what is done, and how many bytes of how many.
        should_stop: asked often.
        packages: to take files from.

    Returns:
        A bundle that was made from this studio's sources.

    Raises:
        StudioError: it cannot be built; the remedy says what to install or to fetch.
        BundleStoppedError: someone asked to stop.
    """
    bundle = find_bundle(packages)
    if bundle is not None:
        return bundle
    with _alone(on_progress, should_stop):
        bundle = find_bundle(packages)  # another process may have built it meanwhile
        if bundle is None:
            out = bundles_dir() / packed_name(runner_hash())
            _build(out, packages=packages, on_progress=on_progress, should_stop=should_stop)
            bundle = open_bundle(out)
    return bundle


def build_bundle(
    out: Path | None = None,
    *,
    by_hand: Path | None = None,
    sources: Path | None = None,
    packages: Sequence[Package] = PACKAGES,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> Path:
    """Build a bundle.

    Args:
        out: the file to write; None for where `find_bundle` looks for it.
        by_hand: a folder with packages that the user fetched.
        sources: folder of the runner's sources; None for the studio's own.
        packages: to take files from.
        on_progress: told what is done, and how many bytes of how many.
        should_stop: asked often.

    Returns:
        The file.

    Raises:
        StudioError: a package or the compiler is missing, the disk is full.
        BundleStoppedError: someone asked to stop; nothing half is left.
    """
    out = out or bundles_dir() / packed_name(runner_hash(sources))
    with _alone(on_progress, should_stop):
        _build(
            out,
            by_hand=by_hand,
            sources=sources,
            packages=packages,
            on_progress=on_progress,
            should_stop=should_stop,
        )
    return out


@contextmanager
def _alone(on_progress: OnProgress, should_stop: ShouldStop) -> Iterator[None]:
    """Let one process at a time build, so that nothing is fetched twice."""
    place = bundles_dir()
    try:
        place.mkdir(parents=True, exist_ok=True)
        lock = FileLock(place / "lock")
        while not lock.acquire():
            on_progress("Waiting for another studio that builds the bundle", 0, 0)
            check_stop(should_stop)
            time.sleep(_WAIT_SECONDS)
    except OSError as error:
        raise output_error(place, error) from error
    try:
        remove_leftovers(place)
        remove_leftovers(parts_dir())
        yield
    finally:
        lock.release()


def _build(
    out: Path,
    *,
    by_hand: Path | None = None,
    sources: Path | None = None,
    packages: Sequence[Package],
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> None:
    sources = sources or sources_dir()
    compiler = find_compiler()  # before anything is fetched for nothing
    parts = provide_parts(
        by_hand, packages=packages, on_progress=on_progress, should_stop=should_stop
    )
    with work_folder(bundles_dir()) as work:
        folder = work / "bundle"
        try:
            for name, file in parts.items():
                place = folder / name
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, place)
            ours = _add_licences(folder)
            (work / "compile").mkdir()
        except OSError as error:
            raise output_error(bundles_dir(), error) from error
        on_progress("Compiling the runner", 0, 0)
        runner = compile_runner(
            sources, work / "compile", compiler=compiler, should_stop=should_stop
        )
        try:
            shutil.copyfile(runner, folder / RUNNER_NAME)
        except OSError as error:
            raise output_error(bundles_dir(), error) from error
        manifest = Manifest(
            runner_hash=runner_hash(work / "compile").hex(),
            recipe_hash=recipe_hash(sources, packages),
            litert_version=LITERT_VERSION,
            compiler=compiler_version(compiler, work),
            files=_files(folder, ours, packages),
            packages=_notes(packages),
        )
        pack(folder, manifest, out, on_progress, should_stop)


def _add_licences(folder: Path) -> list[str]:
    """Put the licence texts into a bundle; returns their names."""
    names = []
    for file in licence_files():
        name = f"licences/{file.name}"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / name)
        names.append(name)
    return names


def _files(
    folder: Path, ours: Sequence[str], packages: Sequence[Package]
) -> tuple[ManifestFile, ...]:
    described = [
        describe_file(
            folder,
            part.name,
            is_for_phone=part.is_for_phone,
            is_executable=part.is_executable,
            package=f"{package.name} {package.version}",
        )
        for package in packages
        for part in package.parts
    ]
    described += [
        describe_file(folder, name, is_for_phone=False, is_executable=False, package="")
        for name in ours
    ]
    described.append(
        describe_file(folder, RUNNER_NAME, is_for_phone=True, is_executable=True, package="")
    )
    return tuple(sorted(described, key=lambda file: file.name))


def _notes(packages: Sequence[Package]) -> tuple[PackageNote, ...]:
    return tuple(
        PackageNote(
            name=package.name,
            version=package.version,
            sha256=package.sha256,
            licence=package.licence,
            source=package.source,
        )
        for package in packages
    )
