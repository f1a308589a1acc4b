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
from studio.deeplab.tflite_walk import Walk
from studio.errors import ModelError

# What float32 arithmetic in another order leaves, and what a quantized file rounds in between.
_LEAST_CORRELATION = {False: 0.99999, True: 0.95}
_SPLIT_LAYERS = ("aspp_project", "image_pooling_project")  # one operator in published files


@dataclass(frozen=True, slots=True)
class LayerAgreement:
    """One layer beside its operator.

    Attributes:
        name: of our layer.
        op: of the file, in words.
        agreement: of what comes out of both, activation included.
    """

    name: str
    op: str
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class ImportCheck:
    """An imported network beside its source.

    Attributes:
        compared: `logits`, or `features` of a classifier, whose head is not taken.
        is_quantized: whether the source rounds in between, so that small differences are expected.
        output: how well that agrees.
        layers: each layer that is one operator of the file, in order.
    """

    compared: str
    is_quantized: bool
    output: Agreement
    layers: tuple[LayerAgreement, ...]

    @property
    def is_fine(self) -> bool:
        """Whether the import computes what its source computes."""
        return self.output.correlation >= _LEAST_CORRELATION[self.is_quantized]

    @property
    def worst(self) -> LayerAgreement:
        """The layer that agrees least."""
        return min(self.layers, key=lambda layer: layer.agreement.correlation)


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
    expected: list[list[NDArray[np.float32]]] = []
    came: list[list[NDArray[np.float32]]] = []
    for image in images:
        expected.append(source.tensors(image, [conv.output for conv in convs]))
        came.append([keras.ops.convert_to_numpy(x) for x in model(image, training=False)])
    layers = tuple(
        LayerAgreement(
            conv.name,
            str(conv.op),
            agreement((a[index], b[index]) for a, b in zip(expected, came, strict=True)),
        )
        for index, conv in enumerate(convs)
    )
    last = "logits" if found.has_head else f"block_{found.blocks - 1}_project"
    return ImportCheck(
        compared="logits" if found.has_head else "features",
        is_quantized=source.is_quantized,
        output=next(layer.agreement for layer in layers if layer.name == last),
        layers=layers,
    )


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

    def tensors(
        self, image: NDArray[np.float32], wanted: Sequence[int]
    ) -> list[NDArray[np.float32]]:
        scale, offset = self._mapping
        quantization = self._input["quantization"]
        stored = quantized(
            image * scale + offset, np.dtype(self._input["dtype"]).name, *quantization
        )
        self._interpreter.set_tensor(self._input["index"], stored)
        self._interpreter.invoke()
        return [
            dequantized(self._interpreter.get_tensor(index), *self._details[index]["quantization"])
            for index in wanted
        ]
