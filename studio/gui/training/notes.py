"""The user's note on a run: a text file in its folder, for people and other programs alike."""

from __future__ import annotations

from studio.errors import output_error
from studio.runs.folder import RunFolder

_MOST_BYTES = 64 * 1024
_FILE = "note.txt"


def read_note(folder: RunFolder) -> str:
    """The note; empty when there is none."""
    try:
        with (folder.path / _FILE).open("rb") as file:
            return file.read(_MOST_BYTES).decode(errors="replace").strip()
    except OSError:
        return ""


def write_note(folder: RunFolder, text: str) -> None:
    """Write another note; an empty one takes the file away.

    Raises:
        OutputError: it cannot be written.
    """
    file = folder.path / _FILE
    try:
        if not text.strip():
            file.unlink(missing_ok=True)
            return
        temporary = file.with_suffix(".tmp")
        temporary.write_text(text.strip() + "\n", encoding="utf-8")
        temporary.replace(file)
    except OSError as error:
        raise output_error(file, error) from error
