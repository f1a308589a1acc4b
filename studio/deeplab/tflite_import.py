"""Turns a published `.tflite` back into our network."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

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

_USUAL_WIDTHS = (1.0, 0.35, 0.5, 0.75, 1.3, 1.4)
_DIVISORS = (8, 1, 2, 4, 16)
_OPEN_INPUT_SIZE = 257


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
    if found.has_head:
        _expect_all_mapped(graph, found)
    card = read_card(path)
    labels = card.labels if card and found.has_head else None
    origin = f"{path.name}{'' if found.has_head else ' (backbone only; the head is random)'}"
    if card and card.licence:
        origin += f", {card.licence}"
    return LoadedNetwork(
        model,
        spec,
        labels if labels and len(labels) == spec.classes else default_labels(spec.classes),
        origin,
    )


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
