"""What a model's file says about its quantization, all tensors together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from studio.gui.quantization.words import bits_of, parameters_of
from studio.inference.model import ModelInfo, TensorInfo

Verdict = Literal["integer", "float", "mixed"]

_FLOATS = ("float32", "float16", "float64", "bfloat16")


@dataclass(frozen=True, slots=True)
class Share:
    """Stored numbers of one type.

    Attributes:
        dtype: as stored.
        parameters: how many numbers.
        size_bytes: what they take in the file.
    """

    dtype: str
    parameters: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class StorageSummary:
    """A model's quantization at a glance.

    Attributes:
        verdict: runs on integers, on floating point, or on both.
        badge: the verdict in two words.
        reason: why, in a sentence.
        weight_bits: width of most of the weights; None when none are stored.
        activation_bits: width of most of what flows between layers; None when unknown.
        per_channel: weight tensors with a scale a channel.
        per_tensor: weight tensors with one scale.
        unquantized: weight tensors without a scale.
        shares: by type, the most bytes first.
        other_bytes: the rest of the file: the graph, names, metadata.
    """

    verdict: Verdict
    badge: str
    reason: str
    weight_bits: int | None
    activation_bits: int | None
    per_channel: int
    per_tensor: int
    unquantized: int
    shares: tuple[Share, ...]
    other_bytes: int

    @property
    def parameters(self) -> int:
        """All stored numbers."""
        return sum(share.parameters for share in self.shares)

    @property
    def granularity(self) -> str:
        """`per channel`, `per tensor`, or how many of each."""
        if not self.per_channel and not self.per_tensor:
            return "none"
        if not self.per_tensor and not self.unquantized:
            return "per channel"
        if not self.per_channel and not self.unquantized:
            return "per tensor"
        counts = (
            (self.per_channel, "per channel"),
            (self.per_tensor, "per tensor"),
            (self.unquantized, "without"),
        )
        return ", ".join(f"{count} {words}" for count, words in counts if count)


def is_weight(tensor: TensorInfo) -> bool:
    """Whether a tensor holds trained numbers that quantization narrows.

    Biases of quantized layers are int32 and stay so; whole numbers without a scale are shapes and
    indices. Both are stored, neither is a choice.
    """
    if tensor.role != "weights":
        return False
    return tensor.dtype in _FLOATS or (tensor.scales > 0 and (bits_of(tensor) or 64) <= 16)


def _most_bits(tensors: Iterable[TensorInfo]) -> int | None:
    """The width that most numbers have."""
    counts: Counter[int] = Counter()
    for tensor in tensors:
        bits = bits_of(tensor)
        if bits is not None:
            counts[bits] += parameters_of(tensor)
    return counts.most_common(1)[0][0] if counts else None


def _verdict(weights: list[TensorInfo], flowing: list[TensorInfo]) -> tuple[Verdict, str, str]:
    """Judge what kind of arithmetic a model needs."""
    float_weights = [tensor for tensor in weights if tensor.dtype in _FLOATS]
    inner = [tensor for tensor in flowing if tensor.role == "activation"]
    float_inner = [tensor for tensor in inner if tensor.dtype in _FLOATS]
    integer_weights = len(weights) - len(float_weights)
    if weights and not float_weights and not float_inner:
        bits = _most_bits(weights) or 8
        kind = weights[0].dtype if bits == 8 else f"int{bits}"
        return (
            "integer",
            f"Deployable int{bits}",
            (f"All weights are {kind} and layers exchange integers: it runs on integer hardware."),
        )
    if not integer_weights:
        half = bool(weights) and all(tensor.dtype == "float16" for tensor in weights)
        kind = "float16" if half else "float32"
        return (
            "float",
            kind,
            (
                "Nothing is quantized: it is accurate, but large and slow on a phone."
                if not half
                else "Weights are halved in size, but the arithmetic is floating point."
            ),
        )
    if not float_weights and len(float_inner) == len(inner):
        return (
            "mixed",
            "Weights only",
            (
                "Weights are stored as integers, layers exchange floating point: small, but not "
                "fast on integer hardware."
            ),
        )
    return (
        "mixed",
        "Mixed",
        (
            f"{integer_weights} of {len(weights)} weight tensors and "
            f"{len(inner) - len(float_inner)} of {len(inner)} activations are integers; the rest "
            "is floating point."
        ),
    )


def summarize(info: ModelInfo) -> StorageSummary:
    """Judge a model by its tensors."""
    stored = [tensor for tensor in info.tensors if tensor.size_bytes]
    weights = [tensor for tensor in info.tensors if is_weight(tensor)]
    flowing = [tensor for tensor in info.tensors if tensor.role != "weights"]
    quantized_or_float = [tensor for tensor in flowing if tensor.scales or tensor.dtype in _FLOATS]
    by_dtype: dict[str, list[TensorInfo]] = {}
    for tensor in stored:
        by_dtype.setdefault(tensor.dtype, []).append(tensor)
    shares = [
        Share(
            dtype,
            sum(parameters_of(tensor) for tensor in tensors),
            sum(tensor.size_bytes for tensor in tensors),
        )
        for dtype, tensors in by_dtype.items()
    ]
    verdict, badge, reason = _verdict(weights, quantized_or_float)
    return StorageSummary(
        verdict=verdict,
        badge=badge,
        reason=reason,
        weight_bits=_most_bits(weights),
        activation_bits=_most_bits(
            tensor for tensor in quantized_or_float if tensor.role == "activation"
        ),
        per_channel=sum(tensor.scales > 1 for tensor in weights),
        per_tensor=sum(tensor.scales == 1 for tensor in weights),
        unquantized=sum(tensor.scales == 0 for tensor in weights),
        shares=tuple(sorted(shares, key=lambda share: -share.size_bytes)),
        other_bytes=max(0, info.size_bytes - sum(share.size_bytes for share in shares)),
    )
