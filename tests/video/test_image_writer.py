"""A picture is written whole, or nothing is and the reason is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.errors import OutputError, SpecError
from studio.opencv import cv2
from studio.video.image_writer import write_image

PICTURE = np.random.default_rng(0).integers(0, 256, (12, 20, 3), np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".jpeg", ".webp", ".PNG"])
def test_a_picture_comes_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"picture{suffix}"
    write_image(path, PICTURE)
    read = cv2.imread(str(path))
    assert read is not None
    assert read.shape == PICTURE.shape
    if suffix.lower() == ".png":
        np.testing.assert_array_equal(read, PICTURE)
    assert list(tmp_path.iterdir()) == [path]


def test_a_picture_too_large_for_the_format_leaves_no_empty_file(tmp_path: Path) -> None:
    wide = np.zeros((1, 16_384, 3), np.uint8)
    with pytest.raises(SpecError, match="16384x1"):
        write_image(tmp_path / "wide.webp", wide)
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="gif"):
        write_image(tmp_path / "picture.gif", PICTURE)
    with pytest.raises(OutputError, match="folder does not exist"):
        write_image(tmp_path / "no" / "picture.png", PICTURE)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(OutputError, match="it is a folder"):
        write_image(tmp_path / "folder.png", PICTURE)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.png"]
