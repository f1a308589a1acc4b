"""The optimizer and its learning rate."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from studio.training.spec import OptimizerSpec

_NOT_DECAYED = ["gamma", "beta", "bias"]
_AVERAGE = "_average"  # ends the names of Keras' moving averages, in the order of the variables


@keras.saving.register_keras_serializable(package="jejunet")
class LearningRate(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up, then polynomial, cosine, or no decay. A function of the step alone.

    Args:
        spec: of the optimizer.
        steps: of the whole training.

    Reference: Chen et al. 2017, "DeepLab", section 4.1.2 (poly); Loshchilov and Hutter 2017,
        "SGDR", section 3 (cosine).
    """

    def __init__(self, spec: OptimizerSpec, steps: int) -> None:
        self._spec = spec
        self._steps = steps

    def __call__(self, step: Any) -> Any:
        """The rate at a step, a scalar tensor."""
        spec = self._spec
        step = ops.cast(step, "float32")
        falling = max(self._steps - spec.warmup_steps, 1)
        done = ops.clip((step - spec.warmup_steps) / falling, 0.0, 1.0)
        if spec.schedule == "poly":
            share = ops.power(1.0 - done, spec.power)
        elif spec.schedule == "cosine":
            share = 0.5 * (1.0 + ops.cos(math.pi * done))
        else:
            share = ops.ones_like(done)
        warm = ops.minimum((step + 1.0) / max(spec.warmup_steps, 1), 1.0)
        return spec.learning_rate * ops.where(step < spec.warmup_steps, warm, share)

    def get_config(self) -> dict[str, Any]:
        """Nothing is restored from a Keras file: the run's spec makes the schedule anew."""
        return {}


def make_optimizer(spec: OptimizerSpec, steps: int) -> keras.optimizers.Optimizer:
    """The optimizer of a training.

    Args:
        spec: its options.
        steps: of the whole training.
    """
    common = {
        "learning_rate": LearningRate(spec, steps),
        "weight_decay": spec.weight_decay or None,
        "global_clipnorm": spec.clip_norm or None,
        "use_ema": spec.ema_decay > 0.0,
        "ema_momentum": spec.ema_decay or 0.99,
    }
    optimizer = (
        keras.optimizers.SGD(momentum=spec.momentum, **common)
        if spec.kind == "sgd"
        else keras.optimizers.AdamW(**{**common, "weight_decay": spec.weight_decay})
    )
    if spec.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=_NOT_DECAYED)
    return optimizer


def averaged_weights(optimizer: keras.optimizers.Optimizer, model: keras.Model) -> list[Any]:
    """The model's weights as the optimizer's moving average has them.

    Args:
        optimizer: with or without a moving average.
        model: that it trains.

    Returns:
        Arrays as `model.get_weights` gives them; just those without a moving average, and before
        the first step, which begins it. Batch statistics are averages already and are taken as
        they are.
    """
    averages = {}
    if optimizer.use_ema and int(ops.convert_to_numpy(optimizer.iterations)):
        ours = [variable for variable in optimizer.variables if variable.name.endswith(_AVERAGE)]
        averages = {
            variable.path: average
            for variable, average in zip(model.trainable_variables, ours, strict=True)
        }
    return [
        ops.convert_to_numpy(averages.get(variable.path, variable)) for variable in model.weights
    ]
