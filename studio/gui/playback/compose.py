"""From a shown frame to the pixels of the screen: scale first, then colour what is left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

from studio.classes import voc_palette
from studio.gui.playback.shown import OverlaySettings, ShownFrame
from studio.inference.model import ModelInfo
from studio.inference.overlay import OverlayStyle, draw_overlay
from studio.opencv import cv2
from studio.video.frame import Image

# The window's process only scales and blends what is on screen, which one core does in a
# millisecond; OpenCV's pool would spin on the core that the network needs.
cv2.setNumThreads(1)


def style_of(overlay: OverlaySettings, model: ModelInfo | None) -> OverlayStyle:
    """The overlay's look in the model's own colours."""
    return OverlayStyle(
        palette=palette_of(model),
        opacity=overlay.opacity,
        outline=overlay.outline,
        hidden_classes=overlay.hidden_classes,
    )


def palette_of(model: ModelInfo | None) -> NDArray[np.uint8]:
    """Colour of each class index: the model's, and the VOC palette's beyond them.

    Returns:
        uint8 [256, 3] RGB.
    """
    palette = voc_palette()
    if model is not None and model.palette:
        palette[: len(model.palette)] = np.array(model.palette, np.uint8)
    return palette


@dataclass(frozen=True, slots=True)
class Fitting:
    """Where a frame lies in a widget, aspect kept.

    Attributes:
        left: of the picture, in device pixels.
        top: of the picture, in device pixels.
        width: of the picture, in device pixels, at least 1.
        height: of the picture, in device pixels, at least 1.
        ratio: device pixels to a logical pixel.
    """

    left: int
    top: int
    width: int
    height: int
    ratio: float

    @classmethod
    def of(cls, frame_size: tuple[int, int], widget_size: tuple[int, int], ratio: float) -> Fitting:
        """Fit a frame (width, height) into a widget (width, height in logical pixels)."""
        available_width = max(round(widget_size[0] * ratio), 1)
        available_height = max(round(widget_size[1] * ratio), 1)
        scale = min(available_width / frame_size[0], available_height / frame_size[1])
        width = min(max(round(frame_size[0] * scale), 1), available_width)
        height = min(max(round(frame_size[1] * scale), 1), available_height)
        return cls(
            left=(available_width - width) // 2,
            top=(available_height - height) // 2,
            width=width,
            height=height,
            ratio=ratio,
        )

    @property
    def rectangle(self) -> QRectF:
        """In logical pixels of the widget."""
        return QRectF(
            self.left / self.ratio,
            self.top / self.ratio,
            self.width / self.ratio,
            self.height / self.ratio,
        )

    def frame_from_widget(
        self, point: QPointF, frame_size: tuple[int, int]
    ) -> tuple[int, int] | None:
        """The frame's pixel (x, y) under a point of the widget; None beside the picture."""
        x = (point.x() * self.ratio - self.left) / self.width
        y = (point.y() * self.ratio - self.top) / self.height
        if not (0 <= x < 1 and 0 <= y < 1):
            return None
        return int(x * frame_size[0]), int(y * frame_size[1])


def compose(
    shown: ShownFrame,
    style: OverlayStyle | None,
    width: int,
    height: int,
    *,
    careful: bool,
    out: Image | None = None,
) -> Image:
    """Scale a frame and lay its mask over it.

    Args:
        shown: the frame.
        style: how the mask looks; None draws the picture alone.
        width: of the result.
        height: of the result.
        careful: average when shrinking (slower), for a picture that stands.
        out: uint8 [height, width, 3]; written when it is given and fits.

    Returns:
        uint8 [height, width, 3] BGR, C-contiguous and not shared with the frame.
    """
    size = (height, width)
    if not careful and shown.view_image is not None and shown.view_image.shape[:2] == size:
        return _drawn(shown.view_image, shown.view_mask, style, out)
    source_height, source_width = shown.image.shape[:2]
    shrinks = width < source_width and height < source_height
    method = cv2.INTER_AREA if careful and shrinks else cv2.INTER_LINEAR
    view = np.empty((*size, 3), np.uint8)
    cv2.resize(shown.image, (width, height), dst=view, interpolation=method)
    mask = None
    if style is not None and shown.mask is not None:
        mask = np.empty(size, np.uint8)
        nearest = cv2.INTER_NEAREST_EXACT
        cv2.resize(shown.mask, (width, height), dst=mask, interpolation=nearest)
    return _drawn(view, mask, style, out)


def _drawn(
    view: Image, mask: NDArray[np.uint8] | None, style: OverlayStyle | None, out: Image | None
) -> Image:
    """Lay a mask over a picture of the same size, in `out` when that fits."""
    drawn = out if out is not None and out.shape == view.shape else np.empty_like(view)
    if style is not None and mask is not None:
        return draw_overlay(view, mask, style, out=drawn)
    np.copyto(drawn, view)
    return drawn
