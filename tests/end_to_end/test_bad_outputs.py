"""Places that cannot be written to: told in words, with nothing half-written left behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from studio.runs.folder import RunStatus
from studio.verbs import main
from tests.end_to_end.conftest import OpenStudio
from tests.support.clips import class_clip
from tests.support.window import DrivenWindow

_LIMITED = """
import resource, signal, sys
from studio.verbs import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond it fails, as on a full disk
resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, MOST_BYTES))
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def ready(open_studio: OpenStudio, clip: Path, net: Path) -> DrivenWindow:
    """A window that can export."""
    studio = open_studio(clip, net)
    studio.until(lambda: studio.has_mask)
    studio.playback.pause()
    return studio


def _blocked(folder: Path) -> Path:
    """A file where a folder is expected."""
    path = folder / "a_file"
    path.write_text("kept")
    return path


def _left_overs(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.name.endswith(".part")]


def test_places_that_cannot_be_written_to_are_told_in_the_window(
    ready: DrivenWindow, clip: Path, tmp_path: Path
) -> None:
    exports = ready.panel.exports
    folder = tmp_path / "folder.mp4"
    folder.mkdir()
    blocked = _blocked(tmp_path)
    original = clip.read_bytes()
    exports.export_video(clip)
    assert "overwrite" in ready.complaint("overwrite")
    assert ready.jobs.list.rows == []
    for out, words in (
        (tmp_path / "nowhere" / "out.mp4", "folder does not exist"),
        (tmp_path / "out.gif", "ends with"),
        (blocked / "out.mp4", "Could not write"),
        (folder, "it is a folder"),
    ):
        exports.export_video(out)
        row = ready.run(f"Export {out.name}")
        assert row.entry.status is RunStatus.FAILED
        ready.complaint(words)
        ready.jobs.delete(row)
    exports.export_masks(blocked)
    ready.run("Export a_file")
    ready.complaint("a_file")
    for what in ("overlay", "plain", "mask"):
        exports.save_frame(blocked / "frame.png", what)
        ready.complaint("frame.png")
    ready.plays_on()
    assert clip.read_bytes() == original
    assert blocked.read_text() == "kept"
    assert _left_overs(tmp_path) == []


def test_an_export_stopped_by_a_full_disk_is_told_and_leaves_nothing(
    ready: DrivenWindow, tmp_path: Path
) -> None:
    full = tmp_path / "full"
    full.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24k", "none", str(full)],
        capture_output=True,
        check=False,
    ).returncode:
        pytest.skip("a small disk can be mounted only by root")
    try:
        ready.open(class_clip(tmp_path / "long.mp4", frames=120, width=320, height=240))
        ready.panel.exports.export_masks(full)
        row = ready.run("Export full")
        assert row.entry.status is RunStatus.FAILED
        ready.complaint("the disk is full")
        assert _left_overs(full) == []
        assert all(path.read_bytes().endswith(b"IEND\xaeB`\x82") for path in full.glob("*.png"))
        ready.panel.exports.export_video(full / "out.mp4")
        ready.run("Export out.mp4")
        ready.complaint("the disk is full")
        assert not list(full.glob("*.mp4"))
        assert _left_overs(full) == []
    finally:
        subprocess.run(["umount", str(full)], check=True)
    ready.plays_on()


def test_places_that_cannot_be_written_to_on_the_command_line(
    clip: Path, net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = _blocked(tmp_path)
    original = clip.read_bytes()
    for words, code in (
        (("--out", str(clip)), 2),
        (("--out", str(tmp_path / "out.gif")), 2),
        (("--out", str(tmp_path / "nowhere" / "out.mp4")), 1),
        (("--out", str(blocked / "out.mp4")), 1),
        (("--out", str(tmp_path)), 2),
        (("--masks", str(blocked)), 1),
        (("--masks", str(blocked / "masks")), 1),
    ):
        got = main(["segment", str(clip), "--model", str(net), *words])
        told = capsys.readouterr()
        assert got == code, (words, told.err)
        assert told.out == ""
        assert sum(line.startswith("jejunet: ") for line in told.err.splitlines()) == 1
        assert "Traceback" not in told.err
    assert clip.read_bytes() == original
    assert blocked.read_text() == "kept"
    assert _left_overs(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
@pytest.mark.parametrize("kind", ["video", "masks"])
def test_a_full_disk_on_the_command_line_exits_with_1_and_leaves_nothing_half_written(
    net: Path, tmp_path: Path, kind: str
) -> None:
    clip = class_clip(tmp_path / "long.mp4", frames=120, width=320, height=240)
    out, masks = tmp_path / "out.mp4", tmp_path / "masks"
    goal = ("--out", str(out)) if kind == "video" else ("--masks", str(masks))
    limit = "20_000" if kind == "video" else "300"
    done = subprocess.run(
        [
            *(sys.executable, "-c", _LIMITED.replace("MOST_BYTES", limit)),
            *("segment", str(clip), "--model", str(net), *goal),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert sum(line.startswith("jejunet: ") for line in done.stderr.splitlines()) == 1
    assert not out.exists()
    assert not list(masks.glob("*"))
    assert _left_overs(tmp_path) == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights_is_told(ready: DrivenWindow, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    ready.panel.exports.export_video(locked / "out.mp4")
    ready.run("Export out.mp4")
    ready.complaint("you may not write there")
    shutil.rmtree(locked)
