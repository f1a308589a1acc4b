"""The one exception tree of the studio.

Everything that can go wrong in a way a user can understand is one of these::

    StudioError                 exit code 1: something failed
    ├── InputError              exit code 2: what was given cannot be used
    │   ├── VideoError          a video, image folder or camera
    │   ├── ModelError          a model file, its card, its labels
    │   └── SpecError           an option, a spec, a combination of them
    ├── OutputError             a file cannot be written (rights, full disk)
    ├── PhoneError              a phone, its cable, adb, or the runner on it
    ├── WorkerError             a process of ours died or fell silent
    └── RunError                a run folder is damaged or busy

A message says what was expected, what came, and how to mend it. `details` holds
what helps a developer (a traceback, a library's own words); it is shown only on demand.
"""

from __future__ import annotations

import errno
from pathlib import Path


class StudioError(Exception):
    """Something failed; the message is written for the user.

    Args:
        message: one or two sentences: what was expected, what came instead.
        remedy: how to mend it, as an instruction; may be empty.
        details: technical background to copy into a report; may be empty.
    """

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "", details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.details = details

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class InputError(StudioError):
    """What the user gave cannot be used as it is."""

    exit_code = 2


class VideoError(InputError):
    """A video, an image folder or a camera cannot be read."""


class ModelError(InputError):
    """A model file, its card or its labels cannot be used."""


class SpecError(InputError):
    """An option, a spec or a combination of options makes no sense."""


class OutputError(StudioError):
    """A file cannot be written."""


class PhoneError(StudioError):
    """A phone cannot be reached, or does not do what it should."""


class WorkerError(StudioError):
    """A worker process died or does not answer."""


class RunError(StudioError):
    """A run folder is damaged, busy or gone."""


def output_error(path: Path | str, error: OSError) -> OutputError:
    """Put an operating system's refusal to write into words.

    Args:
        path: what was being written.
        error: what the system said.

    Returns:
        The error to raise, with the remedy that fits its cause.
    """
    causes = {
        errno.ENOSPC: ("the disk is full", "Free some space or choose another folder."),
        errno.EDQUOT: ("your disk quota is used up", "Free some space or choose another folder."),
        errno.EFBIG: (
            "it grew beyond the largest file allowed there",
            "Choose a folder on another disk, or raise the limit (ulimit -f).",
        ),
        errno.ENAMETOOLONG: ("its name is too long", "Give it a shorter one."),
        errno.EACCES: ("you may not write there", "Choose a folder that belongs to you."),
        errno.EPERM: ("you may not write there", "Choose a folder that belongs to you."),
        errno.EROFS: ("that disk is read-only", "Choose a folder on another disk."),
        errno.ENOENT: ("its folder does not exist", "Create the folder or choose another one."),
        errno.ENOTDIR: (
            "a part of its path is a file, not a folder",
            "Choose another folder.",
        ),
        errno.EISDIR: ("it is a folder", "Give a file name."),
    }
    cause, remedy = causes.get(error.errno or 0, (str(error), "Choose another place to write to."))
    return OutputError(f"Could not write {path}: {cause}.", remedy=remedy, details=repr(error))
