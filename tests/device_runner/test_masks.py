"""Masks and their runs are the computer's to the last pixel."""

from __future__ import annotations

import ctypes
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from studio.inference.geometry import Geometry
from studio.inference.model import Fit, LogitsGrid
from studio.inference.postprocess import mask_from_binary, mask_from_labels, mask_from_logits
from studio.targets.phone.runs import decode_runs, encode_runs
from studio.targets.phone.wire import MASKS_AT_MODEL_SIZE, FrameMessage, Open
from tests.device_runner.messages import TFLITE_TYPES, open_message

_TOO_LONG = ctypes.c_size_t(-1).value

Sizes = st.tuples(st.integers(1, 90), st.integers(1, 90))
Grids = st.tuples(st.integers(1, 24), st.integers(1, 24))


def _runners_mask(
    library: ctypes.CDLL, message: Open, geometry: Geometry, output: NDArray[Any]
) -> NDArray[np.uint8]:
    is_small = bool(message.flags & MASKS_AT_MODEL_SIZE)
    mask = np.full(geometry.grid_size if is_small else geometry.frame_size, 77, np.uint8)
    stored = np.ascontiguousarray(output)
    body = message.body()
    words = ctypes.create_string_buffer(400)
    code = library.shim_mask(
        body,
        ctypes.c_size_t(len(body)),
        FrameMessage(0, 0, geometry.frame_size, geometry.fitted, 1, 0, b"").body(),
        stored.ctypes.data_as(ctypes.c_void_p),
        ctypes.c_size_t(stored.nbytes),
        TFLITE_TYPES[stored.dtype.name],
        mask.ctypes.data_as(ctypes.c_void_p),
        words,
    )
    assert code == 0, words.value
    return mask


def _message(geometry: Geometry, **options: Any) -> Open:
    return open_message(
        input_size=geometry.input_size,
        grid_size=geometry.grid_size,
        align_corners=geometry.layout == "align_corners",
        **options,
    )


@st.composite
def _scores(draw: st.DrawFn) -> tuple[NDArray[np.float32], Geometry]:
    """Scores that vary slowly, at random, or hold what is no number; and a geometry for them."""
    grid, frame, size = draw(Grids), draw(Sizes), draw(Sizes)
    classes = draw(st.integers(1, 21))
    generator = np.random.default_rng(draw(st.integers(0, 1 << 30)))
    scores = generator.normal(size=(*grid, classes)).astype(np.float32)
    kind = draw(st.sampled_from(["smooth", "noise", "ties", "odd"]))
    if kind == "smooth":
        scores = scores.cumsum(axis=0).cumsum(axis=1, dtype=np.float32)
    elif kind == "ties":
        scores = np.round(scores)
    elif kind == "odd":
        odd = np.array([np.nan, np.inf, -np.inf], np.float32)
        places = generator.random(scores.shape) < 0.2
        scores[places] = generator.choice(odd, int(places.sum()))
    fit: Fit = draw(st.sampled_from(["letterbox", "stretch"]))
    layout: LogitsGrid = draw(st.sampled_from(["half_pixel", "align_corners"]))
    return scores, Geometry(frame, size, grid, fit, layout)


@settings(max_examples=400)
@given(_scores())
def test_any_logits_give_the_computers_mask(
    parts_library: ctypes.CDLL, case: tuple[NDArray[np.float32], Geometry]
) -> None:
    scores, geometry = case
    with np.errstate(invalid="ignore"):
        expected = mask_from_logits(scores, geometry)
    message = _message(geometry, classes=scores.shape[2])
    got = _runners_mask(parts_library, message, geometry, scores)
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8", "int8", "int16"])
@pytest.mark.parametrize("layout", ["NHWC", "NCHW"])
def test_logits_of_every_type_and_layout_give_the_computers_mask(
    parts_library: ctypes.CDLL, dtype: str, layout: Literal["NHWC", "NCHW"]
) -> None:
    geometry = Geometry((90, 160), (65, 65), (17, 17), "letterbox", "align_corners")
    scores = np.random.default_rng(3).normal(scale=40, size=(17, 17, 21)).astype(dtype)
    output = scores if layout == "NHWC" else scores.transpose(2, 0, 1)
    message = _message(geometry, classes=21, output_channels_first=layout == "NCHW")
    got = _runners_mask(parts_library, message, geometry, output)
    np.testing.assert_array_equal(got, mask_from_logits(scores, geometry))


def test_every_half_precision_number_is_read_as_numpy_reads_it(
    parts_library: ctypes.CDLL,
) -> None:
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    got = np.empty(len(halves), np.float32)
    parts_library.scores_to_float(
        halves.ctypes.data_as(ctypes.c_void_p),
        TFLITE_TYPES["float16"],
        ctypes.c_size_t(len(halves)),
        got.ctypes.data_as(ctypes.c_void_p),
        ctypes.c_size_t(1),
    )
    np.testing.assert_array_equal(got, halves.astype(np.float32))


@given(_scores(), st.floats(-2, 2, width=32))
def test_binary_scores_give_the_computers_mask(
    parts_library: ctypes.CDLL, case: tuple[NDArray[np.float32], Geometry], threshold: float
) -> None:
    scores, geometry = case[0][..., 0], case[1]
    expected = mask_from_binary(scores, threshold, geometry)
    message = _message(geometry, output="binary", classes=2, threshold=threshold)
    got = _runners_mask(parts_library, message, geometry, scores)
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(
    "dtype", ["int64", "int32", "uint8", "int8", "int16", "uint16", "uint32", "bool"]
)
@pytest.mark.parametrize("frame", [(5, 7), (90, 160)])
def test_labels_of_every_type_give_the_computers_mask(
    parts_library: ctypes.CDLL, dtype: str, frame: tuple[int, int]
) -> None:
    geometry = Geometry(frame, (65, 65), (33, 33))
    limits = (0, 1) if dtype == "bool" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    labels = np.random.default_rng(5).integers(max(-3, limits[0]), 24, (33, 33)).astype(dtype)
    labels[0, :2] = limits
    message = _message(geometry, output="labels", classes=21)
    got = _runners_mask(parts_library, message, geometry, labels)
    np.testing.assert_array_equal(got, mask_from_labels(labels, 21, geometry))


def test_masks_at_model_size_are_the_arg_max_of_the_grid(parts_library: ctypes.CDLL) -> None:
    geometry = Geometry((90, 160), (65, 65), (17, 17))
    scores = np.random.default_rng(3).normal(size=(17, 17, 21)).round().astype(np.float32)
    message = _message(geometry, classes=21, flags=MASKS_AT_MODEL_SIZE)
    got = _runners_mask(parts_library, message, geometry, scores)
    np.testing.assert_array_equal(got, scores.argmax(axis=2))
    message = _message(
        geometry, output="binary", classes=2, threshold=0.5, flags=MASKS_AT_MODEL_SIZE
    )
    got = _runners_mask(parts_library, message, geometry, scores[..., 0])
    np.testing.assert_array_equal(got, scores[..., 0] > 0.5)
    labels = np.arange(289, dtype=np.int64).reshape(17, 17)
    message = _message(geometry, output="labels", classes=200, flags=MASKS_AT_MODEL_SIZE)
    got = _runners_mask(parts_library, message, geometry, labels)
    np.testing.assert_array_equal(got, np.where(labels < 200, labels, 255))


@given(
    arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=40)),
    st.integers(1, 300),
)
@example(np.zeros((1, 1), np.uint8), 1)
@example(np.zeros((2, 3), np.uint8), 60)
def test_runs_are_those_that_the_computer_writes_and_reads(
    parts_library: ctypes.CDLL, mask: NDArray[np.uint8], times: int
) -> None:
    wide = np.repeat(mask, times, axis=1)  # lengths of one, two and three bytes
    expected = encode_runs(wide)
    out = ctypes.create_string_buffer(2 * wide.size)
    used = parts_library.runs_encode(wide.tobytes(), wide.size, out, len(out))
    assert out.raw[:used] == expected
    np.testing.assert_array_equal(decode_runs(out.raw[:used], (wide.shape[0], wide.shape[1])), wide)


def test_runs_that_do_not_fit_are_told_instead_of_written(parts_library: ctypes.CDLL) -> None:
    mask = np.arange(100, dtype=np.uint8).tobytes()
    out = ctypes.create_string_buffer(b"!" * 200, 200)
    assert parts_library.runs_encode(mask, 100, out, 150) == _TOO_LONG
    assert out.raw[150:] == b"!" * 50
    assert parts_library.runs_encode(mask, 100, out, 200) == 200


def test_a_run_of_millions_of_pixels_is_one_run(parts_library: ctypes.CDLL) -> None:
    mask = bytes([7]) * 8_294_400
    out = ctypes.create_string_buffer(16)
    used = parts_library.runs_encode(mask, len(mask), out, len(out))
    assert (decode_runs(out.raw[:used], (2160, 3840)) == 7).all()
