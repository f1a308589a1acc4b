"""Segmenting with the temporal engine: the same masks wherever one starts, honestly counted."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from studio.jobs import decode_spec
from studio.jobs.segment import run
from studio.jobs.spec import SegmentSpec
from studio.runs.events import FrameTiming, decode_lines, encode
from studio.runs.plain import as_json_object
from studio.temporal.spec import PRESETS, TemporalSpec
from tests.support.models import logits_model
from tests.support.moving import moving_clip
from tests.support.reporter import KeepingReporter

_SPEC = TemporalSpec(difference_limit=20.0, longest_gap=5, anchor_gap=12)


@pytest.fixture
def spec(tmp_path: Path) -> SegmentSpec:
    return SegmentSpec(
        input=str(moving_clip(tmp_path / "clip", frames=30)),
        model=str(logits_model(tmp_path / "net.tflite")),
        temporal=_SPEC,
    )


@pytest.fixture
def reporter(tmp_path: Path) -> KeepingReporter:
    return KeepingReporter(tmp_path)


def _timings(reporter: KeepingReporter) -> list[FrameTiming]:
    return [event for event in reporter.events if isinstance(event, FrameTiming)]


def _masks(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_summary_counts_what_the_events_tell(
    spec: SegmentSpec, reporter: KeepingReporter
) -> None:
    summary = run(spec, reporter)
    told = summary["temporal"]
    timings = _timings(reporter)
    assert isinstance(told, dict)
    keys = [timing for timing in timings if timing.is_key_frame]
    assert 3 <= len(keys) < 30
    assert told["key_frames"] == len(keys)
    assert told["key_frames_ratio"] == pytest.approx(len(keys) / 30, abs=1e-4)
    assert told["network_runs_ratio"] == told["key_frames_ratio"]
    assert told["effective_fps"] == pytest.approx(1000 / told["millis"]["total"], rel=0.01)
    assert sum(told["triggers"].values()) == len(keys)
    assert told["triggers"]["first"] == 1
    assert told["triggers"]["anchor"] == 2
    for timing in timings:
        assert timing.trigger == "none" or timing.is_key_frame
        assert (timing.invoke_millis > 0) == timing.is_key_frame
        assert timing.propagate_millis is not None
        assert timing.late_frames == 0
    json.dumps(summary)


def test_without_it_nothing_is_told_of_it(spec: SegmentSpec, reporter: KeepingReporter) -> None:
    summary = run(dataclasses.replace(spec, temporal=PRESETS["off"]), reporter)
    assert summary["temporal"] is None
    for timing in _timings(reporter):
        assert (timing.is_key_frame, timing.trigger, timing.propagate_millis) == (None, None, None)


def test_a_limit_of_zero_without_a_past_is_what_frames_give_alone(
    spec: SegmentSpec, reporter: KeepingReporter, tmp_path: Path
) -> None:
    every = dataclasses.replace(_SPEC, difference_limit=0.0, still_level=-1.0, past_weight=0.0)
    alone, folded = tmp_path / "alone", tmp_path / "folded"
    run(dataclasses.replace(spec, temporal=PRESETS["off"], masks=str(alone)), reporter)
    run(dataclasses.replace(spec, temporal=every, masks=str(folded)), reporter)
    assert _masks(alone) == _masks(folded)


@pytest.mark.parametrize("start", [1, 11, 12, 17, 29])
def test_masks_do_not_depend_on_where_one_starts(
    spec: SegmentSpec, reporter: KeepingReporter, tmp_path: Path, start: int
) -> None:
    whole, part = tmp_path / "whole", tmp_path / "part"
    run(dataclasses.replace(spec, masks=str(whole)), reporter)
    reporter.events.clear()
    run(dataclasses.replace(spec, masks=str(part), start=start), reporter)
    assert [timing.index for timing in _timings(reporter)] == list(range(start, 30))
    expected = _masks(whole)
    found = _masks(part)
    assert len(found) == 30 - start
    assert all(found[name] == expected[name] for name in found)


def test_a_fast_start_begins_with_a_key_frame(spec: SegmentSpec, reporter: KeepingReporter) -> None:
    fast = dataclasses.replace(_SPEC, seek="fast")
    run(dataclasses.replace(spec, temporal=fast, start=17, end=20), reporter)
    timings = _timings(reporter)
    assert (timings[0].index, timings[0].trigger) == (17, "first")


def test_it_can_be_stopped_before_the_first_frame_that_counts(
    spec: SegmentSpec, tmp_path: Path
) -> None:
    reporter = KeepingReporter(tmp_path, stop_after=3)
    out = tmp_path / "out.mp4"
    summary = run(dataclasses.replace(spec, start=11, out=str(out)), reporter)
    assert summary["frames"] == 0
    assert summary["complete"] is False
    assert not _timings(reporter)
    assert not out.exists()
    assert not list(tmp_path.glob("*.mp4"))


def test_asynchronous_key_frames_count_the_frames_that_the_network_was_given(
    spec: SegmentSpec, reporter: KeepingReporter
) -> None:
    summary = run(
        dataclasses.replace(spec, temporal=dataclasses.replace(_SPEC, asynchronous=True)), reporter
    )
    told = summary["temporal"]
    assert isinstance(told, dict)
    assert told["asynchronous"] is True
    assert told["key_frames"] == 1  # the first, for which it waits
    timings = _timings(reporter)
    came = [timing for timing in timings if timing.late_frames]
    given = [timing for timing in timings if timing.trigger != "none"]
    assert told["network_runs_ratio"] == pytest.approx(len(given) / 30, abs=1e-4)
    assert len(given) - 2 <= len(came) < len(given)  # the last may come too late
    assert any("asynchronous" in warning.lower() for warning in reporter.warnings)


def test_limits_that_are_not_used_survive_the_run_folder(spec: SegmentSpec) -> None:
    for preset in PRESETS.values():
        wanted = dataclasses.replace(spec, temporal=preset)
        text = json.dumps(as_json_object(wanted), allow_nan=False)
        assert decode_spec("segment", json.loads(text)) == wanted


def test_an_event_of_an_older_studio_is_still_read() -> None:
    line = b'{"event":"FrameTiming","index":3,"time_seconds":0.1}\n'
    (event,) = decode_lines(line).events
    assert isinstance(event, FrameTiming)
    assert event.is_key_frame is None
    assert decode_lines(encode(event)).events == [event]


def test_the_networks_input_is_told(spec: SegmentSpec, reporter: KeepingReporter) -> None:
    assert run(dataclasses.replace(spec, end=1), reporter)["network_input"] == [65, 65]
