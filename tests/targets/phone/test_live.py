"""Frames flow, what comes back is told at once and in order, and every trouble ends the flow."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.errors import PhoneError, VideoError
from studio.runs.phone_events import PhoneFrame
from studio.targets.phone.clip import Clip, make_clip
from studio.targets.phone.feed import FrameFeed
from studio.targets.phone.live import WARM_UP_FRAMES, Expectation, Live
from studio.targets.phone.recorder import Recorder
from studio.targets.phone.recording import RecordingReader
from studio.targets.phone.refusals import ConnectionLostError, died_error
from studio.targets.phone.senders import CableSender, ClipSender, Sender
from studio.targets.phone.wire import WireError
from studio.video.file_source import FileSource
from tests.support.clips import class_clip
from tests.support.fake_phone import runner_at
from tests.support.fake_runner import FakeRunner, Faults

QUICK = Expectation(0.01)
SIZE = (32, 48)


def as_it_is(size: tuple[int, int]) -> tuple[int, int]:
    return size


class Told:
    """What a live flow tells."""

    def __init__(self) -> None:
        self.frames: list[PhoneFrame] = []
        self.warnings: list[str] = []

    def frame(self, frame: PhoneFrame) -> None:
        self.frames.append(frame)

    def warn(self, message: str, _remedy: str) -> None:
        self.warnings.append(message)

    def after(self, count: int, seconds: float = 10.0) -> Callable[[], bool]:
        """Stops after so many frames."""
        deadline = time.monotonic() + seconds
        return lambda: len(self.frames) >= count or time.monotonic() > deadline


@pytest.fixture(scope="module")
def clip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return class_clip(tmp_path_factory.mktemp("clip") / "c.mp4", 10, SIZE[1], SIZE[0], rate=100.0)


@pytest.fixture
def source(clip_file: Path) -> Iterator[FileSource]:
    opened = FileSource(clip_file)
    yield opened
    opened.close()


@pytest.fixture
def told() -> Told:
    return Told()


def by_cable(source: FileSource, encoding: str = "bgr", most: int = 3) -> CableSender:
    return CableSender(FrameFeed(source, "fastest"), as_it_is, encoding, most)


def live_of(sender: Sender, told: Told, recorder: Recorder | None = None) -> Live:
    return Live(sender, told.frame, recorder, None, told.warn)


def test_frames_are_told_in_order_with_all_that_is_known(source: FileSource, told: Told) -> None:
    with FakeRunner() as fake, runner_at(fake) as runner:
        live_of(by_cable(source), told).stream(runner, QUICK, told.after(25))
    assert [frame.sequence for frame in told.frames] == list(range(len(told.frames)))
    assert [frame.index for frame in told.frames[:12]] == [*range(10), 0, 1]
    assert [frame.is_warm_up for frame in told.frames] == [
        number < WARM_UP_FRAMES for number in range(len(told.frames))
    ]
    first, second = told.frames[:2]
    assert first.interval_millis == 0.0
    assert second.interval_millis > 0.0
    assert second.link_millis >= 0.0
    assert (second.cpu, second.clock_khz, second.memory_bytes) == (5, 2_457_600, 4096 * 1024)
    assert abs(second.at_seconds - time.time()) < 30
    assert second.sent_at_seconds <= second.at_seconds


def test_what_is_in_flight_is_bounded_and_taken_in_at_the_end(
    source: FileSource, told: Told
) -> None:
    with FakeRunner(faults=Faults(frame_seconds=0.02)) as fake, runner_at(fake) as runner:
        live_of(by_cable(source, most=2), told).stream(runner, QUICK, told.after(8))
        received = len(fake.frames)
    assert received == len(told.frames), "none that was sent is lost"
    assert received <= 10


def test_pictures_and_masks_are_kept(source: FileSource, told: Told, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "r.bin", told.warn)
    seen: list[NDArray[np.uint8]] = []

    def segment(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], bytes]:
        seen.append(image.copy())
        return image[..., 0].copy(), b""

    with FakeRunner(segment) as fake, runner_at(fake) as runner:
        sender = by_cable(source, "jpeg")
        live_of(sender, told, recorder).stream(runner, QUICK, told.after(6))
    recorder.close()
    reader = RecordingReader(tmp_path / "r.bin")
    reader.refresh()
    for frame in told.frames:
        kept = reader.frame(frame.sequence)
        assert kept.phone_mask is not None
        np.testing.assert_array_equal(kept.phone_mask, seen[frame.sequence][..., 0])
    pictures = [reader.frame(frame.sequence).picture for frame in told.frames]
    assert any(picture is not None and picture.shape == (*SIZE, 3) for picture in pictures)
    reader.close()


def test_a_second_flow_goes_on_counting_and_warms_up_again(source: FileSource, told: Told) -> None:
    sender = by_cable(source)
    live = live_of(sender, told)
    with FakeRunner(faults=Faults(dies_at=9)) as fake:
        with runner_at(fake) as runner, pytest.raises(ConnectionLostError):
            live.stream(runner, QUICK, told.after(100))
        before = len(told.frames)
        assert before == 9
        with runner_at(fake) as runner:
            live.stream(runner, QUICK, told.after(before + 8))
    first = told.frames[before]
    assert first.sequence > 8
    assert first.interval_millis == 0.0
    assert first.is_warm_up
    assert first.dropped_before == first.sequence - 9, "what was lost with the wire is counted"
    assert not told.frames[before + WARM_UP_FRAMES].is_warm_up


def test_a_refused_frame_counts_as_dropped_and_is_told_once(source: FileSource, told: Told) -> None:
    faults = Faults(refuses_frames=frozenset({2, 3, 6}))
    with FakeRunner(faults=faults) as fake, runner_at(fake) as runner:
        live_of(by_cable(source), told).stream(runner, QUICK, told.after(10))
    sequences = [frame.sequence for frame in told.frames]
    assert sequences[:6] == [0, 1, 4, 5, 7, 8]
    assert [frame.dropped_before for frame in told.frames[:6]] == [0, 0, 2, 0, 1, 0]
    assert len(told.warnings) == 1


def test_a_hung_runner_is_given_up_within_two_seconds(source: FileSource, told: Told) -> None:
    with FakeRunner(faults=Faults(hangs_at=8)) as fake, runner_at(fake) as runner:
        began = time.monotonic()
        with pytest.raises(ConnectionLostError, match="sent nothing for"):
            live_of(by_cable(source), told).stream(runner, QUICK, told.after(100))
        assert time.monotonic() - began < 3.0
    assert len(told.frames) == 8


def test_slow_frames_are_no_hang(source: FileSource, told: Told) -> None:
    slow = Expectation(0.1)
    assert Expectation(0.01).patience_seconds == slow.patience_seconds == 2.0
    assert Expectation(0.5).patience_seconds == 4.0
    assert Expectation(0.1, link_seconds=1.0).patience_seconds == pytest.approx(8.8)
    with FakeRunner(faults=Faults(frame_seconds=0.6)) as fake, runner_at(fake) as runner:
        live_of(by_cable(source, most=2), told).stream(runner, slow, told.after(3))
    assert len(told.frames) >= 3


def test_a_dead_process_is_noticed_though_the_wire_holds(source: FileSource, told: Told) -> None:
    with FakeRunner() as fake, runner_at(fake) as runner:
        runner.trouble = died_error(139, "oops")
        with pytest.raises(PhoneError, match="SIGSEGV"):
            live_of(by_cable(source), told).stream(runner, QUICK, told.after(10_000))


def test_nonsense_on_the_wire_ends_the_flow(source: FileSource, told: Told) -> None:
    faults = Faults(garbage=b"\x02\0\0\0\x63\0")
    with FakeRunner(faults=faults) as fake, runner_at(fake) as runner, pytest.raises(WireError):
        live_of(by_cable(source), told).stream(runner, QUICK, told.after(10))


def test_a_broken_video_ends_the_flow_with_its_own_words(
    source: FileSource, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object = None) -> None:
        raise VideoError("The file vanished.")

    monkeypatch.setattr(source, "read", broken)
    live = live_of(by_cable(source), told)
    with (
        FakeRunner() as fake,
        runner_at(fake) as runner,
        pytest.raises(VideoError, match="vanished"),
    ):
        live.stream(runner, QUICK, told.after(10))


def the_clip(source: FileSource, path: Path, encoding: str) -> Clip:
    clip = make_clip(path, source, as_it_is, encoding, 2, 6)
    assert clip is not None
    return clip


@pytest.mark.parametrize("encoding", ["auto", "jpeg"])
def test_a_clip_is_played_once(
    source: FileSource, told: Told, tmp_path: Path, encoding: str
) -> None:
    clip = the_clip(source, tmp_path / "c.clip", encoding)
    assert clip.encoding == {"auto": "bgr", "jpeg": "jpeg"}[encoding]
    with FakeRunner(files={"/c": clip.path}) as fake, runner_at(fake) as runner:
        live_of(ClipSender(clip, "/c", is_endless=False), told).stream(
            runner, QUICK, told.after(100)
        )
    assert [frame.index for frame in told.frames] == [2, 3, 4, 5, 6]
    assert {frame.link_millis for frame in told.frames} == {0.0}
    for entry in clip.entries:
        source.seek(entry.index)
        frame = source.read()
        assert frame is not None
        difference = clip.picture(entry).as_seen().astype(int) - frame.image
        assert np.abs(difference).max() <= (0 if encoding == "auto" else 12)


def test_an_endless_clip_numbers_on_through_rounds_and_connections(
    source: FileSource, told: Told, tmp_path: Path
) -> None:
    clip = the_clip(source, tmp_path / "c.clip", "auto")
    live = live_of(ClipSender(clip, "/c", is_endless=True), told)
    with FakeRunner(files={"/c": clip.path}, faults=Faults(frame_seconds=0.002)) as fake:
        for count in (12, 24):
            with runner_at(fake) as runner:
                live.stream(runner, QUICK, told.after(count))
    sequences = [frame.sequence for frame in told.frames]
    assert sequences == sorted(set(sequences))
    assert [frame.index for frame in told.frames[:7]] == [2, 3, 4, 5, 6, 2, 3]
