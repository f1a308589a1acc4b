from __future__ import annotations

import time
from pathlib import Path

import pytest

from studio.errors import OutputError, RunError
from studio.runs.events import Artifact, Finished, Progress, Started, encode
from studio.runs.folder import RunFolder, RunStatus, create_run_folder
from studio.runs.lock import FileLock
from studio.runs.record import RunRecord
from studio.runs.store import RunEntry, RunStore


def _run(runs_dir: Path, title: str, created_seconds: float = 1e9) -> RunFolder:
    record = RunRecord(schema=1, job="count", spec={}, title=title, created_seconds=created_seconds)
    folder = create_run_folder(runs_dir, record)
    clip = Artifact(name="clip", path="artifacts/a.mp4", kind="video")
    last = Finished(summary={"n": 1}, artifacts=(clip,))
    folder.events_file.write_bytes(encode(Started(job="count", pid=1)) + encode(last))
    return folder


def test_no_folder_means_no_runs(runs_dir: Path) -> None:
    store = RunStore(runs_dir)
    assert store.entries() == []
    assert store.trashed() == []
    assert store.runs_dir == runs_dir


def test_runs_are_listed_newest_first(runs_dir: Path) -> None:
    for title, created_seconds in (("old", 1e9), ("new", 1.2e9), ("middle", 1.1e9)):
        _run(runs_dir, title, created_seconds)
    entries = RunStore(runs_dir).entries()
    assert [entry.title for entry in entries] == ["new", "middle", "old"]
    assert {entry.status for entry in entries} == {RunStatus.FINISHED}
    assert [artifact.name for artifact in entries[0].artifacts] == ["clip"]
    assert entries[0].changed_seconds >= entries[0].created_seconds


def test_damaged_folders_are_listed_with_what_is_wrong(runs_dir: Path) -> None:
    good = _run(runs_dir, "good")
    (runs_dir / "empty").mkdir()
    torn = _run(runs_dir, "torn")
    torn.record_file.write_bytes(torn.record_file.read_bytes()[:40])
    noise = _run(runs_dir, "noise")
    noise.events_file.write_bytes(b"\xff\x00garbage\n\n\n")
    noted = _run(runs_dir, "noted")
    noted.note_file.write_bytes(b"{")
    (runs_dir / "a file").write_text("")
    by_name = {entry.folder.name: entry for entry in RunStore(runs_dir).entries()}
    assert len(by_name) == 5
    assert by_name[good.name].problem == ""
    assert "cannot be read" in by_name["empty"].problem
    assert by_name["empty"].title == "empty"
    assert by_name["empty"].artifacts == ()
    assert "damaged" in by_name[torn.name].problem
    assert by_name[torn.name].status is RunStatus.FINISHED
    assert by_name[noise.name].status is RunStatus.CRASHED
    assert by_name[noted.name].title == "noted"


def test_titles_can_be_changed_and_brought_back(runs_dir: Path) -> None:
    folder = _run(runs_dir, "first")
    store = RunStore(runs_dir)
    store.rename(folder, " second ")
    assert store.entry(folder).title == "second"
    store.rename(folder, "")
    assert store.entry(folder).title == "first"
    assert folder.record().title == "first"


def test_a_title_that_cannot_be_written_is_told_in_words(runs_dir: Path) -> None:
    with pytest.raises(OutputError):
        RunStore(runs_dir).rename(RunFolder(runs_dir / "gone"), "x")


def test_a_deleted_run_can_be_restored(runs_dir: Path) -> None:
    folder = _run(runs_dir, "precious")
    before = folder.events_file.read_bytes()
    store = RunStore(runs_dir)
    trashed = store.delete(folder)
    assert store.entries() == []
    assert store.trashed() == [trashed]
    assert store.restore(trashed) == folder
    assert folder.events_file.read_bytes() == before
    assert [entry.title for entry in store.entries()] == ["precious"]
    assert store.trashed() == []


def test_a_run_at_work_is_not_deleted(runs_dir: Path) -> None:
    folder = _run(runs_dir, "busy")
    folder.events_file.write_bytes(encode(Progress(done=1)))
    lock = FileLock(folder.lock_file)
    assert lock.acquire()
    with pytest.raises(RunError, match="still at work"):
        RunStore(runs_dir).delete(folder)
    lock.release()
    assert folder.path.exists()


def test_deleting_twice_and_restoring_the_purged_is_told_in_words(runs_dir: Path) -> None:
    folder = _run(runs_dir, "a")
    store = RunStore(runs_dir)
    trashed = store.delete(folder)
    with pytest.raises(RunError, match="already been deleted"):
        store.delete(folder)
    assert store.purge() == 1
    with pytest.raises(RunError, match="no longer in the trash"):
        store.restore(trashed)


def test_restoring_does_not_overwrite_another_run(runs_dir: Path) -> None:
    store = RunStore(runs_dir)
    trashed = store.delete(_run(runs_dir, "a"))
    other = _run(runs_dir, "b")
    assert other.name == trashed.name
    with pytest.raises(RunError, match="taken the place"):
        store.restore(trashed)
    assert store.entry(other).title == "b"


def test_trash_that_cannot_be_used_is_told_in_words(runs_dir: Path) -> None:
    folder = _run(runs_dir, "a")
    store = RunStore(runs_dir)
    (runs_dir / ".trash").write_text("in the way")
    with pytest.raises(OutputError):
        store.delete(folder)
    assert folder.path.exists()
    (runs_dir / ".trash").unlink()
    trashed = store.delete(folder)
    (runs_dir / ".trash").rename(runs_dir / ".moved")
    (runs_dir / ".trash").write_text("in the way")
    with pytest.raises(OutputError):
        store.restore(trashed)


def test_purging_spares_the_recently_deleted_and_the_unknown(runs_dir: Path) -> None:
    store = RunStore(runs_dir)
    store.delete(_run(runs_dir, "a"))
    (runs_dir / ".trash" / "not ours").mkdir()
    assert store.purge(older_than_days=1 / 24) == 0
    assert store.purge() == 1
    assert [path.name for path in (runs_dir / ".trash").iterdir()] == ["not ours"]


def test_a_run_that_ends_or_changes_is_read_again(runs_dir: Path) -> None:
    folder = _run(runs_dir, "a")
    store = RunStore(runs_dir)
    whole = folder.events_file.read_bytes()
    folder.events_file.write_bytes(encode(Started(job="count", pid=1)))
    assert store.entry(folder).status is RunStatus.CRASHED
    folder.events_file.write_bytes(whole)
    assert store.entry(folder).status is RunStatus.FINISHED


def test_a_run_at_work_is_read_each_time(runs_dir: Path) -> None:
    folder = _run(runs_dir, "a")
    folder.events_file.write_bytes(encode(Started(job="count", pid=1)))
    lock = FileLock(folder.lock_file)
    assert lock.acquire()
    store = RunStore(runs_dir)
    assert store.entry(folder).status is RunStatus.RUNNING
    lock.release()
    assert store.entry(folder).status is RunStatus.CRASHED


def test_hundreds_of_runs_are_listed_quickly_the_second_time(runs_dir: Path) -> None:
    for number in range(300):
        _run(runs_dir, f"run {number}", 1e9 + number)
    store = RunStore(runs_dir)
    first = store.entries()
    begin = time.process_time()
    second = store.entries()
    assert time.process_time() - begin < 0.1
    assert all(old is new for old, new in zip(first, second, strict=True))
    store.rename(first[5].folder, "another title")
    assert sum(old is not new for old, new in zip(first, store.entries(), strict=True)) == 1


def test_listing_within_a_budget_comes_to_the_same_in_the_end(runs_dir: Path) -> None:
    for number in range(20):
        _run(runs_dir, f"run {number}", 1e9 + number)
    store = RunStore(runs_dir)
    assert store.entries(budget_seconds=-1) == []
    assert not store.is_complete
    seen: list[RunEntry] = []
    while len(seen) < 20:
        seen = store.entries(budget_seconds=0.0005)
        assert [entry.title for entry in seen] == [f"run {19 - row}" for row in range(len(seen))]
        assert store.is_complete == (len(seen) == 20)
    assert store.entries() == RunStore(runs_dir).entries()
