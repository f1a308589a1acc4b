"""What is decided when a model is opened: override, else card, else metadata, else inference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from studio.classes import VOC_LABELS, voc_palette
from studio.errors import ModelError
from studio.inference.card import ModelCard
from studio.inference.graph import ModelGraph
from studio.inference.interpreter import TensorSpec
from studio.inference.metadata import ModelMetadata
from studio.inference.model import Fit, LogitsGrid, ModelOverrides, Normalization
from studio.inference.reading import InputReading, OutputReading, read_input, read_output

Chosen = TypeVar("Chosen")
Source = Literal["override", "card", "metadata", "inference"]


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything that was decided about a model.

    Attributes:
        name: shown to the user.
        image: the input.
        output_index: which of the outputs is used.
        output: how it is meant.
        labels: name of each class.
        palette: RGB of each class.
        normalization: of pixels.
        fit: letterbox or stretch.
        logits_grid: where logits lie on the input.
        channel_order: of the input.
        sources: where each of these came from.
        warnings: in words.
    """

    name: str
    image: InputReading
    output_index: int
    output: OutputReading
    labels: tuple[str, ...]
    palette: tuple[tuple[int, int, int], ...]
    normalization: Normalization
    fit: Fit
    logits_grid: LogitsGrid
    channel_order: Literal["rgb", "bgr"]
    sources: dict[str, str]
    warnings: tuple[str, ...]

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of the network's input."""
        return self.image.height, self.image.width


def choose(
    graph: ModelGraph,
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
    card: ModelCard | None,
    metadata: ModelMetadata,
    overrides: ModelOverrides,
) -> Choices:
    """Decide how a model is used.

    Args:
        graph: the file.
        inputs: of the opened model, in the file's order.
        outputs: of the opened model, in the file's order.
        card: the card beside the file, if any.
        metadata: what the file says itself.
        overrides: what the user set by hand.

    Raises:
        ModelError: the model does not segment, or what is said about it does not fit it.
    """
    card = card or ModelCard()
    sources: dict[str, str] = {}
    warnings: list[str] = []
    if len(inputs) != 1:
        raise ModelError(
            f"A model with one input was expected, a picture; this one has {len(inputs)}.",
            remedy="Choose a model that takes one RGB picture.",
        )
    image = read_input(inputs[0].shape, inputs[0].dtype)

    index, output = _output(graph, outputs, image, card, overrides, sources)
    labels = _labels(output, index, card, metadata, overrides, sources, warnings)
    normalization = _first(
        sources,
        "normalization",
        ("override", overrides.normalization),
        ("card", card.normalization),
        ("metadata", metadata.normalization),
    ) or _guessed_normalization(inputs[0])
    fit: Fit = (
        _first(sources, "fit", ("override", overrides.fit), ("card", card.fit)) or "letterbox"
    )
    logits_grid: LogitsGrid = _first(
        sources,
        "logits_grid",
        ("override", overrides.logits_grid),
        ("card", card.logits_grid),
    ) or _guessed_grid(graph, output)
    order: Literal["rgb", "bgr"] = (
        _first(
            sources,
            "channel_order",
            ("override", overrides.channel_order),
            ("card", card.channel_order),
        )
        or "rgb"
    )
    return Choices(
        name=card.name or metadata.name or graph.path.stem,
        image=image,
        output_index=index,
        output=output,
        labels=labels,
        palette=_palette(len(labels), card, sources),
        normalization=normalization,
        fit=fit,
        logits_grid=logits_grid,
        channel_order=order,
        sources=sources,
        warnings=tuple(warnings),
    )


def _first(
    sources: dict[str, str], key: str, *candidates: tuple[Source, Chosen | None]
) -> Chosen | None:
    """The first candidate that is given; notes where it came from."""
    for source, value in candidates:
        if value is not None:
            sources[key] = source
            return value
    sources[key] = "inference"
    return None


def _output(
    graph: ModelGraph,
    outputs: Sequence[TensorSpec],
    image: InputReading,
    card: ModelCard,
    overrides: ModelOverrides,
    sources: dict[str, str],
) -> tuple[int, OutputReading]:
    """Which output to use: the one asked for, else scores before labels, larger before smaller."""
    asked = _first(
        sources,
        "output",
        ("override", overrides.output_index),
        ("card", card.output_index),
    )
    if asked is not None and not 0 <= asked < len(outputs):
        raise ModelError(
            f"Output {asked} was asked for, but the model has {len(outputs)} (counted from 0).",
            remedy="Choose another output.",
        )
    found: list[tuple[int, OutputReading]] = []
    refusals: list[ModelError] = []
    for index in range(len(outputs)) if asked is None else (asked,):
        tensor = outputs[index]
        try:
            reading = read_output(
                tensor.shape,
                tensor.dtype,
                tensor.scale,
                tensor.zero_point,
                image,
                graph,
                graph.outputs[index],
            )
        except ModelError as error:
            refusals.append(error)
            continue
        found.append((index, reading))
    if not found:
        raise refusals[0] if refusals else ModelError("The model has no output.")
    order = ("logits", "labels", "binary")
    return min(
        found, key=lambda item: (order.index(item[1].kind), -item[1].grid[0] * item[1].grid[1])
    )


def _labels(
    output: OutputReading,
    index: int,
    card: ModelCard,
    metadata: ModelMetadata,
    overrides: ModelOverrides,
    sources: dict[str, str],
    warnings: list[str],
) -> tuple[str, ...]:
    stored = metadata.labels[index] if index < len(metadata.labels) else ()
    given = _first(sources, "labels", ("override", overrides.labels), ("card", card.labels))
    if given is not None:
        if output.classes not in (None, len(given)):
            by = "model card names" if sources["labels"] == "card" else "labels set by hand name"
            raise ModelError(
                f"The {by} {len(given)} classes, but the model tells {output.classes} apart.",
                remedy=f"Give {output.classes} labels, the background first.",
            )
        return given
    if stored and output.classes in (None, len(stored)):
        sources["labels"] = "metadata"
        return stored
    if stored:
        warnings.append(
            f"The file's own label list has {len(stored)} names for {output.classes} classes and"
            " was left out."
        )
    if output.kind == "binary":
        return ("background", "foreground")
    if output.classes in (None, len(VOC_LABELS)):
        warnings.append("The labels are a guess: the 21 classes of PASCAL VOC.")
        return VOC_LABELS
    warnings.append("The names of the classes are not known, so they are numbered.")
    return tuple(f"class {number}" for number in range(output.classes or 0))


def _palette(
    classes: int, card: ModelCard, sources: dict[str, str]
) -> tuple[tuple[int, int, int], ...]:
    if card.palette is not None and len(card.palette) == classes:
        sources["palette"] = "card"
        return card.palette
    sources["palette"] = "inference"
    return tuple((int(r), int(g), int(b)) for r, g, b in voc_palette()[:classes])


def _guessed_normalization(tensor: TensorSpec) -> Normalization:
    """Float and 16-bit inputs take [-1, 1]; 8-bit ones take pixels as they are.

    A quantized input that is calibrated on pictures spans just the 256 values of a pixel, whatever
    range they stand for ([-1, 1] at scale 1/128, [0, 1] at scale 1/255, ...). One without a scale
    is cast to float inside the graph.
    """
    if tensor.dtype not in ("uint8", "int8"):
        return Normalization()
    mean = float(tensor.zero_point + (128 if tensor.dtype == "int8" else 0))
    std = 1.0 / (tensor.scale or 1.0)
    return Normalization(mean=(mean, mean, mean), std=(std, std, std))


def _guessed_grid(graph: ModelGraph, output: OutputReading) -> LogitsGrid:
    """Graphs that resize corner to corner inside were trained with logits on such a grid."""
    resizes_by_corners = any(op.align_corners for op in graph.ops)
    return "align_corners" if output.kind == "logits" and resizes_by_corners else "half_pixel"
