"""What every tensor of a graph measures when its input has another size.

Each operator must be of a known kind; otherwise the model keeps its own input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from studio.errors import ModelError
from studio.inference.stored_model import Operator, Shape, StoredModel

_SAME_SHAPE = (
    "DEQUANTIZE", "QUANTIZE", "CAST", "LOGISTIC", "SOFTMAX", "TANH", "RELU", "RELU6",
    "RELU_N1_TO_1", "RELU_0_TO_1", "LEAKY_RELU", "ELU", "GELU", "HARD_SWISH", "ABS", "NEG", "EXP",
    "SQRT", "RSQRT", "SQUARE", "FLOOR",
)  # fmt: skip
_BROADCAST = ("ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM", "PRELU", "POW")
_SIZED = ("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR", "RESHAPE")
_SAME_PADDING = 0


def resize(model: StoredModel, ops: Iterable[Operator], size: tuple[int, int]) -> dict[int, Shape]:
    """Set another size of the input, and all that depends on it, in a graph.

    Args:
        model: the file; changed.
        ops: the operators that stay, in the order in which they run.
        size: height and width of the input.

    Returns:
        The new shape of each tensor that is computed by them.

    Raises:
        ModelError: an operator is of an unknown kind, or a size in the file cannot be told from
            the input's; the message goes on after "because" or a colon.
    """
    image = model.inputs[0]
    old = model.shapes[image]
    if size == old[1:3]:
        return dict(enumerate(model.shapes))
    resizing = _Resizing(model)
    resizing.set(image, (old[0], *size, old[3]))
    for op in ops:
        resizing.pass_through(op)
    return resizing.shapes


class _Resizing:
    def __init__(self, model: StoredModel) -> None:
        self._model = model
        self.shapes: dict[int, Shape] = {}
        self._maps: dict[tuple[int, int], tuple[int, int]] = {}

    def set(self, tensor: int, shape: Shape) -> None:
        old = self._model.shapes[tensor]
        if len(old) != len(shape):
            raise ModelError(f"a tensor of shape {list(old)} would have to become {list(shape)}")
        self.shapes[tensor] = shape
        self._model.set_shape(tensor, shape)
        if len(old) == 4:
            known = self._maps.setdefault((old[1], old[2]), (shape[1], shape[2]))
            if known != (shape[1], shape[2]):
                self._maps[old[1], old[2]] = (0, 0)  # told apart no more

    def pass_through(self, op: Operator) -> None:
        """Set the shapes of what an operator computes."""
        inputs = [self._shape(tensor) for tensor in op.inputs if tensor >= 0]
        before = [self._model.shapes[tensor] for tensor in op.inputs if tensor >= 0]
        if inputs == before and op.name not in _SIZED:
            return  # behind a pool over the whole map, or of constants alone
        rule = self._rule(op.name)
        if rule is None:
            raise ModelError(f"what {op.name} does at another size is not known here")
        self.set(op.outputs[0], rule(op, inputs))

    def _rule(self, name: str) -> Callable[[Operator, list[Shape]], Shape] | None:
        if name in _SAME_SHAPE:
            return lambda _op, inputs: inputs[0]
        if name in _BROADCAST:
            return lambda _op, inputs: _broadcast(inputs)
        rules: dict[str, Callable[[Operator, list[Shape]], Shape]] = {
            "CONV_2D": self._convolved,
            "DEPTHWISE_CONV_2D": self._convolved,
            "AVERAGE_POOL_2D": self._pooled,
            "MAX_POOL_2D": self._pooled,
            "CONCATENATION": _concatenated,
            "MEAN": self._reduced,
            "SUM": self._reduced,
            "REDUCE_MAX": self._reduced,
            "PAD": self._padded,
            "RESIZE_BILINEAR": self._resized,
            "RESIZE_NEAREST_NEIGHBOR": self._resized,
            "RESHAPE": self._reshaped,
        }
        return rules.get(name)

    def _shape(self, tensor: int) -> Shape:
        return self.shapes.get(tensor, self._model.shapes[tensor])

    def _convolved(self, op: Operator, inputs: list[Shape]) -> Shape:
        number = 4 if op.name == "CONV_2D" else 5  # of the dilation, width first
        dilations = op.option(number + 1, "i", 1), op.option(number, "i", 1)
        kernel = inputs[1][1:3]
        covered = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
        channels = self._model.shapes[op.outputs[0]][3]
        return (inputs[0][0], *_slid(op, inputs[0], covered), channels)

    def _pooled(self, op: Operator, inputs: list[Shape]) -> Shape:
        old = self._model.shapes[op.inputs[0]]
        filter_size = op.option(4, "i"), op.option(3, "i")
        if filter_size == old[1:3] and self._model.shapes[op.outputs[0]][1:3] == (1, 1):
            new = inputs[0][1:3]
            for numbers, sizes in (((4, 3), filter_size), ((2, 1), old[1:3])):
                for number, size, pixels in zip(numbers, sizes, new, strict=True):
                    if op.option(number, "i") == size:
                        self._model.set_option(op, number, pixels)
            return (inputs[0][0], 1, 1, inputs[0][3])
        return (inputs[0][0], *_slid(op, inputs[0], filter_size), inputs[0][3])

    def _reduced(self, op: Operator, inputs: list[Shape]) -> Shape:
        axes = self._constant(op, 1)
        rank = len(inputs[0])
        over = {int(axis) % rank for axis in axes}
        if op.option(0, "B"):
            return tuple(1 if axis in over else size for axis, size in enumerate(inputs[0]))
        return tuple(size for axis, size in enumerate(inputs[0]) if axis not in over)

    def _padded(self, op: Operator, inputs: list[Shape]) -> Shape:
        paddings = np.reshape(self._constant(op, 1), (-1, 2)).sum(axis=1)
        return tuple(size + int(padding) for size, padding in zip(inputs[0], paddings, strict=True))

    def _resized(self, op: Operator, inputs: list[Shape]) -> Shape:
        sides = self._constant(op, 1)
        old = (int(sides[0]), int(sides[1]))
        new = self._maps.get(old) or self._scaled(op, inputs[0], old)
        if new == (0, 0):
            raise ModelError(f"it is not clear what {old[0]}x{old[1]} becomes")
        self._model.set_constant(op.inputs[1], new)
        return (inputs[0][0], *new, inputs[0][3])

    def _scaled(self, op: Operator, source: Shape, old: tuple[int, int]) -> tuple[int, int]:
        """The new size of a map that none had before: as many times its source as it was."""
        before = self._model.shapes[op.inputs[0]]
        new = []
        for pixels, was, becomes in zip(old, before[1:3], source[1:3], strict=True):
            if pixels % was == 0:
                new.append(pixels // was * becomes)
            elif was > 1 and (pixels - 1) % (was - 1) == 0:
                new.append((pixels - 1) // (was - 1) * (becomes - 1) + 1)
            else:
                return (0, 0)
        return (new[0], new[1])

    def _reshaped(self, op: Operator, inputs: list[Shape]) -> Shape:
        old_source = self._model.shapes[op.inputs[0]]
        old = self._model.shapes[op.outputs[0]]
        if inputs[0] == old_source:
            return old
        open_axes = [
            axis
            for axis, size in enumerate(old)
            if size not in old_source or old_source.count(size) != old.count(size)
        ]
        kept = 1
        for axis, size in enumerate(old):
            if axis not in open_axes:
                source_axis = old_source.index(size)
                if inputs[0][source_axis] != size:
                    raise ModelError("a RESHAPE mixes height and width")
                kept *= size
        elements = int(np.prod(inputs[0]))
        if len(open_axes) != 1 or elements % kept:
            raise ModelError("a RESHAPE depends on the size in an unknown way")
        new = tuple(elements // kept if axis in open_axes else s for axis, s in enumerate(old))
        if len(op.inputs) > 1:
            given = self._constant(op, 1)
            kept_open = [-1 if g == -1 else n for g, n in zip(given, new, strict=True)]
            self._model.set_constant(op.inputs[1], kept_open)
        self._model.set_options(op, 0, new)
        return new

    def _constant(self, op: Operator, number: int) -> Sequence[int]:
        values = self._model.constant(op.inputs[number]) if len(op.inputs) > number else None
        if values is None:
            raise ModelError(f"{op.name} computes its own sizes")
        return [int(value) for value in values]


def _slid(op: Operator, source: Shape, covered: Sequence[int]) -> tuple[int, int]:
    """Height and width of what a window gives that slides over a map."""
    strides = op.option(2, "i"), op.option(1, "i")
    sides = []
    for pixels, window, stride in zip(source[1:3], covered, strides, strict=True):
        room = pixels if op.option(0, "b") == _SAME_PADDING else pixels - window + 1
        sides.append(-(-room // stride))
    if min(sides) < 1:
        raise ModelError(f"{op.name} needs a larger map than {source[1]}x{source[2]}")
    return (sides[0], sides[1])


def _broadcast(inputs: list[Shape]) -> Shape:
    try:
        return np.broadcast_shapes(*inputs)
    except ValueError as error:
        raise ModelError("two maps that are joined would differ in size") from error


def _concatenated(op: Operator, inputs: list[Shape]) -> Shape:
    axis = op.option(0, "i") % len(inputs[0])
    others = {shape[:axis] + shape[axis + 1 :] for shape in inputs}
    if len(others) != 1:
        raise ModelError("two maps that are joined would differ in size")
    joined = list(inputs[0])
    joined[axis] = sum(shape[axis] for shape in inputs)
    return tuple(joined)
