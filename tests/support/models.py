"""Tiny segmentation models whose masks are known beforehand: the class nearest in colour wins.

A pixel's logit for a class is `c . x - |c|^2 / 2`, with `c` the class's colour and `x` the mean
colour of a patch, both in [-1, 1]. The class with the highest logit is the one with the nearest
colour, so a picture painted in class colours is segmented perfectly.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import ai_edge_litert.schema_py_generated as schema
import flatbuffers
import numpy as np
from numpy.typing import NDArray

from studio.classes import voc_palette
from tests.support.tflite_builder import TfliteBuilder

InputType = Literal["float32", "uint8", "int8"]

_INPUT_SCALE = 1 / 127.5
_SCORE_SCALE = 5 / 128
_WEIGHT_SCALE = 1 / 127


def class_colours(classes: int) -> NDArray[np.uint8]:
    """The colour that stands for each class, uint8 [classes, 3] RGB."""
    colours: NDArray[np.uint8] = voc_palette()[np.arange(classes) % 256]
    return colours


def picture(labels: NDArray[Any], scale: int) -> NDArray[np.uint8]:
    """Paint a picture in class colours.

    Args:
        labels: [h, w] class indices.
        scale: pixels a label is wide and high.

    Returns:
        uint8 [h * scale, w * scale, 3] BGR.
    """
    colours = voc_palette()[labels][..., ::-1]
    return np.ascontiguousarray(colours.repeat(scale, axis=0).repeat(scale, axis=1))


def write_card(model: Path, **fields: Any) -> Path:
    """Write a card beside a model."""
    path = model.with_suffix(".json")
    path.write_text(json.dumps(fields))
    return path


def logits_model(
    path: Path,
    input_size: int = 65,
    grid: int = 13,
    classes: int = 21,
    dtype: InputType = "float32",
    layout: Literal["NHWC", "NCHW"] = "NHWC",
    dynamic: bool = False,
) -> Path:
    """A model that outputs class scores on a grid.

    Args:
        path: of the file to write.
        input_size: of the square input, in pixels.
        grid: positions of the logits along each side.
        classes: number of classes.
        dtype: of input and output.
        layout: channels last or first.
        dynamic: leave height and width of the input open.
    """
    graph = _Graph(dtype)
    image = graph.image(input_size, layout, dynamic)
    scores = graph.scores(image, input_size, grid, classes, layout, dynamic)
    return graph.builder.write(path, [image], [scores])


def labels_model(
    path: Path,
    input_size: int = 65,
    grid: int = 13,
    classes: int = 21,
    dtype: InputType = "float32",
    label_dtype: Literal["int64", "int32"] = "int64",
    flat: bool = False,
    layout: Literal["NHWC", "NCHW"] = "NHWC",
    as_float: bool = False,
) -> Path:
    """A model that outputs a finished label map, as one row when `flat`."""
    graph = _Graph(dtype)
    image = graph.image(input_size, layout)
    scores = graph.scores(image, input_size, grid, classes, layout)
    labels = graph.labels(scores, grid, label_dtype, axis=3 if layout == "NHWC" else 1)
    if as_float:
        labels = graph.as_float(labels, (1, grid, grid), label_dtype)
    if flat:
        labels = graph.reshaped(labels, (1, grid * grid), label_dtype)
    return graph.builder.write(path, [image], [labels])


def raw_pixels_model(path: Path, dtype: Literal["uint8", "int8"]) -> Path:
    """A model that takes integers without a scale and casts them to float itself."""
    graph = _Graph("float32")
    builder = graph.builder
    raw = builder.tensor((1, 65, 65, 3), dtype, "image")
    values = graph.as_float(raw, (1, 65, 65, 3), dtype)
    scaled = builder.tensor((1, 65, 65, 3), "float32", "scaled")
    shifted = builder.tensor((1, 65, 65, 3), "float32", "shifted")
    unit = builder.constant(np.array([1 / 127.5], np.float32), "unit")
    shift = -1.0 if dtype == "uint8" else 0.5 / 127.5
    middle = builder.constant(np.array([shift], np.float32), "middle")
    builder.op("MUL", [values, unit], [scaled], schema.MulOptionsT())
    builder.op("ADD", [scaled, middle], [shifted], schema.AddOptionsT())
    return builder.write(path, [raw], [graph.scores(shifted, 65, 13, 21)])


def binary_model(
    path: Path,
    input_size: int = 64,
    grid: int = 16,
    dtype: InputType = "float32",
    probability: bool = False,
) -> Path:
    """A model with one output channel: foreground where red is brighter than half.

    Args:
        path: of the file to write.
        input_size: of the square input, in pixels.
        grid: positions of the output along each side.
        dtype: of input and output.
        probability: end in a sigmoid, so that 0.5 is the threshold instead of 0.
    """
    graph = _Graph(dtype)
    image = graph.image(input_size)
    patches = graph.patches(image, input_size, grid)
    weights = np.array([[[[1.0, 0.0, 0.0]]]])
    scores = graph.convolved(patches, weights, np.zeros(1), grid)
    if probability:
        scores = graph.sigmoid(scores, (1, grid, grid, 1))
    return graph.builder.write(path, [image], [scores])


def classifier_model(path: Path, input_size: int = 32, classes: int = 10) -> Path:
    """A model that names a whole picture, which is not a segmentation."""
    graph = _Graph("float32")
    image = graph.image(input_size)
    scores = graph.scores(image, input_size, 1, classes)
    return graph.builder.write(path, [image], [graph.reshaped(scores, (1, classes), "float32")])


def two_output_model(path: Path, input_size: int = 64, classes: int = 5) -> Path:
    """A model with a 16 x 16 label map first and 8 x 8 class scores second."""
    graph = _Graph("float32")
    image = graph.image(input_size)
    labels = graph.labels(graph.scores(image, input_size, 16, classes), 16, "int32")
    scores = graph.scores(image, input_size, 8, classes)
    return graph.builder.write(path, [image], [labels, scores])


def custom_op_model(path: Path) -> Path:
    """A model that needs an operator which no runtime has."""
    graph = _Graph("float32")
    image = graph.image(32)
    scores = graph.builder.tensor((1, 8, 8, 3), "float32")
    graph.builder.op("FancyUpsample", [image], [scores])
    return graph.builder.write(path, [image], [scores])


def model_with_metadata(
    path: Path,
    labels: tuple[str, ...],
    mean: tuple[float, ...] = (0.0,),
    std: tuple[float, ...] = (255.0,),
    classes: int | None = None,
    attach_labels: bool = True,
) -> Path:
    """A model that carries TFLite metadata, with the label list appended as a ZIP archive.

    Args:
        path: of the file to write.
        labels: in the label list.
        mean: of the normalization, one value or three.
        std: of the normalization, one value or three.
        classes: that the model tells apart; as many as labels when None.
        attach_labels: False leaves the archive out that the metadata promises.
    """
    graph = _Graph("float32")
    image = graph.image(64)
    scores = graph.scores(image, 64, 8, len(labels) if classes is None else classes)
    graph.builder.metadata(_metadata("Named inside", "labels.txt", mean, std))
    attached = {"labels.txt": "\n".join(labels) + "\n"} if attach_labels else None
    return graph.builder.write(path, [image], [scores], attached)


class _Graph:
    """The parts that the models above are put together from.

    Args:
        dtype: of activations.
    """

    def __init__(self, dtype: InputType) -> None:
        self.builder = TfliteBuilder()
        self.dtype = dtype
        self._is_float = dtype == "float32"
        self._middle = {"float32": 0, "uint8": 128, "int8": 0}[dtype]

    def image(
        self,
        size: int,
        layout: Literal["NHWC", "NCHW"] = "NHWC",
        dynamic: bool = False,
    ) -> int:
        shape = (1, size, size, 3) if layout == "NHWC" else (1, 3, size, size)
        signature = tuple(-1 if n == size else n for n in shape) if dynamic else None
        # A file that leaves the size open stores 1 in its place.
        stored = tuple(1 if n == size else n for n in shape) if dynamic else shape
        return self.builder.tensor(
            stored, self.dtype, "image", self._scale(_INPUT_SCALE), self._middle, signature
        )

    def patches(self, image: int, size: int, grid: int) -> int:
        """Mean colours of patches."""
        side = size // grid
        assert size // side == grid, f"{size} pixels do not divide into {grid} patches"
        out = self.builder.tensor(
            (1, grid, grid, 3), self.dtype, "patches", self._scale(_INPUT_SCALE), self._middle
        )
        options = schema.Pool2DOptionsT()
        options.padding = schema.Padding.VALID
        options.strideH = options.strideW = options.filterHeight = options.filterWidth = side
        version = 2 if self.dtype == "int8" else 1
        self.builder.op("AVERAGE_POOL_2D", [image], [out], options, version)
        return out

    def scores(
        self,
        image: int,
        size: int,
        grid: int,
        classes: int,
        layout: Literal["NHWC", "NCHW"] = "NHWC",
        dynamic: bool = False,
    ) -> int:
        """Logits of the class whose colour is nearest."""
        if layout == "NCHW":
            image = self.transposed(image, (0, 2, 3, 1), (1, size, size, 3), _INPUT_SCALE)
        patches = self.patches(image, size, grid)
        colours = class_colours(classes) / 127.5 - 1.0
        bias = -(colours**2).sum(axis=1) / 2
        out = self.convolved(patches, colours[:, None, None, :], bias, grid)
        if layout == "NCHW":
            out = self.transposed(out, (0, 3, 1, 2), (1, classes, grid, grid), _SCORE_SCALE)
        return out

    def convolved(self, patches: int, weights: NDArray[Any], bias: NDArray[Any], grid: int) -> int:
        """A 1 x 1 convolution; weights [C, 1, 1, 3]."""
        builder = self.builder
        if self._is_float:
            kernel = builder.constant(weights.astype(np.float32), "kernel")
            offset = builder.constant(bias.astype(np.float32), "bias")
        else:
            levels = np.round(weights / _WEIGHT_SCALE) + self._middle
            kernel = builder.constant(
                np.clip(levels, *((0, 255) if self._middle else (-127, 127))).astype(self.dtype),
                "kernel",
                _WEIGHT_SCALE if self._middle else [_WEIGHT_SCALE] * len(weights),
                self._middle,
            )
            unit = _INPUT_SCALE * _WEIGHT_SCALE
            offset = builder.constant(
                np.round(bias / unit).astype(np.int32),
                "bias",
                unit if self._middle else [unit] * len(bias),
            )
        out = builder.tensor(
            (1, grid, grid, len(weights)),
            self.dtype,
            "scores",
            self._scale(_SCORE_SCALE),
            self._middle,
        )
        options = schema.Conv2DOptionsT()
        options.padding = schema.Padding.VALID
        options.strideH = options.strideW = 1
        version = 3 if self.dtype == "int8" else 1
        builder.op("CONV_2D", [patches, kernel, offset], [out], options, version)
        return out

    def as_float(self, tensor: int, shape: tuple[int, ...], dtype: str) -> int:
        out = self.builder.tensor(shape, "float32", "as float")
        options = schema.CastOptionsT()
        options.inDataType = getattr(schema.TensorType, dtype.upper())
        options.outDataType = schema.TensorType.FLOAT32
        self.builder.op("CAST", [tensor], [out], options)
        return out

    def labels(
        self, scores: int, grid: int, dtype: Literal["int64", "int32"], axis: int = 3
    ) -> int:
        builder = self.builder
        over = builder.constant(np.array([axis], np.int32), "axis")
        out = builder.tensor((1, grid, grid), dtype, "labels")
        options = schema.ArgMaxOptionsT()
        options.outputType = getattr(schema.TensorType, dtype.upper())
        builder.op("ARG_MAX", [scores, over], [out], options, 2 if self.dtype == "int8" else 1)
        return out

    def reshaped(self, tensor: int, shape: tuple[int, ...], dtype: str) -> int:
        size = self.builder.constant(np.array(shape, np.int32), "shape")
        out = self.builder.tensor(shape, dtype, "reshaped")
        options = schema.ReshapeOptionsT()
        options.newShape = list(shape)
        self.builder.op("RESHAPE", [tensor, size], [out], options)
        return out

    def sigmoid(self, tensor: int, shape: tuple[int, ...]) -> int:
        lowest = {"float32": 0, "uint8": 0, "int8": -128}[self.dtype]
        out = self.builder.tensor(shape, self.dtype, "chance", self._scale(1 / 256), lowest)
        self.builder.op("LOGISTIC", [tensor], [out], version=2 if self.dtype == "int8" else 1)
        return out

    def transposed(
        self, tensor: int, order: tuple[int, ...], shape: tuple[int, ...], scale: float
    ) -> int:
        permutation = self.builder.constant(np.array(order, np.int32), "order")
        out = self.builder.tensor(shape, self.dtype, "turned", self._scale(scale), self._middle)
        version = 2 if self.dtype == "int8" else 1
        options = schema.TransposeOptionsT()
        self.builder.op("TRANSPOSE", [tensor, permutation], [out], options, version)
        return out

    def _scale(self, scale: float) -> float:
        return 0.0 if self._is_float else scale


def _metadata(name: str, label_file: str, mean: tuple[float, ...], std: tuple[float, ...]) -> bytes:
    """A TFLite metadata buffer with a normalization and a label file."""
    builder = flatbuffers.Builder(256)

    def table(*fields: tuple[int, Any]) -> int:
        """A table of (number, offset or small integer) fields."""
        builder.StartObject(9)
        for number, value in fields:
            if isinstance(value, _Byte):
                builder.PrependUint8Slot(number, value.value, 0)
            else:
                builder.PrependUOffsetTRelativeSlot(number, value, 0)
        return int(builder.EndObject())

    def floats(values: tuple[float, ...]) -> int:
        builder.StartVector(4, len(values), 4)
        for value in reversed(values):
            builder.PrependFloat32(value)
        return int(builder.EndVector())

    def tables(*offsets: int) -> int:
        builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            builder.PrependUOffsetTRelative(offset)
        return int(builder.EndVector())

    normalization = table((0, floats(mean)), (1, floats(std)))
    unit = table((0, _Byte(1)), (1, normalization))
    image = table((4, tables(unit)))
    file = table((0, builder.CreateString(label_file)), (2, _Byte(2)))
    scores = table((6, tables(file)))
    graph = table((2, tables(image)), (3, tables(scores)))
    title = builder.CreateString(name)
    builder.Finish(table((0, title), (3, tables(graph))), file_identifier=b"M001")
    return bytes(builder.Output())


class _Byte:
    def __init__(self, value: int) -> None:
        self.value = value
