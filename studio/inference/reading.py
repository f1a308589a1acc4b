"""How a model's input and outputs are meant, inferred from shapes, types and operators alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

from studio.errors import ModelError
from studio.inference.graph import ModelGraph, StoredOp
from studio.inference.model import OutputKind

MAX_CLASSES = 255
"""Masks are uint8, and 255 is void."""

IMAGE_DTYPES = ("float32", "uint8", "int8", "int16")
_SCORE_DTYPES = ("float32", "float16", "uint8", "int8", "int16")
_LABEL_DTYPES = ("int64", "int32", "uint8", "int8", "int16", "uint16", "uint32", "bool")


@dataclass(frozen=True, slots=True)
class InputReading:
    """An image input.

    Attributes:
        layout: channels last or first.
        height: in pixels.
        width: in pixels.
    """

    layout: Literal["NHWC", "NCHW"]
    height: int
    width: int


@dataclass(frozen=True, slots=True)
class OutputReading:
    """An output that segments.

    Attributes:
        kind: logits, labels or binary.
        layout: where the channels are; `flat` for a map stored as one row.
        grid: height and width of the map.
        classes: number of classes; None when the output does not tell.
        threshold: of a binary output, in its stored units; foreground lies above.
    """

    kind: OutputKind
    layout: Literal["NHWC", "NCHW", "flat"]
    grid: tuple[int, int]
    classes: int | None
    threshold: float = 0.0

    def as_map(self, output: NDArray[Any]) -> NDArray[Any]:
        """View an output tensor as [h, w, C] (logits) or [h, w] (labels, binary)."""
        height, width = self.grid
        if self.kind != "logits":
            return output.reshape(height, width)
        if self.layout == "NCHW":
            return output.reshape(-1, height, width).transpose(1, 2, 0)
        return output.reshape(height, width, -1)


def closed_shape(shape: tuple[int, ...], size: tuple[int, int]) -> tuple[int, ...]:
    """Fill in what a file leaves open: one picture at a time, of the given size.

    Args:
        shape: of a 4-D image or map, -1 where open.
        size: height and width to use.
    """
    sizes = iter(size)
    closed = [1 if shape[:1] == (-1,) else shape[0]] if shape else []
    closed += [next(sizes, 1) if side == -1 else side for side in shape[1:]]
    return tuple(closed)


def read_input(shape: tuple[int, ...], dtype: str) -> InputReading:
    """Read an input as an image.

    Args:
        shape: as stored, -1 where open.
        dtype: as stored.

    Raises:
        ModelError: it does not take a picture.
    """
    if len(shape) == 4 and shape[0] in (1, -1) and dtype in IMAGE_DTYPES:
        if shape[3] == 3:
            return InputReading("NHWC", shape[1], shape[2])
        if shape[1] == 3:
            return InputReading("NCHW", shape[2], shape[3])
    raise ModelError(
        "The model's input must be one colour picture, [1, height, width, 3] of"
        f" {', '.join(IMAGE_DTYPES)}; it is {list(shape)} of {dtype}.",
        remedy="Choose a model that takes one RGB picture.",
    )


def read_output(
    shape: tuple[int, ...],
    dtype: str,
    scale: float,
    zero_point: int,
    image: InputReading,
    graph: ModelGraph,
    tensor: int,
) -> OutputReading:
    """Read an output as class scores, a label map or a foreground map.

    Args:
        shape: of the output.
        dtype: of the output.
        scale: of its quantization; 0.0 without.
        zero_point: of its quantization.
        image: the model's input.
        graph: the file, to see which operator computes the output.
        tensor: index of the output in the graph.

    Raises:
        ModelError: the output does not segment.
    """
    producer = graph.producer(tensor)
    arg_max = producer if producer is not None and producer.name == "ARG_MAX" else None
    is_plain = scale == 0.0
    if (arg_max and (is_plain or dtype in _LABEL_DTYPES)) or (is_plain and dtype in _LABEL_DTYPES):
        grid = _single_map(shape, image)
        if grid is not None:
            classes = _classes_told_apart(graph, arg_max) if arg_max else None
            layout: Literal["NHWC", "flat"] = "flat" if len(shape) == 2 else "NHWC"
            return OutputReading("labels", layout, grid, classes)
    elif dtype in _SCORE_DTYPES:
        grid = _single_map(shape, image) if len(shape) != 2 else None
        if grid is not None:
            is_probability = producer is not None and producer.name in ("LOGISTIC", "SOFTMAX")
            middle = 0.5 if is_probability or _spans_unit_range(dtype, scale, zero_point) else 0.0
            threshold = middle / scale + zero_point if scale else middle
            return OutputReading("binary", "NHWC", grid, 2, threshold)
        scores = _score_maps(shape, image)
        if scores is not None:
            return scores
    raise ModelError(_what_came(shape, dtype), remedy="Choose a model that segments pictures.")


def _classes_told_apart(graph: ModelGraph, arg_max: StoredOp) -> int | None:
    """The length of the axis that an ARG_MAX did away with; None when the file leaves it open."""
    if not arg_max.inputs:
        return None
    scores = graph.tensors[arg_max.inputs[0]].shape
    labels = graph.tensors[arg_max.outputs[0]].shape
    for axis in reversed(range(len(scores))):  # mostly the last one
        if scores[:axis] + scores[axis + 1 :] == labels:
            return scores[axis] if scores[axis] > 0 else None
    return None


def _what_came(shape: tuple[int, ...], dtype: str) -> str:
    expected = "A segmentation model gives scores or labels for each pixel"
    sizes = [size for size in shape if size != 1]
    if len(sizes) == 1:
        return f"{expected}; this one outputs {sizes[0]} scores, not a picture."
    return f"{expected}; this one outputs {list(shape)} of {dtype}."


def _spans_unit_range(dtype: str, scale: float, zero_point: int) -> bool:
    """Whether a quantized output covers 0..1, as probabilities do."""
    lowest = {"uint8": 0, "int8": -128}.get(dtype)
    return lowest is not None and zero_point == lowest and 0.0035 < scale < 0.0045


def _has_aspect(height: int, width: int, image: InputReading) -> bool:
    if height < 2 or width < 2 or image.height < 1 or image.width < 1:
        return height >= 2 and width >= 2
    return abs(math.log(height / width) - math.log(image.height / image.width)) < 0.2


def _single_map(shape: tuple[int, ...], image: InputReading) -> tuple[int, int] | None:
    """Height and width of an output with one value per pixel; None when it has more."""
    if len(shape) == 4 and shape[0] == 1 and 1 in (shape[1], shape[3]):
        height, width = shape[1:3] if shape[3] == 1 else shape[2:4]
    elif len(shape) == 3 and shape[0] == 1:
        height, width = shape[1:]
    elif len(shape) == 2 and shape[0] == 1:
        return _unflatten(shape[1], image)
    elif len(shape) == 2:
        height, width = shape
    else:
        return None
    return (height, width) if _has_aspect(height, width, image) else None


def _unflatten(count: int, image: InputReading) -> tuple[int, int] | None:
    """Height and width of a map stored as one row, by the aspect of the input."""
    if image.height < 1 or image.width < 1 or count < 4:
        return None
    height = round(math.sqrt(count * image.height / image.width))
    width = count // max(1, height)
    if height * width != count or not _has_aspect(height, width, image):
        return None
    return height, width


def _score_maps(shape: tuple[int, ...], image: InputReading) -> OutputReading | None:
    if len(shape) == 4 and shape[0] == 1:
        last = _has_aspect(shape[1], shape[2], image) and shape[3] > 1
        first = _has_aspect(shape[2], shape[3], image) and shape[1] > 1
        if first and (image.layout == "NCHW" or not last):
            return _checked("NCHW", (shape[2], shape[3]), shape[1])
        if last:
            return _checked("NHWC", (shape[1], shape[2]), shape[3])
    if len(shape) == 3 and shape[0] == 1 and shape[2] > 1:
        grid = _unflatten(shape[1], image)
        if grid is not None:
            return _checked("flat", grid, shape[2])
    return None


def _checked(
    layout: Literal["NHWC", "NCHW", "flat"], grid: tuple[int, int], classes: int
) -> OutputReading:
    if classes > MAX_CLASSES:
        raise ModelError(
            f"The model tells {classes} classes apart; masks can hold {MAX_CLASSES} at most.",
            remedy="Choose a model with fewer classes.",
        )
    return OutputReading("logits", layout, grid, classes)
