"""Opening another video is never lost, and one that cannot be opened costs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.gui.playback.shown import Loop
from tests.support.clips import class_clip, class_of_frame, most_common
from tests.support.models import logits_model
from tests.support.playback import Watcher


def _is_open(watcher: Watcher, video: Path) -> bool:
    info = watcher.model.video
    return info is not None and info.location == str(video)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return class_clip(tmp_path / "other.mp4", frames=20)


def test_a_model_that_opens_meanwhile_does_not_cancel_the_video(
    watcher: Watcher, clip: Path, net: Path, other: Path, tmp_path: Path
) -> None:
    watcher.open(clip, net)
    another_net = logits_model(tmp_path / "another.tflite")
    watcher.model.open_video(str(other))
    watcher.model.open_model(str(another_net))
    model = watcher.model
    watcher.until(
        lambda: (
            _is_open(watcher, other)
            and model.model is not None
            and model.model.path == str(another_net)
            and model.shown is not None
            and model.shown.mask is not None
            and most_common(model.shown.mask) == class_of_frame(model.shown.index)
        )
    )


def test_a_seek_while_another_video_opens_does_not_cancel_it(
    watcher: Watcher, clip: Path, other: Path
) -> None:
    watcher.open(clip)
    watcher.model.open_video(str(other))
    watcher.model.seek(7)
    watcher.model.step(1)
    watcher.model.set_loop(Loop(2, 5))
    watcher.until(lambda: _is_open(watcher, other) and watcher.model.position == 0)
    assert watcher.model.loop is None


def test_a_video_that_is_closed_while_it_opens_stays_closed(
    watcher: Watcher, clip: Path, other: Path
) -> None:
    watcher.open(clip)
    watcher.model.open_video(str(other))
    watcher.model.close_video()
    opened: list[object] = []
    watcher.model.video_opened.connect(opened.append)
    watcher._qtbot.wait(400)
    assert not opened
    assert watcher.model.video is None
    watcher.open(clip)


def test_what_was_open_comes_back_when_another_video_cannot_be_opened(
    watcher: Watcher, clip: Path, net: Path, tmp_path: Path
) -> None:
    watcher.open(clip, net)
    model = watcher.model
    model.set_loop(Loop(3, 30))
    model.seek(17)
    watcher.until(lambda: model.shown is not None and model.shown.index == 17)
    model.toggle_mark()
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"no video at all" * 99)
    watcher.indices.clear()
    model.open_video(str(bad))
    watcher.until(lambda: bool(watcher.errors) and bool(watcher.indices))
    assert watcher.indices == [17]
    assert _is_open(watcher, clip)
    assert model.loop == Loop(3, 30)
    assert model.marks == {17}
    assert model.shown is not None
    assert model.shown.mask is not None
    model.play()
    watcher.until(lambda: model.position > 18)


def test_two_bad_videos_in_a_row_leave_what_was_open(
    watcher: Watcher, clip: Path, tmp_path: Path
) -> None:
    watcher.open(clip)
    watcher.indices.clear()
    for name in ("bad.mp4", "worse.mp4"):
        watcher.model.open_video(str(tmp_path / name))
    watcher.until(lambda: bool(watcher.indices))
    assert "worse.mp4" in str(watcher.errors[-1])
    assert _is_open(watcher, clip)


def test_what_was_open_may_be_gone_as_well(watcher: Watcher, clip: Path, tmp_path: Path) -> None:
    watcher.open(clip)
    clip.unlink()
    watcher.model.open_video(str(tmp_path / "nowhere.mp4"))
    watcher.until(lambda: len(watcher.errors) == 2)
    assert watcher.model.video is None
    assert not watcher.model.is_playing
