"""Pictures travel without loss or as JPEG, and are kept small."""

from __future__ import annotations

import numpy as np
import pytest

from studio.errors import PhoneError
from studio.opencv import cv2
from studio.targets.phone.pictures import LONGEST_KEPT_SIDE, jpeg, kept_jpeg, pack


def test_pixels_are_sent_from_where_they_lie() -> None:
    image = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    packed = pack(image, "bgr")
    assert np.shares_memory(np.frombuffer(packed.data, np.uint8), image)
    assert (packed.code, packed.size) == (1, (5, 7))


def test_pictures_with_gaps_between_their_rows_are_sent_whole() -> None:
    image = np.random.default_rng(0).integers(0, 256, (5, 14, 3), np.uint8)[:, ::2]
    packed = pack(image, "bgr")
    assert bytes(packed.data) == image.tobytes()
    np.testing.assert_array_equal(packed.as_seen(), image)


def test_jpegs_are_near_the_picture() -> None:
    image = np.full((40, 60, 3), (10, 120, 250), np.uint8)
    packed = pack(image, "jpeg")
    assert packed.code == 2
    assert np.abs(packed.as_seen().astype(int) - image).max() < 6


@pytest.mark.parametrize(
    ("size", "kept"),
    [((100, 200), (100, 200)), ((1080, 1920), (270, 480)), ((3000, 10), (480, 2))],
)
def test_kept_pictures_have_a_longest_side(size: tuple[int, int], kept: tuple[int, int]) -> None:
    data = np.frombuffer(kept_jpeg(np.zeros((*size, 3), np.uint8)), np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert image is not None
    assert image.shape[:2] == kept
    assert max(kept) <= LONGEST_KEPT_SIDE


def test_a_picture_too_large_for_a_jpeg_is_refused() -> None:
    with pytest.raises(PhoneError, match="70000×1 cannot be compressed") as caught:
        jpeg(np.zeros((1, 70_000, 3), np.uint8), 90)
    assert "--frames bgr" in caught.value.remedy
