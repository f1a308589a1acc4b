"""Score models on videos of which only the foreground is known, frame by frame."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence as Listing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.data.samples import Dataset, Mask, Sample
from studio.errors import ModelError
from studio.evaluation.bootstrap import FEWEST_UNITS, Interval, interval, resampled_mean
from studio.evaluation.comparison import compare, distinct_names
from studio.evaluation.davis import Sequence, read_sequences
from studio.evaluation.label_map import class_table
from studio.evaluation.predict import open_predictor, segment_dataset
from studio.evaluation.predictor import ModelFacts, Predictor
from studio.evaluation.scoring import facts_summary, median_millis, rounded
from studio.evaluation.spec import EvaluateSpec
from studio.evaluation.summary import tell_warnings, with_differences
from studio.opencv import cv2
from studio.runs.reporting import Reporter

_ANY_INDEX = ("background", *("object",) * 254)  # an index of a mask counts objects, not classes


@dataclass(frozen=True, slots=True)
class ForegroundScores:
    """How a model did.

    Attributes:
        facts: the model.
        by_sequence: J of each frame, by name of the video.
        invoke_millis: of each frame.
        is_complete: all frames were scored.
    """

    facts: ModelFacts
    by_sequence: dict[str, tuple[float, ...]]
    invoke_millis: tuple[float, ...]
    is_complete: bool

    @property
    def means(self) -> NDArray[np.float64]:
        """Mean J of each video that was begun."""
        return np.array([np.mean(values) for values in self.by_sequence.values()], np.float64)

    @property
    def j_mean(self) -> float:
        """Mean over the videos; NaN where none was begun."""
        return float(self.means.mean()) if self.by_sequence else float("nan")


def jaccard(truth: NDArray[np.bool_], prediction: NDArray[np.bool_]) -> float:
    """Intersection over union of two masks; 1 where both are empty.

    Args:
        truth: bool [H, W].
        prediction: bool [H, W].

    Reference: Perazzi et al. 2016, "A Benchmark Dataset and Evaluation Methodology for Video
        Object Segmentation", section 4 (region similarity J).
    """
    union = np.count_nonzero(truth | prediction)
    return np.count_nonzero(truth & prediction) / union if union else 1.0


def score_foreground(spec: EvaluateSpec, root: Path, reporter: Reporter) -> dict[str, object]:
    """Score models on all videos whose foreground is known.

    Args:
        spec: what to do.
        root: of the videos, as `find_davis` found it.
        reporter: hears how it goes.

    Returns:
        See `foreground_summary`; for several models `with_differences`, resampled by videos,
        because the frames of one video are all alike.

    Raises:
        InputError: a frame or a mask cannot be read.
        ModelError: a model cannot be used, or knows none of the classes of a video.
        SpecError: the file that says what the foreground is cannot be read.
    """
    sequences, left_out = read_sequences(root, spec.foreground)
    if left_out:
        reporter.warn(f"Left out, as their foreground is not known: {', '.join(left_out)}.")
    sequences = tuple(_part(sequence, spec.limit, len(sequences)) for sequence in sequences)
    scores: list[ForegroundScores] = []
    for model in spec.models:
        with contextlib.closing(open_predictor(Path(model), spec.options)) as predictor:
            facts = predictor.facts
            tell_warnings(reporter, facts.name, facts.warnings, len(spec.models))
            scores.append(score_sequences(predictor, sequences, root, reporter))
        if not scores[-1].is_complete:
            break
    told = {"dataset": root.name, "split": ""}
    names = [found.facts.name for found in scores]
    if not scores[-1].is_complete:
        results = [foreground_summary(found) for found in scores]
        return told | with_differences(results, (), len(spec.models), is_complete=False)
    resampled = resampled_mean([found.means for found in scores], spec.resamples, spec.seed)
    videos = len(sequences)
    results = [
        foreground_summary(found, interval(drawn) if videos >= FEWEST_UNITS else None)
        for found, drawn in zip(scores, resampled, strict=True)
    ]
    differences = compare(
        distinct_names(names, [found.facts.path for found in scores]),
        [found.j_mean for found in scores],
        resampled,
        videos,
        "videos",
    )
    return told | with_differences(
        results, differences, len(spec.models), is_complete=True, score="j_mean"
    )


def score_sequences(
    predictor: Predictor, sequences: Listing[Sequence], root: Path, reporter: Reporter
) -> ForegroundScores:
    """Score one model, each frame by itself.

    Args:
        predictor: the model.
        sequences: the videos.
        root: of the videos.
        reporter: hears how it goes; may end it early.
    """
    tables = {sequence.name: _table(predictor.facts, sequence) for sequence in sequences}
    frames: list[tuple[str, Sample]] = [
        (sequence.name, frame) for sequence in sequences for frame in sequence.frames
    ]
    dataset = Dataset(
        name=root.name,
        root=root,
        split="",
        labels=_ANY_INDEX,
        samples=tuple(frame for _, frame in frames),
    )
    values: dict[str, list[float]] = {}
    millis = []
    message = f"Scoring {predictor.facts.name}"
    for result in segment_dataset(predictor, dataset, reporter, message=message):
        assert result.truth is not None
        name = frames[result.index][0]
        seen: Mask = np.asarray(cv2.LUT(result.mask, tables[name]), np.uint8)
        values.setdefault(name, []).append(jaccard(result.truth > 0, seen > 0))
        millis.append(result.invoke_millis)
    return ForegroundScores(
        facts=predictor.facts,
        by_sequence={name: tuple(found) for name, found in values.items()},
        invoke_millis=tuple(millis),
        is_complete=len(millis) == len(frames),
    )


def foreground_summary(
    scores: ForegroundScores, bounds: Interval | None = None
) -> dict[str, object]:
    """A model's scores as a job tells them.

    Args:
        scores: of the model.
        bounds: of the mean.

    Returns:
        `j_mean` (mean over videos of the mean over their frames), `j_interval` (95 %),
        `j_by_sequence`, `images`, `invoke_millis` (median), `complete`, and what was run.
    """
    return {
        **facts_summary(scores.facts),
        "images": len(scores.invoke_millis),
        "complete": scores.is_complete,
        "j_mean": rounded(scores.j_mean),
        "j_interval": None if bounds is None else [rounded(bounds.low), rounded(bounds.high)],
        "j_by_sequence": {
            name: rounded(float(mean))
            for name, mean in zip(scores.by_sequence, scores.means, strict=True)
        },
        "invoke_millis": median_millis(scores.invoke_millis),
    }


def _table(facts: ModelFacts, sequence: Sequence) -> NDArray[np.uint8]:
    table = class_table(facts, sequence.foreground)
    if not table.any():
        raise ModelError(
            f"The model {facts.name} knows none of the foreground's classes of the video"
            f" {sequence.name}: {', '.join(sequence.foreground)}.",
            remedy="Say in a file foreground.toml beside the videos which of its classes they"
            " are; an empty list leaves a video out.",
        )
    return table


def _part(sequence: Sequence, limit: int, sequences: int) -> Sequence:
    """Each video's share of a limit, spread evenly over it."""
    count = len(sequence.frames)
    share = -(-limit // sequences)
    if not 0 < share < count:
        return sequence
    frames = tuple(sequence.frames[index * count // share] for index in range(share))
    return Sequence(sequence.name, frames, sequence.foreground)
