"""Draws the phone's mask, the computer's and their difference over the frame they belong to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.classes import voc_palette
from studio.gui.playback.shown import OverlaySettings
from studio.inference.overlay import OverlayStyle, draw_overlay
from studio.opencv import cv2
from studio.targets.phone.recording import RecordedFrame
from studio.video.frame import Image

Mask = NDArray[np.uint8]

MOST_PIXELS = 480
"""Long side of the pictures, as they are recorded: more would be invented."""

_DIFFERENT_BGR = (74, 74, 255)
_DIMMED = 0.45


@dataclass(frozen=True, slots=True)
class Panes:
    """What is shown of one frame; pictures are uint8 [h, w, 3] BGR.

    Attributes:
        sequence: of the frame.
        phone: with the phone's mask; None when neither picture nor mask was kept.
        computer: with the computer's mask; None when there is none.
        difference: dimmed, with the pixels in red whose classes differ; None unless both
            masks are there.
        different_share: of all pixels of the mask, 0..1; None unless both masks are there.
        has_picture: whether the frame itself was kept, not only its masks.
    """

    sequence: int
    phone: Image | None = None
    computer: Image | None = None
    difference: Image | None = None
    different_share: float | None = None
    has_picture: bool = False


def style_of(
    palette: tuple[tuple[int, int, int], ...], overlay: OverlaySettings | None = None
) -> OverlayStyle:
    """How masks of a model are drawn.

    Args:
        palette: RGB of each class; classes beyond it take the colours of VOC.
        overlay: what the user set for masks; the defaults for None.
    """
    overlay = OverlaySettings() if overlay is None else overlay
    table = voc_palette()
    if palette:
        table = table.copy()
        table[: len(palette)] = palette[:256]
    return OverlayStyle(
        palette=table,
        opacity=overlay.opacity if overlay.visible else 0.0,
        outline=overlay.outline,
        hidden_classes=overlay.hidden_classes,
    )


def compose(frame: RecordedFrame, style: OverlayStyle) -> Panes:
    """Draw the three panes.

    The share is counted at the masks' own size; a pixel of the difference pane is red when any
    of the pixels that it stands for differs, so that thin borders are seen.

    Args:
        frame: what was recorded.
        style: how masks are drawn.
    """
    phone_mask, computer_mask = frame.phone_mask, frame.computer_mask
    picture = _ground(frame)
    if picture is None:
        return Panes(frame.sequence)
    phone = None if phone_mask is None else _overlaid(picture, phone_mask, style)
    computer = None if computer_mask is None else _overlaid(picture, computer_mask, style)
    has_picture = frame.picture is not None
    if phone_mask is None or computer_mask is None:
        shown = picture if phone is None else phone
        return Panes(frame.sequence, shown, computer, has_picture=has_picture)
    differs = _scaled(phone_mask, computer_mask.shape) != computer_mask
    return Panes(
        frame.sequence,
        phone,
        computer,
        _highlighted(picture, differs),
        float(differs.mean()),
        has_picture,
    )


def _ground(frame: RecordedFrame) -> Image | None:
    """What masks are drawn on: the picture, or grey of its size where none was kept."""
    if frame.picture is not None:
        return _shrunk(frame.picture)
    masks = [mask for mask in (frame.phone_mask, frame.computer_mask) if mask is not None]
    if not masks:
        return None
    return _shrunk(np.full((*masks[0].shape, 3), 40, np.uint8))


def _shrunk(picture: Image) -> Image:
    height, width = picture.shape[:2]
    scale = MOST_PIXELS / max(height, width)
    if scale >= 1.0:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    shrunk: Image = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    return shrunk


def _scaled(mask: Mask, shape: tuple[int, ...]) -> Mask:
    """The mask at another height and width; each pixel keeps a class that it had."""
    if mask.shape == shape[:2]:
        return mask
    size = (shape[1], shape[0])
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)


def _overlaid(picture: Image, mask: Mask, style: OverlayStyle) -> Image:
    return draw_overlay(picture, _scaled(mask, picture.shape), style)


def _highlighted(picture: Image, differs: NDArray[np.bool_]) -> Image:
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    drawn: Image = (np.asarray(grey) * _DIMMED).astype(np.uint8)
    height, width = drawn.shape[:2]
    marks: Mask = differs.astype(np.uint8)
    if differs.shape[0] < height or differs.shape[1] < width:
        marks = _scaled(marks, drawn.shape)
    else:
        # Means over areas: not 0 wherever at least one pixel of the area differs.
        means = cv2.resize(marks.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        marks = (np.asarray(means) > 0).astype(np.uint8)
    drawn[marks > 0] = _DIFFERENT_BGR
    return drawn
