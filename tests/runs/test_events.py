from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.runs.events import (
    AnyEvent,
    Artifact,
    EpochMetrics,
    Failed,
    Finished,
    FrameTiming,
    Progress,
    Started,
    Stopped,
    Warned,
    decode_lines,
    encode,
)

_at = st.floats(0, 4e9)
_whole = st.integers(0, 2**53)
_finite = st.floats(allow_nan=False, allow_infinity=False)
_json = st.recursive(
    st.none() | st.booleans() | _whole | _finite | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_summary = st.dictionaries(st.text(), _json, max_size=3)
_artifact = st.builds(Artifact, name=st.text(), path=st.text(), kind=st.text(), at_seconds=_at)
_artifacts = st.lists(_artifact, max_size=2).map(tuple)
events = st.one_of(
    st.builds(Started, job=st.text(), pid=_whole, at_seconds=_at),
    st.builds(
        Progress,
        done=_whole,
        total=st.none() | _whole,
        unit=st.text(),
        message=st.text(),
        at_seconds=_at,
    ),
    st.builds(
        EpochMetrics,
        epoch=_whole,
        step=_whole,
        metrics=st.dictionaries(st.text(), st.none() | _finite, max_size=3),
        at_seconds=_at,
    ),
    st.builds(
        FrameTiming,
        index=_whole,
        time_seconds=_finite,
        is_key_frame=st.none() | st.booleans(),
        trigger=st.none() | st.text(),
        propagate_millis=st.none() | _finite,
        at_seconds=_at,
    ),
    _artifact,
    st.builds(Warned, message=st.text(), remedy=st.text(), at_seconds=_at),
    st.builds(Finished, summary=_summary, artifacts=_artifacts, at_seconds=_at),
    st.builds(
        Failed,
        message=st.text(),
        remedy=st.text(),
        details=st.text(),
        exit_code=_whole,
        artifacts=_artifacts,
        at_seconds=_at,
    ),
    st.builds(Stopped, reason=st.text(), summary=_summary, artifacts=_artifacts, at_seconds=_at),
)


@settings(deadline=None, max_examples=40)
@given(st.lists(events, max_size=8))
def test_what_is_written_is_read(written: list[AnyEvent]) -> None:
    decoded = decode_lines(b"".join(map(encode, written)))
    assert decoded.events == written
    assert (decoded.rest, decoded.skipped) == (b"", 0)


@settings(deadline=None, max_examples=40)
@given(st.lists(events, min_size=1, max_size=5), st.data())
def test_a_log_read_in_two_pieces_gives_the_same_events(
    written: list[AnyEvent], data: st.DataObject
) -> None:
    log = b"".join(map(encode, written))
    cut = data.draw(st.integers(0, len(log)))
    first = decode_lines(log[:cut])
    second = decode_lines(first.rest + log[cut:])
    assert first.events + second.events == written
    assert first.skipped + second.skipped == 0


@settings(deadline=None, max_examples=40)
@given(events, st.data())
def test_a_torn_last_line_is_kept_for_the_next_read(event: AnyEvent, data: st.DataObject) -> None:
    whole = encode(Warned(message="before"))
    torn = encode(event)
    kept = torn[: data.draw(st.integers(0, len(torn) - 1))]
    decoded = decode_lines(whole + kept)
    assert len(decoded.events) == 1
    assert decoded.rest == kept


@settings(deadline=None, max_examples=40)
@given(st.lists(st.binary(max_size=30), max_size=5), events)
def test_any_bytes_between_events_are_survived(garbage: list[bytes], event: AnyEvent) -> None:
    lines = b"".join(junk.replace(b"\n", b" ") + b"\n" for junk in garbage)
    decoded = decode_lines(lines + encode(event))
    assert decoded.events[-1] == event
    assert decoded.skipped <= len(garbage)


def test_events_of_a_newer_studio_are_skipped_and_counted() -> None:
    newer = b'{"event":"Telepathy","at_seconds":1.0,"thought":"?"}\n'
    known = encode(Started(job="segment", pid=1))
    decoded = decode_lines(newer + known + b"\n" + newer)
    assert [type(event) for event in decoded.events] == [Started]
    assert decoded.skipped == 2


def test_unknown_fields_of_a_known_event_are_ignored() -> None:
    line = b'{"event":"Progress","at_seconds":1.0,"done":3,"mood":"good"}\n'
    assert decode_lines(line).events == [Progress(done=3, at_seconds=1.0)]


def test_events_carry_the_time_they_were_made() -> None:
    before = time.time()
    event = Started(job="segment", pid=1)
    assert before <= event.at_seconds <= time.time()


def test_summaries_may_hold_paths_and_numpy_values() -> None:
    summary = {"file": Path("a/b"), "mean": np.float32(0.5), "counts": np.array([1, 2])}
    decoded = decode_lines(encode(Finished(summary=summary))).events[0]
    assert isinstance(decoded, Finished)
    assert decoded.summary == {"file": "a/b", "mean": 0.5, "counts": [1, 2]}


def test_a_summary_that_json_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="got object"):
        encode(Finished(summary={"thing": object()}))


def test_a_metric_that_is_not_a_number_survives_as_none() -> None:
    event = EpochMetrics(epoch=0, step=1, metrics={"loss": float("nan")})
    (decoded,) = decode_lines(encode(event)).events
    assert isinstance(decoded, EpochMetrics)
    assert decoded.metrics == {"loss": None}


def test_a_long_log_is_read_quickly() -> None:
    line = encode(FrameTiming(index=1, time_seconds=0.04, invoke_millis=3.5, draw_millis=0.4))
    log = line * 100_000
    best_seconds = float("inf")
    for _ in range(3):
        begin = time.process_time()
        decoded = decode_lines(log)
        best_seconds = min(best_seconds, time.process_time() - begin)
    assert len(decoded.events) == 100_000
    assert best_seconds < 0.2
