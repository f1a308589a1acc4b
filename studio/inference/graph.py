"""The graph stored in a .tflite file: tensors, operators, metadata; read without a runtime."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from studio.errors import ModelError
from studio.inference.flatbuffer import DamagedBufferError, Table
from studio.inference.model import TensorInfo

IDENTIFIER = b"TFL3"

_DTYPES = {
    0: "float32", 1: "float16", 2: "int32", 3: "uint8", 4: "int64", 5: "string", 6: "bool",
    7: "int16", 8: "complex64", 9: "int8", 10: "float64", 11: "complex128", 12: "uint64",
    13: "resource", 14: "variant", 15: "uint32", 16: "uint16", 17: "int4", 18: "bfloat16",
    19: "int2", 20: "uint4", 21: "float8_e4m3fn", 22: "float8_e5m2",
}  # fmt: skip
_BITS = {
    "float32": 32, "float16": 16, "bfloat16": 16, "int16": 16, "uint16": 16, "uint8": 8,
    "int8": 8, "float8_e4m3fn": 8, "float8_e5m2": 8, "int4": 4, "uint4": 4, "int2": 2,
}  # fmt: skip

# Builtin operator codes that say something about how an output is meant.
_OPS = {
    3: "CONV_2D", 6: "DEQUANTIZE", 14: "LOGISTIC", 22: "RESHAPE", 23: "RESIZE_BILINEAR",
    25: "SOFTMAX", 39: "TRANSPOSE", 43: "SQUEEZE", 53: "CAST", 56: "ARG_MAX", 70: "EXPAND_DIMS",
    114: "QUANTIZE",
}  # fmt: skip
_CUSTOM_OP = 32
_PASSING_OPS = {"RESHAPE", "SQUEEZE", "CAST", "EXPAND_DIMS", "TRANSPOSE", "DEQUANTIZE", "QUANTIZE"}


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """One tensor as the file has it.

    Attributes:
        name: as stored.
        shape: as stored; -1 where the size is left open.
        dtype: `float32`, `int8`, ...
        scales: one per tensor or per channel; empty when unquantized.
        zero_points: as many as scales.
        size_bytes: of the stored constant; 0 for activations.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    size_bytes: int


@dataclass(frozen=True, slots=True)
class StoredOp:
    """One operator as the file has it.

    Attributes:
        name: of a builtin that matters here, of a custom operator, or `builtin N`.
        inputs: tensor indices; -1 for an optional one that is absent.
        outputs: tensor indices.
        align_corners: of a RESIZE_BILINEAR.
    """

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    align_corners: bool = False


@dataclass(frozen=True, slots=True)
class ModelGraph:
    """The main graph of a file.

    Attributes:
        path: of the file.
        size_bytes: of the file.
        tensors: all of them.
        ops: in execution order.
        inputs: tensor indices.
        outputs: tensor indices.
        metadata: raw buffer of TFLite metadata; None without.
    """

    path: Path
    size_bytes: int
    tensors: tuple[StoredTensor, ...]
    ops: tuple[StoredOp, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    metadata: bytes | None

    def producer(self, tensor: int) -> StoredOp | None:
        """The operator that computes a tensor, seen through those that only reshape or recast."""
        found: StoredOp | None = None
        for op in reversed(self.ops):
            if tensor in op.outputs:
                found = op
                if op.name not in _PASSING_OPS or not op.inputs:
                    break
                tensor = op.inputs[0]
        return found

    @property
    def weight_bits(self) -> int:
        """Width of most of the stored weights."""
        elements: dict[int, int] = {}
        for tensor in self.tensors:
            bits = _BITS.get(tensor.dtype)
            if tensor.size_bytes and bits:
                elements[bits] = elements.get(bits, 0) + tensor.size_bytes * 8 // bits
        return max(elements, key=lambda bits: elements[bits], default=32)

    def tensor_infos(self) -> tuple[TensorInfo, ...]:
        """The tensors as the quantization panel shows them."""
        return tuple(self._info(index) for index in range(len(self.tensors)))

    def _info(self, index: int) -> TensorInfo:
        tensor = self.tensors[index]
        role: Literal["input", "output", "weights", "activation"] = "activation"
        if index in self.inputs:
            role = "input"
        elif index in self.outputs:
            role = "output"
        elif tensor.size_bytes:
            role = "weights"
        return TensorInfo(
            name=tensor.name,
            role=role,
            shape=tensor.shape,
            dtype=tensor.dtype,
            scales=len(tensor.scales),
            scale_min=min(tensor.scales, default=0.0),
            scale_max=max(tensor.scales, default=0.0),
            zero_point=tensor.zero_points[0] if tensor.zero_points else 0,
            size_bytes=tensor.size_bytes,
        )


def read_graph(path: Path) -> ModelGraph:
    """Read the main graph of a .tflite file.

    Args:
        path: of the file.

    Raises:
        ModelError: the file is missing, is something else, or is damaged.
    """
    data = _read(path)
    try:
        return _parse(path, data)
    except (DamagedBufferError, struct.error, IndexError, RecursionError) as error:
        raise ModelError(
            f"{path.name} starts like a TFLite model, but is damaged or cut off"
            f" ({len(data):,} bytes).",
            remedy="Download or export it again.",
            details=repr(error),
        ) from error


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ModelError(
            f"There is no model file {path}.", remedy="Check the name, or choose another model."
        ) from error
    except OSError as error:
        what = "a folder" if path.is_dir() else f"unreadable ({error.strerror})"
        raise ModelError(
            f"A .tflite file was expected, but {path} is {what}.",
            remedy="Choose a .tflite file that you may read.",
            details=repr(error),
        ) from error
    if data[4:8] != IDENTIFIER:
        raise ModelError(
            f"{path.name} is not a TFLite model: {_what_it_is(data)}.",
            remedy="Choose a .tflite file (a model converted for TensorFlow Lite or LiteRT).",
        )
    return data


def _what_it_is(data: bytes) -> str:
    """Name what came instead of a model, from its first bytes."""
    if not data:
        return "the file is empty"
    head = data[:512].lstrip().lower()
    known: tuple[tuple[bool, str], ...] = (
        (
            head.startswith((b"<!doctype", b"<html", b"<?xml")),
            "it is a web page, saved in its place",
        ),
        (
            head.startswith(b"version https://git-lfs"),
            "it is a Git LFS pointer, not the file itself",
        ),
        (data.startswith(b"\x89HDF\r\n\x1a\n"), "it is an HDF5 file, as Keras (.h5) writes them"),
        (data.startswith(b"PK\x03\x04"), "it is a ZIP archive, perhaps a Keras model (.keras)"),
        (data.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc")), "it is a packed archive"),
        (
            data.startswith(b"\x08") and b"onnx" in data[:4096].lower(),
            "it looks like an ONNX model",
        ),
        (data.startswith(b"\x08") and b":" in data[:4096], "it looks like an ONNX model"),
        (data.startswith((b"\x80\x02", b"\x80\x03", b"\x80\x04")), "it is a pickled Python file"),
        (data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")), "it is a picture"),
        (data[4:8] == b"ftyp", "it is a video"),
        (head.startswith((b"{", b"[")), "it is a JSON file, perhaps a model card"),
        (not any(data[:4096]), "it holds nothing but zeros, as a broken download does"),
        (len(data) < 8, f"it has only {len(data)} bytes"),
        (_is_text(data[:512]), "it is a text file"),
    )
    for holds, words in known:
        if holds:
            return words
    return "its content is of an unknown kind"


def _is_text(head: bytes) -> bool:
    words = head.decode("utf-8", "replace").rstrip("\ufffd")  # a character may be cut in half
    return all(letter.isprintable() or letter in "\t\r\n\f" for letter in words) and bool(words)


def _parse(path: Path, data: bytes) -> ModelGraph:
    model = Table.root(data)
    graphs = model.tables(2)
    if not graphs:
        raise DamagedBufferError("no graph inside")
    graph = graphs[0]
    buffers = model.tables(4)
    codes = model.tables(1)
    tensors = tuple(_tensor(table, buffers) for table in graph.tables(0))
    inputs = _indices(graph, 1)
    outputs = _indices(graph, 2)
    ops = tuple(_op(table, codes) for table in graph.tables(3))
    used = (*inputs, *outputs, *(i for op in ops for i in (*op.inputs, *op.outputs)))
    if any(not -1 <= index < len(tensors) for index in used) or min((*inputs, *outputs, 0)) < 0:
        raise DamagedBufferError("an operator names a tensor that does not exist")
    return ModelGraph(
        path=path,
        size_bytes=len(data),
        tensors=tensors,
        ops=ops,
        inputs=inputs,
        outputs=outputs,
        metadata=_metadata(model, buffers),
    )


def _indices(table: Table, number: int) -> tuple[int, ...]:
    return tuple(int(value) for value in table.array(number, "<i4"))


def _tensor(table: Table, buffers: list[Table]) -> StoredTensor:
    signature = _indices(table, 7)
    quantization = table.table(4)
    code = table.integer(1, "b")
    buffer = buffers[table.integer(2, "I")] if buffers else None
    return StoredTensor(
        name=table.text(3),
        shape=signature or _indices(table, 0),
        dtype=_DTYPES.get(code, f"type {code}"),
        scales=tuple(quantization.array(2, "<f4").tolist()) if quantization else (),
        zero_points=tuple(quantization.array(3, "<i8").tolist()) if quantization else (),
        size_bytes=_stored_bytes(buffer) if buffer else 0,
    )


def _stored_bytes(buffer: Table) -> int:
    # Models over 2 GB keep their weights behind the FlatBuffers part, as offset and size.
    return len(buffer.array(0, "u1")) or buffer.integer(2, "Q")


def _op(table: Table, codes: list[Table]) -> StoredOp:
    code = codes[table.integer(0, "I")]
    # Codes beyond 127 did not fit into the first field, so a wider one was added later.
    number = max(code.integer(0, "b"), code.integer(3, "i"))
    name = _OPS.get(number, f"builtin {number}")
    if number == _CUSTOM_OP:
        name = code.text(1)
    options = table.table(4) if name == "RESIZE_BILINEAR" else None
    return StoredOp(
        name=name,
        inputs=_indices(table, 1),
        outputs=_indices(table, 2),
        align_corners=bool(options.integer(2, "B")) if options else False,
    )


def _metadata(model: Table, buffers: list[Table]) -> bytes | None:
    for entry in model.tables(6):
        if entry.text(0) == "TFLITE_METADATA":
            return buffers[entry.integer(1, "I")].array(0, "u1").tobytes()
    return None
