from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.runs.events import AnyEvent, Finished, Progress, Started, encode
from studio.runs.folder import RunFolder, RunStatus
from studio.runs.lock import FileLock
from studio.runs.watch import RunWatcher
from tests.support.run_jobs import CountSpec, create_count


def _append(folder: RunFolder, data: bytes) -> None:
    with folder.events_file.open("ab") as file:
        file.write(data)


def test_each_event_is_delivered_once(runs_dir: Path) -> None:
    folder = create_count(runs_dir, CountSpec())
    watcher = RunWatcher(folder)
    assert watcher.folder == folder
    update = watcher.poll()
    assert (update.events, update.status) == ([], RunStatus.STARTING)
    lock = FileLock(folder.lock_file)
    assert lock.acquire()
    first, second = Progress(done=1), Progress(done=2)
    _append(folder, encode(first))
    assert watcher.poll().events == [first]
    _append(folder, encode(second)[:10])
    update = watcher.poll()
    assert (update.events, update.status) == ([], RunStatus.RUNNING)
    _append(folder, encode(second)[10:] + b"?\n")
    assert watcher.poll().events == [second]
    assert watcher.skipped == 1
    last = Finished(summary={})
    _append(folder, encode(last))
    update = watcher.poll()
    assert (update.events, update.status) == ([last], RunStatus.FINISHED)
    lock.release()
    assert watcher.poll().events == []
    assert watcher.poll().status is RunStatus.FINISHED


def test_a_crash_is_seen(runs_dir: Path) -> None:
    folder = create_count(runs_dir, CountSpec())
    _append(folder, encode(Started(job="count", pid=1)) + b'{"event":"Fin')
    update = RunWatcher(folder).poll()
    assert update.status is RunStatus.CRASHED
    assert len(update.events) == 1


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 400))
def test_a_long_log_comes_in_pieces_and_ends_with_the_last_word(most_bytes: int) -> None:
    events: list[AnyEvent] = [Progress(done=i, at_seconds=float(i)) for i in range(20)]
    events.append(Finished(summary={}, at_seconds=99.0))
    with tempfile.TemporaryDirectory() as path:
        folder = RunFolder(Path(path))
        folder.events_file.write_bytes(b"".join(map(encode, events)))
        watcher = RunWatcher(folder, most_bytes)
        seen: list[AnyEvent] = []
        while True:
            update = watcher.poll()
            seen += update.events
            assert update.status is RunStatus.FINISHED
            if update.is_caught_up:
                break
        assert seen == events


def test_a_run_deleted_beneath_is_gone(runs_dir: Path) -> None:
    folder = create_count(runs_dir, CountSpec())
    _append(folder, encode(Started(job="count", pid=1)))
    watcher = RunWatcher(folder)
    assert not watcher.poll().is_gone
    shutil.rmtree(folder.path)
    update = watcher.poll()
    assert update.is_gone
    assert (update.events, update.is_caught_up) == ([], True)
