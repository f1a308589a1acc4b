"""Batch normalization over a batch in one pass, where the backend has a kernel for it."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


def batch_norm_training(x: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Normalize a batch by its own statistics.

    Args:
        x: float [N, H, W, C].
        gamma: float [C].
        beta: float [C].
        epsilon: added to the variance.

    Returns:
        The normalized batch, its mean [C] and its variance [C].
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf  # only this backend has this kernel

        # Keras 3 calls no fused kernel: its moments and its normalization each read the
        # activations again, forwards and backwards.
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x,
            scale=tf.convert_to_tensor(gamma),
            offset=tf.convert_to_tensor(beta),
            mean=tf.zeros([0]),
            variance=tf.zeros([0]),
            epsilon=epsilon,
            is_training=True,
        )
        return outputs, mean, variance
    mean, variance = ops.moments(ops.cast(x, "float32"), axes=(0, 1, 2))
    outputs = ops.batch_normalization(
        ops.cast(x, "float32"), mean, variance, -1, offset=beta, scale=gamma, epsilon=epsilon
    )
    return ops.cast(outputs, x.dtype), mean, variance
