"""The mask at the frame's size, drawn as the studio draws logits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOID_INDEX
from studio.inference import kernels
from studio.temporal.canvas import placed, taps
from studio.temporal.drawing_kernels import interleave
from studio.temporal.state import Past, Word
from studio.temporal.step import Mask, Placement

_SAME_NAMES = np.arange(VOID_INDEX + 1, dtype=np.uint8)


def draw_word(word: Word, mask: Mask) -> None:
    """Draw the network's word straight from its grid, as for a frame by itself.

    Args:
        word: of the network.
        mask: uint8 [H, W], C-contiguous, written.
    """
    if word.are_labels:
        rows = taps(mask.shape[0], word.rows, word.values.shape[0]).nearest
        columns = taps(mask.shape[1], word.columns, word.values.shape[1]).nearest
        np.take(word.values[rows], columns, axis=1, out=mask, mode="clip")
    else:
        _fill(
            word.values.astype(np.float32, copy=False), word.rows, word.columns, _SAME_NAMES, mask
        )


def draw_past(past: Past, mask: Mask) -> None:
    """Draw what is carried on the canvas; the borders of labels are drawn smooth.

    Args:
        past: what is known.
        mask: uint8 [H, W], C-contiguous, written.
    """
    height, width = past.size
    scores = np.empty((height, width, len(past.classes)), np.float32)
    if past.labels is None:
        interleave(past.scores, scores)
    else:
        np.equal(past.labels[:, :, None], past.classes, out=scores)
    _fill(scores, placed(height), placed(width), past.classes, mask)


def _fill(
    scores: NDArray[np.float32],
    rows: Placement,
    columns: Placement,
    names: NDArray[np.uint8],
    mask: Mask,
) -> None:
    """Draw scores, float32 [h, w, C], on which the frame lies as told, by the names of classes."""
    height, width = scores.shape[:2]
    down = taps(mask.shape[0], rows, height)
    across = taps(mask.shape[1], columns, width)
    kernels.fill_mask(
        scores,
        mask,
        down.low,
        down.weight,
        down.starts,
        across.low,
        across.weight,
        across.starts,
        np.empty((height, width), np.uint8),
        names,
    )
