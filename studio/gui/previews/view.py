"""Which part of a frame a pane shows: one view, shared by all panes."""

from __future__ import annotations

import math
from dataclasses import dataclass

MOST_ZOOM = 64.0


@dataclass(frozen=True, slots=True)
class View:
    """A zoom about a centre, in terms of the frame, so that panes of any size can share it.

    Attributes:
        zoom: 1.0 fits the frame into the pane.
        centre_x: 0..1 of the frame's width, what lies in the middle of the pane.
        centre_y: 0..1 of the frame's height.
    """

    zoom: float = 1.0
    centre_x: float = 0.5
    centre_y: float = 0.5


FIT = View()


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the visible pixels of the frame go.

    Attributes:
        left: first visible column of the frame.
        top: first visible row of the frame.
        right: column after the last visible one.
        bottom: row after the last visible one.
        x: where `left` lies in the pane, in pixels; may be negative.
        y: where `top` lies in the pane, in pixels; may be negative.
        width: of the visible part in the pane, in pixels.
        height: of the visible part in the pane, in pixels.
    """

    left: int
    top: int
    right: int
    bottom: int
    x: float
    y: float
    width: int
    height: int


def scale_of(view: View, frame: tuple[int, int], pane: tuple[int, int]) -> float:
    """Pane pixels to a frame pixel; frame and pane as (width, height)."""
    return view.zoom * min(pane[0] / frame[0], pane[1] / frame[1])


def place(view: View, frame: tuple[int, int], pane: tuple[int, int]) -> Placement:
    """Find what is visible and where, on whole pixels of the frame.

    Args:
        view: what to show.
        frame: width and height, 1 or more.
        pane: width and height, 1 or more.

    Returns:
        A part of the frame that covers what is visible, never empty.
    """
    scale = scale_of(view, frame, pane)
    origin_x = pane[0] / 2 - view.centre_x * frame[0] * scale
    origin_y = pane[1] / 2 - view.centre_y * frame[1] * scale
    left, right = _visible(origin_x, frame[0], pane[0], scale)
    top, bottom = _visible(origin_y, frame[1], pane[1], scale)
    return Placement(
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        x=origin_x + left * scale,
        y=origin_y + top * scale,
        width=max(1, round((right - left) * scale)),
        height=max(1, round((bottom - top) * scale)),
    )


def _visible(origin: float, frame_length: int, pane_length: int, scale: float) -> tuple[int, int]:
    first = min(max(math.floor(-origin / scale), 0), frame_length - 1)
    end = min(max(math.ceil((pane_length - origin) / scale), first + 1), frame_length)
    return first, end


def clamped(view: View, frame: tuple[int, int], pane: tuple[int, int]) -> View:
    """Keep the frame in sight: no gap at an edge, and centred along a side that fits."""
    zoom = min(max(view.zoom, 1.0), MOST_ZOOM)
    scale = zoom * min(pane[0] / frame[0], pane[1] / frame[1])
    return View(
        zoom,
        _clamped_centre(view.centre_x, pane[0] / (frame[0] * scale)),
        _clamped_centre(view.centre_y, pane[1] / (frame[1] * scale)),
    )


def _clamped_centre(centre: float, visible_ratio: float) -> float:
    if visible_ratio >= 1.0:
        return 0.5
    return min(max(centre, visible_ratio / 2), 1 - visible_ratio / 2)


def zoomed(
    view: View,
    factor: float,
    at: tuple[float, float],
    frame: tuple[int, int],
    pane: tuple[int, int],
) -> View:
    """Zoom so that the frame's point under the pointer stays there.

    Args:
        view: to start from.
        factor: above 1 to come closer.
        at: the pointer in the pane, in pixels.
        frame: width and height.
        pane: width and height.
    """
    zoom = min(max(view.zoom * factor, 1.0), MOST_ZOOM)
    before = scale_of(view, frame, pane)
    after = before * zoom / view.zoom
    off_x, off_y = at[0] - pane[0] / 2, at[1] - pane[1] / 2
    x = view.centre_x + off_x * (1 / before - 1 / after) / frame[0]
    y = view.centre_y + off_y * (1 / before - 1 / after) / frame[1]
    return clamped(View(zoom, x, y), frame, pane)


def panned(
    view: View,
    by: tuple[float, float],
    frame: tuple[int, int],
    pane: tuple[int, int],
) -> View:
    """Move the frame under the pointer by some pane pixels."""
    scale = scale_of(view, frame, pane)
    x = view.centre_x - by[0] / (frame[0] * scale)
    y = view.centre_y - by[1] / (frame[1] * scale)
    return clamped(View(view.zoom, x, y), frame, pane)
