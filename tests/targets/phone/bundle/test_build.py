from __future__ import annotations

import hashlib
import json
import logging
import multiprocessing
import threading
from pathlib import Path

import pytest

from studio.errors import OutputError, PhoneError
from studio.runs.lock import FileLock
from studio.targets.phone.bundle import Bundle, ensure_bundle, find_bundle, runner_hash
from studio.targets.phone.bundle.build import build_bundle
from studio.targets.phone.bundle.find import open_bundle
from studio.targets.phone.bundle.manifest import MANIFEST_NAME
from studio.targets.phone.bundle.pins import Package
from studio.targets.phone.bundle.places import bundles_dir, parts_dir
from studio.targets.phone.bundle.progress import BundleStoppedError
from tests.support.checkout import ROOT
from tests.support.full_disk import full_disk
from tests.support.phone_packages import LIBRARY, LOADER, make_sources

pytestmark = pytest.mark.usefixtures("cross_compiler", "resources")


@pytest.fixture
def built(packages: tuple[Package, ...], packages_folder: Path, sources: Path) -> Bundle:
    """A bundle where the studio looks for it; its packages are in the cache from now on."""
    return open_bundle(build_bundle(by_hand=packages_folder, packages=packages))


def test_the_same_inputs_give_the_same_bytes_in_any_folder(
    packages: tuple[Package, ...],
    packages_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outs = []
    for name in ("one", "another/longer one"):
        monkeypatch.setenv("JEJUNET_CACHE", str(tmp_path / name / "cache"))
        out = tmp_path / name / "out.tar.xz"
        sources = make_sources(tmp_path / name / "sources")
        build_bundle(out, by_hand=packages_folder, sources=sources, packages=packages)
        outs.append(out.read_bytes())

    assert outs[0] == outs[1]


def test_the_phone_gets_runner_and_libraries_but_no_licences(built: Bundle) -> None:
    assert [(file.name, file.is_executable) for file in built.files] == [
        ("ld.so", True),
        ("libruntime.so", False),
        ("runner", True),
    ]
    for file in built.files:
        content = file.path.read_bytes()
        assert file.size_bytes == len(content)
        assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert built.files[0].path.read_bytes() == LOADER
    assert built.files[1].path.read_bytes() == LIBRARY
    assert built.runner_hash == runner_hash()


def test_the_manifest_lists_every_file(built: Bundle) -> None:
    manifest = json.loads((built.folder / MANIFEST_NAME).read_text())
    listed = {file["name"]: file for file in manifest["files"]}
    there = {
        path.relative_to(built.folder).as_posix()
        for path in built.folder.rglob("*")
        if path.is_file()
    }

    assert there == {*listed, MANIFEST_NAME}
    for name, file in listed.items():
        content = (built.folder / name).read_bytes()
        assert file["size_bytes"] == len(content)
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
    assert listed["ld.so"]["package"] == "libsome 1.0"
    assert {note["name"] for note in manifest["packages"]} == {"some-runtime", "libsome"}
    assert all(note["licence"] and note["source"] for note in manifest["packages"])
    assert "aarch64-linux-gnu-gcc" in manifest["compiler"]


def test_our_licence_and_those_the_packages_refer_to_go_along(built: Bundle) -> None:
    texts = {path.name: path.read_text() for path in (built.folder / "licences").iterdir()}

    assert texts["jejunet.txt"] == (ROOT / "LICENSE").read_text()
    assert {"Apache-2.0.txt", "GPL-3.txt", "LGPL-2.1.txt"} <= set(texts)


def test_the_second_time_it_is_found(built: Bundle, packages: tuple[Package, ...]) -> None:
    steps: list[str] = []

    found = ensure_bundle(lambda what, _done, _all: steps.append(what), packages=packages)

    assert found == built
    assert not steps


def test_other_sources_call_for_another_bundle(
    built: Bundle, packages: tuple[Package, ...], sources: Path
) -> None:
    make_sources(sources, words="something new")
    assert find_bundle(packages) is None

    found = ensure_bundle(packages=packages)

    assert found.runner_hash == runner_hash() != built.runner_hash


def test_other_packages_or_flags_call_for_another_bundle(
    built: Bundle, packages: tuple[Package, ...], sources: Path
) -> None:
    assert find_bundle(packages[:1]) is None

    (sources / "flags.txt").write_text("compile: -O1\nlink:\n")

    assert find_bundle(packages) is None
    assert ensure_bundle(packages=packages).runner_hash == built.runner_hash


def test_an_old_bundle_under_the_name_of_the_new_is_not_used(
    built: Bundle, packages: tuple[Package, ...], sources: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make_sources(sources, words="something new")
    assert built.packed is not None
    built.packed.rename(bundles_dir() / f"jejunet-runner-{runner_hash().hex()[:12]}.tar.xz")

    with caplog.at_level(logging.WARNING):
        assert find_bundle(packages) is None

    assert "out of date" in caplog.text


def test_a_build_tells_what_it_does(packages: tuple[Package, ...], packages_folder: Path) -> None:
    told: list[tuple[str, int, int]] = []

    build_bundle(
        by_hand=packages_folder, packages=packages, on_progress=lambda *step: told.append(step)
    )

    assert [told[0], told[-1][0]] == [("Compiling the runner", 0, 0), "Packing the bundle"]
    assert all(0 <= done <= total for _, done, total in told)
    assert told[-1][1] == told[-1][2] > 0


@pytest.mark.parametrize("answers_before", range(2))
def test_a_build_that_is_stopped_leaves_nothing_half(
    packages: tuple[Package, ...], packages_folder: Path, answers_before: int
) -> None:
    answers = iter([False] * answers_before)
    was_stopped = False

    try:
        build_bundle(
            by_hand=packages_folder, packages=packages, should_stop=lambda: next(answers, True)
        )
    except BundleStoppedError:
        was_stopped = True

    assert was_stopped
    assert [path.name for path in bundles_dir().iterdir()] == ["lock"]
    assert not list(parts_dir().glob(".*"))


def _build_until_killed(by_hand: Path, packages: tuple[Package, ...], is_packing: object) -> None:
    def on_progress(what: str, _done: int, _total: int) -> None:
        if what.startswith("Packing"):
            is_packing.set()  # type: ignore[attr-defined]
            threading.Event().wait()

    build_bundle(by_hand=by_hand, packages=packages, on_progress=on_progress)


def test_a_build_that_is_killed_is_no_obstacle(
    packages: tuple[Package, ...], packages_folder: Path
) -> None:
    context = multiprocessing.get_context("fork")
    is_packing = context.Event()
    process = context.Process(
        target=_build_until_killed, args=(packages_folder, packages, is_packing)
    )
    process.start()
    assert is_packing.wait(20)
    process.kill()
    process.join()
    assert find_bundle(packages) is None

    assert ensure_bundle(packages=packages).files
    assert not list(bundles_dir().glob(".*"))


def test_a_second_studio_waits_for_the_first(built: Bundle, packages: tuple[Package, ...]) -> None:
    assert built.packed is not None
    whole = built.packed.read_bytes()
    built.packed.unlink()
    lock = FileLock(bundles_dir() / "lock")
    assert lock.acquire()
    told: list[str] = []

    def on_progress(what: str, _done: int, _total: int) -> None:
        told.append(what)
        assert built.packed is not None
        built.packed.write_bytes(whole)  # the first one is done
        lock.release()

    assert ensure_bundle(on_progress, packages=packages) == built
    assert told == ["Waiting for another studio that builds the bundle"]


def test_waiting_for_another_studio_can_be_stopped(packages: tuple[Package, ...]) -> None:
    bundles_dir().mkdir(parents=True)
    lock = FileLock(bundles_dir() / "lock")
    assert lock.acquire()

    with pytest.raises(BundleStoppedError):
        ensure_bundle(should_stop=lambda: True, packages=packages)

    lock.release()


@pytest.mark.parametrize("free_bytes", [300, 2000, 20_000, 60_000])
def test_a_full_disk_is_named_and_leaves_nothing_half(
    packages: tuple[Package, ...], packages_folder: Path, free_bytes: int
) -> None:
    with full_disk(free_bytes), pytest.raises(OutputError, match="Could not write"):
        build_bundle(by_hand=packages_folder, packages=packages)

    assert [path.name for path in bundles_dir().iterdir()] == ["lock"]


def test_a_cache_that_cannot_be_made_is_named(
    packages: tuple[Package, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("JEJUNET_CACHE", str(tmp_path / "file" / "cache"))

    with pytest.raises(OutputError, match="a file, not a folder"):
        ensure_bundle(packages=packages)


def test_a_missing_compiler_is_said_before_anything_is_fetched(
    packages: tuple[Package, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(__import__("sys").modules, "ziglang", None)

    with pytest.raises(PhoneError, match="no compiler"):
        ensure_bundle(packages=packages)

    assert not parts_dir().exists()
