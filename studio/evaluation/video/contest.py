"""Run several ways to use the redundancy between frames over the same videos, in turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from collections.abc import Sequence as Listing
from dataclasses import dataclass

import numpy as np

from studio.data.reading import read_image, read_mask
from studio.data.samples import Mask, Sample
from studio.errors import InputError
from studio.evaluation.davis import Sequence
from studio.evaluation.predict import Watcher
from studio.evaluation.predictor import as_frame
from studio.evaluation.video.consistency import (
    flicker,
    foreground_overlap,
    temporal_overlap,
)
from studio.evaluation.video.judge import Judge
from studio.evaluation.video.motion import Motion, MotionMeter, reduced_mask
from studio.evaluation.video.track import Cost, Track, cost_of
from studio.targets.target import Session
from studio.video.frame import Frame

_BYTES_AT_ONCE = 192 * 2**20
USUAL_RATE = 24.0
"""Frames a second of DAVIS."""

_WARM_UP_FRAMES = 8  # a second key frame should be among them


@dataclass(slots=True, eq=False)
class Entrant:
    """One way, opened.

    Attributes:
        name: of the way.
        session: of the model.
        restart: makes the session forget what it saw.
        frames_per_second: pace at which it is given frames; 0 for as fast as it takes them.
        tracks: what it did, by name of the video.
        warm_size: height and width of frames that it is ready for.
    """

    name: str
    session: Session
    restart: Callable[[], None]
    frames_per_second: float
    tracks: dict[str, Track]
    warm_size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A frame and its truth.

    Attributes:
        frame: the picture.
        truth: uint8 [H, W]; None where there is none.
    """

    frame: Frame
    truth: Mask | None


class Contest:
    """The runs of all entrants over all videos.

    Whole stretches of a video are decoded first and then given to one entrant after the other, so
    that no decoding runs beside what is timed, and whatever slows the machine down for a while
    slows all of them down. Masks are judged after that.

    Args:
        entrants: the ways.
        watcher: hears how it goes; may end it early.
        frames: how many there are in all videos together.
        rate: frames a second, for their presentation times.
    """

    def __init__(
        self,
        entrants: Listing[Entrant],
        watcher: Watcher,
        frames: int,
        rate: float = USUAL_RATE,
    ) -> None:
        self._entrants = entrants
        self._watcher = watcher
        self._total = frames * len(entrants)
        self._rate = rate
        self._done = 0
        self.decode_millis: list[float] = []

    def run(self, sequence: Sequence, judge: Judge) -> bool:
        """Work through a video.

        Args:
            sequence: the video.
            judge: of its masks.

        Returns:
            Whether it came to the end; what was done by all entrants until then is counted.

        Raises:
            InputError: a frame or a mask cannot be read, or they do not belong together.
            ModelError: the model refuses to run.
        """
        meter = MotionMeter()
        previous: list[Mask | None] = [None] * len(self._entrants)
        for entrant in self._entrants:
            entrant.tracks[sequence.name] = Track()
            entrant.restart()
        for stretch in _stretches(sequence, judge.truth_classes, self._rate):
            runs = [self._timed(entrant, stretch, sequence.name) for entrant in self._entrants]
            done = min(map(len, runs))
            for at in range(done):
                self.decode_millis.append(stretch[at].frame.decode_millis)
                motion = meter.next(stretch[at].frame.image)
                for number, entrant in enumerate(self._entrants):
                    mask, cost = runs[number][at]
                    track = entrant.tracks[sequence.name]
                    _count(track, stretch[at], mask, cost, judge)
                    small = reduced_mask(mask)
                    _compare(track, previous[number], small, motion, judge)
                    previous[number] = small
            if done < len(stretch):
                return False
        return True

    def _timed(
        self, entrant: Entrant, stretch: Listing[Loaded], name: str
    ) -> list[tuple[Mask, Cost]]:
        """Segment frames in order; fewer than there are when it is told to stop."""
        if self._watcher.should_stop():
            return []
        _warm_up(entrant, stretch)
        found = []
        pace = 1 / entrant.frames_per_second if entrant.frames_per_second else 0.0
        started = time.perf_counter()
        for number, loaded in enumerate(stretch):
            if pace:
                time.sleep(max(0.0, started + number * pace - time.perf_counter()))
            mask = np.empty(loaded.frame.image.shape[:2], np.uint8)
            cpu_began, began = time.process_time(), time.perf_counter()
            result = entrant.session.segment(loaded.frame, mask)
            ended, cpu_ended = time.perf_counter(), time.process_time()
            cost = cost_of(result, (ended - began) * 1e3, (cpu_ended - cpu_began) * 1e3)
            found.append((result.mask, cost))
            self._done += 1
            self._watcher.progress(self._done, self._total, "frames", f"{name}, {entrant.name}")
            if self._watcher.should_stop():
                break
        return found


def _warm_up(entrant: Entrant, stretch: Listing[Loaded]) -> None:
    """Let it plan and allocate for a size of frames before it is timed."""
    size = stretch[0].frame.image.shape[:2]
    if entrant.warm_size == size:
        return
    entrant.warm_size = (size[0], size[1])
    if stretch[0].frame.index == 0:  # in mid-video it would forget what came before
        for loaded in stretch[:_WARM_UP_FRAMES]:
            entrant.session.segment(loaded.frame)
        entrant.restart()


def _count(track: Track, loaded: Loaded, mask: Mask, cost: Cost, judge: Judge) -> None:
    track.add_cost(cost)
    if loaded.truth is not None:
        track.add_score(judge.judge(loaded.truth, mask), cost.gap)


def _compare(
    track: Track, previous: Mask | None, current: Mask, motion: Motion | None, judge: Judge
) -> None:
    if motion is None or previous is None:
        return
    track.add_pair(
        temporal_overlap(previous, current, motion),
        foreground_overlap(previous, current, motion, judge.foreground),
        flicker(previous, current, motion),
    )


def _stretches(sequence: Sequence, truth_classes: int, rate: float) -> Iterator[list[Loaded]]:
    """A video in parts that fit into the memory."""
    stretch: list[Loaded] = []
    held_bytes = 0
    for index, sample in enumerate(sequence.frames):
        loaded = _load(index, sample, truth_classes, rate)
        stretch.append(loaded)
        held_bytes += loaded.frame.image.nbytes
        if held_bytes >= _BYTES_AT_ONCE:
            yield stretch
            stretch, held_bytes = [], 0
    if stretch:
        yield stretch


def _load(index: int, sample: Sample, truth_classes: int, rate: float) -> Loaded:
    began = time.perf_counter()
    image = as_frame(read_image(sample.image))
    decode_millis = (time.perf_counter() - began) * 1e3
    frame = Frame(index, index / rate, image, decode_millis)
    if sample.mask is None:
        return Loaded(frame, None)
    truth = read_mask(sample.mask, truth_classes)
    if truth.shape != image.shape[:2]:
        raise InputError(
            f"The frame {sample.name} has {image.shape[1]}x{image.shape[0]} pixels, but its mask"
            f" has {truth.shape[1]}x{truth.shape[0]}.",
            remedy="Both must have the same size. Is it the mask of another video?",
            details=f"{sample.image}\n{sample.mask}",
        )
    return Loaded(frame, truth)
