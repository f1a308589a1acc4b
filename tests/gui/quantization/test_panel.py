"""The panel sorts and filters by value, and copies what it shows."""

from __future__ import annotations

import csv
import io

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from studio.gui.quantization.panel import QuantizationPanel
from studio.gui.quantization.table import COLUMNS
from tests.gui.quantization.tensors import int8_tensors
from tests.support.driven_playback import DrivenPlayback, a_model

HEADINGS = [column.heading for column in COLUMNS]


@pytest.fixture
def playback(qtbot: QtBot) -> DrivenPlayback:
    return DrivenPlayback()


@pytest.fixture
def panel(qtbot: QtBot, playback: DrivenPlayback) -> QuantizationPanel:
    result = QuantizationPanel(playback)
    qtbot.addWidget(result)
    result.resize(330, 760)
    result.show()
    playback.give_model(a_model(int8_tensors(12), size_bytes=100_000))
    return result


def test_it_says_what_it_waits_for_and_comes_back_to_that(
    qtbot: QtBot, playback: DrivenPlayback
) -> None:
    panel = QuantizationPanel(playback)
    qtbot.addWidget(panel)
    assert panel._pages.currentIndex() == 0
    playback.give_model(a_model(int8_tensors()))
    assert panel._pages.currentIndex() == 1
    playback.take_model()
    assert panel._pages.currentIndex() == 0
    assert panel.shown_tensors == []


def test_a_model_that_is_open_already_is_shown(qtbot: QtBot, playback: DrivenPlayback) -> None:
    playback.give_model(a_model(int8_tensors()))
    panel = QuantizationPanel(playback)
    qtbot.addWidget(panel)
    assert panel.summary is not None
    assert panel.summary.badge == "Deployable int8"


def test_input_and_output_are_in_words(panel: QuantizationPanel) -> None:
    assert panel._facts["Input"].text().startswith("uint8, value = 0.00781 × (q − 128)")
    assert panel._facts["Output"].text() == "float32, not quantized"


def test_sizes_sort_as_numbers(panel: QuantizationPanel) -> None:
    size = HEADINGS.index("Size")
    for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        panel._view.sortByColumn(size, order)
        sizes = [each.size_bytes for each in panel.shown_tensors]
        assert sizes == sorted(sizes, reverse=order == Qt.SortOrder.DescendingOrder)
        assert len(set(sizes)) > 10


def test_names_sort_without_regard_to_case(panel: QuantizationPanel) -> None:
    panel._view.sortByColumn(HEADINGS.index("Name"), Qt.SortOrder.AscendingOrder)
    names = [each.name.casefold() for each in panel.shown_tensors]
    assert names == sorted(names)


def test_a_filter_keeps_what_has_all_words(panel: QuantizationPanel) -> None:
    panel._search.setText("KERNEL int8")
    assert {each.name for each in panel.shown_tensors} == {f"block{i}/kernel" for i in range(12)}
    panel._search.setText("block1 bias")
    assert {each.name for each in panel.shown_tensors} == {
        "block1/bias",
        "block10/bias",
        "block11/bias",
    }
    panel._search.setText("nowhere")
    assert panel.shown_tensors == []
    assert "clear the filter" in panel._details.text()


def test_a_role_keeps_its_tensors(panel: QuantizationPanel) -> None:
    panel._role.setCurrentText("Activations")
    assert {each.role for each in panel.shown_tensors} == {"activation"}
    assert len(panel.shown_tensors) == 12


def test_a_chosen_row_is_explained(panel: QuantizationPanel) -> None:
    panel._search.setText("block0/kernel")
    panel._view.selectRow(0)
    assert "8 × 3 × 3 × 4" in panel._details.text()
    assert "8 scales (per channel)" in panel._details.text()


def test_the_copy_is_what_is_shown_with_exact_numbers(panel: QuantizationPanel) -> None:
    panel._search.setText("image")
    panel.copy_csv()
    rows = list(csv.DictReader(io.StringIO(QGuiApplication.clipboard().text())))
    assert [row["name"] for row in rows] == ["image"]
    assert float(rows[0]["scale_min"]) == 1 / 128
    assert rows[0]["bits"] == "8"
    assert rows[0]["shape"] == "8 × 3 × 3 × 4"


def test_the_legend_names_every_type(panel: QuantizationPanel) -> None:
    assert [line.split(":")[0] for line in panel._shares.text.splitlines()] == [
        "int8",
        "int32",
        "graph",
    ]
