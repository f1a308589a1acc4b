from __future__ import annotations

from pathlib import Path

import pytest

from studio.errors import InputError
from studio.runs.events import Finished, Stopped, encode
from studio.runs.folder import RunFolder, RunStatus, create_run_folder
from studio.runs.lookup import find_run
from studio.runs.record import RunRecord
from studio.runs.store import RunEntry


def _run(runs_dir: Path, title: str, created_seconds: float, *, stopped: bool = False) -> RunFolder:
    record = RunRecord(schema=1, job="count", spec={}, title=title, created_seconds=created_seconds)
    folder = create_run_folder(runs_dir, record)
    last = Stopped(reason="asked") if stopped else Finished(summary={})
    folder.events_file.write_bytes(encode(last))
    return folder


def _is_stopped(entry: RunEntry) -> bool:
    return entry.status is RunStatus.STOPPED


def test_a_run_is_found_by_folder_name_title_and_as_the_last(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = _run(runs_dir, "one", 1e9, stopped=True)
    new = _run(runs_dir, "other", 1.1e9)
    for name in (old.name, str(old.path), "one"):
        assert find_run(name, runs_dir=runs_dir) == old
    assert find_run("last", runs_dir=runs_dir) == new
    assert find_run("last", runs_dir=runs_dir, fits=_is_stopped) == old
    monkeypatch.chdir(runs_dir)
    elsewhere = runs_dir / "elsewhere"
    assert find_run(f"./{new.name}", runs_dir=elsewhere) == new
    assert find_run(".", runs_dir=new.path.parent / new.name) == new


def test_runs_are_those_of_the_workspace_by_default(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JEJUNET_WORKSPACE", str(runs_dir.parent))
    folder = _run(runs_dir, "one", 1e9)
    assert find_run(folder.name) == folder


def test_what_is_not_found_is_told_with_what_may_be_meant(runs_dir: Path) -> None:
    with pytest.raises(InputError, match="There is no run in"):
        find_run("last", runs_dir=runs_dir)
    first = _run(runs_dir, "same", 1e9)
    with pytest.raises(InputError, match=f"Did you mean {first.name}"):
        find_run(f"{first.name}x", runs_dir=runs_dir)
    with pytest.raises(InputError, match="jejunet runs"):
        find_run("?", runs_dir=runs_dir)
    with pytest.raises(InputError, match="no run called"):
        find_run("", runs_dir=runs_dir)
    with pytest.raises(InputError, match="no run called"):
        find_run("x" * 5000, runs_dir=runs_dir)
    with pytest.raises(InputError, match="no training in"):
        find_run("last", runs_dir=runs_dir, fits=_is_stopped, what="training")
    _run(runs_dir, "same", 1.1e9)
    with pytest.raises(InputError, match="2 runs are called “same”"):
        find_run("same", runs_dir=runs_dir)
