"""Batch normalization over a batch in one pass, where the backend has a kernel for it."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


def batch_norm_training(x: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Normalize a batch by its own statistics, over all replicas of a `tf.distribute` strategy.

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

        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            return _over_replicas(x, gamma, beta, epsilon)
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


def _over_replicas(x: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """The same in a replica: its own part of the batch would be too small to speak for all."""
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    add = tf.distribute.ReduceOp.SUM
    own = tf.cast(x, tf.float32)
    pixels = tf.cast(tf.size(own) // tf.shape(own)[-1], tf.float32)
    total, count = context.all_reduce(add, (tf.reduce_sum(own, (0, 1, 2)), pixels))
    mean = total / count
    # In two passes: the mean of squares less the squared mean cancels where the mean is large.
    squares = context.all_reduce(add, tf.reduce_sum(tf.square(own - mean), (0, 1, 2)))
    outputs = tf.nn.batch_normalization(own, mean, squares / count, beta, gamma, epsilon)
    # The fused kernel gives the unbiased variance, too.
    return tf.cast(outputs, x.dtype), mean, squares / tf.maximum(count - 1.0, 1.0)
