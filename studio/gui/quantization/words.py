"""How numbers are stored, in words."""

from __future__ import annotations

from math import prod

from studio.inference.model import TensorInfo

BITS = {
    "float64": 64,
    "int64": 64,
    "uint64": 64,
    "complex64": 64,
    "float32": 32,
    "int32": 32,
    "uint32": 32,
    "float16": 16,
    "bfloat16": 16,
    "int16": 16,
    "uint16": 16,
    "int8": 8,
    "uint8": 8,
    "bool": 8,
    "int4": 4,
    "uint4": 4,
    "int2": 2,
}
"""Width of one stored number, by type."""

_RANGES = {
    "int8": (-128, 127),
    "uint8": (0, 255),
    "int16": (-32768, 32767),
    "uint16": (0, 65535),
    "int4": (-8, 7),
}


def bits_of(tensor: TensorInfo) -> int | None:
    """Width of one number of a tensor; None for a type without a fixed width."""
    return BITS.get(tensor.dtype)


def parameters_of(tensor: TensorInfo) -> int:
    """How many numbers a tensor holds."""
    return prod(tensor.shape)


def number(value: float) -> str:
    """Three significant digits; scales span many powers of ten."""
    return f"{value:.3g}".replace("-", "−")


def bytes_words(size_bytes: float) -> str:
    """A size with its unit, in powers of 1000 as file managers have it."""
    for unit, size in (("MB", 1e6), ("kB", 1e3)):
        if size_bytes >= size:
            return f"{size_bytes / size:.3g} {unit}"
    return f"{size_bytes:.0f} B"


def count_words(count: int) -> str:
    """A count in thousands or millions: `2.14 M`."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return str(count)


def shape_words(shape: tuple[int, ...]) -> str:
    """`1 × 257 × 257 × 3`; `scalar` without dimensions."""
    return " × ".join(str(side) for side in shape) or "scalar"


def quantization_words(tensor: TensorInfo) -> str:
    """How a stored number becomes a value: `uint8, value = 0.0078 × (q − 128)`."""
    if not tensor.scales:
        whole = tensor.dtype.startswith(("int", "uint", "bool"))
        return f"{tensor.dtype}, whole numbers" if whole else f"{tensor.dtype}, not quantized"
    if tensor.scales > 1:
        return (
            f"{tensor.dtype}, {tensor.scales} scales (per channel) from "
            f"{number(tensor.scale_min)} to {number(tensor.scale_max)}"
        )
    scale = number(tensor.scale_min)
    if tensor.zero_point == 0:
        return f"{tensor.dtype}, value = {scale} × q"
    sign, zero = ("−", tensor.zero_point) if tensor.zero_point > 0 else ("+", -tensor.zero_point)
    return f"{tensor.dtype}, value = {scale} × (q {sign} {zero})"


def range_words(tensor: TensorInfo) -> str:
    """The values that a tensor with one scale can hold; empty where that is not known."""
    limits = _RANGES.get(tensor.dtype)
    if tensor.scales != 1 or limits is None:
        return ""
    low, high = (tensor.scale_min * (q - tensor.zero_point) for q in limits)
    return f"values {number(low)} to {number(high)}"


_TAILS = ("/FakeQuantWithMinMaxVars", "/ReadVariableOp", "/Conv2D_Fold", "_quant", "/Conv2D")


def short_name(name: str) -> str:
    """A tensor's name without what converters add: the ops that were folded into it.

    Args:
        name: as stored, such as `a/b/Conv2D_Fold;a/b/weights_quant/FakeQuantWithMinMaxVars`.

    Returns:
        Such as `a/b`; the name itself when nothing else would be left.
    """
    short = name.split(";")[0]
    for tail in _TAILS:
        short = short.removesuffix(tail)
    return short or name
