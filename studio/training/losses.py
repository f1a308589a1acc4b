"""What a training makes small, in Keras' own operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keras import ops

from studio.classes import VOID_INDEX


@dataclass(frozen=True, slots=True)
class WeightedSum:
    """A mean before its division, so that replicas can put theirs together.

    Attributes:
        sum: scalar, of the losses times their weights.
        weight: scalar, of all weights.
    """

    sum: Any
    weight: Any

    def mean(self, weight: Any | None = None) -> Any:
        """The mean; 0 where nothing has weight.

        Args:
            weight: of all replicas together; this one's when None.
        """
        return self.sum / ops.maximum(self.weight if weight is None else weight, 1.0)


def masked_cross_entropy(
    logits: Any, labels: Any, *, label_smoothing: float = 0.0, class_weights: Any | None = None
) -> WeightedSum:
    """Cross entropy over the labelled pixels.

    Args:
        logits: float32 [N, H, W, C].
        labels: integers [N, H, W]; 255 is void and counts nothing.
        label_smoothing: share of the truth spread over all classes.
        class_weights: float [C], how much each class counts; None for all alike.

    Returns:
        The sum over the labelled pixels and their weights.
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
    return WeightedSum(-ops.sum(hit * weights), ops.sum(weights))


def distillation_loss(
    logits: Any, teacher: Any, valid: Any, *, temperature: float = 1.0
) -> WeightedSum:
    """Kullback-Leibler divergence from the teacher's classes to the network's.

    Args:
        logits: float32 [N, H, W, C].
        teacher: float [N, H, W, C], the teacher's logits.
        valid: bool [N, H, W], where the teacher has something to say.
        temperature: softens both; gradients keep their size by its square.

    Returns:
        The sum over the valid pixels and their number.

    Reference: Hinton et al. 2015, "Distilling the Knowledge in a Neural Network", section 2.
    """
    soft_teacher = ops.log_softmax(ops.cast(teacher, "float32") / temperature, axis=-1)
    soft_student = ops.log_softmax(logits / temperature, axis=-1)
    divergence = ops.sum(ops.exp(soft_teacher) * (soft_teacher - soft_student), axis=-1)
    weights = ops.cast(valid, "float32")
    return WeightedSum(ops.sum(divergence * weights) * temperature**2, ops.sum(weights))
