"""What a pane can show of a frame, and how it is drawn: scaled first, coloured after."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOID_INDEX
from studio.gui.playback.compose import palette_of, style_of
from studio.gui.playback.shown import OverlaySettings, ShownFrame
from studio.gui.previews.view import Placement
from studio.inference.model import ModelInfo
from studio.inference.overlay import draw_overlay
from studio.opencv import cv2
from studio.targets.target import Mask
from studio.video.frame import Image


class Content(StrEnum):
    """What a pane shows; the value is its name to the user."""

    SOURCE = "Source"
    MASK = "Mask"
    OVERLAY = "Overlay"
    CUTOUT = "Cut-out"

    @property
    def needs_mask(self) -> bool:
        """Whether it takes a model."""
        return self is not Content.SOURCE

    @property
    def explanation(self) -> str:
        """For a tool tip."""
        return {
            Content.SOURCE: "The frame as it is in the video.",
            Content.MASK: "Every class in its colour, the background too.",
            Content.OVERLAY: "The mask over the frame, as the overlay settings have it.",
            Content.CUTOUT: "The frame where the mask shows a class; background and hidden "
            "classes are removed.",
        }[self]


def _checkers(width: int, height: int, dark: int, light: int) -> Image:
    """The usual pattern for what is transparent."""
    side = 10
    rows = (np.arange(height) // side)[:, None]
    columns = (np.arange(width) // side)[None, :]
    grey = np.where((rows + columns) % 2, np.uint8(light), np.uint8(dark))
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)


def kept_classes(overlay: OverlaySettings) -> NDArray[np.uint8]:
    """Which classes a cut-out keeps.

    Returns:
        uint8 [256]: 255 where kept, 0 for the background, hidden classes and void.
    """
    table = np.full(256, 255, np.uint8)
    table[[0, VOID_INDEX, *(index for index in overlay.hidden_classes if index < 256)]] = 0
    return table


def _scaled_mask(mask: Mask, where: Placement) -> Mask:
    part = mask[where.top : where.bottom, where.left : where.right]
    size = (where.width, where.height)
    return cv2.resize(part, size, interpolation=cv2.INTER_NEAREST_EXACT).astype(
        np.uint8, copy=False
    )


def _scaled_image(image: Image, where: Placement) -> Image:
    part = image[where.top : where.bottom, where.left : where.right]
    size = (where.width, where.height)
    # Magnified far enough to count pixels, they are shown as they are.
    magnified = where.width >= 4 * (where.right - where.left)
    method = cv2.INTER_NEAREST_EXACT if magnified else cv2.INTER_LINEAR
    return cv2.resize(part, size, interpolation=method).astype(np.uint8, copy=False)


def render(
    content: Content,
    shown: ShownFrame,
    overlay: OverlaySettings,
    model: ModelInfo | None,
    where: Placement,
    *,
    is_dark: bool = True,
) -> Image | None:
    """Draw what is visible of a frame.

    Args:
        content: what to show.
        shown: the frame.
        overlay: how masks are drawn.
        model: whose colours are taken.
        where: which part of the frame, at what size.
        is_dark: whether the pattern behind a cut-out is dark.

    Returns:
        uint8 [where.height, where.width, 3] BGR, its own array; None when it takes a mask and
        there is none.
    """
    if content is Content.SOURCE:
        return _scaled_image(shown.image, where)
    if shown.mask is None:
        return None
    mask = _scaled_mask(shown.mask, where)
    if content is Content.MASK:
        colours = np.ascontiguousarray(palette_of(model)[:, None, ::-1])
        return cv2.applyColorMap(mask, colours).astype(np.uint8, copy=False)
    image = _scaled_image(shown.image, where)
    if content is Content.OVERLAY:
        if overlay.visible:
            draw_overlay(image, mask, style_of(overlay, model), out=image)
        return image
    ground = _checkers(where.width, where.height, *((38, 52) if is_dark else (214, 236)))
    cv2.copyTo(image, cv2.LUT(mask, kept_classes(overlay)), ground)
    return ground
