"""The page of a dataset: a real check in a real process, and what it says of what it found."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QThreadPool, QUrl
from PySide6.QtGui import QColor, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.classes import VOC_LABELS, voc_palette
from studio.gui.datasets.broken_page import by_kind, table_text
from studio.gui.datasets.frequencies import Order
from studio.gui.datasets.opening import dataset_among
from studio.gui.datasets.panel import DatasetDialog
from studio.gui.datasets.picture_dialog import PictureDialog
from studio.runs.launch import kill, reap
from studio.video.mask_writer import write_mask_png
from tests.support.datasets import make_voc
from tests.support.gui import stall_watchdog
from tests.support.waiting import wait_until

CLASSES = 5
MakeDialog = Callable[..., DatasetDialog]


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Twelve pairs of four classes, four of which cannot be used; one is in both lists."""
    folder = make_voc(tmp_path / "data", images=12, val=3, classes=CLASSES)
    masks, images = folder / "SegmentationClass", folder / "JPEGImages"
    (masks / "2007_000001.png").unlink()
    (masks / "2007_000002.png").unlink()
    write_mask_png(masks / "2007_000003.png", np.full((48, 64), 9, np.uint8), voc_palette())
    jpeg = (images / "2007_000004.jpg").read_bytes()
    (images / "2007_000004.jpg").write_bytes(jpeg[: len(jpeg) // 2])
    with (folder / "ImageSets" / "Segmentation" / "val.txt").open("a") as file:
        file.write("2007_000005\n")
    return folder


@pytest.fixture
def make_dialog(qtbot: QtBot, tmp_path: Path) -> Iterator[MakeDialog]:
    """Opens dialogs; their checks are over in the end."""
    made: list[DatasetDialog] = []

    def make(dataset: Path | str, split: str = "train") -> DatasetDialog:
        dialog = DatasetDialog(dataset, split, runs_dir=tmp_path / "runs")
        qtbot.addWidget(dialog)
        dialog.show()
        made.append(dialog)
        return dialog

    yield make
    for dialog in made:
        dialog.reject()
        if dialog.inspection.folder is not None:
            kill(dialog.inspection.folder)
    QThreadPool.globalInstance().waitForDone(3000)
    wait_until(lambda: reap() == 0)


@pytest.fixture
def checked(qtbot: QtBot, make_dialog: MakeDialog, dataset: Path) -> DatasetDialog:
    dialog = make_dialog(dataset)
    qtbot.waitUntil(lambda: dialog.report is not None, timeout=30_000)
    return dialog


def test_a_check_runs_beside_the_window_and_fills_all_pages(
    qtbot: QtBot, qapp: QApplication, make_dialog: MakeDialog, dataset: Path
) -> None:
    dialog = make_dialog(dataset)
    assert dialog.inspection.is_running
    assert not dialog._train.isEnabled()
    with stall_watchdog(qapp):
        qtbot.waitUntil(lambda: dialog.report is not None, timeout=30_000)
    assert dialog.problem == ""
    assert dialog.words == "12 of 12 images were looked at; 4 cannot be used."
    text = dialog.overview.text
    for words in ("8 of 12", "2007_000005", "all 64 × 48 pixels", "cannot be used"):
        assert words in text
    assert [row.name for row in dialog.frequencies.rows] == list(VOC_LABELS[:CLASSES])
    assert len(dialog.samples.shown) == 8
    assert dialog.tabs.tabText(3) == "Broken pairs (4)"
    dialog.frequencies.set_order(Order.IMAGES)
    dialog.frequencies.set_log(True)
    dialog.tabs.setCurrentIndex(1)
    assert dialog.frequencies.bars.grab().width() > 100


def test_bars_have_the_colours_of_the_dataset(checked: DatasetDialog) -> None:
    bars = checked.frequencies.bars
    for row in bars.rows:
        assert bars.colour(row).name() == QColor(*map(int, voc_palette()[row.index])).name()


def test_pairs_that_cannot_be_used_are_named_by_reason_with_their_file(
    checked: DatasetDialog, dataset: Path
) -> None:
    assert checked.report is not None
    groups = by_kind(checked.report.broken)
    assert [len(samples) for samples in groups.values()] == [2, 1, 1]
    tree = checked.broken.tree
    first = tree.topLevelItem(0)
    assert first is not None
    assert first.text(0).startswith("2 times")
    tree.setCurrentIndex(tree.model().index(1, 0, tree.indexFromItem(first)))
    checked.broken.copy_path()
    missing = dataset / "SegmentationClass" / "2007_000002.png"
    assert QGuiApplication.clipboard().text() == str(missing)
    checked.broken.copy_all()
    assert QGuiApplication.clipboard().text() == table_text(checked.report.broken)
    assert QGuiApplication.clipboard().text().count("\n") == 4


def test_samples_are_kept_by_class_and_enlarged(qtbot: QtBot, checked: DatasetDialog) -> None:
    checked.tabs.setCurrentIndex(2)
    page = checked.samples
    assert checked.report is not None
    page.set_class(VOC_LABELS[2])
    wanted = [sample.name for sample in checked.report.samples if 2 in sample.classes]
    assert page.shown == wanted
    page._enlarge(page.view.model().index(0, 0))
    dialog = page.findChild(PictureDialog)
    assert dialog is not None
    assert wanted[0] in dialog.words
    assert VOC_LABELS[2] in dialog.words
    QTest.keyClick(dialog, Qt.Key.Key_Right)
    assert wanted[1 % len(wanted)] in dialog.words
    qtbot.waitUntil(lambda: page.store.kept_bytes > 0 and page.store.is_idle, timeout=3000)
    dialog.close()
    qtbot.wait(1)
    page.set_class("all classes")
    qtbot.wait(50)


def test_a_training_on_it_can_be_asked_for(
    qtbot: QtBot, checked: DatasetDialog, dataset: Path
) -> None:
    with qtbot.waitSignal(checked.train_requested, timeout=1000) as asked:
        checked._train.click()
    assert asked.args == [str(dataset)]


def test_another_list_is_looked_at_when_chosen(qtbot: QtBot, checked: DatasetDialog) -> None:
    checked._split.setCurrentText("val")
    checked.check()
    with qtbot.waitSignal(checked.inspection.finished, timeout=30_000) as finished:
        assert "starts" in checked.words
    assert (finished.args[0].split, finished.args[0].images) == ("val", 4)


@pytest.mark.parametrize("what", ["no folder", "no dataset", "no such list"])
def test_what_is_no_dataset_is_said_in_words(
    qtbot: QtBot, make_dialog: MakeDialog, dataset: Path, tmp_path: Path, what: str
) -> None:
    (tmp_path / "empty").mkdir()
    folder = {"no folder": tmp_path / "nowhere", "no dataset": tmp_path / "empty"}.get(what)
    dialog = make_dialog(folder or dataset, "dreams" if folder is None else "train")
    qtbot.waitUntil(lambda: not dialog.inspection.is_running, timeout=30_000)
    expected = {
        "no folder": "There is no folder",
        "no dataset": "no dataset of a known layout",
        "no such list": "dreams",
    }[what]
    assert expected in dialog.problem
    assert "Traceback" not in dialog.problem
    assert not dialog._train.isEnabled()
    assert dialog._again.isEnabled()


def test_a_check_whose_run_is_deleted_is_said_to_be_gone(
    qtbot: QtBot, make_dialog: MakeDialog, dataset: Path
) -> None:
    dialog = make_dialog(dataset)
    folder = dialog.inspection.folder
    assert folder is not None
    kill(folder)
    shutil.rmtree(folder.path)
    qtbot.waitUntil(lambda: not dialog.inspection.is_running, timeout=5000)
    assert "deleted" in dialog.problem


def test_a_check_that_is_killed_is_said_to_have_ended(
    qtbot: QtBot, make_dialog: MakeDialog, dataset: Path
) -> None:
    dialog = make_dialog(dataset)
    folder = dialog.inspection.folder
    assert folder is not None
    qtbot.waitUntil(lambda: folder.lock_file.exists() and kill(folder), timeout=10_000)
    qtbot.waitUntil(lambda: not dialog.inspection.is_running, timeout=15_000)
    assert dialog.report is not None or "without a result" in dialog.problem


def test_closing_ends_a_check_that_nobody_waits_for(make_dialog: MakeDialog, dataset: Path) -> None:
    dialog = make_dialog(dataset)
    folder = dialog.inspection.folder
    assert folder is not None
    dialog.close()
    assert not dialog.isVisible()
    assert folder.stop_file.exists()


def test_a_folder_that_is_dropped_is_checked(
    qtbot: QtBot, checked: DatasetDialog, tmp_path: Path
) -> None:
    other = make_voc(tmp_path / "other", images=3, val=1, classes=2)
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(other))])
    event = QDropEvent(
        QPointF(QPoint(9, 9)),
        Qt.DropAction.CopyAction,
        files,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    checked.dropEvent(event)
    assert checked.dataset == other
    qtbot.waitUntil(lambda: checked.report is not None, timeout=30_000)
    assert checked.report is not None
    assert checked.report.images == 3


def test_one_dropped_folder_with_a_dataset_is_known_as_such(dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    assert dataset_among([dataset]) == dataset
    assert dataset_among([tmp_path / "photos"]) is None
    assert dataset_among([dataset, tmp_path / "photos"]) is None
    assert dataset_among([dataset / "JPEGImages" / "2007_000000.jpg"]) is None
