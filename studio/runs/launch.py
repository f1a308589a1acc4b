"""Start or resume the worker of a run, ask it to stop, and end it when it does not listen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from studio.errors import StudioError, WorkerError, output_error
from studio.paths import runs_dir as default_runs_dir
from studio.runs.folder import RunFolder, create_run_folder
from studio.runs.lock import holder_pid
from studio.runs.record import new_record
from studio.runs.resume import announce_resume, check_idle, withdraw_resume

_WORKER = (sys.executable, "-m", "studio.jobs.worker")

# Workers outlive us, but while we live we are their parent: their exit codes must be collected,
# or each leaves a zombie in a studio that is open for days.
_children: list[subprocess.Popen[bytes]] = []


def launch(
    job: str,
    spec: object,
    *,
    title: str,
    parents: Sequence[str] = (),
    runs_dir: Path | None = None,
) -> RunFolder:
    """Write a run folder and start a detached worker on it.

    Args:
        job: name in the table of jobs.
        spec: the job's spec, a dataclass.
        title: as shown to the user.
        parents: names of the run folders that it builds on.
        runs_dir: where run folders lie; the workspace's by default.

    Returns:
        The folder; its worker lives on when this process dies.

    Raises:
        OutputError: the folder cannot be written.
        WorkerError: the worker cannot be started.
    """
    record = new_record(job, spec, title=title, parents=parents)
    folder = create_run_folder(default_runs_dir() if runs_dir is None else runs_dir, record)
    start_worker(folder, [*_WORKER, str(folder.path)])
    return folder


def resume(folder: RunFolder) -> None:
    """Start a detached worker that goes on with a run which ended before it was done.

    Whether its kind of job can do so is known to `studio.jobs.can_resume`.

    Args:
        folder: of a run that was stopped, failed or crashed.

    Raises:
        RunError: the run is at work, or it finished.
        OutputError: the folder cannot be written.
        WorkerError: the worker cannot be started.
    """
    check_idle(folder)
    announce_resume(folder)
    try:
        start_worker(folder, [*_WORKER, "--resume", str(folder.path)])
    except StudioError:
        withdraw_resume(folder)
        raise


def start_worker(folder: RunFolder, command: Sequence[str]) -> None:
    """Start a detached process whose output goes to the run's log.

    Args:
        folder: of the run.
        command: program and arguments.

    Raises:
        OutputError: the log cannot be written.
        WorkerError: the process cannot be started.
    """
    reap()
    try:
        log = folder.log_file.open("ab")
    except OSError as error:
        raise output_error(folder.log_file, error) from error
    with log:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                close_fds=True,
                start_new_session=True,  # a terminal's Ctrl-C and hang-up do not reach it
                creationflags=_CREATION_FLAGS,
            )
        except OSError as error:
            raise WorkerError(
                "The worker process of this run could not be started.",
                remedy="Close other programs and try again; if it stays so, reinstall the studio.",
                details=f"{command[0]}: {error!r}",
            ) from error
    _children.append(process)


if sys.platform == "win32":  # pragma: no cover
    _CREATION_FLAGS = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
else:
    _CREATION_FLAGS = 0


def reap() -> int:
    """Collect the exit codes of our workers that have ended; never waits.

    Returns:
        How many workers that this process launched are still there.
    """
    _children[:] = [process for process in _children if process.poll() is None]
    return len(_children)


def request_stop(folder: RunFolder) -> None:
    """Ask a run to stop gracefully, keeping what it has done.

    Raises:
        OutputError: the request cannot be written.
    """
    try:
        folder.stop_file.touch()
    except OSError as error:
        raise output_error(folder.stop_file, error) from error


def kill(folder: RunFolder) -> bool:
    """End a run's worker at once, with the processes it started. What it did not write is lost.

    Returns:
        Whether there was a worker to end.

    Raises:
        WorkerError: the system refuses.
    """
    pid = holder_pid(folder.lock_file)
    if pid is None:
        return False
    try:
        if sys.platform == "win32":  # pragma: no cover
            os.kill(pid, signal.SIGTERM)
        elif os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
        else:  # not started by `launch`: its group holds others
            os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    except PermissionError as error:
        raise WorkerError(
            f"You may not end the worker of this run (process {pid}).",
            remedy="It was started by another user, who can stop it.",
            details=repr(error),
        ) from error
    return True
