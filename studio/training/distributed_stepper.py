"""Training on several devices or machines: `tf.distribute` with a step of our own.

Keras 3 trains under a mirrored strategy only through `fit`, and under the multi-worker one not at
all. So the strategy is used for what it does well, running a function on every replica and summing
between them, and the variables stay ordinary ones, one set a process: each replica computes
gradients as a pure function of the variables' values, gradients are summed over all replicas, and
every process applies the same sums to its own set. The sets stay equal, checkpoints are the same
as without a strategy, and losses are means over the whole batch, as on one device.

Reference: https://www.tensorflow.org/guide/distributed_training
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import tensorflow as tf

from studio.data.faults import Faults
from studio.data.pipeline import training_batches
from studio.data.training_source import TrainingSource
from studio.errors import RunError
from studio.training.checkpoint import Position, checkpoint_variables
from studio.training.stepper import Batch
from studio.training.student import Student


class DistributedStepper:
    """Implements `Stepper` on all replicas of a strategy.

    Args:
        strategy: of `open_strategy`.
        student: built and compiled outside of the strategy.
    """

    def __init__(self, strategy: tf.distribute.Strategy, student: Student) -> None:
        self._strategy = strategy
        self._student = student
        resolver = strategy.cluster_resolver
        self._processes, self._process = _place(resolver) if resolver else (1, 0)
        self._local_replicas = strategy.num_replicas_in_sync // self._processes

    @property
    def is_chief(self) -> bool:
        """Whether this process writes what the training leaves behind."""
        return self._process == 0

    def batches(
        self,
        source: TrainingSource,
        batch_size: int,
        first_step: int,
        last_step: int,
        faults: Faults,
    ) -> Iterable[Batch]:
        """This process' part of each batch."""
        batches: Iterable[Batch] = training_batches(
            source,
            batch_size,
            first_step,
            last_step,
            faults=faults,
            part=(self._process, self._processes),
        )
        return batches

    def step(self, batch: Batch) -> dict[str, float]:
        """See `Stepper`."""
        rows = len(batch["image"]) // self._local_replicas

        def share(values: tf.Tensor) -> Any:
            if self._local_replicas == 1:
                return values
            return self._strategy.experimental_distribute_values_from_function(
                lambda context: values[
                    (
                        first := context.replica_id_in_sync_group % self._local_replicas * rows
                    ) : first + rows
                ]
            )

        shares = {name: share(values) for name, values in batch.items()}
        with _others_may_leave():
            losses = self._step_everywhere(shares)
            return {name: float(loss) for name, loss in losses.items()}

    def any_of_all(self, mine: bool) -> bool:
        """See `Stepper`."""
        if self._processes == 1:
            return mine
        with _others_may_leave():
            return float(self._sum(tf.constant(float(mine)))) > 0.0

    def agree(self, position: Position) -> Position:
        """See `Stepper`."""
        if self._processes == 1:
            return position
        variables = checkpoint_variables(self._student)
        values = [tf.convert_to_tensor(variable.value) for variable in variables]
        with _others_may_leave():
            *values, step = self._from_chief([*values, tf.constant(position.step, tf.int64)])
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        return replace(position, step=int(step))

    @tf.function
    def _from_chief(self, values: list[tf.Tensor]) -> list[tf.Tensor]:
        """Have the chief's values everywhere: a sum to which the others add zeros."""

        def add(values: list[tf.Tensor]) -> list[tf.Tensor]:
            context = tf.distribute.get_replica_context()
            gives = tf.equal(context.replica_id_in_sync_group, 0)
            given = [tf.where(gives, value, tf.zeros_like(value)) for value in values]
            # One by one: together they would have to be of one type.
            return [context.all_reduce(tf.distribute.ReduceOp.SUM, value) for value in given]

        return list(self._here(self._strategy.run(add, args=(values,))))

    @tf.function
    def _sum(self, value: tf.Tensor) -> tf.Tensor:
        """Over all replicas."""

        def add(value: tf.Tensor) -> tf.Tensor:
            context = tf.distribute.get_replica_context()
            # Only what a replica made has its device.
            return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.identity(value))

        return self._here(self._strategy.run(add, args=(value,)))

    @tf.function
    def _step_everywhere(self, shares: Any) -> dict[str, tf.Tensor]:
        student = self._student
        trainable = [tf.convert_to_tensor(v.value) for v in student.trainable_variables]
        others = [tf.convert_to_tensor(v.value) for v in student.non_trainable_variables]
        results = self._strategy.run(self._step_here, args=(trainable, others, shares))
        gradients, others, losses = self._here(results)
        student.optimizer.apply(gradients, student.trainable_variables)
        for variable, value in zip(student.non_trainable_variables, others, strict=True):
            variable.assign(value)
        losses_of_batch: dict[str, tf.Tensor] = losses
        return losses_of_batch

    def _step_here(
        self, trainable: list[tf.Tensor], others: list[tf.Tensor], batch: Batch
    ) -> tuple[list[tf.Tensor], list[tf.Tensor], dict[str, tf.Tensor]]:
        """One replica's part of a step, changing nothing; what it returns is alike on all."""
        context = tf.distribute.get_replica_context()
        add, mean = tf.distribute.ReduceOp.SUM, tf.distribute.ReduceOp.MEAN
        student = self._student
        with tf.GradientTape() as tape:
            tape.watch(trainable)
            logits, others = student.stateless_call(
                trainable, others, batch["image"], training=True
            )
            parts = student.loss_parts(batch, logits)
            weights = context.all_reduce(add, {name: part.weight for name, part in parts.items()})
            # Over the weight of all replicas: their shares then add up to the batch's mean.
            losses = {name: part.mean(weights[name]) for name, part in parts.items()}
            loss = student.total(losses)
        gradients = tape.gradient(loss, trainable)
        shown = {"loss": loss, **losses} if len(losses) > 1 else {"loss": loss}
        gradients, shown = context.all_reduce(add, (gradients, shown))
        if others:
            # Frozen ones came through as they were, without a device; see `_sum`.
            others = context.all_reduce(mean, [tf.identity(value) for value in others])
        return gradients, others, shown

    def _here(self, results: Any) -> Any:
        """What this process' first replica returned."""
        return tf.nest.map_structure(
            lambda value: self._strategy.experimental_local_results(value)[0], results
        )


def _place(resolver: Any) -> tuple[int, int]:
    """How many processes there are and which one this is; the chief is the first."""
    config = resolver.cluster_spec().as_dict()
    chiefs, workers = len(config.get("chief", [])), len(config.get("worker", []))
    if not chiefs + workers:
        return 1, 0
    return chiefs + workers, resolver.task_id + (chiefs if resolver.task_type == "worker" else 0)


@contextmanager
def _others_may_leave() -> Iterator[None]:
    try:
        yield
    except (
        tf.errors.UnavailableError,
        tf.errors.AbortedError,
        tf.errors.CancelledError,
        tf.errors.DeadlineExceededError,
    ) as error:
        raise RunError(
            "Another worker of this training is gone.",
            remedy="Start the training again on all of them: it goes on from the last checkpoint"
            " of the first.",
            details=repr(error),
        ) from error
