"""The training loop."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from studio.data.faults import Faults
from studio.data.pipeline import WaitTimer
from studio.deeplab.deeplab_v3plus import deeplab_v3plus
from studio.deeplab.files import load_network, save_network
from studio.deeplab.start import start_weights
from studio.evaluation.keras_predictor import KerasPredictor
from studio.runs.events import EpochMetrics, Resumed
from studio.runs.reporting import Reporter
from studio.training.checkpoint import Checkpoints, Position, not_finite
from studio.training.meter import LossMeans, Meter
from studio.training.optimizer import LearningRate, averaged_weights, make_optimizer
from studio.training.source import open_datasets, prepare_source
from studio.training.spec import TrainSpec
from studio.training.stepper import KerasStepper, Stepper
from studio.training.student import Student
from studio.training.tensorboard import TensorBoardLog
from studio.training.validation import Validation

_REPORT_EVERY_STEPS = 10
_START = "start.keras"  # a resumed training shares with the weights that it began with


class Training:
    """One training: prepared by the constructor, done by `run`.

    Args:
        spec: what to do.
        reporter: hears how it goes.

    Raises:
        StudioError: the dataset, the start weights or the teacher cannot be used.
    """

    def __init__(self, spec: TrainSpec, reporter: Reporter) -> None:
        self._spec = spec
        self._reporter = reporter
        self._artifacts = reporter.artifacts_dir
        strategy = None
        if spec.strategy != "none":
            from studio.training.strategy import open_strategy

            strategy = open_strategy(spec.strategy, spec.batch_size)
        keras.utils.set_random_seed(spec.seed)
        dataset, val_dataset = open_datasets(spec)
        self._labels = dataset.labels
        self._validation = Validation(val_dataset, spec, self._artifacts)
        self._source = prepare_source(dataset, spec, reporter)
        self._steps_per_epoch = max(1, self._source.data.epoch_samples // spec.batch_size)
        self._steps = spec.epochs * self._steps_per_epoch
        if spec.most_steps:
            self._steps = min(self._steps, spec.most_steps)
        self._rate = LearningRate(spec.optimizer, self._steps)
        self._student = self._build_student()
        self._predictor: KerasPredictor | None = None
        self._checkpoints = Checkpoints(self._artifacts / "checkpoints")
        self._losses = LossMeans()
        position = self._begin()
        self._stepper: Stepper = KerasStepper(self._student)
        if strategy is not None:
            from studio.training.distributed_stepper import DistributedStepper

            self._stepper = DistributedStepper(strategy, self._student)
        position = self._stepper.agree(position)
        self._step, self._best_miou = position.step, position.best_miou
        self._evaluated_step = position.evaluated_step
        self._losses.restore(position.losses)
        self._board: TensorBoardLog | None = None

    @property
    def _epoch(self) -> int:
        """Epochs begun."""
        return -(-self._step // self._steps_per_epoch)

    def run(self) -> dict[str, object]:
        """Train to the end, or until told to stop.

        Returns:
            The summary.

        Raises:
            RunError: the loss is no longer a number, or another worker is gone.
            OutputError: the disk is full; the last good checkpoint is still there.
        """
        try:
            is_asked = self._source.ask_teacher(self._reporter)
            if self._stepper.any_of_all(not is_asked):
                return self._summary()
            if self._stepper.is_chief:
                self._board = TensorBoardLog(self._artifacts / "tensorboard", self._step)
                text = json.dumps(asdict(self._spec), indent=2)
                self._board.text("spec", f"```json\n{text}\n```")
            if self._is_due() and self._evaluated_step != self._step:
                self._evaluate()
            if not self._should_stop() and self._step < self._steps:
                self._train()
        finally:
            if self._board is not None:
                self._board.close()
            self._source.close()
        return self._summary()

    def _train(self) -> None:
        data, spec, stepper = self._source.data, self._spec, self._stepper
        faults = Faults(len(data.samples))
        batches = WaitTimer(
            stepper.batches(data, spec.batch_size, self._step, self._steps, faults), faults
        )
        meter = Meter()
        saved_at = meter.now
        for batch in batches:
            losses = stepper.step(batch)
            self._step += 1
            if not all(math.isfinite(loss) for loss in losses.values()):
                raise not_finite(self._step)
            self._losses.add(losses)
            meter.step(spec.batch_size, batches.wait_seconds)
            for name, error in faults.take_new():
                self._reporter.warn(f"{name} is left out: {error.message}", error.remedy)
            ends_epoch = self._step % self._steps_per_epoch == 0 or self._step == self._steps
            if self._step % _REPORT_EVERY_STEPS == 0 or ends_epoch:
                self._report(meter)
            self._reporter.progress(self._step, self._steps, "steps", f"Epoch {self._epoch}")
            if ends_epoch:
                self._checkpoint()
                if self._is_due():
                    self._evaluate()
                saved_at = meter.restart()
            elif meter.now - saved_at >= spec.checkpoint_every_seconds:
                self._checkpoint()
                saved_at = meter.now
            if self._should_stop():
                self._checkpoint()
                return

    def _should_stop(self) -> bool:
        """Whether any process was told to: all of them stop behind the same step."""
        return self._stepper.any_of_all(self._reporter.should_stop())

    def _report(self, meter: Meter) -> None:
        """Tell the means over the steps since the last report, at steps that are always the same.

        With the means in the checkpoint, a resumed training reports just what it would have.
        """
        rate = float(ops.convert_to_numpy(self._rate(self._step - 1)))
        self._emit({**self._losses.take(), "learning_rate": rate, **meter.report()})

    def _is_due(self) -> bool:
        """Whether an evaluation belongs here: at the beginning and after every few epochs."""
        if self._step == self._steps:
            return True
        whole = self._step % self._steps_per_epoch == 0
        return whole and self._epoch % self._spec.evaluate_every_epochs == 0

    def _evaluate(self) -> None:
        """Score the averaged weights and keep them as Keras files."""
        if not self._stepper.is_chief:
            return
        if self._predictor is None:  # once: each one would be traced anew
            self._scored = deeplab_v3plus(self._spec.network)  # of its own weights
            self._predictor = KerasPredictor(self._scored, self._spec.network, labels=self._labels)
        self._scored.set_weights(self._weights())
        scores = self._validation.score(self._predictor, self._epoch, self._step, self._reporter)
        if scores is None:
            return
        self._emit({"val/miou": scores.miou, "val/pixel_accuracy": scores.pixel_accuracy})
        if self._board is not None:
            for name, path in self._validation.pictures(self._epoch):
                self._board.image(self._step, f"validation/{name}", path)
        self._save("last.keras")
        if math.isnan(self._best_miou) or scores.miou > self._best_miou:
            self._best_miou = scores.miou
            self._save("best.keras")
        self._evaluated_step = self._step
        self._checkpoint()

    def _weights(self) -> list[npt.NDArray[np.float32]]:
        """The weights that are evaluated and exported: averaged over steps, and with the start."""
        trained = averaged_weights(self._student.optimizer, self._student.network)
        share = self._spec.optimizer.start_share
        if not share:
            return trained
        start = load_network(self._artifacts / _START).model.get_weights()
        return [share * old + (1.0 - share) * new for old, new in zip(start, trained, strict=True)]

    def _build_student(self) -> Student:
        """The network with its losses and its optimizer, and no particular weights."""
        spec = self._spec
        keras.config.set_dtype_policy(
            "mixed_bfloat16" if spec.precision == "bfloat16" else "float32"
        )
        network = deeplab_v3plus(spec.network, size=spec.crop, norm=spec.norm)
        keras.config.set_dtype_policy("float32")
        student = Student(network, spec, self._source.class_weights)
        student.compile(make_optimizer(spec.optimizer, self._steps), jit_compile=False)
        student.build((None, *spec.crop, 3))
        student.optimizer.build(student.trainable_variables)
        return student

    def _begin(self) -> Position:
        """Take up the newest checkpoint, or the start weights where there is none."""
        spec = self._spec
        position = self._checkpoints.restore(self._student)
        if position is not None:
            self._reporter.emit(Resumed(step=position.step))
            return position
        for line in start_weights(self._student.network, spec.network, spec.start_from):
            self._reporter.progress(0, None, "steps", line)
        if spec.optimizer.start_share:
            save_network(
                self._student.network, spec.network, self._artifacts / _START, self._labels
            )
        return Position()

    def _checkpoint(self) -> None:
        if not self._stepper.is_chief:
            return
        position = Position(self._step, self._best_miou, self._evaluated_step, self._losses.state())
        self._checkpoints.save(position, self._student)

    def _save(self, name: str) -> None:
        path = self._artifacts / name
        is_new = not path.exists()
        save_network(self._scored, self._spec.network, path, self._labels)
        if is_new:
            self._reporter.artifact(name, path, "model")

    def _emit(self, metrics: dict[str, float]) -> None:
        if self._board is None:  # the chief speaks for all
            return
        self._reporter.emit(EpochMetrics(epoch=self._epoch, step=self._step, metrics=dict(metrics)))
        self._board.scalars(self._step, metrics)

    def _summary(self) -> dict[str, object]:
        return {
            "steps": self._step,
            "steps_in_all": self._steps,
            "epochs": self._step // self._steps_per_epoch,
            "best_miou": None if math.isnan(self._best_miou) else self._best_miou,
        }
