"""What the four pages show of a run, and that they follow it together."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSlider, QTabWidget
from pytestqt.qtbot import QtBot

from studio.classes import VOC_LABELS, voc_palette
from studio.errors import OutputError
from studio.gui.theme import DARK, LIGHT, Theme, set_current_theme
from studio.gui.training.results import ResultsView
from studio.gui.training.results.class_rows import Order
from studio.gui.training.results.confusions import Share
from studio.gui.training.results.large_view import LargeView
from studio.gui.training.results.tile import part_rects
from studio.runs.folder import RunFolder
from studio.training.validation_log import epoch_dir, read_scores
from tests.gui.training_results.conftest import MakeView
from tests.support.gui import stall_watchdog
from tests.support.validation_runs import make_run, predict, scene, write_epoch


def _show(view: ResultsView, page: int) -> None:
    tabs = view.findChild(QTabWidget)
    assert tabs is not None
    tabs.setCurrentIndex(page)


def _wait_for_pictures(qtbot: QtBot, view: ResultsView) -> None:
    def all_there() -> bool:
        view.validation.grid.viewport().repaint()
        samples = view.validation.grid.visible_samples()
        return bool(samples) and all(s.photo and s.prediction and s.truth for s in samples)

    qtbot.waitUntil(all_there, timeout=5000)


def test_without_a_run_and_without_epochs_pages_say_what_will_come(
    make_view: MakeView, tmp_path: Path
) -> None:
    view = make_view(None)
    assert "Choose a training run" in view.validation.empty_words
    (tmp_path / "young").mkdir()
    view.show_run(RunFolder(tmp_path / "young"))
    for page, (_, widget) in enumerate(view.pages()):
        _show(view, page)
        assert "after the first epoch" in widget.empty_words  # type: ignore[attr-defined]


def test_a_run_that_is_deleted_while_it_is_shown_is_said_to_be_gone(
    qtbot: QtBot, view: ResultsView, run: RunFolder
) -> None:
    _wait_for_pictures(qtbot, view)
    view.validation.open_large("img_000")
    shutil.rmtree(run.path)
    view.poll()
    for page, (_, widget) in enumerate(view.pages()):
        _show(view, page)
        assert "gone" in widget.empty_words  # type: ignore[attr-defined]
    view.poll()


def test_the_first_evaluation_fills_pages_that_were_empty(
    make_view: MakeView, tmp_path: Path
) -> None:
    run = RunFolder(tmp_path / "young")
    run.path.mkdir()
    view = make_view(run)
    make_run(run.path, images=2, epochs=1)
    view.poll()
    assert view.validation.empty_words == ""
    assert view.validation.grid.names == ("img_000", "img_001")


def test_masks_change_with_the_epoch(qtbot: QtBot, view: ResultsView) -> None:
    _wait_for_pictures(qtbot, view)
    newest = view.validation.grid.visible_samples()[0]
    assert newest.prediction is not None
    view.selection.set_epoch(1)

    def differs() -> bool:
        view.validation.grid.viewport().repaint()
        sample = view.validation.grid.visible_samples()[0]
        return sample.prediction is not None and sample.prediction is not newest.prediction

    qtbot.waitUntil(differs, timeout=3000)
    assert view.validation.grid.visible_samples()[0].truth is newest.truth


def test_the_pixel_under_the_pointer_is_named(qtbot: QtBot, view: ResultsView) -> None:
    _wait_for_pictures(qtbot, view)
    grid = view.validation.grid
    truth = scene(0)
    pointed: list[str] = []
    grid.pointed.connect(pointed.append)
    areas = part_rects(grid._pictures(0))
    for y, x in ((1, 1), (20, 20)):
        for area in areas.values():  # pictures are 4:3 as their areas are
            at = QPointF(
                area.left() + (x + 0.5) / 64 * area.width(),
                area.top() + (y + 0.5) / 48 * area.height(),
            )
            assert grid.words_at(at) == f"{VOC_LABELS[truth[y, x]]}, rightly"
    assert grid.words_at(QPointF(area.left(), area.top() - 3)) == ""


def test_the_legend_names_the_classes_in_sight_in_their_colours(
    qtbot: QtBot, view: ResultsView
) -> None:
    _wait_for_pictures(qtbot, view)
    wanted = {int(i) for n in range(4) for i in np.unique(scene(n)) if i}
    names = {"void" if i == 255 else VOC_LABELS[i] for i in wanted}
    qtbot.waitUntil(lambda: {e.name for e in view.validation.legend.entries} == names, timeout=3000)
    colours = {entry.name: entry.colour for entry in view.validation.legend.entries}
    for index in wanted - {255}:
        assert colours[VOC_LABELS[index]] == QColor(*map(int, voc_palette()[index])).name()


def test_opacity_shows_the_photograph_through_the_mask(qtbot: QtBot, view: ResultsView) -> None:
    _wait_for_pictures(qtbot, view)
    grid = view.validation.grid
    truth = scene(0)
    area = list(part_rects(grid._pictures(0)).values())[2]
    at = QPointF(area.left() + 20.5 / 64 * area.width(), area.top() + 20.5 / 48 * area.height())

    def seen() -> tuple[int, ...]:
        colour = grid.viewport().grab().toImage().pixelColor(at.toPoint())
        return colour.red(), colour.green(), colour.blue()

    grid.set_opacity(1.0)
    assert seen() == tuple(int(v) for v in voc_palette()[truth[20, 20]])
    grid.set_opacity(0.0)
    assert seen() != tuple(int(v) for v in voc_palette()[truth[20, 20]])


def test_arrow_keys_step_through_epochs_on_every_page(view: ResultsView) -> None:
    QTest.keyClick(view.validation.grid, Qt.Key.Key_Left)
    assert view.selection.epoch == 2
    _show(view, 2)
    QTest.keyClick(view.confusion.matrix, Qt.Key.Key_Left)
    assert view.selection.epoch == 1
    assert "Epoch 1 of 3" in view.confusion.bar.words
    assert "Epoch 1 of 3" in view.validation.bar.words


def test_the_slider_of_one_page_moves_all(view: ResultsView) -> None:
    slider = view.validation.bar.findChild(QSlider)
    assert slider is not None
    slider.setValue(0)
    assert view.selection.epoch == 1
    _show(view, 1)
    other = view.classes.bar.findChild(QSlider)
    assert other is not None
    assert other.value() == 0


def test_the_large_view_follows_epochs_and_steps_through_images(
    qtbot: QtBot, view: ResultsView
) -> None:
    _wait_for_pictures(qtbot, view)
    view.validation.grid.chosen.emit("img_001")
    large = view.validation._view
    assert large is not None
    assert large.isVisible()
    assert "img_001" in large.windowTitle()
    QTest.keyClick(large.stage, Qt.Key.Key_Down)
    assert "img_002" in large.windowTitle()
    QTest.keyClick(large.stage, Qt.Key.Key_Left)
    assert view.selection.epoch == 2
    before = large.words
    large.stage.point_at(QPointF(large.stage.rect().center()))
    assert large.words != before
    view.show_run(None)
    assert not large.isVisible()


# -- classes ----------------------------------------------------------------------------------


def test_bars_show_each_class_and_its_change(view: ResultsView, run: RunFolder) -> None:
    _show(view, 1)
    view.selection.set_epoch(2)
    now, before = read_scores(run.artifacts_dir, 2), read_scores(run.artifacts_dir, 1)
    assert now is not None
    assert before is not None
    rows = {row.index: row for row in view.classes.rows}
    assert [rows[i].iou for i in range(21)] == list(now.per_class_iou)
    for index, (new, old) in enumerate(zip(now.per_class_iou, before.per_class_iou, strict=True)):
        expected = None if new is None or old is None else new - old
        assert rows[index].change == expected
    assert any(row.iou is None for row in rows.values())  # few classes are in six images


def test_bars_are_sorted_by_what_is_asked_for(view: ResultsView) -> None:
    _show(view, 1)
    view.classes.set_reference("first")
    view.classes.set_order(Order.IOU)
    ious = [row.iou for row in view.classes.rows]
    known = [iou for iou in ious if iou is not None]
    assert known == sorted(known, reverse=True)
    assert ious[len(known) :] == [None] * (21 - len(known))
    view.classes.set_order(Order.CHANGE)
    changes = [row.change for row in view.classes.rows if row.change is not None]
    assert changes == sorted(changes, reverse=True)
    view.classes.set_order(Order.CLASS)
    assert [row.index for row in view.classes.rows] == list(range(21))


def test_the_first_evaluation_has_nothing_to_compare_with(view: ResultsView) -> None:
    _show(view, 1)
    view.selection.set_epoch(1)
    assert all(row.change is None for row in view.classes.rows)


# -- confusion --------------------------------------------------------------------------------


def test_a_cell_is_read_by_pointing_and_marked_by_a_click(
    view: ResultsView, run: RunFolder
) -> None:
    _show(view, 2)
    view.selection.set_epoch(1)
    scores = read_scores(run.artifacts_dir, 1)
    assert scores is not None
    counts = np.array(scores.confusion)
    counts_off = counts.copy()
    np.fill_diagonal(counts_off, 0)
    truth, prediction = (int(i) for i in np.unravel_index(counts_off.argmax(), counts.shape))
    matrix = view.confusion.matrix
    at = matrix.cell_rect((truth, prediction)).center()
    assert matrix.cell_at(at) == (truth, prediction)
    QTest.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert matrix.picked_cell == (truth, prediction)
    share = 100 * counts[truth, prediction] / counts[truth].sum()
    sentence = f"{share:.1f} % of {VOC_LABELS[truth]} pixels were called {VOC_LABELS[prediction]}"
    assert view.confusion.words.startswith(sentence)
    QTest.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert matrix.picked_cell is None


def test_the_list_begins_with_the_largest_confusion_and_marks_its_cell(
    view: ResultsView, run: RunFolder
) -> None:
    _show(view, 2)
    view.selection.set_epoch(1)
    scores = read_scores(run.artifacts_dir, 1)
    assert scores is not None
    counts = np.array(scores.confusion)
    np.fill_diagonal(counts, 0)
    truth, prediction = (int(i) for i in np.unravel_index(counts.argmax(), counts.shape))
    view.confusion.set_share(Share.PIXELS)
    assert view.confusion.listed[0].endswith(f"{VOC_LABELS[truth]} → {VOC_LABELS[prediction]}")
    view.confusion._list.setCurrentRow(0)
    assert view.confusion.matrix.picked_cell == (truth, prediction)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_a_few_percent_of_confusion_stand_out_beside_a_full_diagonal(
    qtbot: QtBot, theme: Theme
) -> None:
    from studio.gui.training.results.matrix import ConfusionMatrix

    set_current_theme(theme)
    try:
        matrix = ConfusionMatrix()
        qtbot.addWidget(matrix)
        counts = np.array([[950, 50, 0], [0, 1000, 0], [0, 0, 0]], np.int64)
        matrix.show_counts(("a", "b", "c"), counts, Share.TRUTH)
        colours = matrix.colours(theme).astype(int)
        ground = colours[1, 0]
        assert np.abs(colours[0, 1] - ground).sum() > 200
        assert QColor(*map(int, colours[1, 1])).name() == theme.good
        assert QColor(*map(int, colours[2, 0])).name() == theme.raised
    finally:
        set_current_theme(DARK)


def test_scores_of_many_classes_are_painted_without_a_stall(qtbot: QtBot) -> None:
    from studio.gui.training.results.matrix import ConfusionMatrix

    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    counts = np.random.default_rng(0).integers(0, 9, (171, 171))
    matrix.show_counts([f"class {i}" for i in range(171)], counts, Share.TRUTH)
    app = QApplication.instance()
    assert app is not None
    with stall_watchdog(app):
        matrix.show()
        for column in range(5):
            matrix.pick((3, column))
            qtbot.wait(20)


# -- images -----------------------------------------------------------------------------------


def test_the_worst_image_comes_first(view: ResultsView, run: RunFolder) -> None:
    _show(view, 3)
    view.selection.set_epoch(1)
    scores = read_scores(run.artifacts_dir, 1)
    assert scores is not None
    mious = {image.name: image.miou for image in scores.images}
    assert sorted(view.worst.shown) == sorted(mious)
    shown = [mious[name] for name in view.worst.shown]
    assert shown == sorted(shown)


def test_images_are_kept_by_a_class_of_their_truth(qtbot: QtBot, view: ResultsView) -> None:
    _show(view, 3)
    index = int(next(i for i in np.unique(scene(0)) if 0 < i < 255))
    wanted = [n for n in range(4) if index in scene(n)]
    qtbot.waitUntil(lambda: view.worst._only.findText(VOC_LABELS[index]) >= 0, timeout=3000)
    view.worst.set_only(VOC_LABELS[index])
    assert sorted(view.worst.shown) == [f"img_{n:03d}" for n in wanted]


def test_a_double_click_enlarges_an_image_that_is_kept_and_no_other(view: ResultsView) -> None:
    _show(view, 3)
    names = view.worst.shown
    titles: list[str] = []
    for name in ("img_005", "img_002"):
        view.worst._open(view.worst.filter.index(names.index(name), 1))
        titles += [dialog.windowTitle() for dialog in view.worst.findChildren(LargeView)]
    assert len(titles) == 1
    assert "img_002" in titles[0]


# -- all of them ------------------------------------------------------------------------------


def test_scores_that_cannot_be_read_are_said_so_and_masks_still_show(
    qtbot: QtBot, make_view: MakeView, run: RunFolder
) -> None:
    (epoch_dir(run.artifacts_dir, 3) / "scores.json").write_bytes(b'{"epoch": 3, "ste')
    view = make_view(run)
    _wait_for_pictures(qtbot, view)
    assert "cannot be read" in view.validation.bar.words
    for page in (1, 2, 3):
        _show(view, page)
    assert view.classes.rows == ()
    assert "cannot be read" in view.confusion.words
    assert view.worst.shown == []


def test_pages_can_live_in_tabs_of_another_widget(qtbot: QtBot, view: ResultsView) -> None:
    elsewhere = QTabWidget()
    qtbot.addWidget(elsewhere)
    titles = [title for title, _ in view.pages()]
    assert titles == ["Validation", "Classes", "Confusion", "Worst images"]
    for title, page in view.pages():
        elsewhere.addTab(page, title)
    elsewhere.show()
    view.selection.set_epoch(2)
    assert "Epoch 2" in view.validation.bar.words


def test_pages_fit_into_a_low_panel(make_view: MakeView, run: RunFolder) -> None:
    view = make_view(run)
    for size in (QSize(1440, 190), QSize(400, 190), QSize(700, 300)):
        view.resize(size)
        assert view.size() == size


@pytest.mark.parametrize("page", range(4))
def test_a_page_is_saved_as_a_picture(
    qtbot: QtBot, view: ResultsView, tmp_path: Path, page: int
) -> None:
    _show(view, page)
    target = tmp_path / "page.png"
    with qtbot.waitSignal(view.saved, timeout=5000) as saved:
        view.pages()[page][1].save_png(target)  # type: ignore[attr-defined]
    assert saved.args == [str(target)]
    image = QImage(str(target))
    assert image.width() > 1000
    assert len({image.pixel(x, y) for x in range(0, 1000, 9) for y in range(0, 400, 9)}) > 3


def test_a_place_that_cannot_be_written_to_is_told_in_words(
    qtbot: QtBot, view: ResultsView, tmp_path: Path
) -> None:
    with qtbot.waitSignal(view.failed, timeout=5000) as failed:
        view.validation.save_png(tmp_path / "nowhere" / "page.png")
    assert isinstance(failed.args[0], OutputError)


def test_a_run_of_two_hundred_epochs_never_stalls_the_window(
    qtbot: QtBot, qapp: QApplication, make_view: MakeView, tmp_path: Path
) -> None:
    run = RunFolder(tmp_path / "long")
    make_run(run.path, images=24, epochs=1)
    first = epoch_dir(run.artifacts_dir, 1)
    for epoch in range(2, 201):
        epoch_dir(run.artifacts_dir, epoch).symlink_to(first, target_is_directory=True)
    view = make_view(run)
    assert len(view.selection.epochs) == 200
    with stall_watchdog(qapp):
        for epoch in range(200, 0, -8):
            view.selection.set_epoch(epoch)
            view.poll()
            qtbot.wait(10)
        _wait_for_pictures(qtbot, view)


def test_an_evaluation_that_is_made_again_replaces_its_masks(
    qtbot: QtBot, view: ResultsView, run: RunFolder
) -> None:
    _wait_for_pictures(qtbot, view)
    truths = {f"img_{i:03d}": scene(i) for i in range(4)}
    spoilt = {name: predict(truth, 0.0, 7) for name, truth in truths.items()}
    write_epoch(run, 3, truths, spoilt)
    view.poll()
    wanted = {int(i): int((spoilt["img_000"] == i).sum()) for i in np.unique(spoilt["img_000"])}

    def is_new() -> bool:
        view.validation.grid.viewport().repaint()
        prediction = view.validation.grid.visible_samples()[0].prediction
        return prediction is not None and prediction.pixels == wanted

    qtbot.waitUntil(is_new, timeout=3000)
