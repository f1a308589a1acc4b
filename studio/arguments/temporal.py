"""How the redundancy between frames is to be used, as it is said on a command line."""

from __future__ import annotations

from pathlib import Path

from studio.errors import SpecError
from studio.inference.model import InputFit
from studio.temporal.spec import PRESETS, TemporalSpec
from studio.temporal.toml import spec_from_toml

METAVAR = "|".join((*PRESETS, "SPEC.toml"))
"""What `read_temporal` understands."""

_LARGEST_FILE_BYTES = 1 << 20


def read_temporal(text: str) -> TemporalSpec:
    """Find a preset by its name, or read a spec from a TOML file.

    Args:
        text: name of a preset, or path of a file that ends in `.toml`.

    Raises:
        SpecError: there is no such preset, or the file cannot be read or does not fit.
    """
    preset = PRESETS.get(text)
    if preset is not None:
        return preset
    path = Path(text).expanduser()
    if path.suffix.lower() != ".toml":
        raise SpecError(
            f"Expected one of {', '.join(PRESETS)} or a .toml file; got {text!r}.",
            remedy="Name a preset, or write a spec to a file such as my-temporal.toml.",
        )
    return _read_file(path)


def temporal_name(text: str) -> str:
    """What a setting is called in a table: a preset's name, a file's without folder and ending."""
    return text if text in PRESETS else Path(text).stem


def input_fit_of(wanted: InputFit | None, temporal: TemporalSpec) -> InputFit:
    """Which input the network has where a temporal setting was asked for.

    Between frames only class scores can be carried well, and what the frame's aspect saves comes on
    top; so whoever asks for one gets the other, unless it was said otherwise.

    Args:
        wanted: what `--input` says; None where it was left out.
        temporal: how the redundancy between frames is used.
    """
    return wanted or ("model" if temporal.mode == "off" else "frame")


def _read_file(path: Path) -> TemporalSpec:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise SpecError(
            f"There is no file {path}.",
            remedy=f"Check the path, or name one of {', '.join(PRESETS)}.",
        ) from error
    except OSError as error:
        raise SpecError(
            f"{path} cannot be read: {error.strerror or error}.",
            remedy="Check the path and whether you may read it.",
            details=repr(error),
        ) from error
    if len(content) > _LARGEST_FILE_BYTES:
        raise SpecError(
            f"{path} is too large for a temporal spec: it has more than 1 MiB.",
            remedy="Give a TOML file of a few lines.",
        )
    try:
        return spec_from_toml(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SpecError(
            f"{path} is no text file.", remedy="Give a TOML file.", details=repr(error)
        ) from error
    except SpecError as error:
        raise SpecError(
            f"{path}: {error.message}", remedy=error.remedy, details=error.details
        ) from error
