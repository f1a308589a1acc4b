"""Zoom and pan keep what the hand holds in place, and the frame in sight."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from studio.gui.previews.view import FIT, MOST_ZOOM, View, clamped, panned, place, scale_of, zoomed

SIZES = st.tuples(st.integers(1, 4000), st.integers(1, 4000))
UNIT = st.floats(0, 1)
VIEWS = st.builds(View, st.floats(1, MOST_ZOOM), UNIT, UNIT)


def _frame_point(
    view: View, at: tuple[float, float], frame: tuple[int, int], pane: tuple[int, int]
) -> tuple[float, float]:
    scale = scale_of(view, frame, pane)
    return (
        view.centre_x * frame[0] + (at[0] - pane[0] / 2) / scale,
        view.centre_y * frame[1] + (at[1] - pane[1] / 2) / scale,
    )


@given(SIZES, SIZES)
def test_fitting_shows_the_whole_frame_centred(
    frame: tuple[int, int], pane: tuple[int, int]
) -> None:
    where = place(FIT, frame, pane)
    assert (where.left, where.top, where.right, where.bottom) == (0, 0, *frame)
    assert where.width <= pane[0] + 1
    assert where.height <= pane[1] + 1
    assert where.x * 2 + where.width == pytest.approx(pane[0], abs=1.01)


@given(VIEWS, SIZES, SIZES)
def test_what_is_placed_covers_what_can_be_seen(
    view: View, frame: tuple[int, int], pane: tuple[int, int]
) -> None:
    view = clamped(view, frame, pane)
    where = place(view, frame, pane)
    assert 0 <= where.left < where.right <= frame[0]
    assert 0 <= where.top < where.bottom <= frame[1]
    scale = scale_of(view, frame, pane)
    assert where.x <= 1e-6 * pane[0] or where.left == 0
    right_edge = where.x + (where.right - where.left) * scale
    assert right_edge >= pane[0] * (1 - 1e-6) or where.right == frame[0]


@given(VIEWS, st.floats(0.2, 5), UNIT, UNIT, SIZES, SIZES)
def test_the_point_under_the_pointer_stays_unless_an_edge_comes_in(
    view: View,
    factor: float,
    at_x: float,
    at_y: float,
    frame: tuple[int, int],
    pane: tuple[int, int],
) -> None:
    view = clamped(view, frame, pane)
    at = (at_x * pane[0], at_y * pane[1])
    after = zoomed(view, factor, at, frame, pane)
    assert 1 <= after.zoom <= MOST_ZOOM
    assert after == clamped(after, frame, pane)
    visible = pane[0] / (frame[0] * scale_of(after, frame, pane))
    assume(visible < 1)
    inside = visible / 2 < after.centre_x < 1 - visible / 2
    assume(inside)
    before_point = _frame_point(view, at, frame, pane)[0]
    assert _frame_point(after, at, frame, pane)[0] == pytest.approx(
        before_point, abs=1e-6 * frame[0]
    )


def test_a_pan_moves_the_frame_with_the_hand() -> None:
    view = View(4.0, 0.5, 0.5)
    frame, pane = (640, 480), (320, 240)
    moved = panned(view, (10.0, -6.0), frame, pane)
    at = (100.0, 100.0)
    held = _frame_point(view, at, frame, pane)
    assert _frame_point(moved, (110.0, 94.0), frame, pane) == pytest.approx(held)


def test_the_frame_cannot_be_pushed_out() -> None:
    moved = panned(View(2.0), (1e6, 1e6), (640, 480), (320, 240))
    assert (moved.centre_x, moved.centre_y) == (0.25, 0.25)
    assert panned(FIT, (50.0, 50.0), (640, 480), (320, 240)) == FIT
