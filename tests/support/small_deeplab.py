"""A DeepLab in small, laid out as the published graphs are, with random weights.

Strided convolutions, image pooling over the whole map and back, logits on a grid, and in the graph
what need not be there: the logits upsampled to the input's size and the highest taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import ai_edge_litert.schema_py_generated as schema
import numpy as np
from numpy.typing import NDArray

from tests.support.tflite_builder import TfliteBuilder

Tail = Literal["labels", "logits", "softmax", "none", "flat labels", "legacy"]
_STRIDES = (2, 2, 2, 2)


def small_deeplab(
    path: Path,
    input_size: int = 65,
    classes: int = 5,
    tail: Tail = "labels",
    corners: bool = True,
    pooling: bool = True,
    strange_op: str = "",
    seed: int = 0,
) -> Path:
    """Write a model whose scores lie on a grid of an input's sixteenth.

    Args:
        path: of the .tflite file.
        input_size: of the square input, in pixels.
        classes: number of classes.
        tail: what follows the scores: upsampling and arg-max, upsampling alone, with a softmax
            behind it, nothing, arg-max as one row, or upsampling in the old layout and arg-max.
        corners: whether resizing is corner on corner; by half pixels otherwise.
        pooling: whether there is image pooling.
        strange_op: name of an operator without settings to put before the scores.
        seed: of the weights.
    """
    net = _Net(seed, corners)
    image = net.builder.tensor((1, input_size, input_size, 3), "float32", "image")
    tensor: int = image
    shape: tuple[int, ...] = (1, input_size, input_size, 3)
    for stride in _STRIDES:
        tensor, shape = net.convolved(tensor, shape, 6, kernel=3, stride=stride)
    grid = shape[1]
    if pooling:
        tensor, shape = net.with_image_pooling(tensor, shape)
    if strange_op:
        tensor = net.simple(strange_op, [tensor], shape)
    tensor, shape = net.convolved(tensor, shape, classes, kernel=1, stride=1)
    if tail != "none":
        tensor = net.resized(tensor, (grid, grid), shape)  # as published: to the size it has
        net.is_legacy = tail == "legacy"
        shape = (1, input_size, input_size, classes)
        tensor = net.resized(tensor, (input_size, input_size), shape)
    if tail == "softmax":
        options = schema.SoftmaxOptionsT()
        options.beta = 1.0
        tensor = net.simple("SOFTMAX", [tensor], shape, options)
    if "labels" in tail or tail == "legacy":
        tensor = net.highest(tensor, (1, input_size, input_size))
    if tail == "flat labels":
        tensor = net.flat(tensor, input_size**2)
    return net.builder.write(path, [image], [tensor])


class _Net:
    def __init__(self, seed: int, corners: bool) -> None:
        self.builder = TfliteBuilder()
        self.is_legacy = False
        self._random = np.random.default_rng(seed)
        self._corners = corners

    def convolved(
        self, tensor: int, shape: tuple[int, ...], channels: int, kernel: int, stride: int
    ) -> tuple[int, tuple[int, ...]]:
        size = (channels, kernel, kernel, shape[3])
        weights = self._random.normal(0, 1 / kernel, size).astype(np.float32)
        constants = [
            self.builder.constant(weights, "weights"),
            self.builder.constant(np.zeros(channels, np.float32), "bias"),
        ]
        options = schema.Conv2DOptionsT()
        options.padding = schema.Padding.SAME
        options.strideH = options.strideW = stride
        new = (1, -(-shape[1] // stride), -(-shape[2] // stride), channels)
        return self.simple("CONV_2D", [tensor, *constants], new, options), new

    def with_image_pooling(
        self, tensor: int, shape: tuple[int, ...]
    ) -> tuple[int, tuple[int, ...]]:
        options = schema.Pool2DOptionsT()
        options.padding = schema.Padding.VALID
        options.strideH = options.strideW = 1
        options.filterHeight, options.filterWidth = shape[1], shape[2]
        pooled = self.simple("AVERAGE_POOL_2D", [tensor], (1, 1, 1, shape[3]), options)
        spread = self.resized(pooled, (shape[1], shape[2]), shape)
        joined = (*shape[:3], 2 * shape[3])
        options = schema.ConcatenationOptionsT()
        options.axis = 3
        return self.simple("CONCATENATION", [spread, tensor], joined, options), joined

    def resized(self, tensor: int, size: Sequence[int], shape: tuple[int, ...]) -> int:
        options = schema.ResizeBilinearOptionsT()
        options.alignCorners = self._corners and not self.is_legacy
        options.halfPixelCenters = not self._corners and not self.is_legacy
        sides = self.builder.constant(np.array(size, np.int32), "size")
        return self.simple("RESIZE_BILINEAR", [tensor, sides], shape, options, version=3)

    def highest(self, tensor: int, shape: tuple[int, ...]) -> int:
        axis = self.builder.constant(np.array([3], np.int32), "axis")
        options = schema.ArgMaxOptionsT()
        options.outputType = schema.TensorType.INT64
        out = self.builder.tensor(shape, "int64", "labels")
        self.builder.op("ARG_MAX", [tensor, axis], [out], options)
        return out

    def flat(self, tensor: int, count: int) -> int:
        sides: NDArray[Any] = np.array([1, -1], np.int32)
        out = self.builder.tensor((1, count), "int64", "flat")
        options = schema.ReshapeOptionsT()
        options.newShape = sides.tolist()
        size = self.builder.constant(sides, "sides")
        self.builder.op("RESHAPE", [tensor, size], [out], options)
        return out

    def simple(
        self,
        name: str,
        inputs: Sequence[int],
        shape: tuple[int, ...],
        options: Any = None,
        version: int = 1,
    ) -> int:
        out = self.builder.tensor(shape, "float32", name.lower())
        self.builder.op(name, inputs, [out], options, version)
        return out
