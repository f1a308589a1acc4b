"""Go on with a run that ended before it was done: what must hold, and how others get to know."""

from __future__ import annotations

import contextlib

from studio.errors import RunError, output_error
from studio.runs.events import Finished
from studio.runs.folder import RunFolder


def check_idle(folder: RunFolder) -> None:
    """Hold that nobody is at a run.

    Raises:
        RunError: it is at work.
    """
    if folder.status().is_live:
        raise RunError(
            f"The run {folder.name} is still at work.",
            remedy="Wait for its end, or stop it, then resume it.",
        )


def announce_resume(folder: RunFolder) -> None:
    """Say that a worker is about to go on with a run, and take back an old request to stop.

    Args:
        folder: of a run that nobody is at.

    Raises:
        RunError: the run finished.
        OutputError: the run folder cannot be written.
    """
    if isinstance(folder.terminal(), Finished):
        raise RunError(
            f"The run {folder.name} has finished: there is nothing left to resume.",
            remedy="Start a new one with the same settings, or with more epochs.",
        )
    try:
        folder.stop_file.unlink(missing_ok=True)
        folder.resume_file.touch()
    except OSError as error:
        raise output_error(folder.resume_file, error) from error


def withdraw_resume(folder: RunFolder) -> None:
    """The worker has begun, or will not: from now on the log tells the status."""
    with contextlib.suppress(OSError):  # else it ceases to count by its age
        folder.resume_file.unlink(missing_ok=True)
