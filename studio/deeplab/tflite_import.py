"""Turns a published `.tflite` back into our network."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from studio.deeplab.backbone import BLOCKS, STEM_FILTERS, scaled_filters
from studio.deeplab.conv_norm import ConvNorm, Norm
from studio.deeplab.deeplab_v3plus import deeplab_v3plus
from studio.deeplab.files import LoadedNetwork, default_labels
from studio.deeplab.spec import NetworkSpec
from studio.deeplab.tflite_graph import OpGraph
from studio.deeplab.tflite_steps import REMEDY, FoundConv
from studio.deeplab.tflite_walk import FoundNetwork, Walk
from studio.errors import ModelError, SpecError
from studio.inference.card import read_card
from studio.inference.graph import read_graph
from studio.inference.metadata import read_metadata

_USUAL_WIDTHS = (1.0, 0.35, 0.5, 0.75, 1.3, 1.4)
_DIVISORS = (8, 1, 2, 4, 16)
_OPEN_INPUT_SIZE = 257
_HALF_RANGE = 127.5


def import_tflite(path: Path, *, norm: Norm = "live") -> LoadedNetwork:
    """Read a DeepLab or MobileNetV2 `.tflite` file into our network.

    Constants are dequantized; a layer then computes what the file's operator does, up to the
    rounding of activations that a quantized file does in between. Of a classifier the backbone is
    taken, and the head is random.

    Args:
        path: of the file.
        norm: batch norm with live or frozen statistics in training.

    Raises:
        ModelError: the file cannot be read, or an operator of it is none that our network has in
            that place; the message says which, and why.
    """
    graph = OpGraph(path)
    if not graph.inputs or len(graph.shapes[graph.inputs[0]]) != 4:
        raise ModelError(
            f"{path.name} cannot be imported: its input is no image [1, height, width, 3].",
            remedy=REMEDY,
        )
    found = Walk(graph).find()
    spec = _spec(graph, found)
    model = deeplab_v3plus(spec, norm=norm)
    assign_found(model, found.convs, path.name)
    scale, offset = input_mapping(path)
    stem = model.get_layer("stem")
    kernel, bias = (np.asarray(keras.ops.convert_to_numpy(part)) for part in stem.folded())
    # Where the offset is not zero, the image's border differs a little: padding is zero here too.
    stem.assign_folded(kernel * scale[:, None], bias + np.einsum("hwio,i->o", kernel, offset))
    if found.has_head:
        _expect_all_mapped(graph, found)
    card = read_card(path)
    labels = card.labels if card and found.has_head else None
    origin = path.name + (f", {card.licence}" if card and card.licence else "")
    return LoadedNetwork(
        model,
        spec,
        labels if labels and len(labels) == spec.classes else default_labels(spec.classes),
        origin,
        found.has_head,
    )


def input_mapping(path: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How our input, -1 to 1, becomes the real numbers that a file's network takes.

    Its card or its metadata say so; else an 8-bit input takes pixels as they are, and a float one
    what ours takes.

    Args:
        path: of the file.

    Returns:
        Scale and offset, float [3] each. A difference of less than one pixel value is left out:
        with the many networks whose 8-bit input has 128 as zero it is the rounding's.
    """
    graph = read_graph(path)
    card = read_card(path)
    metadata, _ = read_metadata(graph)
    tensor = graph.tensors[graph.inputs[0]]
    said = (card and card.normalization) or metadata.normalization
    mean, std = np.full(3, _HALF_RANGE), np.full(3, _HALF_RANGE)
    if said:
        mean, std = np.array(said.mean), np.array(said.std)
    elif tensor.scales:
        zero = tensor.zero_points[0] + (128 if tensor.dtype == "int8" else 0)
        mean, std = np.full(3, float(zero)), np.full(3, 1.0 / tensor.scales[0])
    if np.allclose(mean, _HALF_RANGE, atol=1.0) and np.allclose(std, _HALF_RANGE, atol=1.0):
        return np.ones(3, np.float32), np.zeros(3, np.float32)
    scale, offset = _HALF_RANGE / std, (_HALF_RANGE - mean) / std
    return scale.astype(np.float32), offset.astype(np.float32)


def assign_found(model: Any, convs: Iterable[FoundConv], file_name: str) -> None:
    """Give a file's weights to the layers that compute the same.

    Args:
        model: of ours.
        convs: of the file.
        file_name: for the message.

    Raises:
        ModelError: a layer of that name computes something else.
    """
    for conv in convs:
        layer = model.get_layer(conv.name)
        came: tuple[Any, ...] = (conv.kernel.shape,)
        expected: tuple[Any, ...] = (tuple(layer.kernel.shape),)
        if isinstance(layer, ConvNorm):
            came += (conv.strides, conv.rate, conv.activation, conv.is_depthwise)
            expected += (layer.strides, layer.rate, layer.activation, layer.depthwise)
        elif conv.activation != "linear":
            came += (conv.activation,)
            expected += ("linear",)
        if came != expected:
            raise ModelError(
                f"{file_name} cannot be imported: its {conv.op} would have to be our layer"
                f" {conv.name!r}, which has {_in_words(*expected)}; it has {_in_words(*came)}.",
                remedy=REMEDY,
            )
        if isinstance(layer, ConvNorm):
            layer.assign_folded(conv.kernel, conv.bias)
        else:
            layer.kernel.assign(conv.kernel)
            if layer.use_bias:
                layer.bias.assign(conv.bias)


def _in_words(
    shape: Any, strides: int = 1, rate: int = 1, activation: str = "", _depthwise: bool = False
) -> str:
    kernel = "x".join(str(size) for size in shape)
    words = f"a kernel of {kernel}"
    if activation:
        words += f", stride {strides}, atrous rate {rate} and the activation {activation}"
    return words


def _spec(graph: OpGraph, found: FoundNetwork) -> NetworkSpec:
    """The knobs that give the network that was found."""
    width, divisor = _width(graph, found)
    head = (
        {
            "classes": found.conv("logits").kernel.shape[3],
            "head_filters": found.conv("aspp_1x1").kernel.shape[3],
            "image_pooling": found.image_pooling,
            "atrous_rates": found.atrous_rates,
            "decoder_filters": found.decoder_filters,
        }
        if found.has_head
        else {}
    )
    stride = 1
    for conv in found.convs:
        if conv.name.startswith(("stem", "block")):
            stride *= conv.strides
    height, columns = (
        size if size > 0 else _OPEN_INPUT_SIZE for size in graph.shapes[graph.inputs[0]][1:3]
    )
    knobs: dict[str, Any] = {
        "width": width,
        "filter_divisor": divisor,
        "output_stride": max(8, stride),
        "input_height": height,
        "input_width": columns,
        "blocks": found.blocks,
        **head,
    }
    try:
        return NetworkSpec(**knobs)
    except SpecError as error:
        raise ModelError(
            f"{graph.path.name} cannot be imported. {error.message}", remedy=REMEDY
        ) from error


def _width(graph: OpGraph, found: FoundNetwork) -> tuple[float, int]:
    """The width, and the divisor, that give the file's filters."""
    outputs = tuple(
        found.conv(f"block_{index}_project").kernel.shape[3] for index in range(found.blocks)
    )
    stem = found.conv("stem").kernel.shape[3]
    wanted = (STEM_FILTERS, *(filters for filters, _ in BLOCKS[: found.blocks]))
    ratios = tuple(came / of for came, of in zip((stem, *outputs), wanted, strict=True))
    for divisor in _DIVISORS:
        for width in (*_USUAL_WIDTHS, *ratios):
            if (stem, *outputs) == tuple(scaled_filters(of, width, divisor) for of in wanted):
                return width, divisor
    raise ModelError(
        f"{graph.path.name} cannot be imported: its blocks have {', '.join(map(str, outputs))}"
        f" filters behind {stem}, which is MobileNetV2 at no width.",
        remedy=REMEDY,
    )


def _expect_all_mapped(graph: OpGraph, found: FoundNetwork) -> None:
    mapped = {conv.op.number for conv in found.convs}
    for op in graph.ops:
        if op.name in ("CONV_2D", "DEPTHWISE_CONV_2D") and op.number not in mapped:
            raise ModelError(
                f"{graph.path.name} cannot be imported: its {op} has no place in our network.",
                remedy=REMEDY,
            )
