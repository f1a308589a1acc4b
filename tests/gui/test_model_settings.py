"""What is set by hand in the dialog is what comes out of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox, QDialogButtonBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from studio.errors import ModelError
from studio.gui.model_settings import ModelSettingsDialog, read_labels
from studio.inference.model import ModelInfo, ModelOverrides, Normalization

INFO = ModelInfo(
    path="/models/net.tflite",
    name="net",
    runtime="litert",
    runtime_version="2.3.0",
    delegate="XNNPACK",
    delegated_ops_ratio=1.0,
    threads=1,
    input_height=257,
    input_width=257,
    input_dtype="float32",
    output_kind="logits",
    output_shape=(1, 17, 17, 3),
    output_dtype="float32",
    labels=("background", "cat", "dog"),
    palette=((0, 0, 0), (1, 1, 1), (2, 2, 2)),
    fit="letterbox",
    logits_grid="half_pixel",
    size_bytes=1000,
    load_millis=1.0,
    weight_bits=32,
    sources={"fit": "card", "labels": "metadata"},
)


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.mark.parametrize(
    "overrides",
    [
        ModelOverrides(),
        ModelOverrides(fit="stretch", logits_grid="align_corners", channel_order="bgr"),
        ModelOverrides(normalization=Normalization((0.0, 0.0, 0.0), (255.0, 255.0, 255.0))),
        ModelOverrides(normalization=Normalization((1.5, 2.5, 3.5), (4.0, 5.0, 6.0))),
        ModelOverrides(labels=("a", "b", "c"), output_index=2),
    ],
)
def test_what_was_set_before_is_shown_and_comes_back(
    parent: QWidget, overrides: ModelOverrides
) -> None:
    assert ModelSettingsDialog(INFO, overrides, parent).overrides() == overrides


def test_automatic_says_what_it_is_and_from_where(parent: QWidget) -> None:
    dialog = ModelSettingsDialog(INFO, ModelOverrides(), parent)
    words = [box.itemText(0) for box in dialog.findChildren(QComboBox)]
    assert "Automatic (letterbox, from card)" in words


def test_apply_tells_what_was_chosen_and_all_automatic_clears_it(
    parent: QWidget, qtbot: QtBot
) -> None:
    dialog = ModelSettingsDialog(INFO, ModelOverrides(fit="stretch", output_index=1), parent)
    row = dialog.findChild(QDialogButtonBox)
    assert row is not None
    buttons = {button.text(): button for button in row.findChildren(QPushButton)}
    assert buttons["Apply"].isDefault()
    buttons["All automatic"].click()
    with qtbot.waitSignal(dialog.chosen) as chosen:
        buttons["Apply"].click()
    assert chosen.args == [ModelOverrides()]


def test_labels_of_a_file_are_taken_when_their_number_fits(parent: QWidget, tmp_path: Path) -> None:
    dialog = ModelSettingsDialog(INFO, ModelOverrides(), parent)
    right, wrong = tmp_path / "right.txt", tmp_path / "wrong.txt"
    right.write_text("\ufeffsky\n\n road \ncar\n", encoding="utf-8")
    wrong.write_text("only one\n", encoding="utf-8")
    dialog.use_labels(right)
    assert dialog.overrides().labels == ("sky", "road", "car")
    assert read_labels(right) == ("sky", "road", "car")
    dialog.use_labels(wrong)
    assert dialog.overrides().labels == ("sky", "road", "car")
    assert "1 label, but the model has 3 classes" in dialog.problem.text()
    assert not dialog.problem.isHidden()
    dialog.use_labels(right)
    assert dialog.problem.isHidden()


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", b"\xff\xfe\xfa\x00\x80"])
def test_file_without_labels_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"labels\.txt"):
        read_labels(path)


def test_huge_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(3_000_000_000)
    with pytest.raises(ModelError, match="too large"):
        read_labels(path)
