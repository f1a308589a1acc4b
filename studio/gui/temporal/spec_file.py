"""A temporal spec in a file that the user chose, or in the studio's settings."""

from __future__ import annotations

from pathlib import Path

from studio.errors import InputError, SpecError
from studio.temporal.spec import TemporalSpec
from studio.temporal.toml import spec_from_toml, spec_to_toml
from studio.video.atomic_file import write_atomically

_LARGEST_BYTES = 1 << 20


def read_spec(path: Path) -> TemporalSpec:
    """Read a spec that was saved, or written by hand.

    Raises:
        InputError: the file cannot be read.
        SpecError: it holds something else.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}.",
            remedy="Choose another file.",
            details=repr(error),
        ) from error
    try:
        return spec_from_toml(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SpecError(
            f"{path.name} is no text file.",
            remedy="Choose a TOML file that the temporal panel saved.",
            details=repr(error),
        ) from error
    except SpecError as error:
        raise SpecError(
            f"{path.name}: {error.message}", remedy=error.remedy, details=error.details
        ) from error


def write_spec(path: Path, spec: TemporalSpec) -> None:
    """Save a spec, all of it or nothing.

    Raises:
        OutputError: it cannot be written there.
    """
    write_atomically(path, spec_to_toml(spec).encode(), is_synced=False)


def spec_from_words(words: str) -> TemporalSpec:
    """Read what `words_from_spec` gave.

    Raises:
        SpecError: it is something else.
    """
    return spec_from_toml(words)


def words_from_spec(spec: TemporalSpec) -> str:
    """A spec as text."""
    return spec_to_toml(spec)
