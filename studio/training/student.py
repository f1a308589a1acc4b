"""The network in training: preprocessing in front, losses behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from studio.deeplab.resize import resize_bilinear
from studio.training.losses import WeightedSum, distillation_loss, masked_cross_entropy
from studio.training.spec import TrainSpec


class Student(keras.Model):
    """A network with the losses of a training.

    Args:
        network: images in -1 to 1 to logits.
        spec: of the training.
        class_weights: float [C] for balanced classes; None for all alike.

    Input: uint8 [N, H, W, 3]. Targets: a dict of `labels` uint8 [N, h, w] and, with a teacher,
    `teacher` float16 [N, h, w, C] and `teacher_valid` bool [N, h, w].
    """

    def __init__(
        self, network: keras.Model, spec: TrainSpec, class_weights: Any | None = None
    ) -> None:
        super().__init__(name="student")
        self.network = network
        self._spec = spec
        self._class_weights = class_weights
        # Keras reports every metric that it finds among the attributes.
        if spec.distillation.teacher:
            self._masks_loss = keras.metrics.Mean(name="loss/masks")
            self._teacher_loss = keras.metrics.Mean(name="loss/teacher")

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Images to logits at low resolution."""
        images = ops.cast(inputs, self.compute_dtype) / 127.5 - 1.0
        return self.network(images, training=training)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The loss of a batch, for Keras' own steps."""
        del x, sample_weight, training
        parts = self.loss_parts(y, y_pred)
        losses = {name: part.mean() for name, part in parts.items()}
        if self._spec.distillation.teacher:
            self._masks_loss.update_state(losses["loss/masks"])
            self._teacher_loss.update_state(losses["loss/teacher"])
        return self.total(losses)

    def loss_parts(self, targets: Any, logits: Any) -> dict[str, WeightedSum]:
        """The losses at the points of the loss grid, to which logits are upsampled.

        Args:
            targets: as the class has them.
            logits: of the network.

        Returns:
            By name; without a teacher the masks' loss alone.
        """
        spec = self._spec
        labels = targets["labels"]
        logits = resize_bilinear(logits, tuple(labels.shape[1:3]), spec.network.logits_grid)
        logits = ops.cast(logits, "float32")
        parts = {
            "loss/masks": masked_cross_entropy(
                logits,
                labels,
                label_smoothing=spec.loss.label_smoothing,
                class_weights=self._class_weights,
            )
        }
        if spec.distillation.teacher:
            parts["loss/teacher"] = distillation_loss(
                logits,
                targets["teacher"],
                targets["teacher_valid"],
                temperature=spec.distillation.temperature,
            )
        return parts

    def total(self, losses: Mapping[str, Any]) -> Any:
        """What is made small: the losses by name, weighted."""
        loss = losses["loss/masks"]
        if "loss/teacher" in losses:
            loss = loss + self._spec.distillation.weight * losses["loss/teacher"]
        return loss
