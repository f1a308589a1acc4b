"""The phone's input tensors are the computer's to the last bit."""

from __future__ import annotations

import ctypes
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.inference.geometry import fitted_size
from studio.inference.model import Fit, Normalization
from studio.inference.preprocess import Preprocessor
from studio.opencv import cv2
from studio.targets.phone.wire import ENCODINGS, FrameMessage
from studio.video.frame import Image
from tests.device_runner.messages import open_message

_NORMALIZATION = Normalization((123.0, 117.5, 104.0), (58.4, 57.1, 57.4))
_FRAME_REFUSED = 5

Sides = st.tuples(st.integers(1, 200), st.integers(1, 200))


def _noise(height: int, width: int) -> Image:
    generator = np.random.default_rng(height * 1000 + width)
    return generator.integers(0, 256, (height, width, 3), np.uint8)


def _picture(height: int, width: int) -> Image:
    """Something smooth, as pictures are."""
    coarse = _noise(9, 16)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.uint8)


def _runners_tensor(
    library: ctypes.CDLL,
    image: Image,
    preprocessor: Preprocessor,
    shape: tuple[int, ...],
    fitted: tuple[int, int],
    *,
    is_planar: bool,
) -> NDArray[Any]:
    tensor = np.full(shape, 77, preprocessor.table.dtype)
    body = open_message(
        input_size=(shape[2], shape[3]) if is_planar else (shape[1], shape[2]),
        table=preprocessor.table,
        padding=preprocessor.padding.item(),
        channels_first=is_planar,
        swaps=preprocessor.swaps,
    ).body()
    head = FrameMessage(0, 0, (image.shape[0], image.shape[1]), fitted, 1, 0, b"").body()
    words = ctypes.create_string_buffer(400)
    code = library.shim_preprocess(
        body,
        ctypes.c_size_t(len(body)),
        head,
        image.tobytes(),
        tensor.ctypes.data_as(ctypes.c_void_p),
        words,
    )
    assert code == 0, words.value
    return tensor


def _assert_equal(
    library: ctypes.CDLL,
    image: Image,
    input_size: tuple[int, int],
    *,
    fit: Fit = "letterbox",
    dtype: str = "uint8",
    layout: Literal["NHWC", "NCHW"] = "NHWC",
    order: Literal["rgb", "bgr"] = "rgb",
) -> None:
    scale, zero_point = (0.0, 0) if dtype == "float32" else (0.0186, 14)
    preprocessor = Preprocessor(
        input_size, layout, dtype, scale, zero_point, _NORMALIZATION, fit, order
    )
    shape = (1, *input_size, 3) if layout == "NHWC" else (1, 3, *input_size)
    expected = np.zeros(shape, dtype)
    preprocessor.write(image, expected)
    fitted = fitted_size((image.shape[0], image.shape[1]), input_size, fit)
    got = _runners_tensor(library, image, preprocessor, shape, fitted, is_planar=layout == "NCHW")
    np.testing.assert_array_equal(got, expected)


@settings(max_examples=300)
@given(Sides, Sides)
@example((100, 80), (50, 40))  # exactly half: means of 2 x 2
@example((100, 80), (50, 41))  # half in one direction only
@example((50, 40), (50, 40))
@example((1, 1), (200, 3))
@example((199, 1), (2, 200))
def test_pictures_of_any_size_are_resized_as_the_computer_does(
    parts_library: ctypes.CDLL, size: tuple[int, int], input_size: tuple[int, int]
) -> None:
    _assert_equal(parts_library, _noise(*size), input_size, fit="stretch")


@pytest.mark.parametrize("dtype", ["float32", "uint8", "int8", "int16"])
@pytest.mark.parametrize("layout", ["NHWC", "NCHW"])
@pytest.mark.parametrize("order", ["rgb", "bgr"])
@pytest.mark.parametrize("size", [(36, 64), (64, 36), (257, 257)])
def test_letterboxed_pictures_fill_every_kind_of_input_as_on_the_computer(
    parts_library: ctypes.CDLL,
    dtype: str,
    layout: Literal["NHWC", "NCHW"],
    order: Literal["rgb", "bgr"],
    size: tuple[int, int],
) -> None:
    _assert_equal(parts_library, _noise(*size), (33, 41), dtype=dtype, layout=layout, order=order)


def test_a_clips_frame_is_brought_to_the_sizes_of_the_shipped_models_as_on_the_computer(
    parts_library: ctypes.CDLL,
) -> None:
    image = _picture(1080, 1920)
    for side in (257, 289, 353):
        _assert_equal(parts_library, image, (side, side), dtype="float32")


def _jpeg(image: Image, *options: int) -> bytes:
    return bytes(cv2.imencode(".jpg", image, options)[1])


def _decoded(library: ctypes.CDLL, size: tuple[int, int], data: bytes) -> tuple[int, str, Image]:
    pixels = np.zeros((*size, 3), np.uint8)
    words = ctypes.create_string_buffer(400)
    head = FrameMessage(3, 0, size, (1, 1), ENCODINGS["jpeg"], 0, b"").body()
    code = library.shim_jpeg(
        head,
        data,
        ctypes.c_size_t(len(data)),
        pixels.ctypes.data_as(ctypes.c_void_p),
        words,
    )
    text = words.value.decode("ascii")
    if "cannot decode JPEG" in text:
        pytest.skip("needs libjpeg-turbo: apt-get install libturbojpeg0")
    return code, text, pixels


@pytest.mark.parametrize("sampling", [0x411111, 0x221111, 0x211111, 0x111111])
@pytest.mark.parametrize("quality", [30, 85, 97])
@pytest.mark.parametrize("size", [(1, 1), (90, 161), (270, 480)])
def test_jpegs_decode_to_the_computers_pixels(
    parts_library: ctypes.CDLL, sampling: int, quality: int, size: tuple[int, int]
) -> None:
    image = _picture(*size)
    data = _jpeg(
        image, cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling
    )
    code, words, pixels = _decoded(parts_library, size, data)
    assert code == 0, words
    np.testing.assert_array_equal(pixels, cv2.imdecode(np.frombuffer(data, np.uint8), 1))


def test_a_jpeg_of_another_size_is_refused_before_it_is_decoded(
    parts_library: ctypes.CDLL,
) -> None:
    code, words, _ = _decoded(parts_library, (4, 4), _jpeg(_noise(64, 64)))
    assert code == _FRAME_REFUSED
    assert words == "Frame 3 is a JPEG of 64 x 64 instead of 4 x 4."


@pytest.mark.parametrize("data", [b"\x00", b"\xff\xd8\xff\xd9", _jpeg(_noise(64, 64))[:900]])
def test_what_is_no_whole_jpeg_is_refused(parts_library: ctypes.CDLL, data: bytes) -> None:
    code, words, _ = _decoded(parts_library, (64, 64), data)
    assert code == _FRAME_REFUSED
    assert "JPEG" in words
