"""From a model as this computer opened it to the message that opens it on the phone."""

from __future__ import annotations

import numpy as np

from studio.errors import ModelError
from studio.inference.wiring import Wiring
from studio.targets.phone.wire import (
    INPUT_TYPES,
    MASKS_AT_MODEL_SIZE,
    OUTPUT_KINDS,
    XNNPACK,
    Open,
)
from studio.temporal.spec import OFF, TemporalSpec

_MOST_SIDE = (1 << 16) - 1


def open_message(
    wiring: Wiring,
    model: str,
    *,
    threads: int,
    xnnpack: bool,
    cpu_mask: int,
    warm_up: int,
    masks_at_model_size: bool = False,
    temporal: TemporalSpec = OFF,
) -> Open:
    """Say how a model is to be run, so that the phone makes the masks that this computer makes.

    Args:
        wiring: of the model, opened here.
        model: path of the same file on the phone.
        threads: for inference.
        xnnpack: whether the delegate is applied.
        cpu_mask: one bit a CPU; 0 leaves the choice to the phone.
        warm_up: runs before the first frame.
        masks_at_model_size: label maps of the grid instead of masks of the frame's size.
        temporal: how the redundancy between frames is used.

    Raises:
        ModelError: the runner has no words for such a model.
    """
    choices = wiring.choices
    reading = choices.output
    if wiring.input.dtype not in INPUT_TYPES:
        raise ModelError(
            f"Phones take inputs of {', '.join(INPUT_TYPES)}; {choices.name} has one of"
            f" {wiring.input.dtype}.",
            remedy="Export the model with another type of input.",
        )
    if max(*choices.input_size, *reading.grid) > _MOST_SIDE:
        raise ModelError(
            f"{choices.name} works at {choices.input_size[1]}×{choices.input_size[0]} pixels,"
            " which is more than the phone is told.",
            remedy="Choose a model with a smaller input.",
        )
    flags = (XNNPACK if xnnpack else 0) | (MASKS_AT_MODEL_SIZE if masks_at_model_size else 0)
    return Open(
        model=model,
        threads=threads,
        flags=flags,
        cpu_mask=cpu_mask,
        warm_up=warm_up,
        channels_first=choices.image.layout == "NCHW",
        input_type=INPUT_TYPES[wiring.input.dtype],
        swaps=wiring.swaps,
        output_kind=OUTPUT_KINDS[reading.kind],
        output_channels_first=reading.layout == "NCHW",
        align_corners=choices.logits_grid == "align_corners",
        input_size=choices.input_size,
        output_index=choices.output_index,
        grid_size=reading.grid,
        classes=len(choices.labels),
        threshold=reading.threshold,
        table=np.ascontiguousarray(wiring.table).tobytes(),
        padding=wiring.padding.tobytes(),
        scale=wiring.output.scale or 1.0,
        zero_point=wiring.output.zero_point,
        temporal=temporal,
    )
