"""The results of an evaluation on videos as a job tells them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from studio.evaluation.bootstrap import FEWEST_UNITS, Interval, interval, resampled_mean
from studio.evaluation.comparison import compare
from studio.evaluation.confusion import mean_iou
from studio.evaluation.scoring import rounded
from studio.evaluation.video.spec import PER_FRAME
from studio.evaluation.video.track import STAGES, Track, mean_known

Tracks = Mapping[str, Track]
"""By name of the video."""


def entrant_summary(
    name: str, tracks: Tracks, per_frame: Tracks, bounds: Interval | None = None
) -> dict[str, object]:
    """What one way to use the redundancy between frames came to.

    Args:
        name: of the way.
        tracks: what it did.
        per_frame: what inference frame by frame did, on the same frames.
        bounds: of `j_mean`.

    Returns:
        `j_mean` (mean over the frames of each video, then over videos; J of the foreground, or the
        frames' mean IoU where all classes are labelled), `j_interval` (95 %), `j_by_sequence`;
        `miou` (pixels of all frames together; None where only the foreground is known);
        `temporal_consistency` (`all_classes` and `foreground`, of each video, then the mean over
        videos) and `flicker` (mean over the pairs of each video, then over videos), see
        `consistency.py`;
        `network_runs_ratio` (of the frames, those that the network was given); `millis_mean` by
        stage and in `total`; `total_millis` (p50, p95, p99); `cpu_millis_mean`; `speedup` against
        `per_frame`, by the clock and in `speedup_cpu` by processor time, without decoding;
        `j_by_distance` (see `by_distance`);
        `triggers` (how often each asked for the network); `by_sequence`.
    """
    frames = sum(track.frames for track in tracks.values())
    totals = np.array([value for track in tracks.values() for value in track.total_millis])
    return {
        "temporal": name,
        "frames": frames,
        "j_mean": rounded(_mean_over(tracks, "j")),
        "j_interval": None if bounds is None else [rounded(bounds.low), rounded(bounds.high)],
        "j_by_sequence": {video: rounded(track.j) for video, track in tracks.items()},
        "miou": _miou(tracks),
        "temporal_consistency": {
            "all_classes": rounded(_mean_over(tracks, "consistency")),
            "foreground": rounded(_mean_over(tracks, "foreground_consistency")),
        },
        "flicker": rounded(_mean_over(tracks, "flicker")),
        "network_runs_ratio": _ratio(sum(t.network_runs for t in tracks.values()), frames),
        "millis_mean": _stage_means(tracks, frames),
        "total_millis": _percentiles(totals),
        "cpu_millis_mean": _ratio(sum(t.cpu_millis for t in tracks.values()), frames),
        "speedup": _ratio(_total(per_frame), _total(tracks)),
        "speedup_cpu": _ratio(
            sum(t.cpu_millis for t in per_frame.values()),
            sum(t.cpu_millis for t in tracks.values()),
        ),
        "j_by_distance": by_distance(tracks, per_frame),
        "triggers": dict(sum((track.triggers for track in tracks.values()), start=_no_triggers())),
        "by_sequence": {
            video: _video_summary(track, per_frame[video]) for video, track in tracks.items()
        },
    }


def by_distance(tracks: Tracks, per_frame: Tracks) -> list[dict[str, object]]:
    """How J falls with the distance to the frame that the network's last word is about.

    That is the last key frame. An asynchronous network's word is frames old when it comes.

    Args:
        tracks: what a way did.
        per_frame: what inference frame by frame did, on the same frames.

    Returns:
        By `distance` in frames: `frames`, their mean `j`, and `j_per_frame`: that of inference
        frame by frame on the very same frames.
    """
    found: dict[int, list[tuple[float, float]]] = {}
    for video, track in tracks.items():
        scores = zip(track.gaps, track.scores, per_frame[video].scores, strict=True)
        for gap, score, other in scores:
            if not math.isnan(score):
                found.setdefault(gap, []).append((score, other))
    curve: list[dict[str, object]] = []
    for gap, pairs in sorted(found.items()):
        score, other = np.mean(pairs, axis=0)
        curve.append(
            {
                "distance": gap,
                "frames": len(pairs),
                "j": rounded(float(score)),
                "j_per_frame": rounded(float(other)),
            }
        )
    return curve


def differences(
    entrants: Mapping[str, Tracks], resamples: int, seed: int
) -> tuple[dict[str, Interval], list[dict[str, object]]]:
    """Compare each way with inference frame by frame, on the same draws of videos.

    Args:
        entrants: by name; the first is inference frame by frame.
        resamples: of the videos.
        seed: of the draws.

    Returns:
        The interval of each one's `j_mean`, empty with too few videos; and a difference for each
        but the first: `j_mean` with its `interval`, `share_above_zero` and a `verdict` in words;
        `temporal_consistency`, `foreground_consistency` and `flicker`, each with a `value` and an
        `interval`.
    """
    names = list(entrants)
    means = np.array([_means(tracks, "j") for tracks in entrants.values()])
    scores = list(means[:, ~np.isnan(means).any(axis=0)])
    videos = len(scores[0])
    if not videos:
        return {}, []
    drawn = resampled_mean(scores, resamples, seed)
    enough = videos >= FEWEST_UNITS
    bounds = dict(zip(names, map(interval, drawn), strict=True)) if enough else {}
    shown = [_shown(name) for name in names]
    compared = compare(shown, [float(each.mean()) for each in scores], drawn, videos, "videos")
    told: list[dict[str, object]] = []
    for name, found in zip(names[1:], compared, strict=True):
        limits = found.interval
        told.append(
            {
                "baseline": names[0],
                "temporal": name,
                "j_mean": rounded(found.value),
                "interval": None if limits is None else [rounded(limits.low), rounded(limits.high)],
                "share_above_zero": round(found.share_above_zero, 4),
                "verdict": found.verdict,
                **{
                    key: _change(entrants[name], entrants[names[0]], attribute, resamples, seed)
                    for key, attribute in (
                        ("temporal_consistency", "consistency"),
                        ("foreground_consistency", "foreground_consistency"),
                        ("flicker", "flicker"),
                    )
                },
            }
        )
    return bounds, told


def _change(
    tracks: Tracks, per_frame: Tracks, attribute: str, resamples: int, seed: int
) -> dict[str, object]:
    """How a measure moved, over the videos in which both have it."""
    ours, theirs = _means(tracks, attribute), _means(per_frame, attribute)
    known = ~(np.isnan(ours) | np.isnan(theirs))
    change = (ours - theirs)[known]
    if not change.size:
        return {"value": None, "interval": None}
    bounds = interval(resampled_mean([change], resamples, seed)[0])
    limits = [rounded(bounds.low), rounded(bounds.high)]
    return {
        "value": rounded(float(change.mean())),
        "interval": limits if change.size >= FEWEST_UNITS else None,
    }


def _video_summary(track: Track, per_frame: Track) -> dict[str, object]:
    return {
        "frames": track.frames,
        "j": rounded(track.j),
        "temporal_consistency": rounded(track.consistency),
        "foreground_consistency": rounded(track.foreground_consistency),
        "flicker": rounded(track.flicker),
        "network_runs_ratio": _ratio(track.network_runs, track.frames),
        "total_millis": _ratio(sum(track.total_millis), track.frames),
        "speedup": _ratio(sum(per_frame.total_millis), sum(track.total_millis)),
        "speedup_cpu": _ratio(per_frame.cpu_millis, track.cpu_millis),
    }


def _means(tracks: Tracks, attribute: str) -> NDArray[np.float64]:
    """The mean of each video; NaN where nothing is known."""
    return np.array([getattr(track, attribute) for track in tracks.values()], np.float64)


def _mean_over(tracks: Tracks, attribute: str) -> float:
    return mean_known(_means(tracks, attribute))


def _miou(tracks: Tracks) -> float | None:
    counts = [track.counts for track in tracks.values() if track.counts is not None]
    return rounded(float(mean_iou(np.sum(counts, axis=0)))) if counts else None


def _stage_means(tracks: Tracks, frames: int) -> dict[str, float | None]:
    means = {
        stage: _ratio(sum(track.stage_millis[stage] for track in tracks.values()), frames)
        for stage in STAGES
    }
    return {**means, "total": _ratio(_total(tracks), frames)}


def _total(tracks: Tracks) -> float:
    return sum(sum(track.total_millis) for track in tracks.values())


def _percentiles(values: NDArray[np.float64]) -> dict[str, float] | None:
    if not values.size:
        return None
    found = np.percentile(values, (50, 95, 99))
    return {
        name: round(float(value), 4)
        for name, value in zip(("p50", "p95", "p99"), found, strict=True)
    }


def _ratio(value: float, by: float) -> float | None:
    return round(value / by, 4) if by else None


def _no_triggers() -> Counter[str]:
    return Counter()


def _shown(name: str) -> str:
    return "inference frame by frame" if name == PER_FRAME else name
