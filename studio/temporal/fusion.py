"""At a key frame the network's word joins what was carried along."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOID_INDEX
from studio.temporal import fusion_kernels
from studio.temporal.canvas import Taps, placed, taps
from studio.temporal.policy import disagreement_of
from studio.temporal.refinement import refine
from studio.temporal.spec import TemporalSpec
from studio.temporal.state import Past, Word
from studio.temporal.step import Scores

_BINS = 256
_BINS_PER_LOGIT = 16.0

MOST_CLASSES = 16
"""On the canvas: each costs its share of every frame, and a busy room may show a hundred."""

_MOST_AGAINST_LABELS = 0.4
"""Most weight of the past against a word without scores.

A label says nothing of how sure the network is of it, so no doubt can lessen a heavy past: over
one half, the past would win for ever. Below, the network's label wins at once where it is sampled
whole, and the past still counts where borders were bent and scores lie between.
"""


def word_of(scores: Scores) -> Word:
    """Keep the network's word: a copy, as it came; labels of no class become void.

    Args:
        scores: borrowed.
    """
    values: NDArray[Any]
    if scores.are_labels:
        values = np.array(scores.values, np.uint8, order="C")
        values[values >= scores.classes] = VOID_INDEX
    else:
        values = np.array(scores.values, np.float32, order="C")
    return Word(
        values=values,
        scale=scores.scale,
        zero_point=scores.zero_point,
        classes=scores.classes,
        rows=scores.rows,
        columns=scores.columns,
    )


@lru_cache(maxsize=16)
def doubts(share: float) -> NDArray[np.float32]:
    """Part of the past's weight by the network's margin between its two highest logits.

    `(1 - share) + share * uncertainty`, where `uncertainty = 2 / (1 + e^margin)` is twice what a
    softmax of the two gives the second. Computed in float64 and rounded once.

    Args:
        share: how far the weight depends on the uncertainty, 0 to 1.

    Returns:
        float32 [256], for margins of 0, 1/16, 2/16, ... logits.
    """
    table = np.empty(_BINS, np.float32)
    for i in range(_BINS):
        uncertainty = 2.0 / (1.0 + math.exp(i / _BINS_PER_LOGIT))
        table[i] = (1.0 - share) + share * uncertainty
    table.setflags(write=False)
    return table


def _weighed(config: TemporalSpec, word: Word, past: Past) -> tuple[float, NDArray[np.float32]]:
    """Find the weight of a past against a word, and the part of it by the network's margin.

    Labels that are carried gather no evidence: one that wins stays as heavy as it was, whatever
    the network says again and again. So its weight depends entirely on the network's uncertainty,
    and it stands only where the network is within about a logit of changing its mind.
    """
    if word.are_labels:
        return min(config.past_weight, _MOST_AGAINST_LABELS), doubts(0.0)
    return config.past_weight, doubts(1.0 if past.labels is not None else config.uncertainty_share)


@lru_cache(maxsize=128)
def kept_by_residual(decay: float) -> NDArray[np.float32]:
    """Part of the confidence that a pixel keeps by the residual of its warp.

    `e^-(residual / decay)^2`, computed in float64 and rounded once.

    Args:
        decay: residual at which 1/e is kept, in grey levels; 0 or more.

    Returns:
        float32 [256].
    """
    table = np.zeros(_BINS, np.float32)
    for residual in range(_BINS):
        if decay > 0.0:
            table[residual] = math.exp(-((residual / decay) ** 2))
    table[0] = 1.0
    table.setflags(write=False)
    return table


def _finite(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Put finite values in the place of what is not.

    The highest for what is higher than all, so that a sure class wins; the lowest for all else, so
    that it wins nowhere.
    """
    known = np.isfinite(values)
    lowest = values[known].min() if known.any() else np.float32(0.0)
    highest = values[known].max() if known.any() else np.float32(0.0)
    filled: NDArray[np.float32] = np.where(
        known, values, np.where(values > highest, highest, lowest)
    )
    return filled


def _one_hot(labels: NDArray[np.uint8], classes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """1 for the class of each position, 0 for the others: float32 [K, h, w]."""
    planes: NDArray[np.float32] = (labels[None] == classes[:, None, None]).astype(
        np.float32, order="C"
    )
    return planes


def _classes_in(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.flatnonzero(np.bincount(labels.ravel(), minlength=_BINS)).astype(np.uint8)


def _winners(classes: NDArray[np.uint8], scores: NDArray[np.float32]) -> NDArray[np.uint8]:
    labels = np.empty(scores.shape[1:], np.uint8)
    fusion_kernels.winners(scores, classes, labels)
    return labels


def labels_of(past: Past) -> NDArray[np.uint8]:
    """What is shown at each position of the canvas: uint8 [h, w] class numbers."""
    return _winners(past.classes, past.scores) if past.labels is None else past.labels


def areas_of(past: Past) -> NDArray[np.int64]:
    """Count the positions of the canvas by class.

    Returns:
        int64 [256].
    """
    return np.bincount(labels_of(past).ravel(), minlength=_BINS).astype(np.int64)


def _most_shown(wins: NDArray[np.int64], shown: NDArray[np.int64]) -> NDArray[np.int64]:
    """Choose the classes that are kept on the canvas.

    Those that win the most positions of the word; of equals, and among those that win none, those
    that were shown at the most positions before; of equals the first.

    Args:
        wins: int64 [C], positions at which each class wins.
        shown: int64 [256], positions at which each was shown before.

    Returns:
        int64 [K], ascending, K from 1 to `MOST_CLASSES`.
    """
    # A past of another network may show classes that this one does not have.
    known = min(len(wins), len(shown))
    rank = wins << 32
    rank[:known] += shown[:known]
    first = np.argsort(-rank, kind="stable")[:MOST_CLASSES]
    chosen: NDArray[np.int64] = np.sort(first[rank[first] > 0])
    return chosen if len(chosen) else np.zeros(1, np.int64)


def _sampled(
    word: Word, size: tuple[int, int], shown: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Bring a word to the canvas: of the classes that it shows, and of those shown before.

    Where a class is left out, the next best wins; among labels, the one that wins most.

    Args:
        word: of the network.
        size: height and width of the canvas.
        shown: int64 [256], positions at which each class was shown before.

    Returns:
        The classes, uint8 [K], ascending, and their scores, float32 [K, h, w].
    """
    if word.are_labels:
        rows = taps(size[0], word.rows, word.values.shape[0]).nearest
        columns = taps(size[1], word.columns, word.values.shape[1]).nearest
        labels: NDArray[np.uint8] = word.values[rows][:, columns].astype(np.uint8)
        won = np.bincount(labels.ravel(), minlength=_BINS)
        classes = _most_shown(won, shown).astype(np.uint8)
        names = np.full(_BINS, won.argmax(), np.uint8)
        names[classes] = classes
        return classes, _one_hot(names[labels], classes)
    values: NDArray[np.float32] = word.values.astype(np.float32, copy=False)
    wins = np.zeros(values.shape[2], np.int64)
    if not fusion_kernels.count_winners(values, wins):
        values = _finite(values)
        wins[:] = 0
        fusion_kernels.count_winners(values, wins)
    chosen = _most_shown(wins, shown)
    down = taps(size[0], word.rows, values.shape[0])
    across = taps(size[1], word.columns, values.shape[1])
    net = np.empty((len(chosen), *size), np.float32)
    fusion_kernels.sample(
        values,
        chosen,
        np.float32(word.zero_point),
        np.float32(word.scale),
        down.low,
        down.weight,
        across.low,
        across.weight,
        net,
    )
    return chosen.astype(np.uint8), net


def past_of(
    config: TemporalSpec,
    word: Word,
    size: tuple[int, int],
    guide: NDArray[np.uint8] | None = None,
) -> Past:
    """Bring the network's word to the canvas, alone.

    Args:
        config: what is carried.
        word: of the network.
        size: height and width of the canvas.
        guide: uint8 [h, w], luma of the frame on the canvas; None to leave borders as they are.
    """
    classes, net = _sampled(word, size, np.zeros(_BINS, np.int64))
    if guide is not None:
        refine(config, net, guide)
    if config.carries == "labels":
        labels = classes[np.argmax(net, axis=0)]
        return Past(_classes_in(labels), np.empty((0, 0, 0), np.float32), labels)
    return Past(classes, net)


def fused(
    config: TemporalSpec,
    word: Word,
    past: Past,
    confidence: NDArray[np.float32],
    guide: NDArray[np.uint8] | None = None,
) -> tuple[Past, float]:
    """Join the network's word with the past.

    Args:
        config: the weights.
        word: of the network, on the frame that `past` shows.
        past: what was carried along.
        confidence: float32 [h, w] in it, on the plane.
        guide: as for `past_of`.

    Returns:
        What is known then, and how far the two disagreed; see `policy.disagreement_of`.
    """
    before = labels_of(past)
    shown = np.bincount(before.ravel(), minlength=_BINS)
    classes, net = _sampled(word, past.size, shown)
    if guide is not None:
        refine(config, net, guide)
    disagreement = disagreement_of(before, _winners(classes, net))
    down, across = _plane_taps(past.size, confidence.shape)
    most, table = _weighed(config, word, past)
    weight = np.float32(most)
    if past.labels is not None:
        labels = np.empty(past.size, np.uint8)
        is_kept = np.zeros(_BINS, np.bool_)
        is_kept[classes] = True
        fusion_kernels.choose_labels(
            net,
            classes,
            past.labels,
            is_kept,
            confidence,
            down.low,
            down.weight,
            across.low,
            across.weight,
            weight,
            table,
            labels,
        )
        return Past(_classes_in(labels), past.scores, labels), disagreement
    places = np.full(_BINS, -1, np.int64)
    places[past.classes] = np.arange(len(past.classes))
    fusion_kernels.fuse(
        net,
        past.scores,
        places[classes],
        confidence,
        down.low,
        down.weight,
        across.low,
        across.weight,
        weight,
        table,
    )
    return Past(classes, net), disagreement


def _plane_taps(size: tuple[int, int], plane: tuple[int, ...]) -> tuple[Taps, Taps]:
    """Where the canvas lies on the plane."""
    return taps(size[0], placed(plane[0]), plane[0]), taps(size[1], placed(plane[1]), plane[1])
