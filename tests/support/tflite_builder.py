"""Writes small TFLite files operator by operator, in milliseconds and without TensorFlow."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ai_edge_litert.schema_py_generated as schema
import flatbuffers
import numpy as np
from numpy.typing import NDArray

_TYPES = {
    "float16": schema.TensorType.FLOAT16,
    "float32": schema.TensorType.FLOAT32,
    "uint8": schema.TensorType.UINT8,
    "int8": schema.TensorType.INT8,
    "int16": schema.TensorType.INT16,
    "int32": schema.TensorType.INT32,
    "int64": schema.TensorType.INT64,
    "bool": schema.TensorType.BOOL,
}


class TfliteBuilder:
    """Collects tensors and operators of one graph."""

    def __init__(self) -> None:
        self._buffers: list[Any] = [schema.BufferT()]
        self._tensors: list[Any] = []
        self._operators: list[Any] = []
        self._codes: list[Any] = []
        self._metadata: list[Any] = []

    def tensor(
        self,
        shape: Sequence[int],
        dtype: str,
        name: str = "",
        scale: float | Sequence[float] = 0.0,
        zero_point: int = 0,
        signature: Sequence[int] | None = None,
    ) -> int:
        """Add a tensor that is computed; returns its index."""
        tensor = schema.TensorT()
        tensor.shape = list(shape)
        tensor.shapeSignature = None if signature is None else list(signature)
        tensor.type = _TYPES[dtype]
        tensor.name = name or f"tensor{len(self._tensors)}"
        scales = [scale] if isinstance(scale, float) else list(scale)
        if scales != [0.0]:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = scales
            tensor.quantization.zeroPoint = [zero_point] * len(scales)
        self._tensors.append(tensor)
        return len(self._tensors) - 1

    def constant(
        self,
        values: NDArray[Any],
        name: str = "",
        scale: float | Sequence[float] = 0.0,
        zero_point: int = 0,
    ) -> int:
        """Add a tensor that is stored; returns its index."""
        index = self.tensor(values.shape, values.dtype.name, name, scale, zero_point)
        self._tensors[index].buffer = self._buffer(values.tobytes())
        return index

    def op(
        self,
        name: str,
        inputs: Sequence[int],
        outputs: Sequence[int],
        options: Any = None,
        version: int = 1,
    ) -> None:
        """Add an operator.

        Args:
            name: of a builtin operator, or of a custom one when no builtin is called so.
            inputs: tensor indices.
            outputs: tensor indices.
            options: an options object of the schema.
            version: of the operator.
        """
        code = schema.OperatorCodeT()
        code.version = version
        number = getattr(schema.BuiltinOperator, name, None)
        if number is None:
            number = schema.BuiltinOperator.CUSTOM
            code.customCode = name
        code.builtinCode = number
        code.deprecatedBuiltinCode = min(number, 127)
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self._codes)
        operator.inputs = list(inputs)
        operator.outputs = list(outputs)
        if options is not None:
            kind = type(options).__name__.removesuffix("T")
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, kind)
            operator.builtinOptions = options
        self._codes.append(code)
        self._operators.append(operator)

    def metadata(self, content: bytes) -> None:
        """Store a buffer of TFLite metadata."""
        entry = schema.MetadataT()
        entry.name = "TFLITE_METADATA"
        entry.buffer = self._buffer(content)
        self._metadata.append(entry)

    def write(
        self,
        path: Path,
        inputs: Sequence[int],
        outputs: Sequence[int],
        attached: Mapping[str, str] | None = None,
    ) -> Path:
        """Write the file.

        Args:
            path: of the .tflite file.
            inputs: tensor indices.
            outputs: tensor indices.
            attached: texts by file name, appended as TFLite metadata does.
        """
        graph = schema.SubGraphT()
        graph.tensors = self._tensors
        graph.operators = self._operators
        graph.inputs = list(inputs)
        graph.outputs = list(outputs)
        model = schema.ModelT()
        model.version = 3
        model.subgraphs = [graph]
        model.operatorCodes = self._codes
        model.buffers = self._buffers
        model.metadata = self._metadata or None
        write_model(path, model)
        if attached:
            with zipfile.ZipFile(path, "a") as archive:
                for name, text in attached.items():
                    archive.writestr(name, text)
        return path

    def _buffer(self, content: bytes) -> int:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(content, np.uint8)
        self._buffers.append(buffer)
        return len(self._buffers) - 1


def write_model(path: Path, model: Any) -> None:
    """Write a schema object as a .tflite file."""
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    path.write_bytes(builder.Output())
