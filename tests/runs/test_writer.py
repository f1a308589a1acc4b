from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from studio.errors import OutputError
from studio.runs.events import Finished, Progress, Warned, decode_lines, encode
from studio.runs.folder import RunFolder
from studio.runs.writer import EventWriter


def test_every_line_is_there_at_once(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    writer = EventWriter(folder)
    for done in range(3):
        assert writer.write(Progress(done=done))
        assert len(decode_lines(folder.events_file.read_bytes()).events) == done + 1
    writer.close()


def test_nothing_follows_the_last_word(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    writer = EventWriter(folder)
    assert writer.write(Finished(summary={}))
    assert not writer.write(Progress(done=1))
    writer.close()
    writer.close()
    assert len(decode_lines(folder.events_file.read_bytes()).events) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["events.jsonl"]


def test_threads_do_not_tear_each_others_lines(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    writer = EventWriter(folder)

    def write() -> None:
        for done in range(200):
            writer.write(Progress(done=done, message="x" * 300))

    threads = [Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    decoded = decode_lines(folder.events_file.read_bytes())
    assert (len(decoded.events), decoded.rest, decoded.skipped) == (800, b"", 0)


def test_a_log_that_cannot_be_opened_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="folder does not exist"):
        EventWriter(RunFolder(tmp_path / "gone"))


def test_a_full_disk_drops_events_and_counts_them(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.events_file.symlink_to("/dev/full")
    (tmp_path / "reserve").symlink_to("/dev/full")
    writer = EventWriter(folder)
    assert not writer.write(Warned(message="lost"))
    assert not writer.write(Finished(summary={}))
    assert writer.dropped == 2


_FULL_DISK = """
import resource, sys
from pathlib import Path
from studio.runs.events import Finished, Progress, Warned
from studio.runs.folder import RunFolder
from studio.runs.writer import EventWriter

writer = EventWriter(RunFolder(Path(sys.argv[1])))
assert writer.write(Progress(done=1))
limit = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (150, limit[1]))  # the second line is cut off
assert not writer.write(Warned(message="x" * 200))
assert not writer.write(Warned(message="y" * 200))
resource.setrlimit(resource.RLIMIT_FSIZE, limit)            # room again
assert writer.write(Progress(done=2))
assert writer.write(Finished(summary={}))
assert writer.dropped == 2
"""


def test_a_line_cut_off_by_a_full_disk_spoils_no_other(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _FULL_DISK, str(tmp_path)], check=True, timeout=60)
    decoded = decode_lines((tmp_path / "events.jsonl").read_bytes())
    assert [type(event) for event in decoded.events] == [Progress, Progress, Finished]
    assert decoded.skipped == 1


def test_the_last_word_fits_on_a_disk_that_others_filled(tmp_path: Path) -> None:
    script = """
mount -t tmpfs -o size=256k none "$1" || exit 77
cd "$1"
exec "$2" -c '
import os
from pathlib import Path
from studio.runs.events import Failed, Progress
from studio.runs.folder import RunFolder, RunStatus
from studio.runs.writer import EventWriter

folder = RunFolder(Path.cwd())
writer = EventWriter(folder)
writer.write(Progress(done=1))
other = os.open("other", os.O_WRONLY | os.O_CREAT)
try:
    while os.write(other, bytes(4096)):
        pass
except OSError:
    pass
writer.write(Failed(message="the disk is full", details="x" * 20000))
assert folder.status() is RunStatus.FAILED, folder.status()
'
"""
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
    command = [*command, str(tmp_path), sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode in (1, 77) and ("unshare" in done.stderr or "mount" in done.stderr):
        pytest.skip("this system does not let users mount a small disk")
    assert done.returncode == 0, done.stderr


def test_a_line_that_a_killed_worker_tore_costs_only_itself(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    whole, torn = encode(Progress(done=1)), encode(Progress(done=2))[:-7]
    folder.events_file.write_bytes(whole + torn)
    writer = EventWriter(folder)
    assert folder.events_file.read_bytes() == whole + torn  # mended when there is more to say
    assert writer.write(Progress(done=3))
    writer.close()
    data = folder.events_file.read_bytes()
    assert data.startswith(whole + torn + b"\n")
    decoded = decode_lines(data)
    assert [event.done for event in decoded.events if isinstance(event, Progress)] == [1, 3]
    assert decoded.skipped == 1


def test_a_log_is_gone_on_with_behind_its_last_whole_line(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.events_file.write_bytes(encode(Finished(summary={})))
    writer = EventWriter(folder)
    assert writer.write(Progress(done=1))
    writer.close()
    decoded = decode_lines(folder.events_file.read_bytes())
    assert (len(decoded.events), decoded.skipped) == (2, 0)
