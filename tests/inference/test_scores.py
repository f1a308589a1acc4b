"""The scores that are lent are those that the mask is made of, and say where the frame lies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.classes import VOID_INDEX
from studio.inference.geometry import Geometry
from studio.inference.model import Fit, LogitsGrid, ModelOverrides, SessionOptions
from studio.inference.network import Output
from studio.inference.segmenter import Segmenter
from tests.support.models import (
    InputType,
    binary_model,
    labels_model,
    logits_model,
    picture,
    two_output_model,
)

LABELS = np.random.default_rng(0).integers(0, 21, (13, 13))


def best_at(output: Output, frame_size: tuple[int, int]) -> NDArray[np.int64]:
    """The class of the grid position nearest to each pixel, by the placement alone."""
    height, width = frame_size
    best = output.values.argmax(axis=2) if output.values.ndim == 3 else output.values
    places = [
        np.clip(np.round(axis.scale * (np.arange(n) + 0.5) / n + axis.offset), 0, best.shape[i] - 1)
        for i, (axis, n) in enumerate(((output.rows, height), (output.columns, width)))
    ]
    found: NDArray[np.int64] = best[np.ix_(*(place.astype(int) for place in places))]
    return found.astype(np.int64)


@pytest.mark.parametrize("dtype", ["float32", "uint8", "int8"])
@pytest.mark.parametrize("layout", ["NHWC", "NCHW"])
def test_scores_are_where_the_placement_says(
    tmp_path: Path, dtype: InputType, layout: Literal["NHWC", "NCHW"]
) -> None:
    path = logits_model(tmp_path / "m.tflite", dtype=dtype, layout=layout)
    segmenter = Segmenter(path)
    labels = LABELS[:7]  # letterboxed
    output = segmenter.scores(picture(labels, 10))
    assert output.values.shape == (13, 13, 21)
    assert output.values.flags.c_contiguous
    assert output.classes == 21
    assert (output.scale, output.zero_point) == (
        (1.0, 0) if dtype == "float32" else (pytest.approx(5 / 128), 128 if dtype == "uint8" else 0)
    )
    np.testing.assert_array_equal(best_at(output, (70, 130))[5::10, 5::10], labels)
    assert output.invoke_millis > 0
    assert output.preprocess_millis > 0


def test_scores_outlive_the_next_frame(tmp_path: Path) -> None:
    segmenter = Segmenter(logits_model(tmp_path / "m.tflite"))
    output = segmenter.scores(picture(LABELS, 5))
    kept = output.values.copy()
    segmenter.scores(np.zeros((65, 65, 3), np.uint8))
    np.testing.assert_array_equal(output.values, kept)


def test_labels_come_as_bytes_and_those_that_no_class_has_as_void(tmp_path: Path) -> None:
    path = labels_model(tmp_path / "m.tflite", classes=21)
    output = Segmenter(path).scores(picture(LABELS, 5))
    assert output.values.dtype == np.uint8
    np.testing.assert_array_equal(output.values, LABELS)
    segmenter = Segmenter(path)
    network = segmenter._own
    network.choices = replace(network.choices, labels=network.choices.labels[:8])
    output = segmenter.scores(picture(LABELS, 5))
    np.testing.assert_array_equal(output.values, np.where(LABELS < 8, LABELS, VOID_INDEX))


@pytest.mark.parametrize("dtype", ["float32", "uint8", "int8"])
@pytest.mark.parametrize("probability", [False, True])
def test_of_one_channel_the_background_scores_its_threshold(
    tmp_path: Path, dtype: InputType, probability: bool
) -> None:
    path = binary_model(tmp_path / "m.tflite", dtype=dtype, probability=probability)
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, 32:, 2] = 255
    output = Segmenter(path).scores(image)
    assert output.values.shape == (16, 16, 2)
    best = output.values.argmax(axis=2)
    assert (best[:, :7] == 0).all()
    assert (best[:, 9:] == 1).all()


def test_the_output_that_was_asked_for_is_given(tmp_path: Path) -> None:
    path = two_output_model(tmp_path / "m.tflite")
    assert Segmenter(path).scores(np.zeros((64, 64, 3), np.uint8)).values.shape == (8, 8, 5)
    first = SessionOptions(overrides=ModelOverrides(output_index=0))
    assert Segmenter(path, first).scores(np.zeros((9, 9, 3), np.uint8)).values.shape == (16, 16)


@given(
    st.tuples(st.integers(1, 900), st.integers(1, 900)),
    st.tuples(st.integers(2, 40), st.integers(2, 40)),
    st.sampled_from(["letterbox", "stretch"]),
    st.sampled_from(["half_pixel", "align_corners"]),
)
def test_placement_and_taps_agree(
    frame_size: tuple[int, int], grid: tuple[int, int], fit: Fit, layout: LogitsGrid
) -> None:
    input_size = (grid[0] * 16 - 15, grid[1] * 16 - 15)
    geometry = Geometry(frame_size, input_size, grid, fit, layout)
    for index, axis in enumerate((geometry.rows, geometry.columns)):
        scale, offset = geometry.placement(index)
        x = (np.arange(frame_size[index]) + 0.5) / frame_size[index]
        position = np.clip(scale * x + offset, 0, grid[index] - 1)
        np.testing.assert_allclose(axis.low + axis.weight, position, atol=1e-5)
