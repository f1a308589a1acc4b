"""The mask at the frame's size, drawn as the studio draws logits."""

from __future__ import annotations

import numpy as np

from studio.classes import VOID_INDEX
from studio.inference import kernels
from studio.temporal.canvas import placed, taps
from studio.temporal.state import Past, Word
from studio.temporal.step import Mask


def draw_word(word: Word, mask: Mask) -> None:
    """Draw the network's word straight from its grid, as for a frame by itself.

    Args:
        word: of the network.
        mask: uint8 [H, W], C-contiguous, written.
    """
    height, width = word.values.shape[:2]
    rows = taps(mask.shape[0], word.rows, height)
    columns = taps(mask.shape[1], word.columns, width)
    if word.are_labels:
        np.take(word.values[rows.nearest], columns.nearest, axis=1, out=mask, mode="clip")
        return
    kernels.fill_mask(
        word.values,
        mask,
        rows.low,
        rows.weight,
        rows.starts,
        columns.low,
        columns.weight,
        columns.starts,
        np.empty((height, width), np.uint8),
    )


def draw_past(past: Past, mask: Mask) -> None:
    """Draw what is carried on the canvas.

    Args:
        past: what is known.
        mask: uint8 [H, W], C-contiguous, written.
    """
    height, width = past.size
    if past.labels is not None:
        planes = (past.labels[None] == past.classes[:, None, None]).astype(np.float32)
    else:
        planes = past.scores
    rows = taps(mask.shape[0], placed(height), height)
    columns = taps(mask.shape[1], placed(width), width)
    kernels.fill_mask(
        np.ascontiguousarray(planes.transpose(1, 2, 0)),
        mask,
        rows.low,
        rows.weight,
        rows.starts,
        columns.low,
        columns.weight,
        columns.starts,
        np.empty((height, width), np.uint8),
    )
    table = np.full(256, VOID_INDEX, np.uint8)
    table[: len(past.classes)] = past.classes
    np.take(table, mask, out=mask, mode="clip")
