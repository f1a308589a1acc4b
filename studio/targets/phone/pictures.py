"""Pictures as they travel to the phone and as they are kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.errors import PhoneError
from studio.opencv import cv2
from studio.targets.phone.wire import ENCODINGS
from studio.video.frame import Image

LONGEST_KEPT_SIDE = 480
_SENT_QUALITY = 92
_KEPT_QUALITY = 80


@dataclass(frozen=True, slots=True)
class SentPicture:
    """A picture on its way.

    Attributes:
        encoding: `bgr` or `jpeg`.
        data: uint8, as sent: pixels or a JPEG.
        size: height and width.
        original: uint8 [H, W, 3] BGR, before it was compressed; None when it is not at hand.
    """

    encoding: str
    data: bytes | memoryview
    size: tuple[int, int]
    original: Image | None

    @property
    def image(self) -> Image:
        """The picture for the eye, uint8 [H, W, 3] BGR."""
        return self.as_seen() if self.original is None else self.original

    @property
    def code(self) -> int:
        """Of the encoding, on the wire."""
        return ENCODINGS[self.encoding]

    def as_seen(self) -> Image:
        """The picture that the phone sees: what a JPEG lost is lost here as well."""
        if self.encoding == "bgr":
            assert self.original is not None
            return self.original
        seen = cv2.imdecode(np.frombuffer(self.data, np.uint8), cv2.IMREAD_COLOR)
        assert seen is not None
        return np.asarray(seen, np.uint8)


def pack(image: Image, encoding: str) -> SentPicture:
    """Make a picture ready to be sent.

    Args:
        image: uint8 [H, W, 3] BGR; not written to afterwards.
        encoding: `bgr`, which copies nothing, or `jpeg`.
    """
    size = (image.shape[0], image.shape[1])
    if encoding == "bgr":
        whole = np.ascontiguousarray(image)
        return SentPicture(encoding, whole.data, size, whole)
    return SentPicture(encoding, jpeg(image, _SENT_QUALITY), size, image)


def kept_jpeg(image: Image) -> bytes:
    """A small JPEG of a picture, for the recording.

    Args:
        image: uint8 [H, W, 3] BGR.
    """
    longest = max(image.shape[:2])
    if longest > LONGEST_KEPT_SIDE:
        scale = LONGEST_KEPT_SIDE / longest
        height, width = (max(1, round(side * scale)) for side in image.shape[:2])
        image = np.asarray(
            cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8
        )
    return jpeg(image, _KEPT_QUALITY)


def jpeg(image: Image, quality: int) -> bytes:
    """Compress a picture.

    Args:
        image: uint8 [H, W, 3] BGR.
        quality: 1..100.

    Raises:
        PhoneError: the picture is too large for a JPEG.
    """
    try:
        is_done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    except cv2.error as error:
        is_done, data = False, None
        details = str(error)
    else:
        details = ""
    if not is_done or data is None:
        raise PhoneError(
            f"A picture of {image.shape[1]}×{image.shape[0]} cannot be compressed as JPEG.",
            remedy="Send pixels (--frames bgr), or a smaller video.",
            details=details,
        )
    return data.tobytes()
