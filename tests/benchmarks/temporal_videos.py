"""Videos and ways to use the redundancy between their frames, for `tests.benchmarks.temporal`.

The presets were chosen while looking at all eight sequences of DAVIS that `TUNING` and `OTHERS`
name. What is found on them is printed apart as well, so that one sees whether a figure rests on a
few videos; but the split was made after the tuning had begun, and both halves were seen. Neither is
held out: only videos that are in neither say how the presets do on what they were not chosen on.
"""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio.data.reading import read_image
from studio.errors import InputError
from studio.evaluation.davis import Sequence as Video
from studio.evaluation.davis import find_davis, read_sequences
from studio.evaluation.tflite_predictor import facts_of
from studio.evaluation.video.contest import Contest, Entrant
from studio.evaluation.video.judge import foreground_judge
from studio.evaluation.video.summary import entrant_summary
from studio.evaluation.video.track import Track
from studio.inference.model import InputFit, SessionOptions
from studio.targets.asynchronous import MakeExecutor, network_thread
from studio.targets.computer import ComputerTarget
from studio.targets.scoring import ScoringSession
from studio.targets.target import Session
from studio.targets.temporal_session import TemporalSession
from studio.temporal.spec import TemporalSpec

# By hand, so that each half has rigid and articulated motion; limits and weights were tuned on the
# first, once there was one. Further videos take turns, in order of name.
TUNING = ("bmx-trees", "car-shadow", "dog", "kite-surf")
OTHERS = ("dance-twirl", "drift-straight", "horsejump-high", "scooter-black")

ARTICULATED = (
    "bmx-bumps", "bmx-trees", "breakdance", "breakdance-flare", "dance-jump", "dance-twirl",
    "horsejump-high", "horsejump-low", "kite-surf", "motocross-bumps", "motocross-jump", "parkour",
    "rollerblade", "surf", "swing", "tennis",
)  # fmt: skip
"""Videos of DAVIS whose foreground moves fast and in itself."""

SPLIT_NOTE = (
    f"The presets were chosen while looking at all of {', '.join(sorted(TUNING + OTHERS))}; the"
    " split into “tuning” and “others” was made after the tuning had begun, and both halves were"
    " seen: neither is held out."
)

Tracks = dict[str, Track]


@dataclass(frozen=True)
class Way:
    """One way to run the model.

    Attributes:
        name: of the way.
        temporal: how the redundancy between frames is used; None for inference frame by frame.
        input_fit: whether the network's input follows the frame.
        wrap: makes another session of the opened one.
        executor: makes what an asynchronous network runs in; a thread when None.
        frames_per_second: pace; 0 for as fast as frames are taken.
    """

    name: str
    temporal: TemporalSpec | None = None
    input_fit: InputFit = "frame"
    wrap: Callable[[ScoringSession], ScoringSession] | None = None
    executor: MakeExecutor | None = None
    frames_per_second: float = 0.0


def find_videos(dataset: Path, limit: int = 0) -> tuple[Video, ...]:
    """The videos of a DAVIS-like folder whose foreground is known.

    Args:
        dataset: the folder.
        limit: only so many frames of each; 0 for all.

    Raises:
        InputError: there are none.
    """
    root = find_davis(dataset)
    if root is None:
        raise InputError(
            f"There are no videos with masks in {dataset}.",
            remedy="Give a folder with JPEGImages/480p and Annotations/480p.",
        )
    return tuple(
        Video(each.name, each.frames[: limit or None], each.foreground)
        for each in read_sequences(root)[0]
    )


def halves(videos: Sequence[Video]) -> dict[str, tuple[str, ...]]:
    """Names of the videos on which something was tuned, and of the others; see `SPLIT_NOTE`."""
    known = dict.fromkeys(OTHERS, False) | dict.fromkeys(TUNING, True)
    others = sorted(video.name for video in videos if video.name not in known)
    known |= {name: number % 2 == 0 for number, name in enumerate(others)}
    names = [video.name for video in videos]
    return {
        "tuning": tuple(name for name in names if known[name]),
        "others": tuple(name for name in names if not known[name]),
    }


def run_ways(model: Path, videos: Sequence[Video], ways: Sequence[Way]) -> dict[str, Tracks]:
    """Run all ways over all videos, in turn, with one thread.

    Returns:
        What each did, by name of the way and the video.
    """
    with contextlib.ExitStack() as stack:
        entrants = [_entrant(stack, model, way) for way in ways]
        facts = facts_of(entrants[0].session.info)
        contest = Contest(entrants, _Watcher(), sum(len(video.frames) for video in videos))
        for video in videos:
            contest.run(video, foreground_judge(facts, video))
    return {entrant.name: entrant.tracks for entrant in entrants}


def summary(
    found: Mapping[str, Tracks], name: str, against: str, videos: Sequence[str] | None = None
) -> dict[str, Any]:
    """What a way came to on some videos, see `entrant_summary`; times are against another way's."""
    ours, theirs = (
        {video: track for video, track in found[way].items() if videos is None or video in videos}
        for way in (name, against)
    )
    return entrant_summary(name, ours, theirs)


def number(value: float | None) -> float:
    """NaN for what is not known."""
    return math.nan if value is None else float(value)


def _entrant(stack: contextlib.ExitStack, model: Path, way: Way) -> Entrant:
    opened = ComputerTarget().open(model, SessionOptions(input_fit=way.input_fit))
    session: Session = opened
    restart: Callable[[], None] = _nothing
    if way.temporal is not None:
        source = opened if way.wrap is None else way.wrap(opened)
        temporal = TemporalSession(source, way.temporal, way.executor or network_thread)
        session, restart = temporal, temporal.reset
    stack.enter_context(contextlib.closing(session))
    return Entrant(way.name, session, restart, way.frames_per_second, {})


def _nothing() -> None:
    """Inference frame by frame remembers nothing."""


class _Watcher:
    """Tells on standard error how it goes."""

    def progress(
        self, done: int, total: int | None, unit: str = "frames", message: str = ""
    ) -> None:
        if sys.stderr.isatty() and (done % 25 == 0 or done == total):
            sys.stderr.write(f"\r{message:40} {done} {unit}")
            sys.stderr.flush()
            if done == total:
                sys.stderr.write("\r\x1b[K")

    def should_stop(self) -> bool:
        return False


def frame_sizes(videos: Sequence[Video]) -> Iterator[tuple[int, int]]:
    """Height and width of each video's first frame."""
    for video in videos:
        height, width = read_image(video.frames[0].image).shape[:2]
        yield height, width


def mean_loss(found: Mapping[str, Tracks], name: str, against: str) -> float:
    """Points of J that one way loses against another, mean over the videos."""
    ours, theirs = summary(found, name, against), summary(found, against, against)
    return 100 * (number(theirs["j_mean"]) - number(ours["j_mean"]))


def losses(found: Mapping[str, Tracks], name: str, against: str) -> dict[str, float]:
    """The same for each video."""
    ours = summary(found, name, against)["j_by_sequence"]
    theirs = summary(found, against, against)["j_by_sequence"]
    return {video: 100 * float(np.subtract(theirs[video], ours[video])) for video in ours}
