"""Model cards: what a model's maker says about it, as JSON beside the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec

from studio.errors import ModelError
from studio.inference.model import Fit, LogitsGrid, Normalization
from studio.runs.plain import to_plain
from studio.video.atomic_file import write_atomically

CARD_SCHEMA = 1


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """A model card. Keys that this version does not know are left alone.

    Attributes:
        schema: version of the card's format.
        name: shown to the user; empty for the file's name.
        description: one or two sentences.
        labels: name of each class; None leaves it to metadata or inference.
        palette: RGB of each class; None for the PASCAL VOC colours.
        normalization: `(rgb - mean) / std`.
        fit: letterbox or stretch.
        logits_grid: half_pixel or align_corners.
        channel_order: of the network's input.
        input_size: height and width to use when the file leaves them open.
        output_index: which output to use when there are several.
        licence: name of it, and whom to credit.
        recipe: how it was trained and converted.
        metrics: scores by name.
        data: what it was trained on.
        multiply_adds: of one image, in the network's convolutions.
        size_bytes: of the model file.
        per_class_iou: by label; on the data that `metrics` speaks of.
        known_weak_classes: labels that it often misses.
        recommended: opened when nobody chose a model.
    """

    schema: int = CARD_SCHEMA
    name: str = ""
    description: str = ""
    labels: tuple[str, ...] | None = None
    palette: tuple[tuple[int, int, int], ...] | None = None
    normalization: Normalization | None = None
    fit: Fit | None = None
    logits_grid: LogitsGrid | None = None
    channel_order: Literal["rgb", "bgr"] | None = None
    input_size: tuple[int, int] | None = None
    output_index: int | None = None
    licence: str = ""
    recipe: dict[str, Any] = {}
    metrics: dict[str, float] = {}
    data: str = ""
    multiply_adds: int | None = None
    size_bytes: int | None = None
    per_class_iou: dict[str, float] = {}
    known_weak_classes: tuple[str, ...] = ()
    recommended: bool = False


def card_path(model: Path) -> Path:
    """Where the card of a model lies."""
    return model.with_suffix(".json")


def read_card(model: Path) -> ModelCard | None:
    """Read the card beside a model.

    Args:
        model: path of the .tflite file.

    Returns:
        The card, or None when there is none.

    Raises:
        ModelError: there is a card, but it cannot be used.
    """
    path = card_path(model)
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ModelError(
            f"The model card {path.name} cannot be read ({error.strerror}).",
            remedy="Make it readable, or move it away to go without.",
            details=repr(error),
        ) from error
    return _decode(path, text)


def write_card(model: Path, card: ModelCard) -> Path:
    """Write the card beside a model, without the fields that say nothing.

    Args:
        model: path of the .tflite file.
        card: what to say.

    Returns:
        The card's path.

    Raises:
        OutputError: it cannot be written.
    """
    path = card_path(model)
    plain = msgspec.to_builtins(card, enc_hook=to_plain)
    silent = msgspec.to_builtins(ModelCard())
    said = {key: value for key, value in plain.items() if key == "schema" or value != silent[key]}
    text = msgspec.json.format(msgspec.json.encode(said), indent=2)
    write_atomically(path, text + b"\n")
    return path


def _decode(path: Path, text: bytes) -> ModelCard:
    remedy = "Correct the card, or move it away to go without."
    try:
        card = msgspec.json.decode(text, type=ModelCard)
    except msgspec.ValidationError as error:
        raise ModelError(
            f"The model card {path.name} does not fit: {_in_words(str(error))}.", remedy=remedy
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ModelError(
            f"The model card {path.name} is not valid JSON ({error}).", remedy=remedy
        ) from error
    if card.schema > CARD_SCHEMA:
        raise ModelError(
            f"The model card {path.name} has schema {card.schema}; this studio knows up to"
            f" {CARD_SCHEMA}.",
            remedy="Update the studio.",
        )
    problem = _problem(card)
    if problem:
        raise ModelError(f"The model card {path.name} does not fit: {problem}.", remedy=remedy)
    return card


def _problem(card: ModelCard) -> str:
    if card.labels is not None and not 1 <= len(card.labels) <= 255:
        return f"'labels' must name 1 to 255 classes, not {len(card.labels)}"
    if card.palette is not None:
        if any(not 0 <= value <= 255 for colour in card.palette for value in colour):
            return "'palette' must hold values from 0 to 255"
        if card.labels is not None and len(card.palette) != len(card.labels):
            return f"'palette' has {len(card.palette)} colours for {len(card.labels)} labels"
    if card.normalization is not None and not all(card.normalization.std):
        return "'normalization.std' must not be 0"
    if card.input_size is not None and min(card.input_size) < 1:
        return "'input_size' must be height and width of 1 or more"
    return ""


def _in_words(message: str) -> str:
    """Turn `Expected ..., got ... - at `$.key`` into words that name the key."""
    what, _, where = message.partition(" - at `")
    key = where.rstrip("`").removeprefix("$").removeprefix(".")
    what = what[:1].lower() + what[1:]
    return f"{key!r}: {what}" if key else what
