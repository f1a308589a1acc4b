"""A session keeps what its phone told: times in order, doubts, conditions, no gap as a frame."""

from __future__ import annotations

import time

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from studio.gui.telemetry.phone_conditions import (
    PhoneConditions,
    cpus_words,
    hottest_outside,
    mask_words,
)
from studio.gui.telemetry.phone_numbers import phone_numbers
from studio.gui.telemetry.phone_ring import PhoneRing
from studio.gui.telemetry.phone_session import PhoneSession
from studio.gui.telemetry.phone_source import PhoneTelemetry
from studio.runs.events import Progress
from studio.runs.phone_events import MaskCompared, PhoneDoubt
from tests.support.phone_feed import (
    BEGAN,
    FOUND,
    a_frame,
    a_sample,
    a_state,
    lively_session,
    steady_frames,
)


@pytest.fixture
def session(qapp: QApplication) -> PhoneSession:
    return _session()


def _session(capacity: int = 5000, *, is_recorded: bool = False) -> PhoneSession:
    begun = PhoneConditions("Pixel 2", "a_run", is_recorded, BEGAN)
    return PhoneSession(begun, PhoneRing(capacity))


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=60), st.integers(1, 9))
def test_times_ascend_whatever_the_clock_does_and_however_events_are_batched(
    jumps: list[float], batch: int
) -> None:
    ring = PhoneRing(100)
    times = (BEGAN + np.cumsum(jumps)).tolist()
    frames = [a_frame(number, at) for number, at in enumerate(times)]
    for start in range(0, len(frames), batch):
        ring.append(frames[start : start + batch])
    records = ring.records()
    assert (np.diff(records.shown_at_seconds) >= 0).all()
    np.testing.assert_array_equal(records.shown_at_seconds, np.maximum.accumulate(times))
    assert records.sequence.tolist() == list(range(len(frames)))


@given(st.integers(1, 12), st.integers(0, 60), st.integers(1, 30))
def test_the_ring_keeps_exactly_the_newest(capacity: int, count: int, batch: int) -> None:
    ring = PhoneRing(capacity)
    frames = steady_frames(count)
    for start in range(0, count, batch):
        ring.append(frames[start : start + batch])
    kept = list(range(max(0, count - capacity), count))
    assert ring.records().sequence.tolist() == kept
    expected = [12.0 + number % 10 for number in kept]
    assert ring.records().stage_millis[2].tolist() == expected


def test_rates_come_from_the_phones_own_clock(session: PhoneSession) -> None:
    # They arrive in bursts of ten, which says nothing about the phone.
    frames = [a_frame(n, BEGAN + n // 10, interval_millis=40.0 if n else 0.0) for n in range(100)]
    session.take([FOUND, a_state("running"), *frames])
    assert session.summary(None).shown_mean == pytest.approx(25.0, rel=1e-5)
    assert session.summary(None).shown_low == pytest.approx(25.0, rel=1e-5)


def test_warm_up_counts_nowhere_but_is_told_apart(session: PhoneSession) -> None:
    slow = [
        a_frame(n, BEGAN + n, invoke_millis=500.0, is_warm_up=True, interval_millis=900.0)
        for n in range(3)
    ]
    session.take([*slow, *(a_frame(n, BEGAN + n) for n in range(3, 10))])
    summary = session.summary(None)
    assert (summary.frames, summary.warmup_frames) == (7, 3)
    assert summary.max_millis == 20.0
    assert summary.shown_mean == pytest.approx(25.0, rel=1e-5)
    assert phone_numbers(session.phone_records()).warmup_mean_millis == 508.0


def test_the_time_without_a_phone_is_no_frame_time(session: PhoneSession) -> None:
    session.take([a_state("running"), *steady_frames(20)])
    session.take([a_state("disconnected", BEGAN + 2), a_state("connecting", BEGAN + 9)])
    # Even when the phone's clock went on meanwhile.
    back = [a_frame(n, BEGAN + 10, interval_millis=8000.0 if n == 20 else 40.0) for n in (20, 21)]
    session.take([a_state("running", BEGAN + 10), *back])
    records = session.phone_records()
    assert np.isnan(records.interval_seconds[20])
    assert session.summary(None).shown_mean == pytest.approx(25.0, rel=1e-5)
    [away] = session.away_spans(BEGAN + 20)
    assert (away.start_seconds, away.end_seconds) == (BEGAN + 2, BEGAN + 10)


def test_while_the_phone_is_away_the_gap_reaches_to_the_present(session: PhoneSession) -> None:
    session.take([a_state("running"), a_state("disconnected", BEGAN + 2)])
    [away] = session.away_spans(BEGAN + 20)
    assert away.end_seconds == BEGAN + 20
    assert not session.is_live


def test_a_runner_that_falls_silent_has_no_rate_now(session: PhoneSession) -> None:
    session.take([a_state("running"), *steady_frames(50)])
    assert session.summary(None).shown_now == pytest.approx(25.0, rel=1e-4)
    session.take([a_sample(BEGAN + 9)])
    assert not session.is_live
    assert np.isnan(session.summary(None).shown_now)
    assert session.summary(None).shown_mean == pytest.approx(25.0, rel=1e-4)


def test_the_link_is_no_work_of_the_phone(session: PhoneSession) -> None:
    session.take([a_frame(0, BEGAN, link_millis=300.0)])
    assert session.summary(None).max_millis == 20.0
    assert phone_numbers(session.phone_records()).link_p50_millis == 300.0


def test_agreement_finds_its_frame_however_late(session: PhoneSession) -> None:
    session.take(steady_frames(10))
    session.take([MaskCompared(sequence=n, agreement=0.5 + n / 20) for n in (3, 7, 4711)])
    agreement = session.phone_records().agreement
    assert np.flatnonzero(~np.isnan(agreement)).tolist() == [3, 7]
    numbers = phone_numbers(session.phone_records())
    assert numbers.compared == 2
    assert numbers.agreement_worst == pytest.approx(0.65)


def test_a_comparison_before_any_frame_is_passed_over(session: PhoneSession) -> None:
    session.take([MaskCompared(sequence=1, agreement=0.5), Progress(done=1)])
    assert len(session.phone_records()) == 0


def test_doubts_come_go_and_are_remembered(session: PhoneSession) -> None:
    lab = PhoneDoubt(code="lab", message="emulated", at_seconds=BEGAN)
    busy = PhoneDoubt(code="busy", message="31 % busy", at_seconds=BEGAN + 1)
    busier = PhoneDoubt(code="busy", message="57 % busy", at_seconds=BEGAN + 2)
    over = PhoneDoubt(code="busy", message="", is_over=True, at_seconds=BEGAN + 5)
    session.take([lab, busy, busier])
    assert [doubt.message for doubt in session.doubts] == ["emulated", "57 % busy"]
    session.take([over, over])
    assert [doubt.code for doubt in session.doubts] == ["lab"]
    past, present = session.doubt_spans
    assert (past.doubt.at_seconds, past.until_seconds) == (BEGAN + 1, BEGAN + 5)
    assert present.until_seconds is None


def test_conditions_hold_the_first_temperature_only(session: PhoneSession) -> None:
    session.take([FOUND, a_sample(BEGAN + 1, 31.0), a_sample(BEGAN + 2, 44.0)])
    assert (session.conditions.start_celsius, session.conditions.start_sensor) == (31.0, "SKIN")
    words = session.conditions.words
    assert words.startswith("Pixel 2 · Android 11 · JejuNet fast 289 · 4 threads on CPUs 4–7")
    assert words.endswith("31 °C at the start")
    assert "Kernel: 4.4.223" in session.conditions.details


def test_an_emulated_phone_says_so_in_its_conditions(session: PhoneSession) -> None:
    session.take([msgspec.structs.replace(FOUND, is_lab=True)])
    assert session.conditions.words.startswith("Pixel 2 (emulated)")


def test_a_phone_that_comes_back_as_it_was_goes_on_another_setup_begins_anew(
    session: PhoneSession,
) -> None:
    session.take([FOUND, *steady_frames(5)])
    session.take([msgspec.structs.replace(FOUND, litert_version="2.1"), *steady_frames(5, start=5)])
    assert session.summary(None).frames == 10
    session.take([msgspec.structs.replace(FOUND, threads=1), *steady_frames(5, start=10)])
    assert session.summary(None).frames == 5
    assert [item.found and item.found.threads for item in session.all_conditions.values()] == [4, 1]


def test_where_a_phone_has_no_skin_the_battery_tells_how_warm_it_is() -> None:
    bare = a_sample(BEGAN, temperatures_celsius={"tsens3": 60.0, "tsens4": 61.0})
    assert hottest_outside(bare) == ("battery", 31.0)
    barer = msgspec.structs.replace(bare, battery_celsius=None)
    assert hottest_outside(barer) == ("tsens4", 61.0)
    assert hottest_outside(a_sample(BEGAN, temperatures_celsius={}, battery_celsius=None)) is None


def test_cpus_are_written_as_ranges() -> None:
    assert cpus_words((4, 5, 6, 7)) == "4–7"
    assert cpus_words((0, 2, 3)) == "0, 2–3"
    assert (mask_words(0xF0), mask_words(0x10), mask_words(0)) == ("CPUs 4–7", "CPU 4", "")


def test_latency_is_from_the_event_to_the_painted_chart(session: PhoneSession) -> None:
    now = time.time() + 60  # the session was made before
    session.take([a_frame(0, now - 0.05), a_frame(1, now - 0.02)])
    session.note_drawn()
    session.take([a_frame(2, now)])  # came too late for this picture
    assert session.shown_latency_millis == []
    session.note_painted()
    assert len(session.shown_latency_millis) == 2
    first, second = session.shown_latency_millis
    assert first - second == pytest.approx(30.0, abs=0.01)
    session.note_unseen()
    session.note_drawn()
    session.note_painted()
    assert len(session.shown_latency_millis) == 2


def test_what_was_never_live_has_no_latency(qapp: QApplication) -> None:
    recorded = _session(is_recorded=True)
    recorded.take([a_frame(0, time.time() + 60)])
    replayed = _session()
    replayed.take(steady_frames(10))  # long before the session was opened here
    for session in (recorded, replayed):
        session.note_drawn()
        session.note_painted()
        assert session.shown_latency_millis == []


def test_a_mark_finds_its_moment(session: PhoneSession) -> None:
    session.take(steady_frames(50))
    session.mark(25)
    assert session.marked_seconds == BEGAN + 2
    session.mark(4711)
    assert session.marked_seconds is None


def test_a_view_held_in_a_pause_does_not_move_with_samples(session: PhoneSession) -> None:
    session.take([*steady_frames(50), a_sample(BEGAN + 3)])
    session.set_paused(True)
    span = session.span(10.0)
    session.take([a_sample(BEGAN + 60), *steady_frames(50, start=50)])
    assert session.span(10.0) == span
    assert len(session.records()) == 50
    session.set_paused(False)
    assert session.span(10.0).end_seconds == BEGAN + 60


def test_clearing_forgets_frames_and_samples(session: PhoneSession) -> None:
    session.take(list(lively_session(10)))
    assert len(session.records())
    assert len(session.samples)
    session.clear()
    assert len(session.records()) == len(session.samples) == 0
    assert session.summary(None).frames == 0


def test_live_and_recorded_each_keep_their_own_records(qapp: QApplication) -> None:
    phone = PhoneTelemetry()
    phone.take(steady_frames(3))  # nobody began: nobody listens
    live = phone.begin("Pixel 2", "a", False, BEGAN)
    phone.take(steady_frames(10))
    recorded = phone.begin("Pixel 2", "b", True, BEGAN)
    phone.take(steady_frames(20))
    phone.end()
    assert (len(live.records()), len(recorded.records())) == (10, 20)
    assert phone.live is live
    assert not live.is_ended
    assert recorded.is_ended
    again = phone.begin("Pixel 2", "c", False, BEGAN)
    assert len(again.records()) == 0
    assert phone.recorded is recorded
