"""How many multiplications and additions a `.tflite` file takes for one image."""

from __future__ import annotations

import math

from studio.inference.graph import ModelGraph, StoredOp

# Places in the operator's inputs at which its kernel lies.
_KERNELS = {"CONV_2D": 1, "builtin 4": 1, "builtin 9": 1, "builtin 67": 1}
_DEPTHWISE, _TRANSPOSED = "builtin 4", "builtin 67"


def multiply_adds(graph: ModelGraph) -> int | None:
    """Count the multiply-adds of all convolutions and fully connected layers.

    Args:
        graph: of the file.

    Returns:
        Their number; None where the file leaves sizes open.
    """
    counts = [_of_op(graph, op) for op in graph.ops if op.name in _KERNELS]
    if any(count is None for count in counts):
        return None
    return sum(count for count in counts if count is not None)


def _of_op(graph: ModelGraph, op: StoredOp) -> int | None:
    kernel = graph.tensors[op.inputs[_KERNELS[op.name]]].shape
    # A transposed convolution spreads each input over its kernel; the others gather each output.
    spread = graph.tensors[op.inputs[2] if op.name == _TRANSPOSED else op.outputs[0]].shape
    if -1 in spread or -1 in kernel:
        return None
    if op.name == _DEPTHWISE:  # [1, height, width, channels]
        return math.prod(spread) * kernel[1] * kernel[2]
    if op.name == _TRANSPOSED:  # [out, height, width, in]
        return math.prod(spread) * kernel[0] * kernel[1] * kernel[2]
    return math.prod(spread) * math.prod(kernel[1:])  # [out, ..., in]
