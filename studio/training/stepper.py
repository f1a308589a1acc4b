"""One optimizer step, on one device or on many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import keras
import numpy as np

from studio.data.faults import Faults
from studio.data.pipeline import training_batches
from studio.data.training_source import TrainingSource
from studio.training.checkpoint import Position
from studio.training.student import Student

Batch = Mapping[str, Any]
"""As `studio.data.pipeline.training_batches` makes it, or this process' part of it."""


class Stepper(Protocol):
    """Does optimizer steps on a student that it was given."""

    @property
    def is_chief(self) -> bool:
        """Whether this process writes what the training leaves behind."""
        ...

    def batches(
        self,
        source: TrainingSource,
        batch_size: int,
        first_step: int,
        last_step: int,
        faults: Faults,
    ) -> Iterable[Batch]:
        """This process' part of the batches of some steps; see `training_batches`."""
        ...

    def step(self, batch: Batch) -> dict[str, float]:
        """Do one step.

        Args:
            batch: of `batches`.

        Returns:
            The losses by name, over the whole batch, before the step.

        Raises:
            RunError: another process of the training is gone; so it is below.
        """
        ...

    def any_of_all(self, mine: bool) -> bool:
        """Whether something holds in any process; waits for all of them."""
        ...

    def agree(self, position: Position) -> Position:
        """Give every process the chief's variables and step.

        Args:
            position: of this process.

        Returns:
            The same with the chief's step.
        """
        ...


class KerasStepper:
    """Implements `Stepper` by Keras' own training step, under any of its backends."""

    is_chief = True

    def __init__(self, student: Student) -> None:
        self._student = student

    def batches(
        self,
        source: TrainingSource,
        batch_size: int,
        first_step: int,
        last_step: int,
        faults: Faults,
    ) -> Iterable[Batch]:
        """The whole batches."""
        batches: Iterable[Batch] = training_batches(
            source, batch_size, first_step, last_step, faults=faults
        )
        return batches

    def step(self, batch: Batch) -> dict[str, float]:
        """See `Stepper`."""
        if keras.backend.backend() != "tensorflow":  # tf.data feeds all of them
            batch = {name: np.asarray(values) for name, values in batch.items()}
        targets = {name: values for name, values in batch.items() if name != "image"}
        logs = self._student.train_on_batch(batch["image"], targets, return_dict=True)
        return {name: float(loss) for name, loss in logs.items()}

    def any_of_all(self, mine: bool) -> bool:
        """There is no other."""
        return mine

    def agree(self, position: Position) -> Position:
        """There is nobody to agree with."""
        return position
