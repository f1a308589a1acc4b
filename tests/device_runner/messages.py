"""Messages that open models, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.targets.phone.wire import INPUT_TYPES, OUTPUT_KINDS, Open
from studio.temporal.spec import OFF, TemporalSpec

TFLITE_TYPES = {
    "float32": 1,
    "int32": 2,
    "uint8": 3,
    "int64": 4,
    "bool": 6,
    "int16": 7,
    "int8": 9,
    "float16": 10,
    "uint32": 16,
    "uint16": 17,
}
"""Numbers that LiteRT's C API has for types."""

IDENTITY = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)


def open_message(
    model: str = "model",
    input_size: tuple[int, int] = (8, 8),
    *,
    table: NDArray[Any] = IDENTITY,
    padding: int = 0,
    threads: int = 1,
    flags: int = 0,
    cpu_mask: int = 0,
    warm_up: int = 0,
    channels_first: bool = False,
    swaps: bool = False,
    output: str = "logits",
    output_channels_first: bool = False,
    align_corners: bool = False,
    output_index: int = 0,
    grid_size: tuple[int, int] | None = None,
    classes: int = 3,
    threshold: float = 0.0,
    scale: float = 1.0,
    zero_point: int = 0,
    temporal: TemporalSpec = OFF,
) -> Open:
    """A message for a model whose input is a picture, and by default its logits as well."""
    return Open(
        model=model,
        threads=threads,
        flags=flags,
        cpu_mask=cpu_mask,
        warm_up=warm_up,
        channels_first=channels_first,
        input_type=INPUT_TYPES[table.dtype.name],
        swaps=swaps,
        output_kind=OUTPUT_KINDS[output],
        output_channels_first=output_channels_first,
        align_corners=align_corners,
        input_size=input_size,
        output_index=output_index,
        grid_size=grid_size or input_size,
        classes=classes,
        threshold=threshold,
        table=np.ascontiguousarray(table).tobytes(),
        padding=np.array(padding, table.dtype).tobytes(),
        scale=scale,
        zero_point=zero_point,
        temporal=temporal,
    )


def write_model(
    folder: Path,
    size: tuple[int, int] = (8, 8),
    *,
    dtype: str = "uint8",
    delay_millis: int = 0,
    kind: str = "plain",
) -> str:
    """Write a "model" that the stand-in for LiteRT takes, and return its path."""
    path = folder / f"{kind}-{dtype}-{size[0]}x{size[1]}-{delay_millis}.tflite"
    path.write_text(f"stub {size[0]} {size[1]} {TFLITE_TYPES[dtype]} {delay_millis} {kind}\n")
    return str(path)
