"""Draws a mask over a picture: the same picture in the window, in exports and on the phone's twin.

Only NumPy and OpenCV are used, so the window may import it.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from numpy.typing import NDArray

from studio.classes import voc_palette
from studio.opencv import cv2
from studio.video.frame import Image

Mask = NDArray[np.uint8]


@dataclass(frozen=True)
class OverlayStyle:
    """How a mask is drawn.

    Attributes:
        palette: uint8 [256, 3] RGB, the colour of each class.
        opacity: 0.0 (only the picture) to 1.0 (only the mask); outlines are opaque above 0.0.
        outline: draw the borders of the classes instead of filling them.
        outline_thickness: pixels on each side of a border.
        hidden_classes: indices of classes that are not drawn; their pixels stay as they are.
    """

    palette: NDArray[np.uint8] = field(default_factory=voc_palette, compare=False)
    opacity: float = 0.55
    outline: bool = False
    outline_thickness: int = 2
    hidden_classes: frozenset[int] = frozenset({0})

    def __post_init__(self) -> None:
        if self.palette.shape != (256, 3) or self.palette.dtype != np.uint8:
            raise ValueError(
                f"palette must be uint8 [256, 3], not {self.palette.dtype} {self.palette.shape}"
            )
        if not 0.0 <= self.opacity <= 1.0:
            raise ValueError(f"opacity must lie in 0.0..1.0, not {self.opacity}")


class _Scratch(threading.local):
    """Memory that is used again for each frame; fresh memory costs more than the drawing."""

    def __init__(self) -> None:
        self._buffers: dict[str, NDArray[np.uint8]] = {}

    def get(self, name: str, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        size = math.prod(shape)
        buffer = self._buffers.get(name)
        if buffer is None or buffer.size < size:
            buffer = np.empty(size, np.uint8)
            self._buffers[name] = buffer
        return buffer[:size].reshape(shape)


_scratch = _Scratch()


def draw_overlay(image: Image, mask: Mask, style: OverlayStyle, out: Image | None = None) -> Image:
    """Draw a mask over a picture.

    Args:
        image: uint8 [H, W, 3] BGR.
        mask: uint8 [H, W] class indices.
        style: how to draw it.
        out: uint8 [H, W, 3]; written when given, may be `image` itself.

    Returns:
        uint8 [H, W, 3] BGR: `out`, or a new array.
    """
    if out is None:
        out = np.empty_like(image)
    if out is not image:
        np.copyto(out, image)
    if style.opacity == 0.0:
        return out
    drawn = _drawn_pixels(mask, style.hidden_classes)
    if style.outline:
        _keep_borders(mask, drawn, style.outline_thickness)
    # Colouring costs most, so it stops at the box around what is drawn.
    left, top, width, height = cv2.boundingRect(drawn)
    if not width:
        return out
    box = np.s_[top : top + height, left : left + width]
    picture, labels, shown = out[box], mask[box], drawn[box]
    colours = _coloured(labels, style)
    if not style.outline and style.opacity < 1.0:
        cv2.addWeighted(picture, 1.0 - style.opacity, colours, style.opacity, 0.0, dst=colours)
    cv2.copyTo(colours, shown, picture)
    return out


def _coloured(labels: Mask, style: OverlayStyle) -> Image:
    """A picture of the classes' colours, uint8 [h, w, 3] BGR."""
    colours = _scratch.get("colours", (*labels.shape, 3))
    table = np.ascontiguousarray(style.palette[:, None, ::-1])
    return cast("Image", cv2.applyColorMap(labels, table, dst=colours))


def _drawn_pixels(mask: Mask, hidden_classes: frozenset[int]) -> Mask:
    """uint8 [H, W]: not 0 where the class is shown, 0 where it is hidden."""
    drawn = _scratch.get("drawn", mask.shape)
    hidden = [index for index in hidden_classes if 0 <= index <= 255]
    if len(hidden) == 1:  # mostly the background; comparing is faster than a table
        np.not_equal(mask, hidden[0], out=drawn.view(np.bool_))
    elif hidden:
        table = np.full(256, 255, np.uint8)
        table[hidden] = 0
        cv2.LUT(mask, table, dst=drawn)
    else:
        drawn.fill(255)
    return drawn


def _keep_borders(mask: Mask, drawn: Mask, thickness: int) -> None:
    """Clear drawn pixels that have only their own class within `thickness` pixels."""
    side = 2 * max(1, thickness) + 1
    window = np.ones((side, side), np.uint8)
    lowest = cv2.erode(mask, window, dst=_scratch.get("lowest", mask.shape))
    highest = cv2.dilate(mask, window, dst=_scratch.get("highest", mask.shape))
    border = cv2.compare(lowest, highest, cv2.CMP_NE, dst=_scratch.get("other", mask.shape))
    cv2.bitwise_and(drawn, cast("Mask", border), dst=drawn)
