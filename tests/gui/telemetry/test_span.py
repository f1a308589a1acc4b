"""Zooming keeps the point under the pointer, and leads back to following."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from studio.gui.telemetry.axis import TimeAxis, elapsed_words
from studio.gui.telemetry.phone_conditions import PhoneConditions
from studio.gui.telemetry.phone_session import PhoneSession
from studio.gui.telemetry.span import SHORTEST_SECONDS, TimeSpan
from tests.support.phone_feed import steady_frames

SPANS = st.builds(
    lambda start, seconds: TimeSpan(start, start + seconds),
    st.floats(-1e4, 1e4),
    st.floats(1.0, 1e4),
)


@given(SPANS, st.floats(0.1, 10), st.floats(0, 1))
def test_zooming_keeps_the_point_under_the_pointer(
    span: TimeSpan, factor: float, share: float
) -> None:
    zoomed = span.zoomed(factor, share)
    assert zoomed.at(share) == pytest.approx(span.at(share), abs=1e-6)
    expected = max(SHORTEST_SECONDS, span.seconds * factor)
    assert zoomed.seconds == pytest.approx(expected, abs=1e-6)
    assert zoomed.share_of(zoomed.at(0.3)) == pytest.approx(0.3, abs=1e-6)


@given(SPANS, SPANS)
def test_what_is_held_within_limits_stays_within(span: TimeSpan, limits: TimeSpan) -> None:
    held = span.within(limits)
    assert held.start_seconds >= limits.start_seconds - 1e-6
    assert held.end_seconds <= limits.end_seconds + 1e-6
    assert held.seconds == pytest.approx(min(span.seconds, limits.seconds), abs=1e-6)


@pytest.fixture
def session(qapp: QApplication) -> PhoneSession:
    made = PhoneSession(PhoneConditions("Pixel 2", "a", False, 0.0))
    made.take(steady_frames(3000))  # two minutes
    return made


def test_a_zoom_holds_while_records_go_on(session: PhoneSession) -> None:
    start = session.limits().start_seconds
    session.zoom_to(TimeSpan(start + 10, start + 20))
    session.take(steady_frames(100, start=3000))
    assert not session.is_following
    assert session.span(60.0) == TimeSpan(start + 10, start + 20)
    assert len(session.records(60.0)) == 251
    assert session.summary(60.0).frames == 251
    assert not session.changes_view


def test_turning_out_to_the_window_follows_again(session: PhoneSession) -> None:
    span = session.span(60.0)
    session.zoom_to(span.zoomed(0.5, 0.5))
    assert session.span(60.0).seconds == 30.0
    session.zoom_to(session.span().zoomed(2.5, 0.0))
    assert session.span(60.0) == span
    session.zoom_to(TimeSpan(span.start_seconds, span.start_seconds + 5))
    session.zoom_to(None)
    assert session.is_following


def test_a_zoom_does_not_leave_what_there_is(session: PhoneSession) -> None:
    limits = session.limits()
    session.zoom_to(TimeSpan(limits.end_seconds + 50, limits.end_seconds + 60))
    assert session.zoom == TimeSpan(limits.end_seconds - 10, limits.end_seconds)


def test_everything_is_from_the_oldest_to_the_newest(session: PhoneSession) -> None:
    assert session.span(float("inf")) == session.limits()
    assert session.limits().seconds == pytest.approx(2999 / 25)


@pytest.mark.parametrize(
    ("seconds", "tenths", "words"),
    [
        (0, False, "0:00"),
        (65.4, False, "1:05"),
        (65.44, True, "1:05.4"),
        (59.97, True, "1:00.0"),
        (3605, False, "1:00:05"),
        (-3, False, "−0:03"),
    ],
)
def test_elapsed_time_is_written_as_on_a_clock(seconds: float, tenths: bool, words: str) -> None:
    assert elapsed_words(seconds, tenths) == words


def test_a_following_axis_tells_ages_a_held_one_the_time_since_the_beginning() -> None:
    span = TimeSpan(100.0, 160.0)
    assert [words for _, words in TimeAxis(span).labels(300)] == ["−1 min", "−30 s", "now"]
    held = TimeAxis(span, origin_seconds=90.0, is_following=False)
    assert [words for _, words in held.labels(300)] == ["0:10", "0:40", "1:10"]
