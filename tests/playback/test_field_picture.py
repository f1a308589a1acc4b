"""Pictures of what the engine saw: colours that mean something, at the plane's size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.classes import voc_palette
from studio.playback.field_picture import (
    computed_picture,
    confidence_picture,
    flow_picture,
    residual_picture,
)
from studio.playback.messages import FieldPicture
from studio.temporal.step import Fields


def _pixels(picture: FieldPicture) -> NDArray[np.uint8]:
    return np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)


def _fields(x: float = 0.0, y: float = 0.0) -> Fields:
    flow = np.zeros((9, 16, 2), np.float32)
    flow[...] = (x, y)
    residual = np.zeros((9, 16), np.uint8)
    residual[0] = 64
    confidence = np.ones((9, 16), np.float32)
    confidence[0] = 0.0
    return Fields(flow, residual, confidence)


def test_what_stands_is_white_and_directions_have_their_hue() -> None:
    assert (_pixels(flow_picture(_fields(), 160)) == 255).all()
    # The field leads back: what came from the left moves to the right, which is red.
    right = _pixels(flow_picture(_fields(x=-1.6), 160))[4, 8]
    assert tuple(right) == (255, 0, 0)
    left = _pixels(flow_picture(_fields(x=1.6), 160))[4, 8].astype(int)
    assert left[0] == 0
    assert left[1:].min() > 200  # the opposite hue
    down = _pixels(flow_picture(_fields(y=-1.6), 160))[4, 8].astype(int)
    assert down[1] > down[0] > down[2]  # a quarter turn: yellow-green


def test_the_strength_is_told_in_pixels_of_the_frame() -> None:
    assert flow_picture(_fields(x=1.0), 160).largest == 16.0  # 10 pixels of the frame
    assert flow_picture(_fields(x=0.01), 160).largest == 2.0
    assert flow_picture(_fields(x=1000.0), 160).largest == 256.0


def test_confidence_is_grey_and_the_residual_dark_where_all_is_explained() -> None:
    confidence = _pixels(confidence_picture(_fields()))
    assert (confidence[0] == 0).all()
    assert (confidence[1:] == 255).all()
    residual = _pixels(residual_picture(_fields())).astype(int).sum(axis=2)
    assert residual[0].min() > 600
    assert residual[1:].max() < 20


def test_the_computed_mask_has_the_colours_of_its_classes() -> None:
    mask = np.zeros((90, 160), np.uint8)
    mask[:, 80:] = 15
    picture = computed_picture(mask, voc_palette(), 16, 9)
    assert (picture.width, picture.height, picture.view) == (16, 9, "computed")
    pixels = _pixels(picture)
    assert (pixels[:, :8] == 0).all()
    assert (pixels[:, 8:] == voc_palette()[15]).all()


def test_a_picture_of_one_pixel_is_one() -> None:
    fields = Fields(
        np.zeros((1, 1, 2), np.float32), np.zeros((1, 1), np.uint8), np.ones((1, 1), np.float32)
    )
    assert len(flow_picture(fields, 1).rgb) == 3
