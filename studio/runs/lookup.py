"""Find a run by what a user calls it."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

from studio.errors import InputError
from studio.paths import runs_dir as default_runs_dir
from studio.runs.folder import RunFolder
from studio.runs.store import RunEntry, RunStore

LAST = "last"


def find_run(
    name: str,
    *,
    runs_dir: Path | None = None,
    fits: Callable[[RunEntry], bool] = lambda _: True,
    what: str = "run",
) -> RunFolder:
    """Find a run by its folder, the folder's name, its title, or as the `last` one.

    Args:
        name: as the user wrote it.
        runs_dir: where run folders lie; the workspace's by default.
        fits: which runs `last` and a title can mean.
        what: such runs are called in messages.

    Raises:
        InputError: nothing or more than one thing is called so.
    """
    runs_dir = default_runs_dir() if runs_dir is None else runs_dir
    for path in (runs_dir / name, Path(name).expanduser().absolute()):
        if name and _is_run(path):
            return RunFolder(path)
    entries = [entry for entry in RunStore(runs_dir).entries() if fits(entry)]
    if name == LAST:
        if entries:
            return entries[0].folder
        raise InputError(f"There is no {what} in {runs_dir}.", remedy="Start one.")
    found = [entry.folder for entry in entries if entry.title == name]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(folder.name for folder in found)
        raise InputError(
            f"{len(found)} runs are called “{name}”: {names}.",
            remedy="Give the name of the folder you mean.",
        )
    near = difflib.get_close_matches(name, [entry.folder.name for entry in entries], n=1)
    raise InputError(
        f"There is no {what} called “{name}”.",
        remedy=f"Did you mean {near[0]}?" if near else "`jejunet runs` lists those there are.",
    )


def _is_run(path: Path) -> bool:
    try:
        return (path / "run.json").is_file()
    except OSError:  # a name that is too long, a folder that may not be entered
        return False
