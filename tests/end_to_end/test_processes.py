"""Studios as processes: one that is killed, one after another, two at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psutil
import pytest

from studio.gui.settings import Settings
from studio.runs.folder import RunFolder, RunStatus
from studio.video.file_source import FileSource
from tests.support.clips import class_clip
from tests.support.models import logits_model
from tests.support.run_jobs import no_worker_left
from tests.support.studio_process import StudioProcess
from tests.support.waiting import wait_until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the driver listens on a file descriptor")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return class_clip(tmp_path / "clip.mp4", frames=50, width=320, height=240)


@pytest.fixture
def slow_net(tmp_path: Path) -> Path:
    return logits_model(tmp_path / "slow.tflite", input_size=1025, grid=41)


def _wait_for(studio: StudioProcess, key: str, value: object) -> dict[str, Any]:
    state: dict[str, Any] = {}

    def holds() -> bool:
        state.update(studio.ask("state"))
        return bool(state[key] == value)

    wait_until(holds, what=f"{key} to be {value}: {state}")
    return state


def _rings(pid: int) -> list[str]:
    return [path.name for path in Path("/dev/shm").glob(f"jejunet-ring-{pid}-*")]


def _frame_count(path: Path) -> int | None:
    source = FileSource(path)
    source.close()
    return source.info.frame_count


def test_a_killed_studio_leaves_its_export_running_and_nothing_else(
    clip: Path, slow_net: Path, tmp_path: Path
) -> None:
    runs = tmp_path / "workspace" / "runs"
    out = tmp_path / "out.mp4"
    arguments = (str(clip), "--model", str(slow_net))
    with no_worker_left(runs):
        with StudioProcess(tmp_path, *arguments) as studio:
            state = _wait_for(studio, "has_mask", True)
            engine = psutil.Process(state["engine_pid"])
            studio.ask("export", str(out))
            wait_until(lambda: any(runs.glob("*/events.jsonl")), what="the worker to begin")
            folder = RunFolder(next(runs.glob("*_segment")))
            studio.kill()
            assert folder.status() is RunStatus.RUNNING
            assert not out.exists()
            wait_until(lambda: not engine.is_running(), what="the playback process to end")
            assert _rings(studio.pid) == []
        wait_until(lambda: not folder.status().is_live, 60, what="the export to end")
        assert folder.status() is RunStatus.FINISHED
        assert _frame_count(out) == 50
        with StudioProcess(tmp_path, *arguments) as again:
            jobs = _wait_for(again, "has_mask", True)["jobs"]
            assert jobs == [["Export out.mp4", "finished", folder.name]]
            again.close()


def test_layout_theme_and_files_come_back_in_another_process(
    clip: Path, slow_net: Path, tmp_path: Path
) -> None:
    with StudioProcess(tmp_path, str(clip), "--model", str(slow_net)) as first:
        _wait_for(first, "has_mask", True)
        first.ask("hide", "overlay")
        first.ask("float", "jobs")
        first.ask("resize", 780, 650)
        first.ask("theme", "light")
        before = first.ask("state")
        assert before["docks"]["overlay"] == [True, False]
        assert before["docks"]["jobs"] == [False, True]
        first.close()
    with StudioProcess(tmp_path) as second:
        state = _wait_for(second, "has_mask", True)
        for key in ("docks", "size", "theme"):
            assert state[key] == before[key], key
        assert state["index"] == 0
        assert not state["is_playing"]  # a later start shows the last video, paused
        second.close()


def test_two_studios_at_once_play_export_and_keep_their_settings(
    clip: Path, slow_net: Path, tmp_path: Path
) -> None:
    other = class_clip(tmp_path / "other.mp4", frames=30)
    runs = tmp_path / "workspace" / "runs"
    outs = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    with (
        no_worker_left(runs),
        StudioProcess(tmp_path, str(clip), "--model", str(slow_net)) as one,
        StudioProcess(tmp_path, str(other), "--model", str(slow_net)) as two,
    ):
        studios = (one, two)
        for studio in studios:
            _wait_for(studio, "has_mask", True)
        for studio, out in zip(studios, outs, strict=True):
            studio.ask("pause")
            index = studio.ask("state")["index"]
            studio.ask("play")
            wait_until(lambda: studio.ask("state")["index"] != index, what="both to play")  # noqa: B023
            studio.ask("export", str(out))
        for studio in studios:  # each lists the runs of both

            def both_are_done() -> bool:
                jobs = studio.ask("state")["jobs"]  # noqa: B023
                return sorted(job[:2] for job in jobs) == [
                    ["Export one.mp4", "finished"],
                    ["Export two.mp4", "finished"],
                ]

            wait_until(both_are_done, 60, what="both exports")
            assert studio.ask("state")["told"] == []
        for studio in studios:
            studio.close()
    assert [_frame_count(out) for out in outs] == [50, 30]
    settings = Settings(tmp_path / "studio.ini")
    assert settings.problem == ""
    assert set(settings.recent("videos")) == {str(clip), str(other)}
    assert settings.recent("models") == [str(slow_net)]
    assert settings.window()[1] is not None
