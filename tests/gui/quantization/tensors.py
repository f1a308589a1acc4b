"""Tensors to describe models with, in tests."""

from __future__ import annotations

from math import prod
from typing import Literal

from studio.gui.quantization.words import BITS
from studio.inference.model import TensorInfo

Role = Literal["input", "output", "weights", "activation"]


def tensor(
    dtype: str,
    role: Role = "weights",
    *,
    shape: tuple[int, ...] = (8, 3, 3, 4),
    scales: int = 0,
    scale: float = 0.1,
    scale_max: float | None = None,
    zero: int = 0,
    name: str = "a/tensor",
) -> TensorInfo:
    """A tensor; stored when it is weights."""
    stored = prod(shape) * BITS[dtype] // 8 if role == "weights" else 0
    return TensorInfo(
        name=name,
        role=role,
        shape=shape,
        dtype=dtype,
        scales=scales,
        scale_min=scale if scales else 0.0,
        scale_max=(scale if scale_max is None else scale_max) if scales else 0.0,
        zero_point=zero,
        size_bytes=stored,
    )


def int8_tensors(kernels: int = 3) -> tuple[TensorInfo, ...]:
    """An int8 network: per-channel kernels of growing size, int32 biases, int8 activations."""
    layers = []
    for layer in range(kernels):
        size = 8 * (layer + 1)
        layers += [
            tensor("int8", shape=(size, 3, 3, 4), scales=size, name=f"block{layer}/kernel"),
            tensor("int32", shape=(size,), scales=size, name=f"block{layer}/bias"),
            tensor("int8", "activation", scales=1, name=f"block{layer}/relu"),
        ]
    return (
        tensor("uint8", "input", scales=1, scale=1 / 128, zero=128, name="image"),
        *layers,
        tensor("float32", "output", name="logits"),
    )
