"""A .tflite file whose sizes and outputs are changed where they stand, and nothing else of it.

Weights, their alignment, metadata and whatever this program does not know stay as they are; that
is why the file is not written anew from objects.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.errors import ModelError
from studio.inference.flatbuffer import DamagedBufferError, Table

Shape = tuple[int, ...]

_OPS = {
    0: "ADD", 1: "AVERAGE_POOL_2D", 2: "CONCATENATION", 3: "CONV_2D", 4: "DEPTHWISE_CONV_2D",
    5: "DEPTH_TO_SPACE", 6: "DEQUANTIZE", 8: "FLOOR", 9: "FULLY_CONNECTED",
    11: "L2_NORMALIZATION", 14: "LOGISTIC", 17: "MAX_POOL_2D", 18: "MUL", 19: "RELU",
    20: "RELU_N1_TO_1", 21: "RELU6", 22: "RESHAPE", 23: "RESIZE_BILINEAR", 25: "SOFTMAX",
    26: "SPACE_TO_DEPTH", 28: "TANH", 34: "PAD", 36: "GATHER", 37: "BATCH_TO_SPACE_ND",
    38: "SPACE_TO_BATCH_ND", 39: "TRANSPOSE", 40: "MEAN", 41: "SUB", 42: "DIV", 43: "SQUEEZE",
    45: "STRIDED_SLICE", 47: "EXP", 49: "SPLIT", 53: "CAST", 54: "PRELU", 55: "MAXIMUM",
    56: "ARG_MAX", 57: "MINIMUM", 59: "NEG", 65: "SLICE", 67: "TRANSPOSE_CONV", 69: "TILE",
    70: "EXPAND_DIMS", 74: "SUM", 75: "SQRT", 76: "RSQRT", 77: "SHAPE", 78: "POW",
    82: "REDUCE_MAX", 83: "PACK", 92: "SQUARE", 97: "RESIZE_NEAREST_NEIGHBOR", 98: "LEAKY_RELU",
    101: "ABS", 102: "SPLIT_V", 111: "ELU", 114: "QUANTIZE", 117: "HARD_SWISH",
    126: "BATCH_MATMUL", 130: "BROADCAST_TO", 150: "GELU", 152: "RELU_0_TO_1",
}  # fmt: skip
_DTYPES = {0: "<f4", 1: "<f2", 2: "<i4", 3: "u1", 9: "i1"}


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator.

    Attributes:
        name: of a builtin, or `operator N`.
        inputs: tensor indices; -1 for an optional one that is absent.
        outputs: tensor indices.
        options: table of its settings; None without.
        offset: byte offset of its table in the file.
    """

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Table | None
    offset: int

    def option(self, number: int, code: str, default: int = 0) -> int:
        """A setting by its number in the schema."""
        return self.options.integer(number, code, default) if self.options else default


class StoredModel:
    """The main graph of a file, to be changed.

    Args:
        content: of the file.

    Raises:
        ModelError: it is damaged.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._writes: dict[int, bytes] = {}
        try:
            self._model = Table.root(content)
            self._graph = self._model.tables(2)[0]
            self._buffers = self._model.tables(4)
            self._tensors = self._graph.tables(0)
            codes = [self._code(table) for table in self._model.tables(1)]
            self.inputs = _indices(self._graph, 1)
            self.outputs = _indices(self._graph, 2)
            self.ops = tuple(_operator(table, codes) for table in self._graph.tables(3))
            self.shapes = tuple(_indices(tensor, 0) for tensor in self._tensors)
        except (DamagedBufferError, struct.error, IndexError) as error:
            raise ModelError("The model file is damaged.", details=repr(error)) from error

    def producer(self, tensor: int) -> Operator | None:
        """The operator that computes a tensor."""
        return next((op for op in reversed(self.ops) if tensor in op.outputs), None)

    def depends_on_input(self) -> set[int]:
        """The tensors that the picture has a part in, the picture itself among them."""
        found = set(self.inputs)
        for op in self.ops:
            if found.intersection(op.inputs):
                found.update(op.outputs)
        return found

    def is_open(self, tensor: int) -> bool:
        """Whether the file leaves a size of a tensor open."""
        return -1 in _indices(self._tensors[tensor], 7)

    def consumers(self, tensor: int) -> list[Operator]:
        """The operators that take a tensor."""
        return [op for op in self.ops if tensor in op.inputs]

    def stored(self, tensor: int) -> NDArray[Any] | None:
        """The values of a stored tensor; None when it is computed or of a type not read here."""
        table = self._tensors[tensor]
        dtype = _DTYPES.get(table.integer(1, "b"))
        content = self._buffers[table.integer(2, "I")].array(0, "u1")
        shape = self.shapes[tensor]
        if dtype is None or content.size != np.prod(shape, dtype=int) * np.dtype(dtype).itemsize:
            return None
        return np.frombuffer(content.tobytes(), dtype).reshape(shape) if content.size else None

    def constant(self, tensor: int) -> NDArray[Any] | None:
        """The int32 values of a stored tensor in a row; None when it is of another kind."""
        values = self.stored(tensor)
        return None if values is None or values.dtype != np.int32 else values.reshape(-1)

    def scales(self, tensor: int) -> NDArray[np.float32]:
        """The scales of a tensor's quantization; empty when it has none."""
        quantization = self._tensors[tensor].table(4)
        return quantization.array(2, "<f4").copy() if quantization else np.empty(0, np.float32)

    def zero_points(self, tensor: int) -> NDArray[np.int64]:
        """The zero points of a tensor's quantization; empty when it has none."""
        quantization = self._tensors[tensor].table(4)
        return quantization.array(3, "<i8").copy() if quantization else np.empty(0, np.int64)

    def set_shape(self, tensor: int, shape: Shape) -> None:
        """Give a computed tensor another shape of as many dimensions."""
        for field in (0, 7):
            start, count = self._tensors[tensor].span(field, 4)
            if count == len(shape):
                self._write(start, shape)

    def set_stored(self, tensor: int, values: NDArray[Any]) -> None:
        """Give a stored tensor other values of its type, as many as it has."""
        start, _count = self._buffers[self._tensors[tensor].integer(2, "I")].span(0, 1)
        self._write(start, values.tobytes())

    def set_constant(self, tensor: int, values: Sequence[int]) -> None:
        """Give a stored int32 tensor other values, as many as it has."""
        self.set_stored(tensor, np.array(values, "<i4"))

    def set_scales(self, tensor: int, scales: NDArray[np.float32]) -> None:
        """Give the quantization of a tensor other scales, as many as it has."""
        quantization = self._tensors[tensor].table(4)
        if quantization is not None:
            self._write(quantization.span(2, 4)[0], scales.astype("<f4").tobytes())

    def set_option(self, op: Operator, number: int, value: int) -> None:
        """Give an operator another setting, an int32 that the file has."""
        place = op.options.place(number) if op.options else None
        if place is None:
            raise ModelError(f"a setting of {op.name} is not in the file")
        self._write(place, (value,))

    def set_options(self, op: Operator, number: int, values: Sequence[int]) -> None:
        """Give an operator another list of int32, if the file has one of that length."""
        start, count = op.options.span(number, 4) if op.options else (0, 0)
        if count == len(values):
            self._write(start, values)

    def keep_only(self, output: int) -> tuple[Operator, ...]:
        """Make a tensor the only output, and drop the operators that it does not need.

        Returns:
            The operators that stay, in the order in which they run.
        """
        needed = {output}
        kept: list[Operator] = []
        for op in reversed(self.ops):
            if needed.intersection(op.outputs):
                kept.insert(0, op)
                needed.update(op.inputs)
        start, _count = self._graph.span(2, 4)
        self._write(start - 4, (1, output))
        entries = self._graph.entries(3)
        self._write(entries[0] - 4, (len(kept),))
        for entry, op in zip(entries, kept, strict=False):
            self._write(entry, (op.offset - entry,))
        start, count = self._model.span(7, 4)
        if count:  # signatures name the outputs that were
            self._write(start - 4, (0,))
        return tuple(kept)

    def written(self) -> bytes:
        """The file with all changes."""
        content = bytearray(self._content)
        for place, data in self._writes.items():
            content[place : place + len(data)] = data
        return bytes(content)

    def _write(self, place: int, content: bytes | Sequence[int]) -> None:
        data = content if isinstance(content, bytes) else struct.pack(f"<{len(content)}i", *content)
        if self._writes.setdefault(place, data) != data:
            raise ModelError("two parts of the graph share a size that they cannot share")

    @staticmethod
    def _code(table: Table) -> str:
        # Codes beyond 127 did not fit into the first field, so a wider one was added later.
        number = max(table.integer(0, "b"), table.integer(3, "i"))
        return _OPS.get(number, table.text(1) or f"operator {number}")


def _indices(table: Table, number: int) -> Shape:
    return tuple(int(value) for value in table.array(number, "<i4"))


def _operator(table: Table, codes: Sequence[str]) -> Operator:
    return Operator(
        name=codes[table.integer(0, "I")],
        inputs=_indices(table, 1),
        outputs=_indices(table, 2),
        options=table.table(4),
        offset=table.position,
    )
