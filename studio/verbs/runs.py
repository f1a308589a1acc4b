"""The verb `runs`: list runs, stop one, empty the trash."""

from __future__ import annotations

import argparse
import math
import sys
import time
from typing import Any

from studio.errors import SpecError
from studio.jobs import JOBS, can_resume
from studio.paths import runs_dir
from studio.runs.events import Failed, Finished, Stopped
from studio.runs.launch import request_stop
from studio.runs.lookup import find_run
from studio.runs.store import RunEntry, RunStore
from studio.verbs.answers import table, write_json, write_lines
from studio.verbs.metrics import Latest, latest, training_words


def runs(parsed: argparse.Namespace) -> int:
    """Do `jejunet runs`.

    Returns:
        The exit code.

    Raises:
        StudioError: an option makes no sense, or a run cannot be stopped.
    """
    if parsed.job is not None and parsed.job not in JOBS:
        raise SpecError(
            f"There is no job “{parsed.job}”.", remedy=f"Give one of {', '.join(sorted(JOBS))}."
        )
    if parsed.limit < 0:
        raise SpecError(f"The limit is {parsed.limit} runs.", remedy="Give 0 (all) or more.")
    store = RunStore(runs_dir())
    answer: dict[str, Any] = {}
    if parsed.stop is not None:
        folder = find_run(parsed.stop, fits=_is_live, what="run at work")
        if not folder.status().is_live:
            raise SpecError(f"The run {folder.name} is not at work.", remedy="Nothing is to stop.")
        request_stop(folder)
        answer["stopping"] = folder.name
        sys.stderr.write(f"Asked {folder.name} to stop.\n")
    if parsed.purge:
        days = parsed.older_than_days
        if not 0.0 <= days < math.inf:
            raise SpecError(f"{days:g} days is no age.", remedy="Give 0 (all) or more days.")
        answer["purged"] = store.purge(older_than_days=days)
        sys.stderr.write(f"Deleted {answer['purged']} runs for good.\n")
    if answer and not parsed.json:
        return 0
    entries = [entry for entry in store.entries() if _fits(entry, parsed.job)]
    chosen = [(entry, latest(entry.folder)) for entry in entries[: parsed.limit or None]]
    if parsed.json:
        write_json({"runs": [_plain(*each) for each in chosen], **answer})
    elif chosen:
        write_lines(table([("run", "status", "begun", "metrics", "title"), *map(_row, chosen)]))
    else:
        sys.stderr.write(f"There are no such runs in {store.runs_dir}.\n")
    return 0


def _is_live(entry: RunEntry) -> bool:
    return entry.status.is_live


def _fits(entry: RunEntry, job: str | None) -> bool:
    return job is None or (entry.record is not None and entry.record.job == job)


def _row(each: tuple[RunEntry, Latest]) -> tuple[str, ...]:
    entry, reported = each
    words = training_words(reported.metrics)
    if reported.step is not None:
        words = f"step {reported.step:,} · {words}".removesuffix(" · ")
    return (
        entry.folder.name,
        "damaged" if entry.problem else entry.status,
        time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.created_seconds)),
        words or "–",
        entry.title,
    )


def _plain(entry: RunEntry, reported: Latest) -> dict[str, Any]:
    record, terminal = entry.record, entry.terminal
    job = None if record is None else record.job
    return {
        "run": entry.folder.name,
        "folder": str(entry.folder.path),
        "job": job,
        "title": entry.title,
        "status": entry.status,
        "resumable": job is not None and can_resume(job, entry.status),
        "created_seconds": entry.created_seconds,
        "changed_seconds": entry.changed_seconds,
        "epoch": reported.epoch,
        "step": reported.step,
        "metrics": reported.metrics,
        "summary": terminal.summary if isinstance(terminal, Finished | Stopped) else None,
        "error": terminal.message if isinstance(terminal, Failed) else None,
        "problem": entry.problem,
    }
