"""The operators of a .tflite file with their options and dequantized constants."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.errors import ModelError
from studio.inference.flatbuffer import DamagedBufferError, Table
from studio.inference.graph import read_graph

# Names and option fields as in tensorflow/compiler/mlir/lite/schema/schema.fbs: field number,
# `struct` code, value when absent.
_OPS = {
    0: "ADD", 1: "AVERAGE_POOL_2D", 2: "CONCATENATION", 3: "CONV_2D", 4: "DEPTHWISE_CONV_2D",
    6: "DEQUANTIZE", 9: "FULLY_CONNECTED", 14: "LOGISTIC", 17: "MAX_POOL_2D", 18: "MUL",
    19: "RELU", 21: "RELU6", 22: "RESHAPE", 23: "RESIZE_BILINEAR", 25: "SOFTMAX", 32: "CUSTOM",
    34: "PAD", 37: "BATCH_TO_SPACE_ND", 38: "SPACE_TO_BATCH_ND", 39: "TRANSPOSE", 40: "MEAN",
    41: "SUB", 43: "SQUEEZE", 53: "CAST", 56: "ARG_MAX", 67: "TRANSPOSE_CONV", 69: "TILE",
    97: "RESIZE_NEAREST_NEIGHBOR", 114: "QUANTIZE", 117: "HARD_SWISH", 130: "BROADCAST_TO",
}  # fmt: skip
_OPTIONS = {
    "CONV_2D": {
        "padding": (0, "b", 0), "strides": (1, "i", 0), "activation": (3, "b", 0),
        "rate": (4, "i", 1),
    },
    "DEPTHWISE_CONV_2D": {
        "padding": (0, "b", 0), "strides": (1, "i", 0), "multiplier": (3, "i", 0),
        "activation": (4, "b", 0), "rate": (5, "i", 1),
    },
    "ADD": {"activation": (0, "b", 0)},
    "CONCATENATION": {"axis": (0, "i", 0), "activation": (1, "b", 0)},
    "AVERAGE_POOL_2D": {"width": (3, "i", 0), "height": (4, "i", 0)},
    "RESIZE_BILINEAR": {"align_corners": (2, "B", 0), "half_pixel": (3, "B", 0)},
}  # fmt: skip
_ACTIVATIONS = {0: "linear", 1: "relu", 3: "relu6"}
_DTYPES = {0: "<f4", 1: "<f2", 2: "<i4", 3: "u1", 4: "<i8", 7: "<i2", 9: "i1", 10: "<f8"}


@dataclass(frozen=True, slots=True)
class GraphOp:
    """One operator.

    Attributes:
        number: place in execution order.
        name: as in the schema.
        inputs: tensor indices; -1 for an optional one that is absent.
        outputs: tensor indices.
        options: those that say what it computes, by name.
    """

    number: int
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, int]

    @property
    def activation(self) -> str:
        """Fused behind it: `linear`, `relu`, `relu6`, or another's number."""
        number = self.options.get("activation", 0)
        return _ACTIVATIONS.get(number, f"activation {number}")

    def __str__(self) -> str:
        return f"operator {self.number} ({self.name})"


class OpGraph:
    """The main graph of a file, to be walked from its input to its outputs.

    Args:
        path: of the file.

    Attributes:
        path: of the file.
        ops: in execution order.
        inputs: tensor indices.

    Raises:
        ModelError: the file is missing, is something else, or is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        stored = read_graph(path)  # words for whatever is wrong with the file
        self.inputs = stored.inputs
        self.shapes = tuple(tensor.shape for tensor in stored.tensors)
        try:
            model = Table.root(path.read_bytes())
            graph = model.tables(2)[0]
            self._buffers = model.tables(4)
            self._tensors = graph.tables(0)
            codes = [_code(table) for table in model.tables(1)]
            self.ops = tuple(
                _op(number, table, codes) for number, table in enumerate(graph.tables(3))
            )
        except (DamagedBufferError, struct.error, IndexError) as error:
            raise ModelError(
                f"{path.name} starts like a TFLite model, but is damaged or cut off.",
                remedy="Download or export it again.",
                details=repr(error),
            ) from error
        self._producers = {output: op for op in self.ops for output in op.outputs}
        self._consumers: dict[int, list[GraphOp]] = {}
        for op in self.ops:
            for index in dict.fromkeys(op.inputs):
                self._consumers.setdefault(index, []).append(op)

    def consumers(self, tensor: int) -> tuple[GraphOp, ...]:
        """The operators that read a tensor."""
        return tuple(self._consumers.get(tensor, ()))

    def producer(self, tensor: int) -> GraphOp | None:
        """The operator that computes a tensor; None for inputs and constants."""
        return self._producers.get(tensor)

    def constant(self, tensor: int) -> NDArray[np.float32] | None:
        """The real numbers that a stored tensor stands for; None when it is computed.

        Quantized ones are dequantized: `scale * (stored - zero point)`, for the whole tensor or by
        slices along the quantized dimension. Biases, int32, carry the product of the input's and
        the weights' scales.
        """
        if not 0 <= tensor < len(self._tensors):
            return None
        stored = self._stored(tensor)
        if stored is None:
            op = self.producer(tensor)  # half-precision weights are stored behind a DEQUANTIZE
            return self.constant(op.inputs[0]) if op and op.name == "DEQUANTIZE" else None
        quantization = self._tensors[tensor].table(4)
        scales = quantization.array(2, "<f4") if quantization else np.empty(0, np.float32)
        if quantization is None or not len(scales):
            return stored.astype(np.float32)
        zero_points = quantization.array(3, "<i8")
        if not len(zero_points):
            zero_points = np.zeros(len(scales), np.int64)
        shape = [1] * stored.ndim
        if len(scales) > 1:
            shape[quantization.integer(6, "i")] = len(scales)
        centred = stored.astype(np.float64) - zero_points.reshape(shape)
        real: NDArray[np.float32] = (centred * scales.reshape(shape)).astype(np.float32)
        return real

    def _stored(self, tensor: int) -> NDArray[Any] | None:
        table = self._tensors[tensor]
        content = self._buffers[table.integer(2, "I")].array(0, "u1")
        dtype = _DTYPES.get(table.integer(1, "b"))
        if not len(content) or dtype is None:
            return None
        shape = tuple(int(size) for size in table.array(0, "<i4"))
        if int(np.prod(shape)) * np.dtype(dtype).itemsize != len(content):
            return None  # packed or sparse
        return content.view(dtype).reshape(shape)


def _code(table: Table) -> str:
    # Codes beyond 127 did not fit into the first field, so a wider one was added later.
    number = max(table.integer(0, "b"), table.integer(3, "i"))
    return _OPS.get(number, f"builtin {number}")


def _op(number: int, table: Table, codes: list[str]) -> GraphOp:
    name = codes[table.integer(0, "I")]
    fields = _OPTIONS.get(name, {})
    options = table.table(4) if fields else None
    return GraphOp(
        number=number,
        name=name,
        inputs=tuple(int(index) for index in table.array(1, "<i4")),
        outputs=tuple(int(index) for index in table.array(2, "<i4")),
        options={
            key: options.integer(field, code, default) if options else default
            for key, (field, code, default) in fields.items()
        },
    )
