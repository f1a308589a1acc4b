"""What a training makes small, in Keras' own operations."""

from __future__ import annotations

from typing import Any

from keras import ops

from studio.classes import VOID_INDEX


def masked_cross_entropy(
    logits: Any, labels: Any, *, label_smoothing: float = 0.0, class_weights: Any | None = None
) -> Any:
    """Cross entropy over the labelled pixels.

    Args:
        logits: float32 [N, H, W, C].
        labels: integers [N, H, W]; 255 is void and counts nothing.
        label_smoothing: share of the truth spread over all classes.
        class_weights: float [C], how much each class counts; None for all alike.

    Returns:
        Scalar: the weighted mean over the labelled pixels; 0 when there are none.
    """
    labels = ops.cast(labels, "int32")
    is_labelled = ops.not_equal(labels, VOID_INDEX)
    truth = ops.where(is_labelled, labels, 0)
    weights = ops.cast(is_labelled, "float32")
    if class_weights is not None:
        weights = weights * ops.take(class_weights, truth)
    log_probabilities = ops.log_softmax(logits, axis=-1)
    hit = ops.squeeze(ops.take_along_axis(log_probabilities, truth[..., None], axis=-1), axis=-1)
    if label_smoothing:
        spread = ops.mean(log_probabilities, axis=-1)
        hit = (1.0 - label_smoothing) * hit + label_smoothing * spread
    return -ops.sum(hit * weights) / ops.maximum(ops.sum(weights), 1.0)


def distillation_loss(logits: Any, teacher: Any, valid: Any, *, temperature: float = 1.0) -> Any:
    """Kullback-Leibler divergence from the teacher's classes to the network's.

    Args:
        logits: float32 [N, H, W, C].
        teacher: float [N, H, W, C], the teacher's logits.
        valid: bool [N, H, W], where the teacher has something to say.
        temperature: softens both; gradients keep their size by its square.

    Returns:
        Scalar: the mean over the valid pixels; 0 when there are none.

    Reference: Hinton et al. 2015, "Distilling the Knowledge in a Neural Network", section 2.
    """
    soft_teacher = ops.log_softmax(ops.cast(teacher, "float32") / temperature, axis=-1)
    soft_student = ops.log_softmax(logits / temperature, axis=-1)
    divergence = ops.sum(ops.exp(soft_teacher) * (soft_teacher - soft_student), axis=-1)
    weights = ops.cast(valid, "float32")
    mean = ops.sum(divergence * weights) / ops.maximum(ops.sum(weights), 1.0)
    return mean * temperature**2
