"""From options of the command line to those of a session."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from studio.errors import ModelError, SpecError
from studio.inference.catalogue import default_model, find_model
from studio.inference.model import ModelOverrides, Normalization, SessionOptions
from studio.paths import workspace_dir


def session_options(parsed: argparse.Namespace) -> SessionOptions:
    """How a `.tflite` file is run.

    Raises:
        SpecError: an option makes no sense.
    """
    threads = 1 if parsed.threads is None else parsed.threads
    if threads < 1:
        raise SpecError(f"{threads} threads were asked for.", remedy="Ask for at least one.")
    overrides = ModelOverrides(
        labels=None if parsed.labels is None else _labels(Path(parsed.labels)),
        normalization=None if parsed.normalize is None else _normalization(parsed.normalize),
        fit=parsed.fit,
        logits_grid=parsed.grid,
        channel_order="bgr" if parsed.bgr else None,
        output_index=parsed.output,
    )
    return SessionOptions(
        runtime=parsed.runtime or "litert",
        threads=threads,
        xnnpack=not parsed.no_xnnpack,
        overrides=overrides,
    )


def model_or_default(name: str | None) -> Path:
    """The model that was named, else the one to start with.

    Raises:
        ModelError: there is none.
    """
    if name is not None:
        return find_model(name)
    path = default_model()
    if path is None:
        raise no_model()
    return path


def no_model() -> ModelError:
    """The error for a studio without models."""
    return ModelError(
        "No segmentation model was found.",
        remedy="Give one with --model FILE.tflite, or put it into "
        f"{workspace_dir() / 'models'} (make that folder if there is none).",
    )


def _labels(path: Path) -> tuple[str, ...]:
    try:
        names = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(
            f"The label file {path} cannot be read.",
            remedy="Give a text file with one class name a line, background first.",
            details=repr(error),
        ) from error
    return tuple(name for name in names if name)


def _normalization(text: str) -> Normalization:
    try:
        mean, std = (float(part) for part in text.split(","))
    except ValueError as error:
        raise SpecError(
            f"“{text}” is no normalization.", remedy="Write MEAN,STD such as 127.5,127.5."
        ) from error
    if std == 0 or not math.isfinite(mean) or not math.isfinite(std):
        raise SpecError(
            f"“{text}” is no normalization.", remedy="Give finite numbers, and a STD other than 0."
        )
    return Normalization(mean=(mean,) * 3, std=(std,) * 3)
