"""`.tflite` files, run by the same code that runs them everywhere in the studio."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.evaluation.multiply_adds import multiply_adds
from studio.evaluation.predictor import Image, ModelFacts, Prediction, as_frame
from studio.inference.graph import read_graph
from studio.inference.model import ModelInfo, SessionOptions
from studio.targets.computer import ComputerTarget
from studio.video.frame import Frame


def facts_of(info: ModelInfo) -> ModelFacts:
    """What is evaluated, from what an opened `.tflite` file tells of itself."""
    path = Path(info.path)
    return ModelFacts(
        name=info.name,
        path=str(path),
        labels=info.labels,
        labels_are_guessed=info.sources.get("labels") == "inference",
        is_binary=info.output_kind == "binary",
        input_height=info.input_height,
        input_width=info.input_width,
        runtime=f"{info.runtime} {info.runtime_version}",
        threads=info.threads,
        size_bytes=info.size_bytes,
        weight_bits=info.weight_bits,
        multiply_adds=multiply_adds(read_graph(path)),
        warnings=info.warnings,
    )


class TflitePredictor:
    """Implements `Predictor` on this computer.

    Args:
        path: of the `.tflite` file.
        options: runtime, threads, and what is set by hand.

    Raises:
        ModelError: not a model, or not one that segments.
        SpecError: the options cannot be met.
    """

    def __init__(self, path: Path, options: SessionOptions | None = None) -> None:
        self._session = ComputerTarget().open(path, options or SessionOptions())
        self._facts = facts_of(self._session.info)

    @property
    def facts(self) -> ModelFacts:
        """The opened model."""
        return self._facts

    @property
    def batch_size(self) -> int:
        """One, as on a phone."""
        return 1

    def predict(self, images: Sequence[Image]) -> list[Prediction]:
        """Segment one image after the other; see `Predictor.predict`."""
        return [self._predict(image) for image in images]

    def close(self) -> None:
        """Let go of the model."""
        self._session.close()

    def _predict(self, image: Image) -> Prediction:
        frame = Frame(index=0, time_seconds=0.0, image=as_frame(image), decode_millis=0.0)
        result = self._session.segment(frame)
        return Prediction(mask=result.mask, invoke_millis=result.millis.invoke)
