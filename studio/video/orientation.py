"""How a stored picture is turned and mirrored to stand upright."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.opencv import cv2
from studio.video.frame import Image


@dataclass(frozen=True, slots=True)
class Orientation:
    """One of the eight ways to lay a picture on its grid: transpose first, then mirror.

    Attributes:
        is_transposed: whether rows become columns.
        is_mirrored: whether left and right change places after that.
        is_flipped: whether top and bottom change places after that.
    """

    is_transposed: bool = False
    is_mirrored: bool = False
    is_flipped: bool = False

    @property
    def is_upright(self) -> bool:
        """Whether nothing is to be done."""
        return self == UPRIGHT

    @property
    def rotation_degrees(self) -> int:
        """The clockwise turn: 0, 90, 180 or 270; a mirror image counts as its nearest turn."""
        if self.is_transposed:
            return 90 if self.is_mirrored else 270
        return 180 if self.is_flipped else 0

    def apply(self, stored: Image, out: Image) -> None:
        """Write the picture upright.

        Args:
            stored: uint8 [h, w, 3], as decoded.
            out: uint8 [h, w, 3], or [w, h, 3] when transposed.
        """
        mirror = {(True, False): 1, (False, True): 0, (True, True): -1}.get(
            (self.is_mirrored, self.is_flipped)
        )
        turn = {
            (True, False): cv2.ROTATE_90_CLOCKWISE,
            (False, True): cv2.ROTATE_90_COUNTERCLOCKWISE,
        }.get((self.is_mirrored, self.is_flipped))
        if not self.is_transposed:
            if mirror is None:
                np.copyto(out, stored)
            else:
                cv2.flip(stored, mirror, dst=out)
        elif turn is not None:
            cv2.rotate(stored, turn, dst=out)
        else:
            cv2.transpose(stored, dst=out)
            if mirror is not None:
                cv2.flip(out, mirror, dst=out)


UPRIGHT = Orientation()


def orientation_from_matrix(matrix: bytes) -> Orientation:
    """Read a display matrix.

    Args:
        matrix: nine int32 in machine order, `a b u c d v x y w`: a pixel (p, q) goes to
            (a*p + c*q, b*p + d*q). Turns that are no multiple of 90 degrees count as the
            nearest one.

    Returns:
        How to turn the picture.

    Reference:
        FFmpeg, libavutil/display.h.
    """
    a, b, _, c, d = np.frombuffer(matrix, np.int32, 5).tolist()
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Orientation(is_mirrored=a < 0, is_flipped=d < 0)
    return Orientation(is_transposed=True, is_mirrored=c < 0, is_flipped=b < 0)
