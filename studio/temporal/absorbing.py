"""Takes in the network's word: at once, or late where the network works beside."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.temporal.carrying import carried
from studio.temporal.fusion import areas_of, fused, past_of, word_of
from studio.temporal.plane import plane_size
from studio.temporal.policy import looks_back
from studio.temporal.spec import TemporalSpec
from studio.temporal.state import Drawn, Past, Pending, State, Word
from studio.temporal.step import Mark, Measures, Scores, Trigger, no_mark


def absorb(config: TemporalSpec, state: State, scores: Scores, mark: Mark = no_mark) -> State:
    """Take in the network's word on the present frame.

    Args:
        config: how.
        state: of the present frame.
        scores: the word; borrowed.
        mark: called at the end of the stage.

    Returns:
        The state; where no number is in the word it says nothing, and stays due.
    """
    if looks_back(config) and not _has_numbers(scores):
        return _asked_in_vain(config, state)
    past, word, areas, disagreement = _joined(
        config,
        state,
        word_of(scores),
        None if state.is_ghost else state.past,
        state.confidence,
        state.guide,
    )
    sure = None if state.plane is None else np.ones(state.plane.shape, np.float32)
    mark("fuse")
    return replace(
        _asked(state),
        confidence=sure,
        past=past,
        word=word,
        areas=areas,
        measures=Measures(disagreement=disagreement),
        guide=None,
        is_ghost=False,
        ghost_age=0,
        pending=None,
        drawn=Drawn(),
    )


def request(config: TemporalSpec, state: State) -> State:
    """Remember that the network starts on the present frame, beside.

    Args:
        config: how.
        state: of the present frame.

    Returns:
        The state in which `absorb_late` may follow, after any number of frames; one word is
        awaited at a time.
    """
    plane_shape = (1, 1) if state.plane is None else state.plane.shape
    confidence = np.zeros(plane_shape, np.float32) if state.confidence is None else state.confidence
    pending = Pending(
        way=np.zeros((*plane_shape, 2), np.float32),
        confidence=np.ones(plane_shape, np.float32),
        past=None if state.is_ghost or not looks_back(config) else state.past,
        past_confidence=confidence,
        guide=state.guide,
    )
    return replace(_asked(state), pending=pending, guide=None)


def absorb_late(config: TemporalSpec, state: State, scores: Scores, mark: Mark = no_mark) -> State:
    """Take in the network's word on the requested frame.

    It joins what was known at that frame, as it would have there and then; the outcome is carried
    to the present in one go, and takes the place of what is shown, which is older everywhere.

    Args:
        config: how.
        state: of the present frame.
        scores: the word; borrowed.
        mark: called at the end of the stage.

    Returns:
        The state, unchanged where the requested frame belongs to another scene.
    """
    pending = state.pending
    if pending is None:
        return state
    if looks_back(config) and not _has_numbers(scores):
        return _asked_in_vain(config, replace(state, pending=None))
    past, word, areas, disagreement = _joined(
        config, state, word_of(scores), pending.past, pending.past_confidence, pending.guide
    )
    if past is not None and not pending.is_present:
        past, word = carried(past, pending.way, 1), None
    mark("fuse")
    return replace(
        state,
        confidence=pending.confidence,
        past=past,
        word=word,
        areas=areas,
        measures=replace(state.measures, disagreement=disagreement),
        is_ghost=False,
        ghost_age=0,
        pending=None,
        drawn=Drawn(),
    )


def _asked(state: State) -> State:
    """Count from the present frame on."""
    return replace(state, gap=0, moved=0, moved_seconds=0.0, measures=Measures(), owed=Trigger.NONE)


def _has_numbers(scores: Scores) -> bool:
    """Whether a word says anything: a network that overflowed has nothing but NaN to say."""
    values = scores.values
    if scores.are_labels or values.size == 0 or values.dtype.kind != "f":
        return True
    return bool(np.isfinite(values.flat[0]) or np.isfinite(values).any())


def _asked_in_vain(config: TemporalSpec, state: State) -> State:
    """Go on with what is known; the network is asked again on the next frame."""
    owed = state.owed
    if owed is Trigger.NONE:
        owed = Trigger.EVERY if config.mode == "per_frame" else Trigger.INTERVAL
    return replace(state, owed=owed, guide=None)


def _joined(
    config: TemporalSpec,
    state: State,
    word: Word,
    past: Past | None,
    confidence: NDArray[np.float32] | None,
    guide: NDArray[np.uint8] | None,
) -> tuple[Past | None, Word | None, NDArray[np.int64] | None, float]:
    """Join a word with the past of its frame.

    Returns:
        What is known then; the word where it stands alone; areas by class where they are watched;
        how far the two disagreed, all the way where there was no past to confirm the word.
    """
    alone: Word | None = word
    disagreement = 1.0
    if not looks_back(config) or state.frame_size is None:
        return None, word, None, disagreement
    if past is not None and confidence is not None and config.past_weight > 0.0:
        joined, disagreement = fused(config, word, past, confidence, guide)
        alone = None
    else:
        canvas = plane_size(state.frame_size, config.canvas_pixels)
        joined = past_of(config, word, canvas, guide)
        if guide is not None:
            alone = None
    watched = not math.isinf(config.area_limit)
    return joined, alone, areas_of(joined) if watched else None, disagreement
