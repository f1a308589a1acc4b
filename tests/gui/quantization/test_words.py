"""Quantization in words says what the numbers mean."""

from __future__ import annotations

import pytest

from studio.gui.quantization.words import (
    bytes_words,
    count_words,
    quantization_words,
    range_words,
    shape_words,
    short_name,
)
from tests.gui.quantization.tensors import tensor


@pytest.mark.parametrize(
    ("dtype", "scales", "scale", "zero", "words"),
    [
        ("uint8", 1, 0.0078125, 128, "uint8, value = 0.00781 × (q − 128)"),
        ("int8", 1, 0.5, -128, "int8, value = 0.5 × (q + 128)"),
        ("int8", 1, 1e-5, 0, "int8, value = 1e−05 × q"),
        ("float32", 0, 0.0, 0, "float32, not quantized"),
        ("int64", 0, 0.0, 0, "int64, whole numbers"),
    ],
)
def test_a_stored_number_becomes_a_value(
    dtype: str, scales: int, scale: float, zero: int, words: str
) -> None:
    assert quantization_words(tensor(dtype, scales=scales, scale=scale, zero=zero)) == words


def test_per_channel_scales_are_a_range() -> None:
    several = tensor("int8", scales=32, scale=0.001, scale_max=0.03)
    assert quantization_words(several) == "int8, 32 scales (per channel) from 0.001 to 0.03"
    assert range_words(several) == ""


def test_the_range_is_what_the_type_can_hold() -> None:
    assert range_words(tensor("uint8", scales=1, scale=0.5, zero=128)) == "values −64 to 63.5"
    assert range_words(tensor("float32")) == ""


def test_sizes_counts_and_shapes_are_short() -> None:
    assert [bytes_words(size) for size in (0, 999, 46496, 2_193_224)] == [
        "0 B",
        "999 B",
        "46.5 kB",
        "2.19 MB",
    ]
    assert [count_words(count) for count in (7, 8682, 2_140_000)] == ["7", "8.68 k", "2.14 M"]
    assert shape_words((1, 17, 17, 21)) == "1 × 17 × 17 × 21"
    assert shape_words(()) == "scalar"


def test_names_lose_only_what_converters_added() -> None:
    stored = "a/project/Conv2D_Fold;a/project/weights_quant/FakeQuantWithMinMaxVars"
    assert short_name(stored) == "a/project"
    assert short_name("aspp0/weights") == "aspp0/weights"
    assert short_name("/Conv2D") == "/Conv2D"
