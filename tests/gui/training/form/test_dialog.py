"""The dialog predicts, complains beside the field, and starts only what can work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox
from pytestqt.qtbot import QtBot

from studio.deeplab.cost import network_cost
from studio.deeplab.spec import NetworkSpec
from studio.gui.training.form.dialog import NewTrainingDialog
from studio.gui.training.form.fields import groups
from studio.gui.training.form.prediction import count_text
from studio.training.presets import load_preset
from studio.training.spec import TrainSpec
from studio.training.spec_file import read_spec, write_spec
from tests.support.datasets import make_voc


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return make_voc(tmp_path / "voc", classes=21)


def _dialog(
    qtbot: QtBot, spec: TrainSpec | None = None, dataset: Path | str = "", title: str = ""
) -> NewTrainingDialog:
    dialog = NewTrainingDialog(spec, title, str(dataset))
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def _looked(qtbot: QtBot, dialog: NewTrainingDialog) -> None:
    qtbot.waitUntil(lambda: dialog.probe.findings is not None, timeout=5000)


def _small(dataset: Path) -> TrainSpec:
    return TrainSpec(
        dataset=str(dataset),
        network=NetworkSpec(width=0.35, input_height=33, input_width=33),
        batch_size=2,
        epochs=3,
    )


def test_a_preset_and_a_dataset_are_enough_to_start(qtbot: QtBot, dataset: Path) -> None:
    dialog = _dialog(qtbot, dataset=dataset)
    dialog.page("Schedule").editors["batch_size"].set_words("2")
    _looked(qtbot, dialog)
    assert dialog.start.isEnabled()
    with qtbot.waitSignal(dialog.started) as caught:
        dialog.start.click()
    spec, title = caught.args
    preset = load_preset("balanced").spec
    assert spec == replace(preset, dataset=str(dataset), batch_size=2)
    size, width = preset.network.input_height, preset.network.width
    assert title == f"Balanced, {size} px, width {width:g}"


def test_without_a_dataset_it_says_so_and_does_not_start(qtbot: QtBot) -> None:
    dialog = _dialog(qtbot)
    assert not dialog.start.isEnabled()
    assert "No dataset is chosen" in dialog.trouble.text()


def test_a_wrong_value_disables_start_and_a_right_one_enables_it(
    qtbot: QtBot, dataset: Path
) -> None:
    dialog = _dialog(qtbot, _small(dataset))
    _looked(qtbot, dialog)
    assert dialog.start.isEnabled()
    editor = dialog.page("Schedule").editors["optimizer.learning_rate"]
    editor.set_words("quick")
    assert not dialog.start.isEnabled()
    assert "“quick” is no number" in dialog.trouble.text()
    dialog.show_trouble.click()
    assert dialog.groups.currentItem().text() == "Schedule"
    editor.set_words("0.01")
    assert dialog.start.isEnabled()
    assert dialog.trouble.text() == ""


def test_pages_are_built_when_they_are_looked_at(qtbot: QtBot) -> None:
    dialog = _dialog(qtbot)
    assert list(dialog._pages) == ["Data"]
    dialog.groups.setCurrentRow(1)
    assert list(dialog._pages) == ["Data", "Network"]


def test_every_editor_gives_back_what_the_spec_says(qtbot: QtBot, dataset: Path) -> None:
    dialog = _dialog(qtbot, _small(dataset))
    for group in groups():
        for key, editor in dialog.page(group.title).editors.items():
            assert editor.words == dialog.draft.words(key)
            assert editor.input.accessibleName()
            assert editor.input.toolTip()
    assert dialog.draft.spec() == _small(dataset)


def test_editors_change_the_spec(qtbot: QtBot, dataset: Path) -> None:
    dialog = _dialog(qtbot, _small(dataset))
    network, schedule = dialog.page("Network"), dialog.page("Schedule")
    pooling = network.editors["network.image_pooling"].input
    assert isinstance(pooling, QCheckBox)
    pooling.click()
    kind = schedule.editors["optimizer.kind"].input
    assert isinstance(kind, QComboBox)
    kind.setCurrentText("adamw")
    network.editors["network.atrous_rates"].set_words("6, 12")
    qtbot.keyClick(schedule.editors["epochs"].input, Qt.Key.Key_Up)
    spec = dialog.draft.spec()
    assert spec is not None
    assert spec.network == replace(
        _small(dataset).network, image_pooling=False, atrous_rates=(6, 12)
    )
    assert spec.optimizer.kind == "adamw"
    assert spec.epochs == 4


def test_the_cost_is_that_of_the_network(qtbot: QtBot) -> None:
    dialog = _dialog(qtbot)
    wide = network_cost(load_preset("balanced").spec.network)
    assert dialog.prediction.text("multiply_adds") == count_text(wide.multiply_adds)
    dialog.page("Network").editors["network.width"].set_words("0.5")
    narrow = network_cost(replace(load_preset("balanced").spec.network, width=0.5))
    assert dialog.prediction.text("multiply_adds") == count_text(narrow.multiply_adds)
    assert dialog.prediction.text("int8") == f"{narrow.int8_bytes / 1e6:.2f} MB"
    dialog.page("Network").editors["network.width"].set_words("99")
    assert dialog.prediction.text("multiply_adds") == "–"


def test_images_and_steps_are_counted(qtbot: QtBot, dataset: Path) -> None:
    dialog = _dialog(qtbot, _small(dataset))
    _looked(qtbot, dialog)
    findings = dialog.probe.findings
    assert findings is not None
    assert dialog.prediction.text("images") == str(findings.images)
    steps = findings.images // 2 * 3
    assert dialog.prediction.text("steps") == str(steps)


@pytest.mark.parametrize(
    ("key", "words", "group", "says"),
    [
        ("dataset", "/no/such/folder", "Data", "/no/such/folder"),
        ("split", "nothing", "Data", "nothing"),
        ("start_from", "/no/weights.keras", "Network", "There is no file /no/weights.keras"),
        ("distillation.teacher", "/no/teacher.tflite", "Teacher", "There is no file"),
        ("network.classes", "7", "Network", "classes, the network 7"),
        ("batch_size", "4000", "Schedule", "fewer than a batch of 4000"),
    ],
)
def test_what_the_files_say_against_it_is_told(
    qtbot: QtBot, dataset: Path, key: str, words: str, group: str, says: str
) -> None:
    dialog = _dialog(qtbot, _small(dataset))
    dialog.page(group).editors[key].set_words(words)
    qtbot.waitUntil(lambda: bool(dialog.problems), timeout=5000)
    assert dialog.problems[0].group == group
    assert says in dialog.trouble.text()
    assert not dialog.start.isEnabled()


def test_settings_are_saved_and_loaded(qtbot: QtBot, dataset: Path, tmp_path: Path) -> None:
    dialog = _dialog(qtbot, _small(dataset))
    dialog.save_to(tmp_path / "mine.toml")
    assert read_spec(tmp_path / "mine.toml") == _small(dataset)
    other = replace(_small(dataset), epochs=77)
    write_spec(other, tmp_path / "other.toml", title="Longer")
    dialog.load(tmp_path / "other.toml")
    assert dialog.draft.spec() == other
    assert dialog.title.text() == "Longer"


def test_a_file_that_cannot_be_read_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = _dialog(qtbot)
    (tmp_path / "bad.toml").write_text("epochs = ")
    with qtbot.waitSignal(dialog.failed) as caught:
        dialog.load(tmp_path / "bad.toml")
    assert "bad.toml" in str(caught.args[0])


def test_reset_brings_the_preset_back_but_keeps_the_dataset(qtbot: QtBot, dataset: Path) -> None:
    dialog = _dialog(qtbot, dataset=dataset)
    assert not dialog.reset.isEnabled()
    editor = dialog.page("Schedule").editors["epochs"]
    editor.set_words("999")
    assert dialog.reset.isEnabled()
    assert dialog._pages["Schedule"]._labels["epochs"].text() == "Epochs •"
    dialog.reset.click()
    assert editor.words == str(load_preset("balanced").spec.epochs)
    assert dialog.draft.words("dataset") == str(dataset)


def test_another_preset_changes_everything_but_the_dataset(qtbot: QtBot, dataset: Path) -> None:
    dialog = _dialog(qtbot, dataset=dataset)
    dialog.preset.setCurrentText("Fast")
    assert dialog.draft.spec() == replace(load_preset("fast").spec, dataset=str(dataset))
    size = load_preset("fast").spec.network.input_height
    assert dialog.title.text().startswith(f"Fast, {size} px")
    dialog.title.setFocus()
    dialog.title.selectAll()
    qtbot.keyClicks(dialog.title, "my own")
    dialog.preset.setCurrentText("Quality")
    assert dialog.title.text() == "my own"


def test_a_duplicate_begins_with_the_settings_of_its_run(qtbot: QtBot, dataset: Path) -> None:
    dialog = _dialog(qtbot, _small(dataset), title="the first")
    assert dialog.draft.spec() == _small(dataset)
    assert "the first" in dialog.windowTitle()


def test_the_setting_with_the_focus_is_explained(qtbot: QtBot) -> None:
    dialog = _dialog(qtbot)
    dialog.groups.setCurrentRow(2)
    with qtbot.waitSignal(dialog.page("Schedule").explained):
        dialog.page("Schedule").focus("optimizer.ema_decay")
    assert "moving average" in dialog.help.text()
