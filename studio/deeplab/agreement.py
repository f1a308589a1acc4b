"""How well two networks that should be one agree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.inference.interpreter import TfliteInterpreter
from studio.inference.model import Normalization
from studio.inference.preprocess import Preprocessor


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two networks' logits on the same images.

    Attributes:
        correlation: of all logits, -1 to 1.
        max_difference: largest absolute difference, as a share of the logits' range.
        mean_difference: mean absolute difference, likewise.
        same_class: share of pixels where both decide for one class.
        images: compared.
    """

    correlation: float
    max_difference: float
    mean_difference: float
    same_class: float
    images: int


def agreement(pairs: Iterable[tuple[NDArray[Any], NDArray[Any]]]) -> Agreement:
    """Compare logits.

    Args:
        pairs: of each image, the expected logits, float [..., classes], and those that came.

    Raises:
        ValueError: there are no pairs, or shapes differ.
    """
    expected, came = zip(*pairs, strict=True)
    a = np.stack([np.asarray(logits, np.float64) for logits in expected])
    b = np.stack([np.asarray(logits, np.float64) for logits in came])
    if a.shape != b.shape:
        raise ValueError(f"logits of {a.shape} cannot be compared with {b.shape}")
    spread = float(np.ptp(a)) or 1.0
    difference = np.abs(a - b) / spread
    return Agreement(
        correlation=_correlation(a.ravel(), b.ravel()),
        max_difference=float(difference.max()),
        mean_difference=float(difference.mean()),
        same_class=float((a.argmax(-1) == b.argmax(-1)).mean()),
        images=len(a),
    )


def network_input(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.float32]:
    """Letterbox an image as the studio does when it uses a model.

    Args:
        image: uint8 [H, W, 3] RGB.
        size: height and width of the network's input.

    Returns:
        Float [1, *size, 3] in -1 to 1.
    """
    tensor = np.empty((1, *size, 3), np.float32)
    # In the order that it has: what is called BGR here is RGB on both sides.
    Preprocessor(size, "NHWC", "float32", 0.0, 0, Normalization(), "letterbox", "bgr").write(
        image, tensor
    )
    return tensor


def keras_logits(model: Any, image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Run a Keras network on one image, float [1, H, W, 3]."""
    import keras  # evaluation of a .tflite file alone needs none

    logits: NDArray[np.float32] = keras.ops.convert_to_numpy(model(image, training=False))
    return logits


class TfliteRunner:
    """Runs a `.tflite` file on real numbers, whatever its input and output are quantized to.

    Args:
        path: of the file.
        threads: of inference.

    Raises:
        ModelError: the runtime refuses the file.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        self._interpreter = TfliteInterpreter(path, "litert", threads)
        self.input_size = self._interpreter.inputs[0].shape[1:3]

    def __call__(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run it on one image, float [1, H, W, 3]; returns its first output as float."""
        source, target = self._interpreter.inputs[0], self._interpreter.outputs[0]
        self._interpreter.view(source)[:] = quantized(
            image, source.dtype, source.scale, source.zero_point
        )
        self._interpreter.invoke()
        stored = self._interpreter.view(target)
        return dequantized(stored, target.scale, target.zero_point)


def quantized(real: NDArray[Any], dtype: str, scale: float, zero_point: int) -> NDArray[Any]:
    """Real numbers as a tensor holds them; scale 0.0 is unquantized."""
    if not scale:
        return real.astype(dtype)
    limits = np.iinfo(dtype)
    levels: NDArray[Any] = np.round(real / scale) + zero_point
    stored: NDArray[Any] = levels.clip(limits.min, limits.max).astype(dtype)
    return stored


def dequantized(stored: NDArray[Any], scale: float, zero_point: int) -> NDArray[np.float32]:
    """The real numbers that a tensor stands for; a copy."""
    real = stored.astype(np.float32)
    return (real - zero_point) * np.float32(scale) if scale else real


def _correlation(a: NDArray[Any], b: NDArray[Any]) -> float:
    if not a.std() or not b.std():
        return float(np.array_equal(a, b))
    return float(np.corrcoef(a, b)[0, 1])
