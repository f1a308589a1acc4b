"""What reaches the network is what the definition of normalization and quantization says."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.inference.geometry import fitted_size
from studio.inference.model import Fit, Normalization
from studio.inference.preprocess import Preprocessor, quantization_table
from studio.opencv import cv2

IMAGENET = Normalization(mean=(123.7, 116.3, 103.5), std=(58.4, 57.1, 57.4))
QUANTIZATIONS = [
    ("float32", 0.0, 0),
    ("uint8", 1 / 127.5, 128),
    ("int8", 1 / 127.5, -1),
    ("int16", 1 / 32767, 0),
    ("uint8", 0.0187, 114),
]


@pytest.mark.parametrize(("dtype", "scale", "zero_point"), QUANTIZATIONS)
@pytest.mark.parametrize("normalization", [Normalization(), IMAGENET])
@pytest.mark.parametrize("order", ["rgb", "bgr"])
@pytest.mark.parametrize("layout", ["NHWC", "NCHW"])
def test_every_pixel_is_normalized_and_quantized(
    dtype: str,
    scale: float,
    zero_point: int,
    normalization: Normalization,
    order: Literal["rgb", "bgr"],
    layout: Literal["NHWC", "NCHW"],
) -> None:
    image = np.random.default_rng(0).integers(0, 256, (16, 24, 3), np.uint8)
    shape = (1, 16, 24, 3) if layout == "NHWC" else (1, 3, 16, 24)
    tensor = np.zeros(shape, dtype)
    preprocessor = Preprocessor(
        (16, 24), layout, dtype, scale, zero_point, normalization, "stretch", order
    )
    preprocessor.write(image, tensor)

    rgb = image[..., ::-1].astype(np.float64)
    real = (rgb - normalization.mean) / normalization.std
    if order == "bgr":
        real = real[..., ::-1]
    if scale:
        limits = np.iinfo(dtype)
        real = np.clip(np.round(real / scale) + zero_point, limits.min, limits.max)
    written = tensor[0] if layout == "NHWC" else tensor[0].transpose(1, 2, 0)
    np.testing.assert_array_equal(written, real.astype(dtype))


@pytest.mark.parametrize(("dtype", "scale", "zero_point"), QUANTIZATIONS)
def test_padding_is_zero_after_normalization_again_for_each_frame(
    dtype: str, scale: float, zero_point: int
) -> None:
    tensor = np.full((1, 32, 32, 3), 99).astype(dtype)
    preprocessor = Preprocessor(
        (32, 32), "NHWC", dtype, scale, zero_point, IMAGENET, "letterbox", "rgb"
    )
    preprocessor.write(np.full((10, 20, 3), 255, np.uint8), tensor)
    assert (tensor[0, 16:] == zero_point).all()
    assert (tensor[0, :16] != zero_point).all()
    preprocessor.write(np.full((20, 10, 3), 255, np.uint8), tensor)
    assert (tensor[0, :, 16:] == zero_point).all()
    assert (tensor[0, 16:, :16] != zero_point).all()


def test_frames_are_resized_with_half_pixel_centres() -> None:
    image = np.random.default_rng(1).integers(0, 256, (90, 160, 3), np.uint8)
    tensor = np.zeros((1, 33, 33, 3), np.uint8)
    Preprocessor(
        (33, 33), "NHWC", "uint8", 1.0, 0, Normalization((0,) * 3, (1,) * 3), "stretch", "bgr"
    ).write(image, tensor)
    np.testing.assert_array_equal(tensor[0], cv2.resize(image, (33, 33)))


def test_a_quantized_input_of_its_own_scale_takes_pixels_as_they_are() -> None:
    normalization = Normalization(mean=(128.0,) * 3, std=(128.0,) * 3)
    table = quantization_table(normalization, "uint8", 1 / 128, 128)
    np.testing.assert_array_equal(table[:, 0], np.arange(256))


@given(
    frame=st.tuples(st.integers(1, 5000), st.integers(1, 5000)),
    network=st.tuples(st.integers(1, 600), st.integers(1, 600)),
)
def test_a_letterboxed_frame_fits_and_fills_one_side(
    frame: tuple[int, int], network: tuple[int, int]
) -> None:
    height, width = fitted_size(frame, network, "letterbox")
    assert 1 <= height <= network[0]
    assert 1 <= width <= network[1]
    assert height == network[0] or width == network[1]


@pytest.mark.parametrize("fit", ["letterbox", "stretch"])
def test_a_frame_of_the_networks_size_stays_as_it_is(fit: Fit) -> None:
    assert fitted_size((33, 65), (33, 65), fit) == (33, 65)
