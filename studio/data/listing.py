"""Lists of names and labels in text files, and the errors when they are not what they should be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from studio.errors import InputError
from studio.video.image_source import IMAGE_SUFFIXES, natural_key


def read_lines(path: Path) -> tuple[str, ...]:
    """The lines of a text file without blank ones and outer spaces.

    Raises:
        InputError: it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"The file {path} is missing.", remedy="Check the path.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"Could not read {path}.", remedy="It must be a text file.", details=repr(error)
        ) from error
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def read_names(path: Path) -> tuple[str, ...]:
    """The names in a list of a dataset: the first word of each line, each name once.

    VOC's own lists for single classes carry a number behind the name.

    Raises:
        InputError: it cannot be read or holds no name.
    """
    names = tuple(dict.fromkeys(line.split()[0] for line in read_lines(path)))
    if not names:
        raise InputError(
            f"The list {path} is empty.", remedy="Write one name of an image on each line."
        )
    return names


def read_labels(path: Path) -> tuple[str, ...]:
    """The names of classes, one a line, background first.

    Raises:
        InputError: it cannot be read, or names too few or too many classes.
    """
    labels = read_lines(path)
    if not 2 <= len(labels) <= 255:
        raise InputError(
            f"The file {path} names {len(labels)} classes.",
            remedy="Give 2 to 255, one a line; the first is the background.",
        )
    return labels


def no_such_split(root: Path, split: str, existing: Iterable[str]) -> InputError:
    """The error for a list that is not there."""
    names = ", ".join(sorted(existing))
    return InputError(
        f"The dataset {root} has no list {split!r}.",
        remedy=f"It has {names}." if names else "It has no lists at all.",
    )


def image_files(folder: Path) -> tuple[Path, ...]:
    """The pictures in a folder in natural order.

    Raises:
        InputError: the folder cannot be read.
    """
    try:
        paths = [
            path
            for path in folder.iterdir()
            if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")
        ]
    except OSError as error:
        raise InputError(
            f"Could not read the folder {folder}: {error.strerror or error}.",
            remedy="Check the path and whether you may read it.",
            details=repr(error),
        ) from error
    return tuple(sorted(paths, key=natural_key))


def files_by_stem(folder: Path) -> Mapping[str, Path]:
    """The pictures in a folder by their names without endings."""
    return {path.stem: path for path in image_files(folder)}
