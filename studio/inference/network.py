"""A network that is open: frames go in, class scores or masks come out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOID_INDEX
from studio.inference import postprocess
from studio.inference.choices import Choices
from studio.inference.geometry import Geometry
from studio.inference.interpreter import TensorSpec, TfliteInterpreter
from studio.inference.preprocess import Preprocessor
from studio.inference.wiring import Wiring
from studio.video.frame import Image

_MANY_FRAME_SIZES = 8


@dataclass(frozen=True, slots=True)
class AxisPlacement:
    """Where a frame lies on the grid of scores, along one axis.

    The grid position of a point is `scale * x + offset`, x from 0 to 1 across the frame and grid
    positions counted from the centre of the first.
    """

    scale: float
    offset: float


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """What the network says of a frame, before any mask is made of it.

    Attributes:
        values: [h, w, C] scores of the network's type, or uint8 [h, w] labels; a copy.
        scale: score per unit of `values`; 1 where they are scores already.
        zero_point: value that stands for 0.
        classes: number of classes.
        rows: where the frame's height lies on the grid.
        columns: where its width lies.
        preprocess_millis: from the frame to the network's input.
        invoke_millis: the network.
    """

    values: NDArray[Any]
    scale: float
    zero_point: int
    classes: int
    rows: AxisPlacement
    columns: AxisPlacement
    preprocess_millis: float
    invoke_millis: float


class Network:
    """An opened network and how it is used.

    Args:
        interpreter: that runs it.
        choices: how frames go in and scores come out.
    """

    def __init__(self, interpreter: TfliteInterpreter, choices: Choices) -> None:
        self.interpreter = interpreter
        self.choices = choices
        self.input: TensorSpec = interpreter.inputs[0]
        self.output: TensorSpec = interpreter.outputs[choices.output_index]
        self._preprocessor = Preprocessor(
            input_size=choices.input_size,
            layout=choices.image.layout,
            dtype=self.input.dtype,
            scale=self.input.scale,
            zero_point=self.input.zero_point,
            normalization=choices.normalization,
            fit=choices.fit,
            channel_order=choices.channel_order,
        )
        self._geometries: dict[tuple[int, int], Geometry] = {}
        self.run(np.zeros((*choices.input_size, 3), np.uint8))

    @property
    def wiring(self) -> Wiring:
        """How frames go in and masks come out, for a runner elsewhere that does the same."""
        return Wiring(
            choices=self.choices,
            input=self.input,
            output=self.output,
            table=self._preprocessor.table,
            padding=self._preprocessor.padding,
            swaps=self._preprocessor.swaps,
        )

    def run(
        self, image: Image, clock: Callable[[], float] = time.perf_counter
    ) -> tuple[float, float]:
        """Run the network on a frame.

        Args:
            image: uint8 [H, W, 3] BGR.
            clock: in seconds.

        Returns:
            Milliseconds of preprocessing and of the network.

        Raises:
            ModelError: the model refuses to run.
        """
        begin = clock()
        self._preprocessor.write(image, self.interpreter.view(self.input))
        prepared = clock()
        self.interpreter.invoke()
        return (prepared - begin) * 1e3, (clock() - prepared) * 1e3

    def mask(
        self, frame_size: tuple[int, int], out: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        """The mask of the frame that the network ran on last.

        Args:
            frame_size: its height and width.
            out: uint8 [H, W], C-contiguous; written when given.
        """
        reading = self.choices.output
        geometry = self._geometry(frame_size)
        values = reading.as_map(self.interpreter.view(self.output))
        if reading.kind == "logits":
            return postprocess.mask_from_logits(values, geometry, out)
        if reading.kind == "binary":
            return postprocess.mask_from_binary(values, reading.threshold, geometry, out)
        return postprocess.mask_from_labels(values, len(self.choices.labels), geometry, out)

    def scores(self, image: Image) -> Output:
        """Run the network on a frame and give its scores.

        Args:
            image: uint8 [H, W, 3] BGR.

        Raises:
            ModelError: the model refuses to run.
        """
        preprocess_millis, invoke_millis = self.run(image)
        geometry = self._geometry((image.shape[0], image.shape[1]))
        rows, columns = (AxisPlacement(*geometry.placement(axis)) for axis in (0, 1))
        return Output(
            values=self._values(),
            scale=self.output.scale or 1.0,
            zero_point=self.output.zero_point,
            classes=len(self.choices.labels),
            rows=rows,
            columns=columns,
            preprocess_millis=preprocess_millis,
            invoke_millis=invoke_millis,
        )

    def _values(self) -> NDArray[Any]:
        reading = self.choices.output
        values = reading.as_map(self.interpreter.view(self.output))
        if reading.kind == "logits":
            # The runtime refuses to run on while anyone holds a view of its memory.
            return values.copy(order="C")
        if reading.kind == "binary":  # the background's score is the threshold
            pair = np.empty((*values.shape, 2), np.float32)
            pair[..., 0] = reading.threshold
            pair[..., 1] = values
            return pair
        labels: NDArray[np.uint8] = values.astype(np.uint8)
        labels[(values < 0) | (values >= len(self.choices.labels))] = VOID_INDEX
        return labels

    def _geometry(self, size: tuple[int, int]) -> Geometry:
        """The tables for a frame's size; a video may change it in mid-stream."""
        found = self._geometries.get(size)
        if found is None:
            if len(self._geometries) >= _MANY_FRAME_SIZES:
                self._geometries.clear()
            found = Geometry(
                frame_size=size,
                input_size=self.choices.input_size,
                grid_size=self.choices.output.grid,
                fit=self.choices.fit,
                layout=self.choices.logits_grid,
            )
            self._geometries[size] = found
        return found
