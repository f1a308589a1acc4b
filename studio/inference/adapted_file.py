"""An adapted model as a file of its own, with its card: for a phone, or to keep."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec

from studio.errors import ModelError
from studio.inference.card import ModelCard, read_card, write_card
from studio.inference.model import SessionOptions
from studio.inference.segmenter import Segmenter
from studio.video.atomic_file import write_atomically


def adapted_model(
    path: Path, frame_size: tuple[int, int], options: SessionOptions | None = None
) -> tuple[bytes, ModelCard]:
    """Make a model fit frames of a size: cut at its class scores, its input of their aspect.

    Args:
        path: of the .tflite file.
        frame_size: height and width of the frames.
        options: what the user set by hand goes into the card.

    Returns:
        The .tflite file's content, and the card that belongs beside it: that of the model with
        all that was decided about it, so that the file is used as it would be here.

    Raises:
        ModelError: the file is no model that segments, or it does not allow this.
    """
    options = replace(options or SessionOptions(), input_fit="frame")
    segmenter = Segmenter(path, options)
    adapted = segmenter.adapted_to(frame_size)
    if adapted is None:
        raise ModelError(
            segmenter.info.warnings[-1],
            remedy="Use the model as it is; frames are padded to its own input.",
        )
    choices = adapted.choices
    card = msgspec.structs.replace(
        read_card(path) or ModelCard(),
        name=choices.name,
        labels=choices.labels,
        palette=choices.palette,
        normalization=choices.normalization,
        fit=choices.fit,
        logits_grid=choices.logits_grid,
        channel_order=choices.channel_order,
        input_size=choices.input_size,
        output_index=None,
        multiply_adds=None,
        size_bytes=len(adapted.content),
        recommended=False,
    )
    return adapted.content, card


def write_adapted_model(
    path: Path, frame_size: tuple[int, int], out: Path, options: SessionOptions | None = None
) -> ModelCard:
    """Write a model that was made to fit frames of a size, and its card.

    Args:
        path: of the .tflite file.
        frame_size: height and width of the frames.
        out: of the .tflite file to write; its card is written beside it.
        options: what the user set by hand goes into the card.

    Returns:
        The card.

    Raises:
        ModelError: the file is no model that segments, or it does not allow this.
        OutputError: it cannot be written.
    """
    content, card = adapted_model(path, frame_size, options)
    write_atomically(out, content)
    write_card(out, card)
    return card
