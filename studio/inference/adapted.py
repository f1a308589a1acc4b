"""A model made to fit the frame: cut at its class scores, its input of the frame's aspect.

A 16:9 frame in a square input wastes nearly half of the network's work on bars, and published
graphs upsample all classes inside. Both can be had for free by changing sizes in the file. At the
model's own input size the scores are the same to the bit; at another, the constants behind image
pooling are told of the bars that are no more, and all other weights stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import ModelError
from studio.inference.choices import Choices
from studio.inference.cutting import find_cut
from studio.inference.input_size import Step, input_size_for, input_step
from studio.inference.model import LogitsGrid
from studio.inference.pooling import pooled_branches, tell_of_bars
from studio.inference.reading import OutputReading
from studio.inference.resizing import resize
from studio.inference.stored_model import Shape, StoredModel

RunOnBar = Callable[[bytes], NDArray[np.float32]]

_BARS_MATTER_BELOW = 449
"""Long side of the own input below which image pooling is told of bars.

DeepLabs are trained on crops of about 500 px. At that size they have seen frames with bars and
without; at smaller inputs they see small objects, which they only know amid bars. One network's
weights at 257, 385 and 513 px, on DAVIS, without bars: J -2.2, 0.0, +1.8; told of them: +1.8, -0.2,
-0.4.
"""
_MOST_STRIDE = 33
"""Maps that are smaller than this part of the input come from pooling, not from strides."""


@dataclass(frozen=True, slots=True, eq=False)
class AdaptedModel:
    """A model file that was made to fit.

    Attributes:
        content: of the .tflite file; one input, one output.
        choices: how it is used.
        output_shape: of its output.
    """

    content: bytes
    choices: Choices
    output_shape: Shape


class ModelAdapter:
    """Makes one model fit frames of any size.

    Args:
        path: of the .tflite file.
        choices: how the model is used as it is.
        run_on_bar: runs a model, given as content of a file, on an input that is nothing but bar,
            and gives its output as real numbers.

    Raises:
        ModelError: it allows nothing of the kind; the message tells why, to go on after a colon.
    """

    def __init__(self, path: Path, choices: Choices, run_on_bar: RunOnBar) -> None:
        try:
            self._content = path.read_bytes()
        except OSError as error:
            raise ModelError(f"{path.name} cannot be read ({error.strerror})") from error
        self._choices = choices
        self._run_on_bar = run_on_bar
        self._bars: dict[int, NDArray[np.float32]] = {}
        self._own = choices.input_size
        model = StoredModel(self._content)
        if choices.image.layout != "NHWC":
            raise ModelError("its input has the colours first")
        if model.is_open(model.inputs[0]):
            raise ModelError("the file leaves the size of its input open")
        output = model.outputs[choices.output_index]
        self._cut = find_cut(model, output, len(choices.labels))
        if not self._cut.is_scores and choices.output.kind != "binary":
            raise ModelError("its labels do not come straight from a score for each class")
        self._steps: tuple[Step, Step] | None = None
        self._reason = ""
        try:
            self._steps = self._whole_steps(model)
            for frame_size in ((9, 16), (16, 9)):
                self.adapted(self.input_size(frame_size))
        except ModelError as error:
            if self._cut.tensor == output:
                raise
            self._steps, self._reason = None, error.message

    @property
    def reason(self) -> str:
        """Why the input keeps its size although the graph is cut; empty where it does not."""
        return self._reason

    def input_size(self, frame_size: tuple[int, int]) -> tuple[int, int]:
        """Height and width of the network's input for frames of a height and width."""
        return input_size_for(frame_size, self._own, self._steps) if self._steps else self._own

    def adapted(self, input_size: tuple[int, int]) -> AdaptedModel:
        """The model with an input of a height and width.

        Raises:
            ModelError: it does not allow it; the message tells why, to go on after a colon.
        """
        model = StoredModel(self._content)
        ops = model.keep_only(self._cut.tensor)
        shapes = resize(model, ops, input_size)
        if input_size != self._own and self._had_bars:
            share = input_size[0] * input_size[1] / (self._own[0] * self._own[1])
            for branch in pooled_branches(model, ops):
                tell_of_bars(model, branch, share, self._bar(branch.pooled))
        shape = shapes.get(self._cut.tensor, ())
        if len(shape) != 4:
            raise ModelError("its output does not follow the size of its input")
        return AdaptedModel(
            content=model.written(),
            choices=self._choices_at(input_size, shape),
            output_shape=shape,
        )

    @property
    def _had_bars(self) -> bool:
        """Whether the network counts on bars beside frames that are not square."""
        return self._choices.fit == "letterbox" and max(self._own) < _BARS_MATTER_BELOW

    def _bar(self, pooled: int) -> NDArray[np.float32]:
        """What a tensor holds when the input is nothing but bar."""
        if pooled not in self._bars:
            model = StoredModel(self._content)
            model.keep_only(pooled)
            self._bars[pooled] = self._run_on_bar(model.written()).reshape(-1)
        return self._bars[pooled]

    def _whole_steps(self, model: StoredModel) -> tuple[Step, Step]:
        pictures = model.depends_on_input()
        ops = model.keep_only(self._cut.tensor)
        shapes = [model.shapes[t] for op in ops for t in op.outputs if t in pictures]
        rows, columns = (
            input_step(
                own, [s[axis] for s in shapes if len(s) == 4 and s[axis] * _MOST_STRIDE >= own]
            )
            for axis, own in zip((1, 2), self._own, strict=True)
        )
        if rows is None or columns is None:
            raise ModelError("its maps are no whole part of its input")
        return rows, columns

    def _choices_at(self, input_size: tuple[int, int], shape: Shape) -> Choices:
        choices = self._choices
        grid = (shape[1], shape[2])
        if self._cut.is_scores:
            output = OutputReading("logits", "NHWC", grid, shape[3])
        else:
            output = replace(choices.output, grid=grid)
        layout: LogitsGrid = self._cut.layout or choices.logits_grid
        return replace(
            choices,
            image=replace(choices.image, height=input_size[0], width=input_size[1]),
            output_index=0,
            output=output,
            logits_grid=layout,
        )
