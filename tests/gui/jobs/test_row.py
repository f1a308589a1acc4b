from __future__ import annotations

import time
from pathlib import Path

import pytest

from studio.gui.jobs.row import KILL_GRACE_SECONDS, JobRow, duration_text, moment_text
from studio.runs.events import (
    AnyEvent,
    Artifact,
    Failed,
    Finished,
    Progress,
    Started,
    Stopped,
    Warned,
    encode,
)
from studio.runs.folder import RunStatus
from studio.runs.store import RunStore
from studio.runs.watch import RunUpdate
from tests.support.run_jobs import CountSpec, create_count


def _row(runs_dir: Path, *events: AnyEvent) -> JobRow:
    folder = create_count(runs_dir, CountSpec(), "Export street.mp4")
    folder.events_file.write_bytes(b"".join(map(encode, events)))
    return JobRow(RunStore(runs_dir).entry(folder), time.time())


def _live(runs_dir: Path, *events: AnyEvent) -> JobRow:
    row = _row(runs_dir)
    assert row.is_live
    row.take(RunUpdate(list(events), RunStatus.RUNNING, is_caught_up=True))
    return row


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (754, "12:34"), (3723, "1:02:03"), (-1, "0:00")],
)
def test_spans_read_like_a_clock(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_moments_are_as_short_as_they_can_be() -> None:
    noon = time.mktime((2026, 11, 22, 12, 0, 0, 0, 0, -1))
    assert moment_text(noon, noon + 60) == "12:00"
    assert moment_text(noon, noon + 86_400).startswith("22 ")
    assert moment_text(noon, noon + 100 * 86_400) == "2026-11-22"


def test_a_live_run_shows_how_far_it_is(runs_dir: Path) -> None:
    now = time.time()
    row = _live(
        runs_dir,
        Progress(done=100, total=1000, message="Segmenting", at_seconds=now - 5),
        Progress(done=350, total=1000, message="Segmenting", at_seconds=now),
        Warned(message="The end is cut off."),
    )
    assert row.chip == ("Running", "accent")
    assert row.fraction == pytest.approx(0.35)
    assert row.remaining_seconds(now) == pytest.approx(13.0)
    text = row.detail_text(now)
    assert text.startswith("Segmenting: 350 of 1,000 frames · 0:0")
    assert text.endswith(" elapsed · 1 warning")
    tip = row.tooltip(now)
    assert "About 0:13 left" in tip
    assert "The end is cut off." in tip
    assert row.name in tip


def test_an_unknown_total_shows_no_fraction(runs_dir: Path) -> None:
    row = _live(runs_dir, Progress(done=7, unit="runs"), *[Warned(message="x")] * 2)
    assert row.fraction is None
    assert row.detail_text(time.time()).startswith("7 runs · ")
    assert row.detail_text(time.time()).endswith("2 warnings")


def test_stopping_takes_a_while_before_force_is_offered(runs_dir: Path) -> None:
    row = _live(runs_dir, Progress(done=1))
    now = time.time()
    assert not row.can_be_killed(now + 1e6)
    row.stop_asked_seconds = now
    assert row.chip[0] == "Stopping"
    assert not row.can_be_killed(now + KILL_GRACE_SECONDS - 1)
    assert row.can_be_killed(now + KILL_GRACE_SECONDS + 1)


def test_a_stop_asked_in_another_window_is_seen(runs_dir: Path) -> None:
    folder = create_count(runs_dir, CountSpec())
    folder.stop_file.touch()
    assert JobRow(RunStore(runs_dir).entry(folder), time.time()).is_stopping


def test_a_finished_run_offers_its_video(runs_dir: Path) -> None:
    clip = Artifact(name="clip", path="artifacts/a.mp4", kind="video")
    table = Artifact(name="table", path="artifacts/a.csv", kind="table")
    at = time.time() + 32
    row = _row(
        runs_dir,
        Started(job="count", pid=1),
        Finished(summary={}, artifacts=(table, clip), at_seconds=at),
    )
    assert row.chip == ("Done", "good")
    assert row.video == clip
    assert row.error is None
    assert row.fraction is None
    assert row.remaining_seconds(at) is None
    assert "took 0:32" in row.detail_text(at)
    assert str(row.entry.folder.path / "artifacts" / "a.mp4") in row.tooltip(at)


def test_a_stopped_run_says_who_stopped_it(runs_dir: Path) -> None:
    row = _row(runs_dir, Stopped(reason="You stopped it."))
    assert row.chip == ("Stopped", "muted")
    assert row.detail_text(time.time()).endswith("You stopped it.")
    assert row.error is None


def test_a_failed_run_says_why(runs_dir: Path) -> None:
    row = _row(runs_dir, Failed(message="No video.", remedy="Give one.", details="deep"))
    error = row.error_with_log()
    assert error is not None
    assert (error.message, error.remedy, error.details) == ("No video.", "Give one.", "deep")
    assert row.detail_text(time.time()) == "No video."
    assert "Give one." in row.tooltip(time.time())


def test_a_crashed_run_shows_the_end_of_its_log(runs_dir: Path) -> None:
    row = _row(runs_dir, Started(job="count", pid=1))
    assert row.chip == ("Crashed", "bad")
    without = row.error_with_log()
    assert without is not None
    assert without.details == ""
    row.entry.folder.log_file.write_text("x" * 50_000 + "Segmentation fault")
    error = row.error_with_log()
    assert error is not None
    assert error.details.endswith("Segmentation fault")
    assert len(error.details) < 10_000
    assert row.elapsed_seconds(0.0) >= 0.0


def test_a_damaged_run_says_so(runs_dir: Path) -> None:
    folder = create_count(runs_dir, CountSpec())
    folder.record_file.write_text("{")
    row = JobRow(RunStore(runs_dir).entry(folder), time.time())
    assert row.chip == ("Damaged", "warn")
    assert row.error is not None
    assert row.error.remedy


@pytest.mark.parametrize(
    ("summary", "figures"),
    [
        ({"frames": 1301, "fps": 81.25}, " · 1,301 frames at 81.2 FPS"),
        (
            {"frames": 900, "fps": {"mean": 24.04}, "is_lab": False},
            " · 900 frames at 24.0 FPS on the phone",
        ),
        (
            {"frames": 60, "fps": {"mean": 2.0}, "is_lab": True},
            " · 60 frames on an emulated phone",
        ),
        ({"frames": 3, "fps": {"mean": None}, "is_lab": False}, ""),
        ({"invoke_millis": {"p50": 3.51, "p90": 4}}, " · 3.5 ms a run"),
        ({"frames": "many", "fps": None, "invoke_millis": 3}, ""),
        ({}, ""),
    ],
)
def test_the_first_figures_of_a_summary_are_shown(
    runs_dir: Path, summary: dict[str, object], figures: str
) -> None:
    now = time.time()
    row = _row(runs_dir, Finished(summary=summary, at_seconds=now))
    assert row.detail_text(now).endswith(f"took 0:00{figures}")
