"""Keras networks, in memory or from a file, with the pre- and postprocessing of `.tflite` files.

Keras is imported when the first network is wrapped, so that `.tflite` files are evaluated without.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from studio.deeplab.cost import network_cost
from studio.deeplab.spec import NetworkSpec
from studio.evaluation.predictor import Image, ModelFacts, Prediction, as_frame
from studio.inference import postprocess
from studio.inference.geometry import Geometry
from studio.inference.model import Normalization
from studio.inference.preprocess import Preprocessor

BATCH_SIZE = 8


class KerasPredictor:
    """Implements `Predictor` for a network in memory; follows its weights as they change.

    Args:
        model: from float [N, H, W, 3] in -1 to 1 to logits, float [N, h, w, classes].
        spec: of the network; says where its logits lie.
        labels: name of each class; numbered when not given.
        name: shown to the user.
        path: of the file it was read from.
        batch_size: images that are run at once.
    """

    def __init__(
        self,
        model: Any,
        spec: NetworkSpec,
        *,
        labels: Sequence[str] = (),
        name: str = "network",
        path: Path | None = None,
        batch_size: int = BATCH_SIZE,
    ) -> None:
        import keras

        # A second model around the same layers: whoever trains the first keeps its own settings.
        self._model = keras.Model(model.inputs, model.outputs)
        if keras.backend.backend() == "tensorflow":
            self._model.jit_compile = False  # XLA on a processor is many times slower
        _, height, width, _ = model.inputs[0].shape
        self._size = (height or spec.input_height, width or spec.input_width)
        sized = replace(spec, input_height=self._size[0], input_width=self._size[1])
        self._grid = sized.logits_grid
        self._batch_size = batch_size
        self._preprocessor = Preprocessor(
            input_size=self._size,
            layout="NHWC",
            dtype="float32",
            scale=0.0,
            zero_point=0,
            normalization=Normalization(),
            fit="letterbox",
            channel_order="rgb",
        )
        postprocess.warm_up()
        self._facts = ModelFacts(
            name=name,
            path="" if path is None else str(path),
            labels=tuple(labels) or tuple(f"class {index}" for index in range(spec.classes)),
            labels_are_guessed=not labels,
            is_binary=False,
            input_height=self._size[0],
            input_width=self._size[1],
            runtime=f"keras {keras.__version__} ({keras.backend.backend()})",
            threads=0,
            size_bytes=0 if path is None else path.stat().st_size,
            weight_bits=32,
            multiply_adds=network_cost(sized).multiply_adds,
        )

    @property
    def facts(self) -> ModelFacts:
        """The wrapped network."""
        return self._facts

    @property
    def batch_size(self) -> int:
        """As given."""
        return self._batch_size

    def predict(self, images: Sequence[Image]) -> list[Prediction]:
        """Segment images in one batch; see `Predictor.predict`."""
        # Always a whole batch: another size would have the network traced and planned anew.
        batch = np.zeros((self._batch_size, *self._size, 3), np.float32)
        for index, image in enumerate(images):
            self._preprocessor.write(as_frame(image), batch[index : index + 1])
        begin = time.perf_counter()
        logits = np.asarray(self._model.predict_on_batch(batch))
        invoke_millis = (time.perf_counter() - begin) * 1e3 / self._batch_size
        masks = (
            postprocess.mask_from_logits(
                scores,
                Geometry(
                    frame_size=(image.shape[0], image.shape[1]),
                    input_size=self._size,
                    grid_size=(scores.shape[0], scores.shape[1]),
                    layout=self._grid,
                ),
            )
            for image, scores in zip(images, logits, strict=False)
        )
        return [Prediction(mask=mask, invoke_millis=invoke_millis) for mask in masks]

    def close(self) -> None:
        """Nothing to let go of: the network belongs to whoever gave it."""


def open_keras(path: Path, batch_size: int = BATCH_SIZE) -> KerasPredictor:
    """Open a network that was trained or imported here.

    Args:
        path: of the `.keras` file.
        batch_size: images that are run at once.

    Raises:
        ModelError: the file is missing, damaged, or another program's.
    """
    from studio.deeplab.files import load_network

    loaded = load_network(path)
    predictor = KerasPredictor(
        loaded.model,
        loaded.spec,
        labels=loaded.labels,
        name=path.stem,
        path=path,
        batch_size=batch_size,
    )
    # The first run traces and plans, which belongs to no image's time.
    predictor.predict([np.zeros((*loaded.spec.input_size, 3), np.uint8)])
    return predictor
