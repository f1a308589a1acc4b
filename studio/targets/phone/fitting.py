"""The file that goes to the phone: the model as it is, or what was made of it to fit the frames."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from studio.errors import ModelError, output_error
from studio.inference.adapted_file import write_adapted_model
from studio.inference.model import ModelOverrides, SessionOptions
from studio.paths import workspace_dir


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A file, and how it is opened.

    Attributes:
        path: of the `.tflite` file.
        options: for this computer.
        warning: why it does not fit the frames although it was to; may be empty.
    """

    path: Path
    options: SessionOptions
    warning: str = ""


def fit_model(
    model: Path, options: SessionOptions, frame_size: tuple[int, int] | None
) -> FittedModel:
    """Make a model fit frames of a size, if that is wanted and possible.

    Args:
        model: path of a `.tflite` file.
        options: how it is meant.
        frame_size: height and width of the frames; None where they are not known.

    Raises:
        ModelError: the file cannot be read.
        OutputError: the workspace cannot be written.
    """
    as_it_is = replace(options, input_fit="model")
    if options.input_fit != "frame" or frame_size is None:
        return FittedModel(model, as_it_is)
    folder = workspace_dir() / "phone" / "adapted" / file_sha256(model)[:16]
    made = folder / f"{model.stem}-{frame_size[1]}x{frame_size[0]}.tflite"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_adapted_model(model, frame_size, made, options)
    except ModelError as error:
        return FittedModel(model, as_it_is, error.message)
    except OSError as error:
        raise output_error(made, error) from error
    # What was set by hand stands in its card, in terms of the file that was made.
    return FittedModel(made, replace(as_it_is, overrides=ModelOverrides()))


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits.

    Raises:
        ModelError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(
            f"{path} cannot be read: {error.strerror}.", remedy="Choose a file that you may read."
        ) from error
