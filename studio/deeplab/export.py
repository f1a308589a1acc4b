"""Turns a network into a `.tflite` file with its card, and checks what came out."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import keras
import msgspec
import numpy as np
from numpy.typing import NDArray

from studio.deeplab.agreement import (
    Agreement,
    TfliteRunner,
    agreement,
    keras_logits,
    network_input,
)
from studio.deeplab.cost import network_cost
from studio.deeplab.files import LoadedNetwork
from studio.deeplab.inference_clone import inference_clone
from studio.deeplab.pictures import sample_pictures
from studio.deeplab.quiet import last_words, quiet
from studio.errors import ModelError, SpecError, output_error
from studio.inference.card import ModelCard, write_card
from studio.inference.interpreter import TfliteInterpreter
from studio.inference.model import Normalization
from studio.video.atomic_file import write_atomically

_IMAGES_COMPARED = 4
_LEAST_CORRELATION = 0.9999  # in float32; what 8 bits lose is reported, and judged by the user


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export made.

    Attributes:
        path: of the model file.
        card: path of its card.
        input_size: height and width.
        size_bytes: of the model file.
        multiply_adds: of one image.
        parameters: stored numbers.
        delegated_share: of its operators that XNNPACK runs, 0 to 1.
        agreement: of its logits with the network's; None when it gives labels.
    """

    path: Path
    card: Path
    input_size: tuple[int, int]
    size_bytes: int
    multiply_adds: int
    parameters: int
    delegated_share: float
    agreement: Agreement | None


def export_tflite(
    network: LoadedNetwork,
    path: Path,
    *,
    int8: bool = False,
    calibration: Iterable[NDArray[np.uint8]] = (),
    size: tuple[int, int] | None = None,
    output: Literal["logits", "labels"] = "logits",
    card: ModelCard | None = None,
) -> ExportReport:
    """Write a network for phones.

    Args:
        network: to write.
        path: the `.tflite` file; its card is written beside it.
        int8: quantize weights (one scale per filter) and activations to 8 bits.
        calibration: example images, uint8 [H, W, 3] RGB of any size, for activations' ranges.
        size: height and width of the input, if other than the spec's.
        output: `logits` at low resolution, or `labels`, int32 [1, H, W].
        card: what to say beside what is known here; what is known here is filled in.

    Raises:
        SpecError: the size does not lie on the output stride, 8 bits lack images, or Keras runs
            on a backend that cannot convert.
        ModelError: what came out disagrees with the network.
        OutputError: the files cannot be written.
    """
    _expect_folder(path)
    height, width = size or network.spec.input_size
    spec = replace(network.spec, input_height=height, input_width=width)
    images = [network_input(image, spec.input_size) for image in calibration]
    if int8 and not images:
        raise SpecError(
            "8-bit activations need example images to find their ranges.",
            remedy="Give a dataset or a folder of images to calibrate on.",
        )
    clone = inference_clone(network.model, spec, output)
    content = convert(clone, images if int8 else None)
    write_atomically(path, content)
    agreed = None
    if output == "logits":
        agreed = compare(clone, path, images[:_IMAGES_COMPARED] or sample_pictures(spec.input_size))
        if not int8 and not agreed.correlation >= _LEAST_CORRELATION:
            raise ModelError(
                f"{path.name} was written, but does not compute what the network computes: their"
                f" logits correlate by {agreed.correlation:.3f}.",
                remedy="Check that the network's weights are finite.",
                details=repr(agreed),
            )
    cost = network_cost(spec)
    card = card or ModelCard()
    card_file = write_card(
        path,
        _with(
            card,
            labels=network.labels,
            normalization=Normalization(),
            fit="letterbox",
            logits_grid=spec.logits_grid if output == "logits" else None,
            input_size=spec.input_size,
            multiply_adds=cost.multiply_adds,
            size_bytes=len(content),
        ),
    )
    return ExportReport(
        path=path,
        card=card_file,
        input_size=spec.input_size,
        size_bytes=len(content),
        multiply_adds=cost.multiply_adds,
        parameters=cost.parameters,
        delegated_share=xnnpack_share(path),
        agreement=agreed,
    )


def convert(clone: keras.Model, calibration: Sequence[NDArray[np.float32]] | None) -> bytes:
    """Convert an inference clone.

    Args:
        clone: as `inference_clone` makes it.
        calibration: images, float [1, H, W, 3] each, to quantize to 8 bits; None for float32.

    Raises:
        SpecError: Keras runs on a backend that cannot convert.
        ModelError: the converter gave up.
    """
    if keras.backend.backend() != "tensorflow":
        raise SpecError(
            f"Keras runs on {keras.backend.backend()}, which cannot write .tflite files.",
            remedy="Set KERAS_BACKEND=tensorflow and export again; any backend's weights do.",
        )
    import tensorflow as tf  # three seconds, and only exports need it

    with quiet() as log:
        try:
            converter = tf.lite.TFLiteConverter.from_keras_model(clone)
            if calibration is not None:
                pinned = _with_full_range(calibration)
                converter.optimizations = [tf.lite.Optimize.DEFAULT]
                converter.representative_dataset = lambda: ([image] for image in pinned)
                converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
                converter.inference_input_type = tf.int8
                if clone.output.dtype != "int32":
                    converter.inference_output_type = tf.int8
            content = converter.convert()
        except (ValueError, RuntimeError, tf.errors.OpError) as error:
            raise ModelError(
                "TensorFlow could not convert the network.",
                remedy="The details hold its own words.",
                details=f"{error!r}\n{last_words(log)}",
            ) from error
    return bytes(content)


def compare(clone: keras.Model, path: Path, images: Sequence[NDArray[np.float32]]) -> Agreement:
    """Compare a file's logits with those of the network that it was made of."""
    with quiet():  # XNNPACK announces itself
        run = TfliteRunner(path)
    return agreement((keras_logits(clone, image), run(image)) for image in images)


def xnnpack_share(path: Path) -> float:
    """Share of a file's operators that XNNPACK runs, 0 to 1.

    Raises:
        ModelError: the runtime refuses the file.
    """
    with quiet():  # XNNPACK announces itself
        return TfliteInterpreter(path, "litert").delegated_ops_ratio


def _expect_folder(path: Path) -> None:
    """Fail before the conversion rather than behind it."""
    if not path.parent.is_dir():
        raise output_error(path, FileNotFoundError(errno.ENOENT, "No such folder"))


def _with_full_range(images: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """Let black and white occur, so that the input's scale is that of pixels.

    Two corner pixels do not move any other range.
    """
    first = images[0].copy()
    first[0, 0, 0], first[0, -1, -1] = -1.0, 1.0
    return [first, *images[1:]]


def _with(card: ModelCard, **fields: Any) -> ModelCard:
    return msgspec.structs.replace(card, **fields)
