"""The training loop."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import keras
from keras import ops

from studio.data.dataset import open_dataset
from studio.data.pipeline import WaitTimer, training_batches
from studio.deeplab.deeplab_v3plus import deeplab_v3plus
from studio.deeplab.files import save_network
from studio.deeplab.start import start_weights
from studio.errors import RunError, SpecError
from studio.evaluation.keras_predictor import KerasPredictor
from studio.runs.events import EpochMetrics, Resumed
from studio.runs.reporting import Reporter
from studio.training.checkpoint import Checkpoints
from studio.training.meter import Meter
from studio.training.optimizer import averaged_weights, make_optimizer
from studio.training.source import prepare_source
from studio.training.spec import TrainSpec
from studio.training.student import Student
from studio.training.validation import Validation
from studio.training.validation_log import scored_epochs

_REPORT_EVERY_STEPS = 10


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
        keras.utils.set_random_seed(spec.seed)
        dataset = open_dataset(Path(spec.dataset), spec.split)
        if dataset.classes != spec.network.classes:
            raise SpecError(
                f"The network has {spec.network.classes} classes, the dataset has"
                f" {dataset.classes}: {', '.join(dataset.labels)}.",
                remedy=f"Set network.classes to {dataset.classes}.",
            )
        self._labels = dataset.labels
        self._validation = Validation(
            open_dataset(Path(spec.dataset), spec.val_split), spec, self._artifacts
        )
        self._source = prepare_source(dataset, spec, reporter)
        self._steps_per_epoch = max(1, self._source.data.epoch_samples // spec.batch_size)
        self._steps = spec.epochs * self._steps_per_epoch
        if spec.most_steps:
            self._steps = min(self._steps, spec.most_steps)
        self._student = self._build_student()
        self._scored = deeplab_v3plus(spec.network)  # has its own weights: the averaged ones
        self._checkpoints = Checkpoints(self._artifacts / "checkpoints")
        self._step, self._best_miou = self._checkpoints.restore(self._student)
        if self._step:
            reporter.emit(Resumed(step=self._step))

    @property
    def _epoch(self) -> int:
        """Epochs begun."""
        return -(-self._step // self._steps_per_epoch)

    def run(self) -> dict[str, object]:
        """Train to the end, or until told to stop.

        Returns:
            The summary.

        Raises:
            RunError: the loss is no longer a number.
            OutputError: the disk is full; the last good checkpoint is still there.
        """
        if not self._source.ask_teacher(self._reporter):
            return self._summary()
        if self._is_due() and self._epoch not in scored_epochs(self._artifacts):
            self._evaluate()
        if self._step < self._steps and not self._reporter.should_stop():
            self._train()
        return self._summary()

    def _train(self) -> None:
        meter = Meter()
        batches = WaitTimer(
            training_batches(self._source.data, self._spec.batch_size, self._step, self._steps)
        )
        saved_at = meter.now
        for batch in batches:
            targets = {name: value for name, value in batch.items() if name != "image"}
            logs = self._student.train_on_batch(batch["image"], targets, return_dict=True)
            self._step += 1
            meter.step(self._spec.batch_size, batches.wait_seconds)
            is_last = self._step == self._steps
            if self._step % _REPORT_EVERY_STEPS == 0 or is_last:
                self._report(meter, logs)
            self._reporter.progress(self._step, self._steps, "steps", f"Epoch {self._epoch}")
            if self._step % self._steps_per_epoch == 0 or is_last:
                self._report(meter, logs)
                self._checkpoint()
                if self._is_due() or is_last:
                    self._evaluate()
                saved_at = meter.restart()
            if self._reporter.should_stop():
                self._checkpoint()
                return
            if meter.now - saved_at >= self._spec.checkpoint_every_seconds:
                self._checkpoint()
                saved_at = meter.now

    def _report(self, meter: Meter, logs: dict[str, Any]) -> None:
        losses = {name: float(value) for name, value in logs.items()}
        if not all(math.isfinite(loss) for loss in losses.values()):
            raise RunError(
                f"The loss is no longer a number at step {self._step}; the last checkpoint from"
                " before is kept.",
                remedy="Lower optimizer.learning_rate, or limit gradients with"
                " optimizer.clip_norm, and train anew or from the run's last.keras.",
            )
        if not meter.images:
            return
        rate = float(ops.convert_to_numpy(self._student.optimizer.learning_rate))
        self._emit(meter.report(losses, rate))
        self._student.reset_metrics()

    def _is_due(self) -> bool:
        """Whether an evaluation belongs here: at the beginning and after every few epochs."""
        if self._step == self._steps:
            return True
        whole = self._step % self._steps_per_epoch == 0
        return whole and self._epoch % self._spec.evaluate_every_epochs == 0

    def _evaluate(self) -> None:
        """Score the averaged weights and keep them as Keras files."""
        spec = self._spec
        self._scored.set_weights(averaged_weights(self._student.optimizer, self._student.network))
        predictor = KerasPredictor(self._scored, spec.network, labels=self._labels)
        scores = self._validation.score(predictor, self._epoch, self._step, self._reporter)
        if scores is None:
            return
        self._emit({"val/miou": scores.miou, "val/pixel_accuracy": scores.pixel_accuracy})
        self._save("last.keras")
        if math.isnan(self._best_miou) or scores.miou > self._best_miou:
            self._best_miou = scores.miou
            self._save("best.keras")
            self._checkpoint()

    def _build_student(self) -> Student:
        spec = self._spec
        keras.config.set_dtype_policy(
            "mixed_bfloat16" if spec.precision == "bfloat16" else "float32"
        )
        network = deeplab_v3plus(spec.network, size=spec.crop, norm=spec.norm)
        keras.config.set_dtype_policy("float32")
        for line in start_weights(network, spec.network, spec.start_from):
            self._reporter.progress(0, None, "steps", line)
        student = Student(network, spec, self._source.class_weights)
        student.compile(make_optimizer(spec.optimizer, self._steps), jit_compile=False)
        student.build((None, *spec.crop, 3))
        student.optimizer.build(student.trainable_variables)
        return student

    def _checkpoint(self) -> None:
        self._checkpoints.save(self._step, self._student, self._best_miou)

    def _save(self, name: str) -> None:
        path = self._artifacts / name
        is_new = not path.exists()
        save_network(self._scored, self._spec.network, path, self._labels)
        if is_new:
            self._reporter.artifact(name, path, "model")

    def _emit(self, metrics: dict[str, float]) -> None:
        self._reporter.emit(EpochMetrics(epoch=self._epoch, step=self._step, metrics=dict(metrics)))

    def _summary(self) -> dict[str, object]:
        return {
            "steps": self._step,
            "steps_in_all": self._steps,
            "epochs": self._step // self._steps_per_epoch,
            "best_miou": None if math.isnan(self._best_miou) else self._best_miou,
        }
