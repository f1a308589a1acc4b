"""A camera's pace and a slow network beside: how soon after its frame a mask is there."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from studio.evaluation.davis import Sequence as Video
from studio.inference.model import ModelInfo
from studio.targets.scoring import NetworkWord, ScoringSession
from studio.targets.target import Mask, SegmentedFrame
from studio.temporal.spec import PRESETS
from studio.video.frame import Frame
from tests.benchmarks.figures import Figure, Report
from tests.benchmarks.temporal_clips import hd_clips
from tests.benchmarks.temporal_videos import Way, losses, mean_loss, run_ways, summary

_NETWORK_MILLIS = 40.0
_FRAMES_PER_SECOND = 24.0  # DAVIS' own
_BY_ITSELF = "frame by frame"
_BESIDE = "asynchronous"
_LATE_FRAMES = (1, 2)  # 40 ms are over one frame later, or just not


def _late(frames: int) -> str:
    return f"{frames} frame{'s' if frames > 1 else ''} late"


class SlowNetwork:
    """A session whose network takes a fixed time: it runs again and again, and sleeps the rest.

    Implements `ScoringSession`.

    Args:
        session: of the model; closed with this one.
    """

    def __init__(self, session: ScoringSession) -> None:
        self._session = session
        self.ask_millis: list[float] = []

    @property
    def info(self) -> ModelInfo:
        """The opened model."""
        return self._session.info

    def segment(self, frame: Frame, out: Mask | None = None) -> SegmentedFrame:
        """Segment one frame, in the network's own time."""
        return self._session.segment(frame, out)

    def segment_all(self, frames: Iterable[Frame]) -> Iterator[SegmentedFrame]:
        """Segment frames in order, in the network's own time."""
        return self._session.segment_all(frames)

    def ask(self, frame: Frame) -> NetworkWord:
        """Run the network for the whole time; the last run counts."""
        began = time.perf_counter()
        word = self._session.ask(frame)
        once = time.perf_counter() - began
        while time.perf_counter() - began + once < _NETWORK_MILLIS / 1e3:
            word = self._session.ask(frame)
        time.sleep(max(0.0, _NETWORK_MILLIS / 1e3 - (time.perf_counter() - began)))
        self.ask_millis.append((time.perf_counter() - began) * 1e3)
        return word

    def close(self) -> None:
        """Let go of the model."""
        self._session.close()


class _LateFuture(Future[Any]):
    """Is done when it was asked so often whether it is, which happens once a frame."""

    def __init__(self, frames: int) -> None:
        super().__init__()
        self._frames = frames

    def done(self) -> bool:
        """Whether so many frames have passed."""
        self._frames -= 1
        return self._frames <= 0


class _LateExecutor(Executor):
    """Works at once, and says so a fixed number of frames later: no clock is in it.

    Args:
        frames: 1 or more.
    """

    def __init__(self, frames: int) -> None:
        self._frames = frames

    def submit(self, fn: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        """Do it."""
        future = _LateFuture(self._frames)
        future.set_result(fn(*given, **named))
        return future


def asynchronous(model: Path, videos: Sequence[Video]) -> Report:
    """Play videos at 720p in their own time, with the network in a thread of its own.

    Args:
        model: the network.
        videos: enlarged to 720p for this.
    """
    spec = replace(PRESETS["balanced"], asynchronous=True)
    slow: list[SlowNetwork] = []

    def slowed(session: ScoringSession) -> SlowNetwork:
        slow.append(SlowNetwork(session))
        return slow[-1]

    ways = [
        Way(_BY_ITSELF),
        Way(_BESIDE, spec, wrap=slowed, frames_per_second=_FRAMES_PER_SECOND),
        *(Way(_late(n), spec, executor=lambda n=n: _LateExecutor(n)) for n in _LATE_FRAMES),  # type: ignore[misc]
    ]
    with tempfile.TemporaryDirectory() as folder:
        found = run_ways(model, hd_clips(videos, Path(folder)), ways)
    ours = summary(found, _BESIDE, _BY_ITSELF)
    # The very first frame of a video has nothing to show before the network's first word.
    millis = np.concatenate([track.total_millis[1:] for track in found[_BESIDE].values()])
    p50, p95, p99 = (float(value) for value in np.percentile(millis, (50, 95, 99)))
    rows = [
        Figure("mask latency, p95", p95, "ms", 10.0, "most"),
        Figure("… p50", p50, "ms"),
        Figure("… p99", p99, "ms"),
        Figure("… the longest", float(millis.max()), "ms"),
        Figure("J lost", mean_loss(found, _BESIDE, _BY_ITSELF), "pt", 2.0, "most",
               losses(found, _BESIDE, _BY_ITSELF)),
        *(
            Figure(f"… with a word always {_late(n)}", mean_loss(found, _late(n), _BY_ITSELF), "pt",
                   parts=losses(found, _late(n), _BY_ITSELF))
            for n in _LATE_FRAMES
        ),
        Figure("network, median", float(np.median(slow[0].ask_millis)), "ms"),
        Figure("frames that the network was given", 100 * ours["network_runs_ratio"], "%"),
    ]  # fmt: skip
    notes = [
        f"The network is run again until {_NETWORK_MILLIS:.0f} ms are nearly over and sleeps what"
        " is left; it has a thread, and so a core, of its own.",
        "On a machine that others use the network takes longer, and J falls with it; the loss with"
        " a word that is always so late has no clock in it.",
        f"{_FRAMES_PER_SECOND:.0f} frames a second; each video's first frame, which waits for the"
        " network, is not counted.",
    ]
    return Report(f"Asynchronous: {len(videos)} videos at 720p, balanced", rows, notes)
