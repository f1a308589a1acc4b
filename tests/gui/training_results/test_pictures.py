"""Pictures are read beside the GUI thread, colours and indices as the files have them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QThreadPool
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from studio.classes import voc_palette
from studio.gui.training.results.pictures import (
    MaskPicture,
    PictureStore,
    mask_picture,
    read_mask,
    read_photo,
)
from studio.opencv import cv2
from studio.video.mask_writer import write_mask_png
from tests.support.validation_runs import scene


def _loaded(qtbot: QtBot, store: PictureStore, path: Path) -> MaskPicture:
    if store.mask(path) is None:
        qtbot.waitUntil(lambda: store.mask(path) is not None, timeout=3000)
    found = store.mask(path)
    assert found is not None
    return found


@pytest.fixture
def store(qtbot: QtBot) -> PictureStore:
    return PictureStore()


def test_a_mask_keeps_its_indices_and_colours(tmp_path: Path) -> None:
    mask = scene(3, height=37, width=51)  # odd sides: Qt pads the rows
    write_mask_png(tmp_path / "m.png", mask, voc_palette())
    picture = read_mask(tmp_path / "m.png")
    assert picture is not None
    assert picture.pixels == {int(i): int((mask == i).sum()) for i in np.unique(mask)}
    for y, x in ((0, 0), (36, 50), (20, 25), (10, 40)):
        assert picture.class_at((x + 0.5) / 51, (y + 0.5) / 37) == mask[y, x]
    assert picture.class_at(1.0, 0.5) is None
    present = next(index for index in picture.pixels if 0 < index < 255)
    assert (
        QColor(picture.image.color(present)).name()
        == QColor(*map(int, voc_palette()[present])).name()
    )
    assert QColor.fromRgba(picture.image.color(0)).alpha() == 0


def test_a_mask_of_few_colours_is_read_like_others(tmp_path: Path) -> None:
    from PySide6.QtGui import QImage, qRgb

    small = QImage(16, 4, QImage.Format.Format_Mono)
    small.setColorTable([qRgb(0, 0, 0), qRgb(10, 200, 30)])
    small.fill(0)
    small.setPixel(5, 2, 1)
    assert small.save(str(tmp_path / "two.png"))
    picture = read_mask(tmp_path / "two.png")
    assert picture is not None
    assert picture.pixels == {0: 63, 1: 1}
    assert tuple(picture.palette[1]) == (10, 200, 30)


def test_a_grey_mask_has_the_usual_colours(tmp_path: Path) -> None:
    assert cv2.imwrite(str(tmp_path / "grey.png"), np.full((4, 6), 15, np.uint8))
    picture = read_mask(tmp_path / "grey.png")
    assert picture is not None
    assert picture.pixels == {15: 24}
    assert tuple(picture.palette[15]) == tuple(voc_palette()[15])


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n torn", b"GIF89a"])
def test_files_that_are_no_picture_are_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.png").write_bytes(content)
    assert read_mask(tmp_path / "bad.png") is None
    assert read_photo(tmp_path / "bad.png") is None


def test_an_rgb_picture_is_no_mask(tmp_path: Path) -> None:
    random = np.random.default_rng(0).integers(0, 255, (8, 8, 3), np.uint8)
    assert cv2.imwrite(str(tmp_path / "rgb.png"), random)
    assert read_mask(tmp_path / "rgb.png") is None


def test_a_missing_file_is_told_of_and_not_asked_for_at_every_turn(
    qtbot: QtBot, store: PictureStore, tmp_path: Path
) -> None:
    gone = tmp_path / "gone.png"
    with qtbot.waitSignal(store.loaded, timeout=3000):
        assert store.mask(gone) is None
    assert store.is_missing(gone)
    assert store.mask(gone) is None
    assert store.is_idle


def test_what_was_not_asked_for_longest_goes_first(qtbot: QtBot, tmp_path: Path) -> None:
    paths = [tmp_path / f"{i}.png" for i in range(4)]
    for path in paths:
        write_mask_png(path, scene(1), voc_palette())
    one = mask_picture(scene(1), voc_palette()).image.sizeInBytes()
    store = PictureStore(most_bytes=3 * one)
    for path in (*paths[:3], paths[0], paths[3]):
        _loaded(qtbot, store, path)
    assert store.kept_bytes <= 3 * one
    assert store._kept.keys() == {paths[2], paths[0], paths[3]}


def test_forgotten_files_are_read_anew(qtbot: QtBot, store: PictureStore, tmp_path: Path) -> None:
    path = tmp_path / "m.png"
    write_mask_png(path, np.full((4, 4), 1, np.uint8), voc_palette())
    assert _loaded(qtbot, store, path).pixels == {1: 16}
    write_mask_png(path, np.full((4, 4), 2, np.uint8), voc_palette())
    assert _loaded(qtbot, store, path).pixels == {1: 16}
    store.forget(tmp_path)
    assert _loaded(qtbot, store, path).pixels == {2: 16}


def test_what_is_being_read_when_forgotten_is_not_kept(
    qtbot: QtBot, store: PictureStore, tmp_path: Path
) -> None:
    path = tmp_path / "m.png"
    write_mask_png(path, np.full((4, 4), 1, np.uint8), voc_palette())
    assert store.mask(path) is None
    store.forget(tmp_path)
    QThreadPool.globalInstance().waitForDone(3000)
    qtbot.waitUntil(lambda: store.is_idle, timeout=3000)
    assert store.kept_bytes == 0
