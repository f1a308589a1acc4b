"""The process that does a run: `python -m studio.jobs.worker FOLDER`.

It holds the run's lock while it lives and, whatever happens short of being killed, writes the
run's last word before it lets go.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from studio.errors import RunError, StudioError
from studio.jobs import JOBS, JobEntry, decode_spec, run_job
from studio.jobs.reporter import RunReporter
from studio.runs.events import Failed, Finished, Started, Stopped, Terminal, encode
from studio.runs.folder import RunFolder
from studio.runs.lock import FileLock

_LOCK_ATTEMPTS = 10
_LOCK_RETRY_SECONDS = 0.05
_MOST_DETAILS_CHARS = 20_000


def main(arguments: Sequence[str] | None = None, jobs: Mapping[str, JobEntry] = JOBS) -> int:
    """Do the run of a folder.

    Args:
        arguments: the run folder; the command line's by default.
        jobs: the table of jobs.

    Returns:
        The exit code: 0 finished or stopped, 1 failed, 2 wrong input.
    """
    faulthandler.enable()  # a crash in native code leaves its stack in worker.log
    given = sys.argv[1:] if arguments is None else arguments
    if len(given) != 1:
        sys.stderr.write("Expected one argument, the run folder.\n")
        return 2
    folder = RunFolder(Path(given[0]).absolute())
    try:
        return _do_run(folder, jobs)
    except StudioError as error:  # the run could not even begin, so its log stays untouched
        sys.stderr.write(f"{error}\n{error.details}\n")
        return error.exit_code


def _do_run(folder: RunFolder, jobs: Mapping[str, JobEntry]) -> int:
    lock = FileLock(folder.lock_file)
    _acquire(lock, folder)
    try:
        if folder.events_file.exists():
            raise RunError(f"The run {folder.name} has already been done.", remedy="Start it anew.")
        reporter = RunReporter(folder)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: reporter.request_stop("The system ended it."))
        terminal = _outcome(folder, reporter, jobs)
        if not reporter.close(terminal):  # the disk is full: the log file is the last resort
            sys.stderr.write(encode(terminal).decode())
        return terminal.exit_code if isinstance(terminal, Failed) else 0
    finally:
        lock.release()


def _acquire(lock: FileLock, folder: RunFolder) -> None:
    """Take the run's lock.

    Raises:
        RunError: another worker has it, or the folder is gone.
    """
    try:
        for _ in range(_LOCK_ATTEMPTS):
            if lock.acquire():
                return
            time.sleep(_LOCK_RETRY_SECONDS)  # someone may only be looking, see is_locked
    except OSError as error:
        raise RunError(
            f"The run folder {folder.path} cannot be used.",
            remedy="It was moved or deleted, or you may not write there.",
            details=repr(error),
        ) from error
    raise RunError(f"Another worker is busy with the run {folder.name}.")


def _outcome(folder: RunFolder, reporter: RunReporter, jobs: Mapping[str, JobEntry]) -> Terminal:
    """Do the job and put its end into an event, however it ends."""
    try:
        record = folder.record()
        reporter.emit(Started(job=record.job, pid=os.getpid()))
        spec = decode_spec(record.job, record.spec, jobs)
        summary = run_job(record.job, spec, reporter, jobs)
        reason = reporter.stop_reason
        terminal: Terminal = (
            Stopped(reason=reason, summary=summary, artifacts=reporter.artifacts)
            if reason
            else Finished(summary=summary, artifacts=reporter.artifacts)
        )
        encode(terminal)  # a summary that JSON cannot hold is found here, not at the last word
        return terminal
    except StudioError as error:
        return Failed(
            message=error.message,
            remedy=error.remedy,
            details=error.details[-_MOST_DETAILS_CHARS:],
            exit_code=error.exit_code,
            artifacts=reporter.artifacts,
        )
    except BaseException as error:  # noqa: BLE001  the last word must be written whatever came
        details = traceback.format_exc()
        sys.stderr.write(details)
        return Failed(
            message=_in_words(error),
            remedy="Copy the details into a report, so that it can be mended.",
            details=details[-_MOST_DETAILS_CHARS:],
            artifacts=reporter.artifacts,
        )


def _in_words(error: BaseException) -> str:
    """A sentence for an error that nobody foresaw."""
    if isinstance(error, MemoryError):
        return "The computer's memory did not suffice for this job."
    return f"The job ran into an error that nobody foresaw: {type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main())
