"""Image pooling in a network whose input has lost its bars.

A network that was trained on frames with bars pools over the bars as well, and what it makes of
the mean depends on that: without them, DeepLabs lose up to 9 points of J on 16:9 video. So the
operator behind the pool is told of the bars that are no more. It computes `W x + b` of the mean
`x`; with a share `s` of the input still there, and `x0` the mean where there is nothing but bar,
it has to compute `W (s x + (1 - s) x0) + b`, which is the same operator with other constants.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.inference.stored_model import Operator, StoredModel

_POOLS = ("AVERAGE_POOL_2D", "MEAN")
_PASSING = ("QUANTIZE", "DEQUANTIZE", "RESHAPE", "SQUEEZE")
_LINEAR = ("CONV_2D", "FULLY_CONNECTED")


@dataclass(frozen=True, slots=True)
class PooledBranch:
    """The mean over a whole map and the operator that takes it.

    Attributes:
        pooled: tensor index of what goes into that operator.
        weights: tensor index of its stored weights, [out, ..., in].
        bias: tensor index of its stored bias, [out].
    """

    pooled: int
    weights: int
    bias: int


def pooled_branches(model: StoredModel, ops: Iterable[Operator]) -> tuple[PooledBranch, ...]:
    """Find where a mean over the whole map goes into an operator that can be told of bars."""
    found = (_branch(model, op) for op in ops if op.name in _POOLS and _is_whole(model, op))
    return tuple(branch for branch in found if branch is not None)


def tell_of_bars(
    model: StoredModel, branch: PooledBranch, share: float, bar: NDArray[np.float32]
) -> None:
    """Let a pooled branch give what it gave when there were bars beside the frame.

    Args:
        model: the file; changed.
        branch: where.
        share: part of the former input that is left, 0 to 1.
        bar: float32 [in], the mean of a map of nothing but bar.
    """
    weights, bias = model.stored(branch.weights), model.stored(branch.bias)
    assert weights is not None
    assert bias is not None
    added = (1.0 - share) * (_real(model, branch.weights, weights) @ bar.astype(np.float64))
    scales = model.scales(branch.weights)
    if weights.dtype.kind == "f":
        model.set_stored(branch.weights, (weights * share).astype(weights.dtype))
    else:
        model.set_scales(branch.weights, scales * np.float32(share))
    if bias.dtype.kind == "f":
        model.set_stored(branch.bias, (bias + added).astype(bias.dtype))
        return
    units = model.scales(branch.bias).astype(np.float64)
    levels = np.round((bias * units + added) / (units * share))
    limits = np.iinfo(np.int32)
    model.set_stored(branch.bias, np.clip(levels, limits.min, limits.max).astype("<i4"))
    model.set_scales(branch.bias, (units * share).astype(np.float32))


def _is_whole(model: StoredModel, op: Operator) -> bool:
    """Whether nothing is left of height and width."""
    source, pooled = model.shapes[op.inputs[0]], model.shapes[op.outputs[0]]
    return len(source) == 4 and max(source[1:3]) > 1 and np.prod(pooled, dtype=int) == source[3]


def _branch(model: StoredModel, op: Operator) -> PooledBranch | None:
    tensor = op.outputs[0]
    while True:
        consumers = model.consumers(tensor)
        if len(consumers) != 1:
            return None
        taker = consumers[0]
        if taker.name not in _PASSING:
            break
        tensor = taker.outputs[0]
    if taker.name not in _LINEAR or len(taker.inputs) < 3 or taker.inputs[2] < 0:
        return None
    weights, bias = (_source(model, index) for index in taker.inputs[1:3])
    if weights is None or bias is None:
        return None
    return PooledBranch(tensor, weights, bias)


def _source(model: StoredModel, tensor: int) -> int | None:
    """Where constants are stored that one operator alone takes, perhaps as half floats."""
    producer = model.producer(tensor)
    if producer is not None and producer.name == "DEQUANTIZE" and len(model.consumers(tensor)) == 1:
        tensor = producer.inputs[0]
    is_own = len(model.consumers(tensor)) == 1
    return tensor if is_own and model.stored(tensor) is not None else None


def _real(model: StoredModel, tensor: int, stored: NDArray[Any]) -> NDArray[np.float64]:
    """Weights as real numbers, [out, in]."""
    values = stored.reshape(stored.shape[0], -1).astype(np.float64)
    scales, zero_points = model.scales(tensor), model.zero_points(tensor)
    if stored.dtype.kind == "f" or not scales.size:
        return values
    real: NDArray[np.float64] = (values - zero_points.reshape(-1, 1)) * scales.reshape(-1, 1)
    return real
