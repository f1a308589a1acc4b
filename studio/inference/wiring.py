"""How frames go into a model and masks come out of it, all that another runner must be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOID_INDEX
from studio.inference.choices import Choices
from studio.inference.interpreter import TensorSpec


@dataclass(frozen=True, slots=True, eq=False)
class Wiring:
    """An opened model from the outside.

    Attributes:
        choices: what was decided about the model.
        input: its input tensor.
        output: the output that segments.
        table: [256, 3] of the input's type: its values by pixel value and channel, in the
            network's order of channels.
        padding: one value of the input's type, which stands beside a letterboxed frame.
        swaps: whether the network wants RGB; frames are BGR.
    """

    choices: Choices
    input: TensorSpec
    output: TensorSpec
    table: NDArray[Any]
    padding: NDArray[Any]
    swaps: bool

    def label_map(self, output: NDArray[Any]) -> NDArray[np.uint8]:
        """The classes at the network's own output size.

        Args:
            output: the output tensor.

        Returns:
            uint8 [h, w] of the grid; the first of equal scores wins.
        """
        reading = self.choices.output
        values = reading.as_map(output)
        if reading.kind == "logits":
            winners: NDArray[np.uint8] = values.argmax(axis=2).astype(np.uint8)
            return winners
        if reading.kind == "binary":
            return (values.astype(np.float32) > np.float32(reading.threshold)).astype(np.uint8)
        labels = values.astype(np.uint8)
        labels[(values < 0) | (values >= len(self.choices.labels))] = VOID_INDEX
        return labels
