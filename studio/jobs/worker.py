"""The process that does a run: `python -m studio.jobs.worker [--resume] FOLDER`.

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

from studio.errors import RunError, SpecError, StudioError
from studio.jobs import JOBS, JobEntry, decode_spec, job_entry, run_job
from studio.jobs.reporter import RunReporter
from studio.runs.events import (
    Artifact,
    Failed,
    Finished,
    Started,
    Stopped,
    Terminal,
    decode_lines,
    encode,
)
from studio.runs.folder import RunFolder
from studio.runs.lock import FileLock
from studio.runs.resume import announce_resume, withdraw_resume
from studio.runs.store import KEEP_TRASHED_DAYS, RunStore

_LOCK_ATTEMPTS = 10
_LOCK_RETRY_SECONDS = 0.05
_MOST_DETAILS_CHARS = 20_000


def main(arguments: Sequence[str] | None = None, jobs: Mapping[str, JobEntry] = JOBS) -> int:
    """Do the run of a folder.

    Args:
        arguments: the run folder, behind `--resume` to go on with a run that ended before it was
            done; the command line's by default.
        jobs: the table of jobs.

    Returns:
        The exit code: 0 finished or stopped, 1 failed, 2 wrong input.
    """
    faulthandler.enable()  # a crash in native code leaves its stack in worker.log
    given = list(sys.argv[1:] if arguments is None else arguments)
    resumes = given[:1] == ["--resume"]
    if len(given) != 1 + resumes:
        sys.stderr.write("Expected one argument, the run folder.\n")
        return 2
    folder = RunFolder(Path(given[-1]).absolute())
    try:
        code = _do_run(folder, jobs, resumes=resumes)
    except StudioError as error:  # the run could not even begin, so its log stays untouched
        sys.stderr.write(f"{error}\n{error.details}\n")
        return error.exit_code
    RunStore(folder.path.parent).purge(KEEP_TRASHED_DAYS)  # nobody waits for this process any more
    return code


def _do_run(folder: RunFolder, jobs: Mapping[str, JobEntry], *, resumes: bool) -> int:
    lock = FileLock(folder.lock_file)
    _acquire(lock, folder)
    try:
        if resumes:
            _prepare_resume(folder, jobs)
        elif folder.events_file.exists():
            raise RunError(f"The run {folder.name} has already been done.", remedy="Start it anew.")
        reporter = RunReporter(folder, _made_before(folder) if resumes else ())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: reporter.request_stop("The system ended it."))
        terminal = _outcome(folder, reporter, jobs)
        if not reporter.close(terminal):  # the disk is full: the log file is the last resort
            sys.stderr.write(encode(terminal).decode())
        return terminal.exit_code if isinstance(terminal, Failed) else 0
    finally:
        withdraw_resume(folder)
        lock.release()


def _prepare_resume(folder: RunFolder, jobs: Mapping[str, JobEntry]) -> None:
    """Hold that the run can be resumed, and announce it unless `launch.resume` has done so.

    Raises:
        RunError: the run finished, or `run.json` cannot be read.
        SpecError: its job cannot go on where it was, or is not known.
        OutputError: the run folder cannot be written.
    """
    name = folder.record().job
    if not job_entry(name, jobs).resumes:
        raise SpecError(
            f"The job {name!r} cannot go on where it was.", remedy="Start it anew instead."
        )
    if not folder.resume_file.exists():
        announce_resume(folder)


def _made_before(folder: RunFolder) -> list[Artifact]:
    """What the log of a run that is resumed tells of and is still there."""
    try:
        events = decode_lines(folder.events_file.read_bytes()).events
    except OSError:  # it was stopped before it wrote anything
        return []
    made = [event for event in events if isinstance(event, Artifact)]
    return [artifact for artifact in made if folder.artifact_path(artifact).exists()]


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
        withdraw_resume(folder)
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
