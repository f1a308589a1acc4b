"""Whether an imported network computes what its source computes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from ai_edge_litert import interpreter as litert
from numpy.typing import NDArray

from studio.deeplab.agreement import Agreement, agreement, dequantized, quantized
from studio.deeplab.files import LoadedNetwork
from studio.deeplab.tflite_graph import OpGraph
from studio.deeplab.tflite_import import input_mapping
from studio.deeplab.tflite_steps import FoundConv
from studio.deeplab.tflite_walk import Walk
from studio.errors import ModelError

# What float32 arithmetic in another order leaves.
_LEAST_EXACT_CORRELATION = 0.9999
# A quantized file rounds and clips after each operator. Over the whole network that adds up, most
# where a picture exceeds the ranges that it was trained to; one layer alone hardly shows it.
_LEAST_CORRELATION = 0.6
_LEAST_CORRELATION_ALONE = 0.98
_SPLIT_LAYERS = ("aspp_project", "image_pooling_project")  # one operator in published files


@dataclass(frozen=True, slots=True)
class LayerAgreement:
    """One layer beside its operator.

    Attributes:
        name: of our layer.
        op: of the file, in words.
        agreement: of what comes out of both, activation included.
        alone: the same when both are given the file's own input of that operator.
    """

    name: str
    op: str
    agreement: Agreement
    alone: Agreement


@dataclass(frozen=True, slots=True)
class ImportCheck:
    """An imported network beside its source.

    Attributes:
        compared: `logits`, or `features` of a classifier, whose head is not taken.
        is_quantized: whether the source rounds in between, so that small differences are expected.
        is_shifted: whether its input has another zero, so that its borders are padded otherwise.
        output: how well that agrees.
        layers: each layer that is one operator of the file, in order.
    """

    compared: str
    is_quantized: bool
    is_shifted: bool
    output: Agreement
    layers: tuple[LayerAgreement, ...]

    @property
    def is_fine(self) -> bool:
        """Whether the import computes what its source computes."""
        is_exact = not self.is_quantized and not self.is_shifted
        least = _LEAST_EXACT_CORRELATION if is_exact else _LEAST_CORRELATION
        return self.output.correlation >= least and (
            self.worst.alone.correlation >= _LEAST_CORRELATION_ALONE
        )

    @property
    def worst(self) -> LayerAgreement:
        """The layer that agrees least, given the same input."""
        inner = self.layers[1 if self.is_shifted else 0 :]
        return min(inner, key=lambda layer: layer.alone.correlation)


def compare_with_source(
    path: Path, network: LoadedNetwork, images: Sequence[NDArray[np.float32]]
) -> ImportCheck:
    """Run an imported network and its source on the same images.

    Args:
        path: of the source, a `.tflite` file.
        network: what `import_tflite` made of it.
        images: float [1, H, W, 3] in -1 to 1, of the source's input size.

    Raises:
        ModelError: the runtime refuses the file.
    """
    found = Walk(OpGraph(path)).find()
    convs = [conv for conv in found.convs if conv.name not in _SPLIT_LAYERS]
    if not found.has_head:
        convs = [conv for conv in convs if conv.name.startswith(("stem", "block"))]
    model = keras.Model(
        network.model.input, [network.model.get_layer(conv.name).output for conv in convs]
    )
    source = _Source(path)
    outputs = [conv.output for conv in convs]
    expected: list[list[NDArray[np.float32]]] = []
    came: list[list[NDArray[np.float32]]] = []
    alone: list[list[NDArray[np.float32]]] = []
    for image in images:
        source.run(image)
        expected.append([source.tensor(index) for index in outputs])
        came.append([keras.ops.convert_to_numpy(x) for x in model(image, training=False)])
        alone.append([_alone(network.model, conv, source) for conv in convs])
    layers = tuple(
        LayerAgreement(
            conv.name,
            str(conv.op),
            agreement((a[index], b[index]) for a, b in zip(expected, came, strict=True)),
            agreement((a[index], b[index]) for a, b in zip(expected, alone, strict=True)),
        )
        for index, conv in enumerate(convs)
    )
    last = "logits" if found.has_head else f"block_{found.blocks - 1}_project"
    return ImportCheck(
        compared="logits" if found.has_head else "features",
        is_quantized=source.is_quantized,
        is_shifted=source.is_shifted,
        output=next(layer.agreement for layer in layers if layer.name == last),
        layers=layers,
    )


def _alone(model: keras.Model, conv: FoundConv, source: _Source) -> NDArray[np.float32]:
    """What our layer makes of the input that the file's operator had."""
    features = source.tensor(conv.input)
    if conv.name == "stem":
        features = source.as_ours(features)
    result: NDArray[np.float32] = keras.ops.convert_to_numpy(model.get_layer(conv.name)(features))
    clipped: NDArray[np.float32] = result.clip(*source.limits(conv.output))
    return clipped


class _Source:
    """Runs a file operator by operator, every tensor kept."""

    def __init__(self, path: Path) -> None:
        # Not at the top: the module is named to say that nothing else of it is used here.
        try:
            self._interpreter = litert.Interpreter(
                model_path=str(path),
                num_threads=1,
                experimental_op_resolver_type=(
                    litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
                ),
                experimental_preserve_all_tensors=True,
            )
            self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise ModelError(
                f"{path.name} was imported, but LiteRT cannot run it, so it cannot be compared.",
                remedy="Import a file that runs.",
                details=repr(error),
            ) from error
        self._details = {
            int(detail["index"]): detail for detail in self._interpreter.get_tensor_details()
        }
        self._input = self._interpreter.get_input_details()[0]
        self._mapping = input_mapping(path)

    @property
    def is_quantized(self) -> bool:
        """Whether any activation is stored in few bits."""
        return any(
            detail["quantization"][0] and detail["dtype"] in (np.uint8, np.int8, np.int16)
            for detail in self._details.values()
        )

    @property
    def is_shifted(self) -> bool:
        """Whether our zero is not its zero."""
        return bool(self._mapping[1].any())

    def run(self, image: NDArray[np.float32]) -> None:
        """Run it on float [1, H, W, 3] in -1 to 1."""
        scale, offset = self._mapping
        quantization = self._input["quantization"]
        stored = quantized(
            image * scale + offset, np.dtype(self._input["dtype"]).name, *quantization
        )
        self._interpreter.set_tensor(self._input["index"], stored)
        self._interpreter.invoke()

    def as_ours(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Its input, in our range."""
        scale, offset = self._mapping
        ours: NDArray[np.float32] = (image - offset) / scale
        return ours

    def tensor(self, index: int) -> NDArray[np.float32]:
        """A tensor of the last run, as real numbers."""
        stored = self._interpreter.get_tensor(index)
        return dequantized(stored, *self._details[index]["quantization"])

    def limits(self, index: int) -> tuple[float, float]:
        """The least and the largest number that a tensor can hold."""
        detail = self._details[index]
        scale, zero_point = detail["quantization"]
        if not scale:
            return -np.inf, np.inf
        levels = np.iinfo(detail["dtype"])
        return (levels.min - zero_point) * scale, (levels.max - zero_point) * scale
