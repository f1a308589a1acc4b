"""Cuts a published DeepLab graph down to what a phone would run: a small input, bare logits.

Google Coral's models take 513 px, and upsample 21 channels of logits and arg-max them inside the
graph, which costs more than it gives. The same weights at a smaller input and without that tail
are the best stand-in for a model of our own. Nothing of it is kept: it is made again when needed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import ai_edge_litert.schema_py_generated as schema
import numpy as np
from numpy.typing import NDArray

from studio.classes import VOC_LABELS
from tests.support.tflite_builder import write_model

_PUBLISHED_SIZE = 513
# Versions in which operators learnt int8.
_INT8_VERSIONS = {
    "ADD": 2,
    "AVERAGE_POOL_2D": 2,
    "CONCATENATION": 2,
    "CONV_2D": 3,
    "DEPTHWISE_CONV_2D": 3,
    "QUANTIZE": 2,
    "RESIZE_BILINEAR": 2,
}
_TAIL = ("RESIZE_BILINEAR", "RESIZE_BILINEAR", "ARG_MAX")


def cut_published(
    source: Path, out: Path, input_size: int = 257, dtype: Literal["int8", "uint8"] = "int8"
) -> Path:
    """Write a published 513 px model again, with another input size and logits as output.

    Args:
        source: `deeplabv3_mnv2_pascal_quant.tflite` or its half-width sibling.
        out: the .tflite file to write; its card is written beside it.
        input_size: of the square input, 16 k + 1 pixels.
        dtype: uint8 as published, with one weight scale per tensor; or int8 with one per output
            channel, as converters write today, which XNNPACK runs several times faster.
    """
    assert input_size % 16 == 1, f"the graph needs 16 k + 1 pixels, not {input_size}"
    model = schema.ModelT.InitFromPackedBuf(source.read_bytes(), 0)
    graph = model.subgraphs[0]
    assert tuple(_op_name(model, op) for op in graph.operators[-3:]) == _TAIL
    logits = graph.operators[-3].inputs[0]
    graph.operators = graph.operators[:-3]
    graph.outputs = [logits]

    def shrunk(pixels: int) -> int:
        return (pixels - 1) * (input_size - 1) // (_PUBLISHED_SIZE - 1) + 1

    for tensor in graph.tensors:
        is_activation = model.buffers[tensor.buffer].data is None
        if is_activation and len(tensor.shape) == 4 and tensor.shape[1] > 1:
            height, width = (shrunk(int(side)) for side in tensor.shape[1:3])
            tensor.shape = [1, height, width, int(tensor.shape[3])]
    for op in graph.operators:
        name = _op_name(model, op)
        if name == "AVERAGE_POOL_2D":  # image pooling, over the whole map
            op.builtinOptions.filterWidth = shrunk(op.builtinOptions.filterWidth)
            op.builtinOptions.filterHeight = shrunk(op.builtinOptions.filterHeight)
        elif name == "RESIZE_BILINEAR":  # spreads the pooled features again
            size = model.buffers[graph.tensors[op.inputs[1]].buffer]
            pixels = np.frombuffer(bytes(size.data), np.int32)
            shrunk_pixels = np.array([shrunk(int(side)) for side in pixels], np.int32)
            size.data = np.frombuffer(shrunk_pixels.tobytes(), np.uint8)
    if dtype == "int8":
        _make_int8(model)
    write_model(out, model)
    card = {
        "name": f"{source.stem}, {input_size} px {dtype} logits",
        "labels": VOC_LABELS,
        "logits_grid": "align_corners",
        "fit": "letterbox",
        "licence": "Apache-2.0, Google Coral",
    }
    out.with_suffix(".json").write_text(json.dumps(card))
    return out


def _make_int8(model: Any) -> None:
    """Turn a uint8 graph into int8, its weights symmetric with a scale for each channel."""
    tensors = model.subgraphs[0].tensors
    for op in model.subgraphs[0].operators:
        name = _op_name(model, op)
        if name in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            source, weights, bias = (tensors[index] for index in op.inputs)
            axis = 0 if name == "CONV_2D" else 3
            scales = _requantize_weights(model, weights, axis)
            _requantize_bias(model, bias, source.quantization.scale[0] * scales)
    for code in model.operatorCodes:
        code.version = _INT8_VERSIONS.get(_code_name(code), code.version)
    for tensor in tensors:
        if tensor.type == schema.TensorType.UINT8:  # activations: the same levels, moved by 128
            tensor.type = schema.TensorType.INT8
            tensor.quantization.zeroPoint = [int(tensor.quantization.zeroPoint[0]) - 128]


def _requantize_weights(model: Any, tensor: Any, axis: int) -> NDArray[np.float64]:
    """Store weights as int8, one scale for each index of an axis; returns the scales."""
    stored = np.frombuffer(bytes(model.buffers[tensor.buffer].data), np.uint8)
    quantization = tensor.quantization
    real = (stored.reshape(tensor.shape) - float(quantization.zeroPoint[0])) * float(
        quantization.scale[0]
    )
    others = tuple(index for index in range(4) if index != axis)
    step = float(quantization.scale[0])  # a channel of zeros gets the finest step there was
    scales: NDArray[np.float64] = np.maximum(np.abs(real).max(axis=others), step) / 127
    shape = [1, 1, 1, 1]
    shape[axis] = -1
    levels = np.round(real / scales.reshape(shape)).astype(np.int8)
    model.buffers[tensor.buffer].data = np.frombuffer(levels.tobytes(), np.uint8)
    tensor.type = schema.TensorType.INT8
    _set_scales(tensor, scales, axis)
    return scales


def _requantize_bias(model: Any, tensor: Any, scales: NDArray[np.float64]) -> None:
    stored = np.frombuffer(bytes(model.buffers[tensor.buffer].data), np.int32)
    levels = np.round(stored * (float(tensor.quantization.scale[0]) / scales)).astype(np.int32)
    model.buffers[tensor.buffer].data = np.frombuffer(levels.tobytes(), np.uint8)
    _set_scales(tensor, scales, 0)


def _set_scales(tensor: Any, scales: NDArray[np.float64], axis: int) -> None:
    tensor.quantization.scale = scales.tolist()
    tensor.quantization.zeroPoint = [0] * len(scales)
    tensor.quantization.quantizedDimension = axis
    tensor.quantization.min = tensor.quantization.max = None


def _op_name(model: Any, op: Any) -> str:
    return _code_name(model.operatorCodes[op.opcodeIndex])


def _code_name(code: Any) -> str:
    number = max(code.builtinCode, code.deprecatedBuiltinCode)
    names = vars(schema.BuiltinOperator).items()
    return str(next(name for name, value in names if value == number))
