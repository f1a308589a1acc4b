"""Whatever bytes a file holds, reading gives a whole array or an error in words."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.classes import voc_palette
from studio.data.reading import read_image, read_mask
from studio.data.spec import AugmentationSpec
from studio.errors import InputError, SpecError
from studio.opencv import cv2
from studio.video.mask_writer import encode_mask_png
from tests.support.datasets import example_pair

_IMAGE, _MASK = example_pair(0, (24, 32), 3)
_WHOLE = {
    "jpg": cv2.imencode(".jpg", _IMAGE)[1].tobytes(),
    "png": encode_mask_png(_MASK, voc_palette()),
    "bmp": cv2.imencode(".bmp", _MASK)[1].tobytes(),
    "tif": cv2.imencode(".tif", _MASK)[1].tobytes(),
}


@pytest.mark.parametrize("kind", _WHOLE)
@settings(max_examples=40)
@given(data=st.data())
def test_damage_never_gives_half_an_array(kind: str, data: st.DataObject) -> None:
    content = bytearray(_WHOLE[kind])
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{kind}"
        path.write_bytes(content)
        image = _read_or_told(lambda: read_image(path), path)
        assert image is None or (image.dtype == np.uint8 and image.shape[2:] == (3,))
        mask = _read_or_told(lambda: read_mask(path, 3), path)
        assert mask is None or (mask.dtype == np.uint8 and mask.ndim == 2)
        assert mask is None or set(np.unique(mask)) <= {0, 1, 2, 255}


def _read_or_told(read: Callable[[], NDArray[np.uint8]], path: Path) -> NDArray[np.uint8] | None:
    """What was read, or None where an error names the file and says what to do."""
    try:
        return read()
    except InputError as error:
        if path.name not in error.message or not error.remedy:
            raise
        return None


def test_a_picture_too_large_to_decode_is_told(tmp_path: Path) -> None:
    """OpenCV refuses more than 2^30 pixels; such a file may be small."""
    content = bytearray(cv2.imencode(".bmp", _MASK)[1].tobytes())
    content[18:22] = (60_000).to_bytes(4, "little")
    content[22:26] = (60_000).to_bytes(4, "little")
    (tmp_path / "a.bmp").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.bmp cannot be read"):
        read_image(tmp_path / "a.bmp")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"smallest_scale": 0.05}, "scaled from 0.05"),
        ({"smallest_scale": 2.5}, "scaled from 2.5"),
        ({"largest_scale": 9.0}, "to 9"),
        ({"contrast": 1.0}, "contrast cannot change by 1"),
        ({"brightness": -0.1}, "brightness cannot change by -0.1"),
        ({"hue_degrees": 181.0}, "hue cannot turn by 181"),
        ({"saturation": float("nan")}, "saturation cannot change by nan"),
    ],
)
def test_changes_that_make_no_sense_are_refused(changes: dict[str, float], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        AugmentationSpec(**changes)  # type: ignore[arg-type]
