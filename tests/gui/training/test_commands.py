"""What the panel does with runs beyond showing them: start, duplicate, compare, export."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.deeplab.spec import ExportSpec, NetworkSpec
from studio.gui.training.compare import compare
from studio.gui.training.compare_dialog import CompareDialog
from studio.gui.training.model_export import ExportDialog
from studio.gui.training.panel import TrainingPanel
from studio.runs.folder import RunFolder, RunStatus
from studio.training.spec import LossSpec, OptimizerSpec, TrainSpec
from tests.support.datasets import make_voc
from tests.support.run_jobs import no_worker_left
from tests.support.training_runs import finished_run

_ONE = TrainSpec(dataset="voc", epochs=4)
_TWO = replace(_ONE, epochs=9, optimizer=OptimizerSpec(learning_rate=0.5))


def _panel(qtbot: QtBot, runs_dir: Path) -> TrainingPanel:
    panel = TrainingPanel(runs_dir)
    qtbot.addWidget(panel)
    panel.resize(1100, 520)
    panel.show()
    qtbot.waitUntil(lambda: not panel.data.is_behind)
    return panel


def test_only_what_differs_is_listed() -> None:
    differing = [each for each in compare(_ONE, _TWO) if each.differs]
    assert [(each.key, each.left, each.right) for each in differing] == [
        ("epochs", "4", "9"),
        ("optimizer.learning_rate", "0.007", "0.5"),
    ]
    assert not any(each.differs for each in compare(_ONE, _ONE))


def test_two_runs_are_compared_and_copied(qtbot: QtBot, tmp_path: Path) -> None:
    finished_run(tmp_path, "one", 2, spec=_ONE, age_seconds=60)
    finished_run(tmp_path, "two", 2, spec=_TWO)
    panel = _panel(qtbot, tmp_path)
    run = panel.data.runs[0]
    dialog = CompareDialog(panel.data.runs, run)
    qtbot.addWidget(dialog)
    assert (dialog.left.currentText(), dialog.right.currentText()) == ("one", "two")
    assert dialog.words.text().startswith("2 settings differ of")
    assert dialog.table.rowCount() == 2
    dialog.copy()
    assert "optimizer.learning_rate\t0.007\t0.5" in QApplication.clipboard().text()
    dialog.all.setChecked(True)
    assert dialog.table.rowCount() == len(compare(_ONE, _TWO))
    dialog.left.setCurrentIndex(dialog.right.currentIndex())
    assert "are the same" in dialog.words.text()


def test_a_duplicate_is_started_as_a_child_of_its_run(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = make_voc(tmp_path / "voc", classes=21)
    spec = TrainSpec(
        dataset=str(dataset),
        network=NetworkSpec(width=0.35, input_height=33, input_width=33),
        batch_size=2,
    )
    folder = finished_run(tmp_path / "runs", "one", 2, spec=spec)
    asked: list[tuple[str, object, str, tuple[str, ...]]] = []

    def launched(
        job: str, made: object, *, title: str, parents: tuple[str, ...], runs_dir: Path
    ) -> RunFolder:
        asked.append((job, made, title, parents))
        return finished_run(runs_dir, title, 1, spec=spec)

    # The worker itself is started in the test below; here it would only cost time.
    monkeypatch.setattr("studio.gui.training.view_model.launch", launched)
    panel = _panel(qtbot, tmp_path / "runs")
    panel.actions_.duplicate.trigger()
    (form,) = panel.commands.forms
    form.page("Schedule").editors["epochs"].set_words("7")
    qtbot.waitUntil(form.start.isEnabled, timeout=5000)
    form.start.click()
    ((job, made, title, parents),) = asked
    assert (job, made, parents) == ("train", replace(spec, epochs=7), (folder.name,))
    chosen = panel.sidebar.chosen
    assert chosen is not None
    assert chosen.title == title
    assert [run.title for run in panel.list_model.drawn].count(title) == 1
    qtbot.waitUntil(lambda: panel.commands.forms == [])


def test_a_new_training_proposes_the_dataset_of_the_last(qtbot: QtBot, tmp_path: Path) -> None:
    finished_run(tmp_path, "one", 2, spec=replace(_ONE, dataset="/data/mine"))
    panel = _panel(qtbot, tmp_path)
    panel.actions_.new.trigger()
    panel.actions_.new.trigger()  # brings the first to the front
    (form,) = panel.commands.forms
    assert form.draft.words("dataset") == "/data/mine"
    panel.commands.train_on("/data/other")
    assert form.draft.words("dataset") == "/data/other"
    form.close()


def test_an_export_is_asked_for_with_what_it_needs(qtbot: QtBot, tmp_path: Path) -> None:
    folder = finished_run(tmp_path, "one", 2, spec=_ONE)
    run = _panel(qtbot, tmp_path).data.runs[0]
    dialog = ExportDialog(run)
    qtbot.addWidget(dialog)
    with qtbot.waitSignal(dialog.asked) as caught:
        dialog.export.click()
    out = str(folder.artifacts_dir / "model-float32.tflite")
    assert caught.args[0] == ExportSpec(source=str(folder.path), out=out, name="one")

    dialog = ExportDialog(run)
    qtbot.addWidget(dialog)
    dialog.int8.setChecked(True)
    dialog.images.setText("40")
    with qtbot.waitSignal(dialog.asked) as caught:
        dialog.export.click()
    spec = caught.args[0]
    assert spec.out.endswith("model-int8.tflite")
    assert (spec.int8, spec.calibration, spec.calibration_images) == (True, "voc", 40)


def test_an_export_that_cannot_work_is_told_beforehand(qtbot: QtBot, tmp_path: Path) -> None:
    finished_run(tmp_path, "one", 2, spec=_ONE)
    dialog = ExportDialog(_panel(qtbot, tmp_path).data.runs[0])
    qtbot.addWidget(dialog)
    assert dialog.export.isEnabled()
    dialog.int8.setChecked(True)
    dialog.calibration.setText("")
    assert not dialog.export.isEnabled()
    assert "example images" in dialog.trouble.text()
    dialog.calibration.setText("voc")
    dialog.images.setText("none")
    assert not dialog.export.isEnabled()
    dialog.images.setText("8")
    dialog.out.setText("/no/such/folder/model.tflite")
    assert not dialog.export.isEnabled()
    assert "folder" in dialog.trouble.text()


@pytest.mark.timeout(400)  # two workers load TensorFlow
def test_a_real_training_is_started_stopped_and_resumed(qtbot: QtBot, tmp_path: Path) -> None:
    """From the form to the last step, with a tiny network."""
    dataset = make_voc(tmp_path / "voc", images=60, val=2, classes=3)
    spec = TrainSpec(
        dataset=str(dataset),
        network=NetworkSpec(
            width=0.35, input_height=33, input_width=33, classes=3, blocks=4, head_filters=8
        ),
        batch_size=2,
        epochs=8,
        evaluate_every_epochs=8,
        preview_images=1,
        loss=LossSpec(stride=8),
    )
    with no_worker_left(tmp_path / "runs") as runs_dir:
        panel = _panel(qtbot, runs_dir)
        panel.commands.new_training(spec, "tiny")
        (form,) = panel.commands.forms
        qtbot.waitUntil(form.start.isEnabled, timeout=5000)
        form.start.click()
        run = panel.data.runs[0]
        qtbot.waitUntil(lambda: run.curves.last_step >= 10, timeout=150_000)
        panel.actions_.stop.trigger()
        qtbot.waitUntil(lambda: run.status is RunStatus.STOPPED, timeout=30_000)
        stopped_at = run.curves.last_step
        assert stopped_at < 240
        qtbot.waitUntil(panel.actions_.resume.isEnabled)
        panel.actions_.resume.trigger()
        assert run.is_live
        qtbot.waitUntil(lambda: run.status is RunStatus.FINISHED, timeout=150_000)
        steps = run.curves.curve("loss")[0]
        assert steps[-1] == 240
        assert (steps[1:] > steps[:-1]).all()
        assert run.curves.epochs_begun == 8
        assert run.best is not None
        assert not panel.trouble.words
