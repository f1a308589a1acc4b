"""From frame to screen: aspect kept, points mapped back exactly, hidden classes untouched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF

from studio.gui.playback.compose import Fitting, compose, palette_of, style_of
from studio.gui.playback.shown import OverlaySettings, ShownFrame
from studio.opencv import cv2

_sides = st.integers(1, 4000)


@given(_sides, _sides, _sides, _sides, st.sampled_from([1.0, 1.25, 2.0]))
def test_a_fitted_frame_lies_inside_and_keeps_its_shape(
    frame_width: int, frame_height: int, width: int, height: int, ratio: float
) -> None:
    fitting = Fitting.of((frame_width, frame_height), (width, height), ratio)
    right = fitting.left + fitting.width
    bottom = fitting.top + fitting.height
    assert fitting.left >= 0
    assert fitting.top >= 0
    assert right <= max(round(width * ratio), 1)
    assert bottom <= max(round(height * ratio), 1)
    scale = min(
        max(round(width * ratio), 1) / frame_width, max(round(height * ratio), 1) / frame_height
    )
    assert abs(fitting.width - frame_width * scale) <= 1
    assert abs(fitting.height - frame_height * scale) <= 1


@given(
    st.integers(1, 500), st.integers(1, 500), st.integers(20, 900), st.integers(20, 900), st.data()
)
def test_a_point_of_the_picture_maps_into_the_frame(
    frame_width: int, frame_height: int, width: int, height: int, data: st.DataObject
) -> None:
    fitting = Fitting.of((frame_width, frame_height), (width, height), 1.0)
    x = data.draw(st.integers(0, fitting.width - 1)) + fitting.left
    y = data.draw(st.integers(0, fitting.height - 1)) + fitting.top
    found = fitting.frame_from_widget(QPointF(x, y), (frame_width, frame_height))
    assert found is not None
    assert 0 <= found[0] < frame_width
    assert 0 <= found[1] < frame_height
    assert fitting.frame_from_widget(QPointF(-1, y), (frame_width, frame_height)) is None
    outside = QPointF(fitting.left + fitting.width, y)
    assert fitting.frame_from_widget(outside, (frame_width, frame_height)) is None


def _shown(mask_value: int | None) -> ShownFrame:
    image = np.full((40, 60, 3), 90, np.uint8)
    mask = None if mask_value is None else np.full((40, 60), mask_value, np.uint8)
    return ShownFrame(index=0, time_seconds=0.0, image=image, mask=mask, class_pixels=None)


def test_the_overlay_is_drawn_over_a_copy() -> None:
    shown = _shown(15)
    style = style_of(OverlaySettings(opacity=1.0), None)
    view = compose(shown, style, 30, 20, careful=False)
    assert view.shape == (20, 30, 3)
    assert (view[..., ::-1] == palette_of(None)[15]).all()
    assert (shown.image == 90).all()


def test_hidden_classes_and_frames_without_masks_show_the_picture() -> None:
    style = style_of(OverlaySettings(opacity=1.0, hidden_classes=frozenset({15})), None)
    for shown in (_shown(15), _shown(None)):
        assert (compose(shown, style, 120, 80, careful=True) == 90).all()
    assert (compose(_shown(15), None, 60, 40, careful=False) == 90).all()


def test_a_frame_that_arrived_at_the_view_s_size_gives_the_same_picture() -> None:
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (90, 160, 3), np.uint8)
    mask = rng.integers(0, 4, (90, 160), np.uint8)
    plain = ShownFrame(index=0, time_seconds=0.0, image=image, mask=mask, class_pixels=None)
    linear, nearest = cv2.INTER_LINEAR, cv2.INTER_NEAREST_EXACT
    scaled = replace(
        plain,
        view_image=np.asarray(cv2.resize(image, (80, 45), interpolation=linear), np.uint8),
        view_mask=np.asarray(cv2.resize(mask, (80, 45), interpolation=nearest), np.uint8),
    )
    style = style_of(OverlaySettings(), None)
    out = np.empty((45, 80, 3), np.uint8)
    for shown in (plain, scaled):
        for look in (style, None):
            wanted = compose(plain, look, 80, 45, careful=False)
            assert (compose(shown, look, 80, 45, careful=False) == wanted).all()
            assert compose(shown, look, 80, 45, careful=False, out=out) is out
            assert (out == wanted).all()
    assert compose(scaled, style, 40, 30, careful=False).shape == (30, 40, 3)
