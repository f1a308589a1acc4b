"""The verb `bundle`: build what runs models on phones."""

from __future__ import annotations

import argparse
import errno
import sys
import time
from pathlib import Path

from studio.errors import SpecError, output_error
from studio.targets.phone.bundle.build import build_bundle
from studio.targets.phone.bundle.find import Bundle, find_bundle, open_bundle
from studio.verbs.answers import table, write_json, write_lines

_SECONDS_BETWEEN = 1.0


def bundle(parsed: argparse.Namespace) -> int:
    """Do `jejunet bundle`.

    Returns:
        The exit code.

    Raises:
        StudioError: it cannot be built.
    """
    by_hand = _folder(parsed.packages)
    out = _out(parsed.out)
    found = None if parsed.force or out is not None or by_hand is not None else find_bundle()
    was_built = found is None
    if found is None:
        found = open_bundle(build_bundle(out, by_hand=by_hand, on_progress=_Teller()))
    summary = _summary(found, was_built=was_built)
    if parsed.json:
        write_json(summary)
    else:
        write_lines(_words(summary))
    return 0


class _Teller:
    """Says on standard error what is being done, a line a step and a second."""

    def __init__(self) -> None:
        self._what = ""
        self._next = 0.0

    def __call__(self, what: str, done_bytes: int, total_bytes: int) -> None:
        now = time.monotonic()
        if what == self._what and now < self._next:
            return
        share = f": {done_bytes / 1e6:.1f} of {total_bytes / 1e6:.1f} MB" if done_bytes else ""
        sys.stderr.write(f"{what}{share}\n")
        sys.stderr.flush()
        self._what = what
        self._next = now + _SECONDS_BETWEEN


def _folder(text: str | None) -> Path | None:
    if text is None:
        return None
    folder = Path(text).expanduser().absolute()
    if not folder.is_dir():
        raise SpecError(f"There is no folder {text}.", remedy="Check the path.")
    return folder


def _out(text: str | None) -> Path | None:
    """The file to write; what is wrong with it is told before the work, not behind it."""
    if text is None:
        return None
    path = Path(text).expanduser().absolute()
    if not path.parent.is_dir():
        raise output_error(path, FileNotFoundError(errno.ENOENT, "No such folder"))
    if path.is_dir():
        raise output_error(path, IsADirectoryError(errno.EISDIR, "Is a folder"))
    return path


def _summary(found: Bundle, *, was_built: bool) -> dict[str, object]:
    packed = found.packed
    return {
        "path": str(packed or found.folder),
        "folder": str(found.folder),
        "built": was_built,
        "packed_bytes": packed.stat().st_size if packed else None,
        "phone_bytes": sum(file.size_bytes for file in found.files),
        "hash": found.hash,
        "runner_hash": found.runner_hash.hex(),
        "litert_version": found.litert_version,
        "files": [
            {"name": file.name, "size_bytes": file.size_bytes, "sha256": file.sha256}
            for file in found.files
        ],
    }


def _words(summary: dict[str, object]) -> list[str]:
    packed_bytes = summary["packed_bytes"]
    size = f"{_mega(summary['phone_bytes'])} on the phone"
    if packed_bytes is not None:
        size += f", {_mega(packed_bytes)} packed"
    return table(
        [
            ("built" if summary["built"] else "found", str(summary["path"])),
            ("size", size),
            ("LiteRT", str(summary["litert_version"])),
            ("content", str(summary["hash"])),
            ("runner", str(summary["runner_hash"])),
        ]
    )


def _mega(size_bytes: object) -> str:
    assert isinstance(size_bytes, int)
    return f"{size_bytes / 1e6:.1f} MB"
