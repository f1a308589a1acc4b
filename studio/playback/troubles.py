"""What goes wrong in the playback process: told there, made an error for the user here."""

from __future__ import annotations

import traceback
from pathlib import Path

from studio import errors
from studio.errors import StudioError, WorkerError
from studio.playback.client import Died
from studio.playback.messages import Trouble


def trouble_of(about: str, error: Exception, generation: int = 0) -> Trouble:
    """Tell of an exception.

    Args:
        about: see `Trouble`.
        error: whatever was raised.
        generation: of the jump, where it matters.
    """
    if isinstance(error, StudioError):
        return Trouble(
            about=about,
            kind=type(error).__name__,
            message=error.message,
            remedy=error.remedy,
            details=error.details,
            generation=generation,
        )
    return Trouble(
        about=about,
        kind="StudioError",
        message=f"An unexpected problem came up: {error}.",
        remedy="The details say where; please report them.",
        details="".join(traceback.format_exception(error)),
        generation=generation,
    )


def error_of(trouble: Trouble) -> StudioError:
    """The error that the process raised on its side."""
    kind = getattr(errors, trouble.kind, StudioError)
    error: StudioError = kind(trouble.message, remedy=trouble.remedy, details=trouble.details)
    return error


def error_of_death(died: Died, model_path: str | None, repeated: bool) -> WorkerError:
    """The end of the process in words.

    Args:
        died: how it ended.
        model_path: the model that was open or being opened, which is the likely culprit.
        repeated: whether it had just been started again.
    """
    if model_path is not None:
        return WorkerError(
            f"The model {Path(model_path).name} made its process end: {died.cause}. "
            "The video goes on without it.",
            remedy="Try the other runtime, run it without XNNPACK, or use another model.",
            details=died.log_tail,
        )
    return WorkerError(
        f"The playback process ended: {died.cause}.",
        remedy="The video was closed; open it again."
        if repeated
        else "It was started again at the same place.",
        details=died.log_tail,
    )
