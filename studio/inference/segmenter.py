"""Opens any TFLite segmentation model and turns frames into masks at the frame's size."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.errors import ModelError
from studio.inference import postprocess
from studio.inference.adapted import AdaptedModel, ModelAdapter
from studio.inference.card import ModelCard, read_card
from studio.inference.choices import choose
from studio.inference.graph import ModelGraph, read_graph
from studio.inference.interpreter import TfliteInterpreter
from studio.inference.metadata import read_metadata
from studio.inference.model import ModelInfo, SessionOptions, StageMillis
from studio.inference.network import Network, Output
from studio.inference.reading import closed_shape
from studio.inference.wiring import Wiring
from studio.video.frame import Image

_OPEN_INPUT_SIZE = (257, 257)  # when neither the file nor its card fixes one
_MOST_ADAPTED = 2


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
        self._options = options = options or SessionOptions()
        self._path = path
        started = time.perf_counter()
        graph = read_graph(path)
        card = read_card(path)
        metadata, warnings = read_metadata(graph)
        interpreter = self._interpreter(_input_shape(graph, card))
        choices = choose(
            graph,
            interpreter.inputs,
            interpreter.outputs,
            card,
            metadata,
            options.overrides,
        )
        postprocess.warm_up()
        self._own = self._network = Network(interpreter, choices)
        self._own.mask(choices.input_size)
        self._adapter: ModelAdapter | None = None
        self._adapted: dict[tuple[int, int], Network] = {}
        self._info = self._describe(
            graph,
            load_millis=(time.perf_counter() - started) * 1e3,
            warnings=(*warnings, *interpreter.warnings, *choices.warnings),
        )
        if options.input_fit == "frame":
            try:
                self._adapter = ModelAdapter(path, choices, self._run_on_bar)
            except ModelError as error:
                self._stay_as_is(error)
            else:
                self._warn(self._adapter.reason)

    @property
    def info(self) -> ModelInfo:
        """The opened model; its input is that of the last frame."""
        return self._info

    @property
    def wiring(self) -> Wiring:
        """How frames go in and masks come out, for a runner elsewhere that does the same."""
        return self._network.wiring

    def output(self) -> NDArray[Any]:
        """A copy of the output tensor, as the last frame left it."""
        return self._network.interpreter.view(self._network.output).copy()

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
        network = self._fitting(image)
        preprocess_millis, invoke_millis = network.run(image)
        invoked = time.perf_counter()
        mask = network.mask((image.shape[0], image.shape[1]), out)
        millis = StageMillis(
            preprocess=preprocess_millis,
            invoke=invoke_millis,
            postprocess=(time.perf_counter() - invoked) * 1e3,
        )
        return mask, millis

    def scores(self, image: Image) -> Output:
        """What the network says of one frame, without making a mask of it.

        Args:
            image: uint8 [H, W, 3] BGR of any size, at least 1 x 1.

        Returns:
            The scores at the network's own resolution.

        Raises:
            ModelError: the model refuses to run.
        """
        return self._fitting(image).scores(image)

    def adapted_to(self, frame_size: tuple[int, int]) -> AdaptedModel | None:
        """The model made to fit frames of a size, as it runs here.

        Args:
            frame_size: height and width.

        Returns:
            The model; None where its own input is used, for the reason that `info.warnings` tells
            or because `input_fit` is `model`.
        """
        if self._adapter is None:
            return None
        return self._adapter.adapted(self._adapter.input_size(frame_size))

    def _fitting(self, image: Image) -> Network:
        """The network for frames of this size; opened when the first of its aspect comes."""
        if self._adapter is None:
            return self._own
        size = self._adapter.input_size((image.shape[0], image.shape[1]))
        network = self._adapted.get(size)
        if network is None:
            try:
                network = self._open_adapted(self._adapter.adapted(size))
            except ModelError as error:
                self._stay_as_is(error)
                return self._own
            while len(self._adapted) >= _MOST_ADAPTED:
                self._adapted.pop(next(iter(self._adapted)))
            self._adapted[size] = network
        if network is not self._network:
            self._adapted[size] = self._adapted.pop(size)  # the one used last goes last
            self._use(network)
        return network

    def _open_adapted(self, adapted: AdaptedModel) -> Network:
        interpreter = self._interpreter(None, adapted.content)
        opened = interpreter.outputs[0].shape
        if opened != adapted.output_shape:
            raise ModelError(
                f"its scores came out as {list(opened)} instead of {list(adapted.output_shape)}"
            )
        return Network(interpreter, adapted.choices)

    def _run_on_bar(self, content: bytes) -> NDArray[np.float32]:
        interpreter = self._interpreter(None, content)
        interpreter.view(interpreter.inputs[0])[:] = self._own.wiring.padding
        interpreter.invoke()
        output = interpreter.outputs[0]
        values = interpreter.view(output).astype(np.float32)
        return (values - output.zero_point) * np.float32(output.scale or 1.0)

    def _stay_as_is(self, reason: ModelError) -> None:
        self._adapter = None
        self._adapted.clear()
        self._use(self._own)
        self._warn(reason.message)

    def _warn(self, reason: str) -> None:
        """Tell why the network's input keeps its shape, if it does."""
        if reason:
            warning = f"The network's input cannot follow the shape of the frames: {reason}."
            self._info = replace(self._info, warnings=(*self._info.warnings, warning))

    def _use(self, network: Network) -> None:
        self._network = network
        height, width = network.choices.input_size
        ratio = network.interpreter.delegated_ops_ratio
        self._info = replace(
            self._info,
            delegate="XNNPACK" if ratio else "none",
            delegated_ops_ratio=ratio,
            input_height=height,
            input_width=width,
            output_kind=network.choices.output.kind,
            output_shape=network.output.shape,
            output_dtype=network.output.dtype,
            logits_grid=network.choices.logits_grid,
        )

    def _interpreter(
        self, input_shape: tuple[int, ...] | None, content: bytes | None = None
    ) -> TfliteInterpreter:
        options = self._options
        return TfliteInterpreter(
            self._path, options.runtime, options.threads, options.xnnpack, input_shape, content
        )

    def _describe(
        self, graph: ModelGraph, load_millis: float, warnings: tuple[str, ...]
    ) -> ModelInfo:
        own, options = self._own, self._options
        choices = own.choices
        return ModelInfo(
            path=str(graph.path),
            name=choices.name,
            runtime=options.runtime,
            runtime_version=own.interpreter.version,
            delegate="XNNPACK" if own.interpreter.delegated_ops_ratio else "none",
            delegated_ops_ratio=own.interpreter.delegated_ops_ratio,
            threads=options.threads,
            input_height=choices.input_size[0],
            input_width=choices.input_size[1],
            input_dtype=own.input.dtype,
            output_kind=choices.output.kind,
            output_shape=own.output.shape,
            output_dtype=own.output.dtype,
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
