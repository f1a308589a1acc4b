"""Opens any TFLite segmentation model and turns frames into masks at the frame's size."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.inference import postprocess
from studio.inference.card import ModelCard, read_card
from studio.inference.choices import choose
from studio.inference.geometry import Geometry
from studio.inference.graph import ModelGraph, read_graph
from studio.inference.interpreter import TensorSpec, TfliteInterpreter
from studio.inference.metadata import read_metadata
from studio.inference.model import ModelInfo, SessionOptions, StageMillis
from studio.inference.preprocess import Preprocessor
from studio.inference.reading import closed_shape
from studio.inference.wiring import Wiring
from studio.video.frame import Image

_MANY_FRAME_SIZES = 8
_OPEN_INPUT_SIZE = (257, 257)  # when neither the file nor its card fixes one


def _input_shape(graph: ModelGraph, card: ModelCard | None) -> tuple[int, ...] | None:
    """The shape to set on an input whose size the file leaves open; None when it does not."""
    shape = graph.tensors[graph.inputs[0]].shape if graph.inputs else ()
    if -1 not in shape:
        return None
    return closed_shape(shape, (card and card.input_size) or _OPEN_INPUT_SIZE)


class Segmenter:
    """A segmentation model that is open. Not thread-safe: one frame at a time.

    Args:
        path: of the .tflite file.
        options: how to run it.

    Raises:
        ModelError: not a model, not one that segments, or its card does not fit it.
        SpecError: the options cannot be met.
    """

    def __init__(self, path: Path, options: SessionOptions | None = None) -> None:
        options = options or SessionOptions()
        started = time.perf_counter()
        graph = read_graph(path)
        card = read_card(path)
        metadata, warnings = read_metadata(graph)
        self._interpreter = TfliteInterpreter(
            path,
            options.runtime,
            options.threads,
            options.xnnpack,
            _input_shape(graph, card),
        )
        choices = choose(
            graph,
            self._interpreter.inputs,
            self._interpreter.outputs,
            card,
            metadata,
            options.overrides,
        )
        self._choices = choices
        self._input = self._interpreter.inputs[0]
        self._output: TensorSpec = self._interpreter.outputs[choices.output_index]
        self._preprocessor = Preprocessor(
            input_size=choices.input_size,
            layout=choices.image.layout,
            dtype=self._input.dtype,
            scale=self._input.scale,
            zero_point=self._input.zero_point,
            normalization=choices.normalization,
            fit=choices.fit,
            channel_order=choices.channel_order,
        )
        self._geometries: dict[tuple[int, int], Geometry] = {}
        postprocess.warm_up()
        self.segment(np.zeros((*choices.input_size, 3), np.uint8))
        self._info = self._describe(
            graph,
            options,
            load_millis=(time.perf_counter() - started) * 1e3,
            warnings=(*warnings, *self._interpreter.warnings, *choices.warnings),
        )

    @property
    def info(self) -> ModelInfo:
        """The opened model."""
        return self._info

    @property
    def wiring(self) -> Wiring:
        """How frames go in and masks come out, for a runner elsewhere that does the same."""
        return Wiring(
            choices=self._choices,
            input=self._input,
            output=self._output,
            table=self._preprocessor.table,
            padding=self._preprocessor.padding,
            swaps=self._preprocessor.swaps,
        )

    def output(self) -> NDArray[Any]:
        """A copy of the output tensor, as the last frame left it."""
        return self._interpreter.view(self._output).copy()

    def segment(
        self, image: Image, out: NDArray[np.uint8] | None = None
    ) -> tuple[NDArray[np.uint8], StageMillis]:
        """Segment one frame.

        Args:
            image: uint8 [H, W, 3] BGR of any size, at least 1 x 1.
            out: uint8 [H, W], C-contiguous; the mask is written there when given.

        Returns:
            The mask, uint8 [H, W], and milliseconds by stage.

        Raises:
            ModelError: the model refuses to run.
        """
        begin = time.perf_counter()
        self._preprocessor.write(image, self._interpreter.view(self._input))
        prepared = time.perf_counter()
        self._interpreter.invoke()
        invoked = time.perf_counter()
        mask = self._mask(self._geometry(image), out)
        end = time.perf_counter()
        millis = StageMillis(
            preprocess=(prepared - begin) * 1e3,
            invoke=(invoked - prepared) * 1e3,
            postprocess=(end - invoked) * 1e3,
        )
        return mask, millis

    def _mask(self, geometry: Geometry, out: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
        reading = self._choices.output
        values = reading.as_map(self._interpreter.view(self._output))
        if reading.kind == "logits":
            return postprocess.mask_from_logits(values, geometry, out)
        if reading.kind == "binary":
            return postprocess.mask_from_binary(values, reading.threshold, geometry, out)
        return postprocess.mask_from_labels(values, len(self._choices.labels), geometry, out)

    def _geometry(self, image: Image) -> Geometry:
        """The tables for a frame's size; a video may change it in mid-stream."""
        size = (image.shape[0], image.shape[1])
        found = self._geometries.get(size)
        if found is None:
            if len(self._geometries) >= _MANY_FRAME_SIZES:
                self._geometries.clear()
            found = Geometry(
                frame_size=size,
                input_size=self._choices.input_size,
                grid_size=self._choices.output.grid,
                fit=self._choices.fit,
                layout=self._choices.logits_grid,
            )
            self._geometries[size] = found
        return found

    def _describe(
        self,
        graph: ModelGraph,
        options: SessionOptions,
        load_millis: float,
        warnings: tuple[str, ...],
    ) -> ModelInfo:
        choices = self._choices
        return ModelInfo(
            path=str(graph.path),
            name=choices.name,
            runtime=options.runtime,
            runtime_version=self._interpreter.version,
            delegate="XNNPACK" if self._interpreter.delegated_ops_ratio else "none",
            delegated_ops_ratio=self._interpreter.delegated_ops_ratio,
            threads=options.threads,
            input_height=choices.input_size[0],
            input_width=choices.input_size[1],
            input_dtype=self._input.dtype,
            output_kind=choices.output.kind,
            output_shape=self._output.shape,
            output_dtype=self._output.dtype,
            labels=choices.labels,
            palette=choices.palette,
            fit=choices.fit,
            logits_grid=choices.logits_grid,
            size_bytes=graph.size_bytes,
            load_millis=load_millis,
            weight_bits=graph.weight_bits,
            sources=choices.sources,
            warnings=warnings,
            tensors=graph.tensor_infos(),
        )
