"""The real playback process: every frame with its own mask, in order, whatever happens to it."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.inference.model import SessionOptions
from studio.playback.client import Died
from studio.playback.link import PlaybackLink
from studio.playback.messages import (
    AnyReply,
    CloseModel,
    EndReached,
    FrameReady,
    ModelOpened,
    OpenModel,
    OpenVideo,
    Trouble,
    VideoOpened,
    encode,
)
from tests.support.clips import class_clip, class_of_frame, most_common
from tests.support.models import logits_model
from tests.support.waiting import wait_until


class _Listener:
    """Collects what the process says and gives every slot back at once."""

    def __init__(self, link: PlaybackLink) -> None:
        self.link = link
        self.frames: list[tuple[FrameReady, int]] = []
        self.keeps_slots = False
        self.others: list[AnyReply | Died] = []

    def until(self, holds: Callable[[], bool], timeout_seconds: float = 30.0) -> None:
        deadline = time.monotonic() + timeout_seconds
        while not holds():
            assert time.monotonic() < deadline, [type(o).__name__ for o in self.others]
            for message in self.link.take():
                if isinstance(message, VideoOpened):
                    self.link.attach(message)
                if isinstance(message, FrameReady):
                    if message.generation != self.link.generation:
                        self.link.release((message,))
                        continue
                    if self.keeps_slots:
                        self.frames.append((message, -1))
                        continue
                    held = self.link.hold(message)
                    assert held is not None
                    shown = -1 if held.mask is None else most_common(held.mask)
                    self.frames.append((message, shown))
                else:
                    self.others.append(message)
            time.sleep(0.002)

    def has(self, kind: type) -> bool:
        return any(isinstance(message, kind) for message in self.others)

    def one(self, kind: type) -> AnyReply | Died:
        return next(message for message in self.others if isinstance(message, kind))


@pytest.fixture
def listener() -> Iterator[_Listener]:
    link = PlaybackLink(lambda: None)
    yield _Listener(link)
    link.close()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return class_clip(tmp_path / "clip.mp4", frames=30)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return logits_model(tmp_path / "model.tflite")


def test_every_frame_carries_its_own_mask(listener: _Listener, clip: Path, model: Path) -> None:
    link = listener.link
    link.open_video(str(clip))
    link.send(OpenModel(path=str(model), options=SessionOptions()))
    listener.until(lambda: listener.has(ModelOpened))
    listener.frames.clear()
    link.cue(0, 0, None)
    listener.until(lambda: len(listener.frames) == 30)
    assert [frame.index for frame, _ in listener.frames] == list(range(30))
    assert [shown for _, shown in listener.frames] == [class_of_frame(i) for i in range(30)]
    pixels = listener.frames[3][0].class_pixels
    assert pixels is not None
    assert sum(pixels) == 160 * 120
    assert pixels[class_of_frame(3)] > 0.9 * 160 * 120


def test_ctrl_c_is_left_to_the_window(listener: _Listener, clip: Path) -> None:
    link = listener.link
    link.open_video(str(clip))
    listener.until(lambda: listener.has(VideoOpened))
    assert link.pid is not None
    os.kill(link.pid, signal.SIGINT)
    listener.until(lambda: listener.has(EndReached))
    assert not listener.has(Died)


def test_a_window_that_dies_while_a_video_opens_leaves_no_ring_behind(clip: Path) -> None:
    name = f"jejunet-ring-test-{os.getpid()}"
    engine = subprocess.Popen(
        [sys.executable, "-m", "studio.playback.engine"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert engine.stdin is not None
    assert engine.stdout is not None
    engine.stdout.close()  # nobody reads replies any more
    engine.stdin.write(encode(OpenVideo(location=str(clip), generation=1, ring_name=name)))
    engine.stdin.flush()
    places = [Path(folder) / name for folder in ("/dev/shm", tempfile.gettempdir())]
    wait_until(lambda: any(place.exists() for place in places), what="the ring")
    time.sleep(0.1)  # the other end, its standard input, breaks a little later
    engine.stdin.close()
    assert engine.wait(20) == 0
    assert not any(place.exists() for place in places)


def test_a_ring_loses_its_name_as_soon_as_it_is_mapped(listener: _Listener, clip: Path) -> None:
    for _ in range(5):
        listener.others.clear()
        listener.link.open_video(str(clip))
        listener.until(lambda: listener.has(VideoOpened))
        opened = listener.one(VideoOpened)
        assert isinstance(opened, VideoOpened)
        path = Path(opened.ring_path)
        wait_until(lambda: not path.exists(), what="the end of the ring's name")  # noqa: B023


def test_it_plays_without_a_model_and_says_when_it_ends(listener: _Listener, clip: Path) -> None:
    generation = listener.link.open_video(str(clip))
    listener.until(lambda: listener.has(EndReached))
    assert [frame.index for frame, _ in listener.frames] == list(range(30))
    assert all(frame.class_pixels is None for frame, _ in listener.frames)
    opened = listener.one(VideoOpened)
    assert isinstance(opened, VideoOpened)
    assert len(opened.times_seconds) == 30
    assert listener.one(EndReached) == EndReached(generation=generation)


def test_a_jump_lands_on_exactly_that_frame(listener: _Listener, clip: Path, model: Path) -> None:
    link = listener.link
    link.open_video(str(clip))
    link.send(OpenModel(path=str(model), options=SessionOptions()))
    listener.until(lambda: listener.has(ModelOpened))
    for goal in (17, 3, 29, 0, 11):
        listener.frames.clear()
        link.cue(goal, 0, None)
        listener.until(lambda: bool(listener.frames))
        first, shown = listener.frames[0]
        assert first.index == goal
        assert shown == class_of_frame(goal)
        assert first.timeline_seconds == pytest.approx(0.0)


def test_of_jumps_that_pile_up_the_newest_wins(listener: _Listener, clip: Path) -> None:
    link = listener.link
    link.open_video(str(clip))
    listener.until(lambda: listener.has(VideoOpened))
    listener.frames.clear()
    for goal in range(25):
        link.cue(goal, 0, None)
    listener.until(lambda: bool(listener.frames))
    assert listener.frames[0][0].index == 24


def test_a_loop_repeats_on_an_unbroken_timeline(listener: _Listener, clip: Path) -> None:
    link = listener.link
    link.open_video(str(clip))
    listener.until(lambda: listener.has(VideoOpened))
    listener.frames.clear()
    link.cue(6, 5, 8)
    listener.until(lambda: len(listener.frames) >= 12)
    frames = [frame for frame, _ in listener.frames[:12]]
    assert [frame.index for frame in frames] == [6, 7, 8, 5, 6, 7, 8, 5, 6, 7, 8, 5]
    steps = [b.timeline_seconds - a.timeline_seconds for a, b in itertools.pairwise(frames)]
    assert steps == pytest.approx([0.04] * 11, abs=1e-6)


def test_late_frames_are_left_out_and_counted(listener: _Listener, clip: Path) -> None:
    link = listener.link
    listener.keeps_slots = True
    link.open_video(str(clip))
    listener.until(lambda: len(listener.frames) == 12)  # the ring is full
    link.tell_clock(0.8)  # frames before 20 are over
    listener.keeps_slots = False
    link.release(tuple(frame for frame, _ in listener.frames))
    listener.until(lambda: listener.has(EndReached))
    frames = [frame for frame, _ in listener.frames]
    assert len(frames) + sum(frame.skipped for frame in frames) == 30
    assert [frame.index for frame in frames] == [*range(12), *range(20, 30)]
    assert frames[-1].index == 29


def test_a_model_that_cannot_be_loaded_leaves_the_video_alone(
    listener: _Listener, clip: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.tflite"
    bad.write_text("this is no model")
    link = listener.link
    link.open_video(str(clip))
    link.send(OpenModel(path=str(bad), options=SessionOptions()))
    listener.until(lambda: listener.has(Trouble))
    trouble = listener.one(Trouble)
    assert isinstance(trouble, Trouble)
    assert (trouble.about, trouble.kind) == ("model", "ModelError")
    assert "bad.tflite" in trouble.message
    link.send(CloseModel())
    listener.frames.clear()
    link.cue(4, 0, None)
    listener.until(lambda: bool(listener.frames))
    assert listener.frames[0][0].index == 4


def test_a_missing_video_is_said_in_words(listener: _Listener, tmp_path: Path) -> None:
    generation = listener.link.open_video(str(tmp_path / "nowhere.mp4"))
    listener.until(lambda: listener.has(Trouble))
    trouble = listener.one(Trouble)
    assert isinstance(trouble, Trouble)
    assert (trouble.about, trouble.generation) == ("video", generation)
    assert "nowhere.mp4" in trouble.message


def test_a_killed_process_is_noticed_and_replaced(listener: _Listener, clip: Path) -> None:
    link = listener.link
    link.open_video(str(clip))
    listener.until(lambda: bool(listener.frames))
    assert link.pid is not None
    os.kill(link.pid, signal.SIGKILL)
    listener.until(lambda: listener.has(Died))
    died = listener.one(Died)
    assert isinstance(died, Died)
    assert died.cause.startswith("SIGKILL")
    link.close()
    listener.frames.clear()
    link.open_video(str(clip))
    listener.until(lambda: len(listener.frames) >= 5)


def test_a_hung_process_can_be_ended_and_says_why(listener: _Listener, clip: Path) -> None:
    link = listener.link
    link.open_video(str(clip))
    listener.until(lambda: bool(listener.frames))
    assert link.pid is not None
    os.kill(link.pid, signal.SIGSTOP)
    link.kill("no answer")
    listener.until(lambda: listener.has(Died))
    died = listener.one(Died)
    assert isinstance(died, Died)
    assert died.cause == "no answer"


def test_a_stopped_process_never_blocks_the_sender(listener: _Listener, clip: Path) -> None:
    link = listener.link
    link.open_video(str(clip))
    listener.until(lambda: bool(listener.frames))
    assert link.pid is not None
    os.kill(link.pid, signal.SIGSTOP)
    slowest = 0.0
    for goal in range(3000):  # far more than the pipe holds
        began = time.monotonic()
        link.cue(goal % 30, 0, None)
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 0.1
    listener.until(lambda: listener.has(Died))


def test_closing_is_quick_and_leaves_no_memory_behind(clip: Path) -> None:
    link = PlaybackLink(lambda: None)
    listener = _Listener(link)
    link.open_video(str(clip))
    listener.until(lambda: bool(listener.frames))
    began = time.monotonic()
    link.close()
    assert time.monotonic() - began < 0.5
    assert not list(Path("/dev/shm").glob(f"jejunet-ring-{os.getpid()}-*"))
