"""The verb `train`: start or resume a training in a process of its own, and follow it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from studio.errors import RunError, SpecError, StudioError
from studio.jobs import can_resume
from studio.runs.events import Finished, Stopped
from studio.runs.folder import RunFolder, RunStatus
from studio.runs.launch import launch, resume
from studio.runs.lookup import LAST, find_run
from studio.runs.store import RunEntry
from studio.runs.watch import RunWatcher
from studio.training.presets import list_presets, load_preset
from studio.training.spec import TrainSpec
from studio.training.spec_file import read_spec_file, with_overrides
from studio.training.spec_paths import with_absolute_paths
from studio.verbs.answers import table, write_json, write_lines
from studio.verbs.follow import Ending, caught_up, follow

_JOB = "train"
_LIST = "list"


def train(parsed: argparse.Namespace) -> int:
    """Do `jejunet train`.

    Returns:
        The exit code: 0 when the training finished or goes on detached, else 1, or 2 when it
        could not use what it was given.

    Raises:
        StudioError: it cannot be started.
    """
    if parsed.preset == _LIST:
        return _list_presets(as_json=parsed.json)
    if parsed.resume is not None:
        watcher = _resume(parsed)
    else:
        spec, title = _spec(parsed)
        watcher = RunWatcher(launch(_JOB, spec, title=title))
    folder = watcher.folder
    sys.stderr.write(f"Run {folder.name} in {folder.path}\n")
    if parsed.detach:
        return _tell_detached(folder, as_json=parsed.json)
    return _tell(follow(watcher), as_json=parsed.json)


def _spec(parsed: argparse.Namespace) -> tuple[TrainSpec, str]:
    """What to train, and the run's title."""
    if parsed.preset is not None:
        preset = load_preset(parsed.preset)
        spec, title = preset.spec, preset.title
    elif parsed.spec is not None:
        path = Path(parsed.spec).expanduser()
        file = read_spec_file(path)
        spec, title = file.spec, file.title or path.stem
    else:
        raise SpecError(
            "Nothing to train was given.",
            remedy="Give a SPEC.toml, --preset NAME (--preset list shows them) or --resume RUN.",
        )
    assignments = list(parsed.assignments)
    if parsed.dataset is not None:
        assignments.append(f"dataset={parsed.dataset}")
    if parsed.strategy is not None:
        assignments.append(f"strategy={parsed.strategy}")
    spec = with_overrides(spec, assignments)
    if not spec.dataset.strip():
        raise SpecError("No dataset was given to train on.", remedy="Give one with --dataset DIR.")
    spec = with_absolute_paths(spec)
    return spec, parsed.title or f"{title} on {Path(spec.dataset).name}"


def _resume(parsed: argparse.Namespace) -> RunWatcher:
    if parsed.dataset or parsed.assignments or parsed.title or parsed.strategy:
        raise SpecError(
            "A run that is resumed goes on as it was begun.",
            remedy="Leave the other options out, or start a new run with "
            "--set start_from=RUN and the changes.",
        )
    folder = find_run(parsed.resume, fits=_is_resumable, what="training that ended early")
    record = folder.record()
    if record.job != _JOB:
        raise SpecError(
            f"The run {folder.name} is no training.",
            remedy=f"Give a training; --resume {LAST} takes the latest that ended early.",
        )
    status = folder.status()
    if not can_resume(record.job, status) and not status.is_live:
        raise RunError(
            f"The run {folder.name} has finished: there is nothing left to resume.",
            remedy="Start a new one with --set start_from=RUN, or with more epochs.",
        )
    watcher = caught_up(folder)
    resume(folder)
    return watcher


def _is_resumable(entry: RunEntry) -> bool:
    return entry.record is not None and can_resume(entry.record.job, entry.status)


def _tell_detached(folder: RunFolder, *, as_json: bool) -> int:
    if as_json:
        write_json({**_named(folder), "status": RunStatus.STARTING})
    else:
        write_lines([str(folder.path)])
    return 0


def _tell(ending: Ending, *, as_json: bool) -> int:
    """Say how it ended; the exit code."""
    error, terminal, folder = ending.error, ending.terminal, ending.folder
    answer: dict[str, Any] = {**_named(folder), "status": ending.status}
    code = 0
    if error is not None:
        sys.stderr.write(f"jejunet: {error}\n")
        kind = type(error).__name__
        answer["error"] = {"kind": kind, "message": error.message, "remedy": error.remedy}
        code = error.exit_code
    elif isinstance(terminal, Finished | Stopped):
        answer["summary"] = terminal.summary
        if isinstance(terminal, Stopped):
            sys.stderr.write(f"jejunet: Stopped. {terminal.reason}\n")
            code = StudioError.exit_code
    if code:
        sys.stderr.write(f"Go on with it: jejunet train --resume {folder.name}\n")
    if terminal is not None:
        answer["artifacts"] = {
            made.name: str(folder.artifact_path(made)) for made in terminal.artifacts
        }
    if as_json:
        write_json(answer)
        return code
    lines = [f"{folder.name} {ending.status}"]
    rows = [
        (key.replace("_", " "), _value(value)) for key, value in answer.get("summary", {}).items()
    ]
    rows += list(answer.get("artifacts", {}).items())
    rows.append(("folder", str(folder.path)))
    write_lines([*lines, *table(rows)])
    return code


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _named(folder: RunFolder) -> dict[str, Any]:
    return {"run": folder.name, "folder": str(folder.path)}


def _list_presets(*, as_json: bool) -> int:
    presets = list_presets()
    if as_json:
        write_json({"presets": presets})
        return 0
    write_lines(table([(preset.name, preset.description) for preset in presets]))
    return 0
