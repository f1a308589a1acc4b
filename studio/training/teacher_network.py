"""The network that a teacher asks: one of ours, at any size, or any `.tflite` file, at its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from studio.deeplab.deeplab_v3plus import deeplab_v3plus
from studio.deeplab.files import LoadedNetwork, load_network
from studio.deeplab.tflite_import import import_tflite
from studio.errors import ModelError, SpecError
from studio.inference.card import read_card
from studio.inference.choices import choose
from studio.inference.graph import read_graph
from studio.inference.interpreter import TfliteInterpreter
from studio.inference.metadata import read_metadata
from studio.inference.model import LogitsGrid, ModelOverrides
from studio.inference.preprocess import Preprocessor

View = npt.NDArray[np.float32]
"""A letterboxed image, float [size, size, 3] RGB, 0 to 255."""
Answer = Callable[[View], npt.NDArray[np.float32]]
"""From a view to logits, float [h, w, classes]."""


class TeacherNetwork(Protocol):
    """Gives logits for square views of an image."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Name of each class."""
        ...

    @property
    def grid(self) -> LogitsGrid:
        """Where its logits lie."""
        ...

    def logits_size(self, size: int) -> tuple[int, int]:
        """Height and width of the logits for views of a size.

        Raises:
            SpecError: it cannot look at views of that size.
        """
        ...

    def at(self, size: int) -> Answer:
        """The network, made ready for views of a size."""
        ...


def open_teacher_network(path: Path) -> TeacherNetwork:
    """Open a teacher.

    Args:
        path: of a `.keras` file of this studio, or of a `.tflite` file. Of the latter, those whose
            structure is known are taken apart, so that they can look at any size.

    Raises:
        ModelError: the file cannot be read, or its output is no logits.
    """
    if path.suffix.lower() != ".tflite":
        return OwnNetwork(load_network(path))
    try:
        loaded = import_tflite(path)
    except ModelError:
        return FileNetwork(path)
    return OwnNetwork(loaded) if loaded.has_head else FileNetwork(path)


class OwnNetwork:
    """Implements `TeacherNetwork` by a network of ours."""

    def __init__(self, loaded: LoadedNetwork) -> None:
        self._loaded = loaded

    @property
    def labels(self) -> tuple[str, ...]:
        """Name of each class."""
        return tuple(self._loaded.labels)

    @property
    def grid(self) -> LogitsGrid:
        """Where its logits lie."""
        return self._loaded.spec.logits_grid

    def logits_size(self, size: int) -> tuple[int, int]:
        """See `TeacherNetwork`."""
        spec = self._loaded.spec
        stride, side = spec.output_stride, spec.input_height
        if size % stride != side % stride:
            raise SpecError(
                f"The teacher cannot look at images of {size} px.",
                remedy=f"Give sizes as {side}, plus or minus multiples of {stride}.",
            )
        return replace(spec, input_height=size, input_width=size).logits_size

    def at(self, size: int) -> Answer:
        """See `TeacherNetwork`."""
        network = deeplab_v3plus(self._loaded.spec, size=(size, size), norm="frozen")
        network.set_weights(self._loaded.model.get_weights())
        return _on_this_computer(network)


class FileNetwork:
    """Implements `TeacherNetwork` by a `.tflite` file as it is.

    Raises:
        ModelError: the file cannot be read, or its output is no logits.
    """

    def __init__(self, path: Path) -> None:
        graph, card = read_graph(path), read_card(path)
        self._interpreter = TfliteInterpreter(path, "litert", threads=os.cpu_count() or 1)
        metadata, _ = read_metadata(graph)
        inputs, outputs = self._interpreter.inputs, self._interpreter.outputs
        self._choices = choose(graph, inputs, outputs, card, metadata, ModelOverrides())
        if self._choices.output.kind != "logits":
            raise ModelError(
                f"{path.name} gives finished labels, and a teacher must say how sure it is.",
                remedy="Choose a model whose output is logits.",
            )
        self._input, self._output = inputs[0], outputs[self._choices.output_index]
        self._preprocessor = Preprocessor(
            input_size=self._choices.input_size,
            layout=self._choices.image.layout,
            dtype=self._input.dtype,
            scale=self._input.scale,
            zero_point=self._input.zero_point,
            normalization=self._choices.normalization,
            fit="letterbox",
            channel_order=self._choices.channel_order,
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """Name of each class."""
        return self._choices.labels

    @property
    def grid(self) -> LogitsGrid:
        """Where its logits lie."""
        return self._choices.logits_grid

    def logits_size(self, size: int) -> tuple[int, int]:
        """See `TeacherNetwork`."""
        height, width = self._choices.input_size
        if (height, width) != (size, size):
            own = f" Set distillation.sizes to {height}." if height == width else ""
            raise SpecError(
                f"The teacher looks at images of {height}x{width} px only, not of {size} px.",
                remedy=f"Its structure is not known, so that its size is fixed.{own}",
            )
        return self._choices.output.grid

    def at(self, size: int) -> Answer:
        """See `TeacherNetwork`."""
        del size  # `logits_size` has seen to it

        def answer(view: View) -> npt.NDArray[np.float32]:
            frame = np.ascontiguousarray(view[..., ::-1].round().clip(0, 255).astype(np.uint8))
            self._preprocessor.write(frame, self._interpreter.view(self._input))
            self._interpreter.invoke()
            values = self._choices.output.as_map(self._interpreter.view(self._output))
            logits: npt.NDArray[np.float32] = values.astype(np.float32)
            if self._output.scale:
                logits = (logits - self._output.zero_point) * np.float32(self._output.scale)
            return logits

        return answer


def _on_this_computer(network: keras.Model) -> Answer:
    """The fastest way to run a network on single images: XNNPACK takes half of Keras' time."""
    if keras.backend.backend() != "tensorflow":  # only TensorFlow converts

        def by_keras(view: View) -> npt.NDArray[np.float32]:
            answer: npt.NDArray[np.float32] = ops.convert_to_numpy(
                network.predict_on_batch(view[None] / 127.5 - 1.0)
            )[0]
            return answer

        return by_keras
    import tensorflow as tf
    from ai_edge_litert.interpreter import Interpreter

    model = tf.lite.TFLiteConverter.from_keras_model(network).convert()
    interpreter = Interpreter(model_content=model, num_threads=os.cpu_count() or 1)
    interpreter.allocate_tensors()
    given = interpreter.get_input_details()[0]["index"]
    answered = interpreter.get_output_details()[0]["index"]

    def by_xnnpack(view: View) -> npt.NDArray[np.float32]:
        interpreter.set_tensor(given, view[None] / 127.5 - 1.0)
        interpreter.invoke()
        answer: npt.NDArray[np.float32] = interpreter.get_tensor(answered)[0]
        return answer

    return by_xnnpack
