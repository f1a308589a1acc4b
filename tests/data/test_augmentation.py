"""A crop shows what its geometry says; its labels lie on what it shows."""

from __future__ import annotations

from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.data.augmentation import (
    PADDING_GREY,
    Draw,
    change_colours,
    crop_image,
    crop_mask,
    draw,
)
from studio.data.geometry import CropGeometry, crop_geometry, loss_positions
from studio.data.spec import AugmentationSpec
from studio.inference.model import LogitsGrid
from studio.opencv import cv2

_sides = st.integers(20, 250)
_shares = st.floats(0.0, 1.0)


@st.composite
def crops(draw_from: st.DrawFn, shown: float = 3.0) -> CropGeometry:
    """Crops of all kinds of images at all scales at which so many pixels are left of each side."""
    crop = crop_geometry(
        (draw_from(_sides), draw_from(_sides)),
        (draw_from(st.integers(17, 90)), draw_from(st.integers(17, 90))),
        draw_from(st.floats(0.3, 3.0)),
        (draw_from(_shares), draw_from(_shares)),
        draw_from(st.booleans()),
    )
    hypothesis.assume(crop.rows.source_pixels / crop.rows.step >= shown)
    hypothesis.assume(crop.columns.source_pixels / abs(crop.columns.step) >= shown)
    return crop


def _positions(crop: CropGeometry) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.arange(float(crop.rows.crop_pixels)), np.arange(float(crop.columns.crop_pixels))


def _inside(crop: CropGeometry) -> NDArray[np.bool_]:
    rows, columns = _positions(crop)
    inside: NDArray[np.bool_] = np.logical_and.outer(
        crop.rows.is_inside(crop.rows.at(rows)), crop.columns.is_inside(crop.columns.at(columns))
    )
    return inside


@given(crops())
def test_pixels_come_from_where_the_geometry_says(crop: CropGeometry) -> None:
    height, width = crop.rows.source_pixels, crop.columns.source_pixels
    ramps = np.zeros((height, width, 3), np.uint8)
    ramps[..., 0] = np.arange(width)
    ramps[..., 1] = np.arange(height)[:, None]
    seen = crop_image(ramps, crop).astype(float)
    rows, columns = _positions(crop)
    wanted_columns, wanted_rows = np.meshgrid(crop.columns.at(columns), crop.rows.at(rows))
    inside = _inside(crop)
    # At the ends, half a (shrunk) pixel is repeated instead of leading out of the image.
    slack = 0.6 + 0.5 * max(1.0, abs(crop.columns.step), crop.rows.step)
    assert np.abs(seen[..., 0] - wanted_columns)[inside].max() <= slack
    assert np.abs(seen[..., 1] - wanted_rows)[inside].max() <= slack
    edge = 1 + 2 * abs(crop.columns.step)
    middle = inside & (wanted_columns > edge) & (wanted_columns < width - 1 - edge)
    # OpenCV rounds positions to 1/32 of a pixel; pixels that are averaged first are rounded twice.
    step = abs(crop.columns.step)
    rounding = (0.6 if step < 2 else 1.1) + step / 32
    assert (np.abs(seen[..., 0] - wanted_columns)[middle] <= rounding).all()


@given(crops())
def test_beside_the_image_is_grey_and_void(crop: CropGeometry) -> None:
    height, width = crop.rows.source_pixels, crop.columns.source_pixels
    image = np.zeros((height, width, 3), np.uint8)
    changes = Draw(brightness=0.05, contrast=1.3)
    seen = crop_image(image, crop, changes)
    labels = crop_mask(image[..., 0], crop, *_positions(crop))
    inside = _inside(crop)
    assert (seen[~inside] == PADDING_GREY).all()
    assert (seen[inside] != PADDING_GREY).all()
    assert (labels == np.where(inside, 0, 255)).all()
    assert inside[0, 0]  # a small image lies top left, as on a network's input


@given(crops(shown=40.0), st.integers(1, 6), st.sampled_from(["align_corners", "half_pixel"]))
def test_labels_lie_on_what_the_crop_shows(
    crop: CropGeometry, stride: int, grid: LogitsGrid
) -> None:
    size = (crop.rows.source_pixels, crop.columns.source_pixels)
    random = np.random.default_rng(size)
    tiles: NDArray[np.uint8] = random.integers(1, 7, (5, 5), dtype=np.uint8)
    mask = np.asarray(cv2.resize(tiles, size[::-1], interpolation=cv2.INTER_NEAREST), np.uint8)
    seen = crop_image(np.repeat(mask[..., None] * np.uint8(30), 3, axis=2), crop)[..., 0]
    rows = loss_positions(crop.rows.crop_pixels, stride, grid)
    columns = loss_positions(crop.columns.crop_pixels, stride, grid)
    labels = crop_mask(mask, crop, rows, columns)
    kernel = np.ones((3, 3), np.uint8)
    is_flat = cv2.erode(seen, kernel) == cv2.dilate(seen, kernel)
    at = np.ix_(np.round(rows).astype(int), np.round(columns).astype(int))
    sure = is_flat[at] & (labels != 255)
    assert (labels[sure] * 30 == seen[at][sure]).all()


@given(crops())
def test_flipping_mirrors_image_and_labels(crop: CropGeometry) -> None:
    size = (crop.rows.source_pixels, crop.columns.source_pixels)
    random = np.random.default_rng(size)
    image: NDArray[np.uint8] = random.integers(0, 256, (*size, 3), dtype=np.uint8)
    mask: NDArray[np.uint8] = image[..., 0] % np.uint8(5)
    scale = 1.0 / crop.rows.step
    fit = min(crop.rows.crop_pixels / size[0], crop.columns.crop_pixels / size[1])
    crop_size = (crop.rows.crop_pixels, crop.columns.crop_pixels)
    plain, flipped = (
        crop_geometry(size, crop_size, scale / fit, (0.25, 0.5), flip) for flip in (False, True)
    )
    points = _positions(plain)
    mirrored = np.ascontiguousarray(image[:, ::-1])
    difference = np.abs(
        crop_image(image, flipped).astype(int) - crop_image(mirrored, plain).astype(int)
    )
    inside = _inside(plain) & _inside(flipped)  # a pixel half outside may fall to either
    assert inside.mean() >= _inside(plain).mean() * 0.8
    assert difference[inside].max() <= 20  # OpenCV rounds positions to 1/32 of a pixel
    agree = crop_mask(mask, flipped, *points) == crop_mask(mask[:, ::-1], plain, *points)
    assert agree.mean() > 0.9  # a point between two pixels may fall to either


def test_shrinking_shows_the_mean_of_fine_stripes() -> None:
    stripes = np.zeros((240, 240, 3), np.uint8)
    stripes[:, ::2] = 200
    crop = crop_geometry((240, 240), (40, 40), 1.0, (0.0, 0.0), flip=False)
    assert np.abs(crop_image(stripes, crop).astype(int) - 100).max() <= 2


@pytest.mark.parametrize(
    ("size", "stride", "grid", "points"),
    [
        (257, 4, "align_corners", [0, 4, 8]),
        (257, 1, "align_corners", [0, 1, 2]),
        (256, 4, "half_pixel", [1.5, 5.5, 9.5]),
        (33, 3, "align_corners", [0, 32 / 11, 64 / 11]),
    ],
)
def test_the_loss_is_taken_where_resized_logits_lie(
    size: int, stride: int, grid: LogitsGrid, points: list[float]
) -> None:
    positions = loss_positions(size, stride, grid)
    assert positions[:3] == pytest.approx(points)
    margin = positions[0]
    assert positions[-1] == pytest.approx(size - 1 - margin)


class TestDraws:
    @given(st.integers(0, 2**40), st.integers(0, 2**40))
    def test_they_depend_on_seed_and_position_alone(self, seed: int, position: int) -> None:
        spec = AugmentationSpec()
        assert draw(spec, seed, position) == draw(spec, seed, position)
        assert draw(spec, seed, position) != draw(spec, seed, position + 1)
        assert draw(spec, seed, position) != draw(spec, seed + 1, position)

    def test_they_keep_to_the_spec_and_use_it_up(self) -> None:
        spec = AugmentationSpec()
        draws = [draw(spec, 0, position) for position in range(2000)]
        scales = np.array([d.scale for d in draws])
        assert spec.smallest_scale <= scales.min() < 0.51
        assert 1.97 < scales.max() <= spec.largest_scale
        assert np.median(scales) == pytest.approx(1.0, abs=0.05)
        assert np.mean([d.flip for d in draws]) == pytest.approx(0.5, abs=0.05)
        assert max(abs(d.brightness) for d in draws) <= spec.brightness
        assert max(abs(d.contrast - 1.0) for d in draws) <= spec.contrast
        assert max(abs(d.saturation - 1.0) for d in draws) <= spec.saturation
        assert 4.9 < max(abs(d.hue_degrees) for d in draws) <= spec.hue_degrees

    def test_nothing_is_changed_when_nothing_is_allowed(self) -> None:
        spec = AugmentationSpec(1.0, 1.0, False, 0.0, 0.0, 0.0, 0.0)
        for position in range(20):
            drawn = draw(spec, 3, position)
            assert drawn == Draw(offset=drawn.offset)


class TestColours:
    image = np.random.default_rng(0).integers(60, 190, (20, 30, 3), dtype=np.uint8)

    def _changed(self, **changes: Any) -> NDArray[np.int64]:
        return change_colours(self.image, Draw(**changes)).astype(int)

    def test_no_change_changes_nothing(self) -> None:
        assert (self._changed() == self.image).all()

    def test_brightness_is_added(self) -> None:
        assert np.abs(self._changed(brightness=0.1) - self.image - 25.5).max() <= 1

    def test_contrast_stretches_around_the_middle(self) -> None:
        wanted = (self.image - 127.5) * 1.2 + 127.5
        assert np.abs(self._changed(contrast=1.2) - wanted).max() <= 1

    def test_without_saturation_all_is_grey_of_the_same_luma(self) -> None:
        grey = cv2.cvtColor(self.image, cv2.COLOR_RGB2GRAY).astype(int)
        assert np.abs(self._changed(saturation=0.0) - grey[..., None]).max() <= 1

    def test_a_third_of_the_circle_swaps_channels(self) -> None:
        turned = self._changed(hue_degrees=120.0)
        options = [np.roll(self.image, shift, axis=2) for shift in (1, 2)]
        assert min(np.abs(turned - option).max() for option in options) <= 1

    def test_grey_has_no_hue(self) -> None:
        grey = np.full((4, 4, 3), 90, np.uint8)
        assert np.abs(change_colours(grey, Draw(hue_degrees=77.0)).astype(int) - 90).max() <= 1
