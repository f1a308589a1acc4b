"""What the temporal engine saw, as small pictures for the eyes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.opencv import cv2
from studio.playback.messages import FieldPicture
from studio.targets.target import Mask
from studio.temporal.step import Fields

_FLOW_RANGES = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)  # pixels of the frame
_FULL_RESIDUAL = 64  # grey levels


def flow_picture(fields: Fields, frame_width: int) -> FieldPicture:
    """Draw the flow: its direction is the hue of a colour wheel, its length the strength of it.

    What moves to the right is red; what stands is white.

    Args:
        fields: of the engine.
        frame_width: in pixels, to say lengths in pixels of the frame.

    Reference: Baker et al. 2011, "A Database and Evaluation Methodology for Optical Flow",
        section 4.2 (the colour wheel).
    """
    height, width = fields.flow.shape[:2]
    # The field leads back to where a pixel was; what is shown is where it goes.
    across = -fields.flow * np.float32(frame_width / max(width, 1))
    length, angle = cv2.cartToPolar(
        np.ascontiguousarray(across[..., 0]), np.ascontiguousarray(across[..., 1])
    )
    strongest = float(np.percentile(length, 99)) if length.size else 0.0
    # Steps, so that colours keep their meaning from frame to frame.
    full = next((each for each in _FLOW_RANGES if each >= strongest), _FLOW_RANGES[-1])
    hsv = np.empty((height, width, 3), np.uint8)
    hsv[..., 0] = (angle * (180.0 / (2 * np.pi))).astype(np.int32) % 180
    hsv[..., 1] = np.minimum(length * (255.0 / full), 255.0)
    hsv[..., 2] = 255
    return _picture("flow", cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), full)


def confidence_picture(fields: Fields) -> FieldPicture:
    """Draw the confidence in what was carried along: white where it is full."""
    grey = np.clip(fields.confidence * 255.0 + 0.5, 0, 255).astype(np.uint8)
    return _picture("confidence", cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), 1.0)


def residual_picture(fields: Fields) -> FieldPicture:
    """Draw what the warp does not explain: dark where it explains all."""
    grey = np.minimum(fields.residual.astype(np.uint16) * 255 // _FULL_RESIDUAL, 255)
    drawn = cv2.applyColorMap(grey.astype(np.uint8), cv2.COLORMAP_INFERNO)
    return _picture("residual", cv2.cvtColor(drawn, cv2.COLOR_BGR2RGB), float(_FULL_RESIDUAL))


def computed_picture(
    mask: Mask, palette: NDArray[np.uint8], width: int, height: int
) -> FieldPicture:
    """Draw the network's own mask for a frame.

    Args:
        mask: uint8 [H, W].
        palette: uint8 [256, 3] RGB.
        width: of the picture.
        height: of the picture.
    """
    small = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
    return _picture("computed", palette[small])


def _picture(view: str, rgb: NDArray[np.generic], largest: float = 0.0) -> FieldPicture:
    height, width = rgb.shape[:2]
    return FieldPicture(
        view=view,  # type: ignore[arg-type]
        width=width,
        height=height,
        rgb=np.ascontiguousarray(rgb, np.uint8).tobytes(),
        largest=largest,
    )
