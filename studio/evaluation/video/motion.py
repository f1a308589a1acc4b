"""How the picture really moved: the measure of consistency, apart from the engine's own flow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.data.samples import Mask
from studio.opencv import cv2
from studio.video.frame import Image

_PIXELS = 427 * 240
"""Where the flow is estimated; that of DAVIS' 480p pictures at half their size."""

_NO_SECOND_MAP = np.empty(0, np.float32)
_FEWEST_RELIABLE = 0.1
_STEADY_GREY_LEVELS = 6
_SMALLEST_SIDE = 12  # of pictures that DIS takes


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """From a frame back to the one before it.

    Attributes:
        source: float32 [h, w, 2], where each pixel was in the frame before, (x, y).
        reliable: bool [h, w], where the flow back and forth agree, within the picture.
        steady: bool [h, w], where moreover the picture is what it was: the flow explains it.
    """

    source: NDArray[np.float32]
    reliable: NDArray[np.bool_]
    steady: NDArray[np.bool_]

    def carry(self, mask: Mask) -> Mask:
        """The mask of the frame before, moved to the present one.

        Args:
            mask: uint8 [h, w] at this size.
        """
        return np.asarray(_sampled(mask, self.source, cv2.INTER_NEAREST), np.uint8)


class MotionMeter:
    """Follows a video frame by frame. The flow is DIS at its medium setting, at 427 x 240.

    Reference: Kroeger et al. 2016, "Fast Optical Flow using Dense Inverse Search".
    """

    def __init__(self) -> None:
        self._dis: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._previous: NDArray[np.uint8] | None = None

    def next(self, image: Image) -> Motion | None:
        """Take the next frame.

        Args:
            image: uint8 [H, W, 3] BGR.

        Returns:
            None for a first frame, one of another size than the last, one of a few pixels, and
            where the flow explains too little of the picture to judge by, as at a cut.
        """
        grey = reduced_luma(image)
        previous, self._previous = self._previous, grey
        if previous is None or previous.shape != grey.shape or max(grey.shape) < _SMALLEST_SIDE:
            return None
        back = np.asarray(self._dis.calc(grey, previous, None), np.float32)
        forth = np.asarray(self._dis.calc(previous, grey, None), np.float32)
        return motion_from_flows(grey, previous, back, forth)


def motion_from_flows(
    grey: NDArray[np.uint8],
    previous: NDArray[np.uint8],
    back: NDArray[np.float32],
    forth: NDArray[np.float32],
) -> Motion | None:
    """Tell where a flow can be trusted.

    Args:
        grey: uint8 [h, w], the present frame.
        previous: uint8 [h, w], the one before.
        back: float32 [h, w, 2], from the present frame to the one before.
        forth: float32 [h, w, 2], from the one before to the present frame.

    Returns:
        None where less than a tenth of the picture is reliable.

    Reference: Sundaram et al. 2010, "Dense Point Trajectories by GPU-accelerated Large Displacement
        Optical Flow", equation 5 (the limit of disagreement).
    """
    height, width = grey.shape
    columns, rows = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    source = back + np.stack((columns, rows), axis=-1)
    returned = _sampled(forth, source, cv2.INTER_LINEAR)
    disagreement = ((back + returned) ** 2).sum(axis=-1)
    lengths = (back**2).sum(axis=-1) + (returned**2).sum(axis=-1)
    inside = (
        (source[..., 0] >= 0)
        & (source[..., 0] <= width - 1)
        & (source[..., 1] >= 0)
        & (source[..., 1] <= height - 1)
    )
    reliable = inside & (disagreement <= 0.01 * lengths + 0.5)
    if np.count_nonzero(reliable) < _FEWEST_RELIABLE * reliable.size:
        return None
    warped = _sampled(previous, source, cv2.INTER_LINEAR)
    left = cv2.blur(cv2.absdiff(grey, warped), (3, 3))
    return Motion(source, reliable, reliable & (left <= _STEADY_GREY_LEVELS))


def reduced_size(height: int, width: int) -> tuple[int, int]:
    """The size at which motion is measured; the picture's aspect is kept, and no picture grows.

    Returns:
        Height and width.
    """
    scale = min(1.0, math.sqrt(_PIXELS / (height * width)))
    return max(1, round(height * scale)), max(1, round(width * scale))


def reduced_luma(image: Image) -> NDArray[np.uint8]:
    """A frame's luma at the size at which motion is measured."""
    height, width = reduced_size(image.shape[0], image.shape[1])
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)


def reduced_mask(mask: Mask) -> Mask:
    """A mask at the size at which motion is measured; each pixel is the nearest one."""
    height, width = reduced_size(*mask.shape)
    if (height, width) == mask.shape:
        return mask
    reduced = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(reduced, np.uint8)


def _sampled(values: NDArray[Any], at: NDArray[np.float32], interpolation: int) -> NDArray[Any]:
    found: NDArray[Any] = cv2.remap(values, at, _NO_SECOND_MAP, interpolation)
    return found
