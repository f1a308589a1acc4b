"""Where a graph can be cut at its low-resolution class scores.

Published DeepLab graphs resize 21 channels of logits to the input's size and arg-max them inside,
which costs more than it gives: the mask is made at the frame's size from the logits anyway.
"""

from __future__ import annotations

from dataclasses import dataclass

from studio.inference.model import LogitsGrid
from studio.inference.stored_model import Operator, StoredModel

_DRESSING = ("RESHAPE", "SQUEEZE", "EXPAND_DIMS", "CAST")


@dataclass(frozen=True, slots=True)
class Cut:
    """Where to cut.

    Attributes:
        tensor: that becomes the output.
        layout: where it lies on the input; None when nothing was resized behind it.
        is_scores: whether it holds a score for each class.
    """

    tensor: int
    layout: LogitsGrid | None
    is_scores: bool


def find_cut(model: StoredModel, output: int, classes: int) -> Cut:
    """Walk back from an output to the scores that it is made of.

    Resizing is undone only where its layout is one that masks can be made from; the rest keeps the
    order of the classes (SOFTMAX behind all resizing, DEQUANTIZE) or takes the highest (ARG_MAX).

    Args:
        model: the file.
        output: tensor index.
        classes: how many scores there are at each position.
    """
    tensor, layout = output, None
    best = Cut(output, None, is_scores=_is_map(model, output, classes))
    is_labels = not best.is_scores
    while (op := model.producer(tensor)) is not None and op.inputs:
        source = op.inputs[0]
        if is_labels and op.name == "ARG_MAX":
            axis = model.constant(op.inputs[1])
            rank = len(model.shapes[source])
            if axis is None or int(axis[0]) % rank != rank - 1:
                break
            is_labels = False
        elif op.name == "RESIZE_BILINEAR" and not is_labels:
            found = _layout(op)
            is_identity = model.shapes[source] == model.shapes[tensor]
            if found is None or (layout not in (None, found) and not is_identity):
                break
            layout = layout if is_identity else found
        elif not (
            (is_labels and op.name in _DRESSING)
            or (not is_labels and layout is None and op.name == "SOFTMAX")
            or (not is_labels and op.name == "DEQUANTIZE")
        ):
            break
        tensor = source
        if _is_map(model, tensor, classes):
            best = Cut(tensor, layout, is_scores=True)
    return best


def _layout(op: Operator) -> LogitsGrid | None:
    """Of a RESIZE_BILINEAR; None for the old way, which is neither."""
    if op.option(2, "B"):
        return "align_corners"
    return "half_pixel" if op.option(3, "B") else None


def _is_map(model: StoredModel, tensor: int, classes: int) -> bool:
    shape = model.shapes[tensor]
    return len(shape) == 4 and shape[3] == classes and classes > 1
