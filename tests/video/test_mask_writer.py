"""A mask comes back from its PNG value by value, with its palette."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image  # comes with scikit-image

from studio.classes import voc_palette
from studio.errors import OutputError
from studio.opencv import cv2
from studio.video.mask_writer import encode_mask_png, write_mask_png


@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    highest=st.integers(0, 255),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_mask_is_shown_in_the_colours_of_its_classes(
    height: int, width: int, highest: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    mask = rng.integers(0, highest + 1, (height, width), np.uint8)
    palette = voc_palette()[: highest + 1]
    content = np.frombuffer(encode_mask_png(mask, palette), np.uint8)
    shown = cv2.imdecode(content, cv2.IMREAD_COLOR)
    assert np.array_equal(shown, palette[mask][:, :, ::-1])


def test_the_values_in_the_file_are_class_indices(tmp_path: Path) -> None:
    mask = np.arange(256, dtype=np.uint8).repeat(12).reshape(48, 64)
    write_mask_png(tmp_path / "m.png", mask, voc_palette())
    with Image.open(tmp_path / "m.png") as image:
        assert image.mode == "P"
        assert np.array_equal(np.asarray(image), mask)
        assert image.getpalette() == voc_palette().ravel().tolist()
    assert [entry.name for entry in tmp_path.iterdir()] == ["m.png"]


@pytest.mark.parametrize(
    ("mask", "palette", "words"),
    [
        (np.zeros((4, 4), np.int32), voc_palette(), "Expected a uint8 mask"),
        (np.zeros((0, 4), np.uint8), voc_palette(), "Expected a uint8 mask"),
        (np.zeros((4, 4), np.uint8), np.zeros((257, 3), np.uint8), "Expected a palette"),
        (np.full((4, 4), 21, np.uint8), voc_palette()[:21], "Index 21 has no colour among 21"),
    ],
)
def test_a_malformed_mask_is_refused(
    mask: NDArray[np.uint8], palette: NDArray[np.uint8], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        encode_mask_png(mask, palette)


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    mask = np.zeros((4, 4), np.uint8)
    with pytest.raises(OutputError, match="its folder does not exist"):
        write_mask_png(tmp_path / "no" / "m.png", mask, voc_palette())
