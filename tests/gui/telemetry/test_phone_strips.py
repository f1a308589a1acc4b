"""Strips show what a phone tells, and leave out what it does not."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.gui.telemetry.axis import TimeAxis
from studio.gui.telemetry.phone_conditions import PhoneConditions
from studio.gui.telemetry.phone_ring import PhoneRing
from studio.gui.telemetry.phone_session import PhoneSession
from studio.gui.telemetry.phone_strips import STRIPS, sensor_group, strip_lines, strip_note
from studio.gui.telemetry.span import TimeSpan
from studio.gui.telemetry.statistics import pixel_columns
from studio.gui.telemetry.strip import Strip
from studio.gui.telemetry.timeline_picture import key_columns
from studio.runs.phone_events import MaskCompared, PhoneSample
from tests.support.phone_feed import BEGAN, FOUND, a_frame, a_sample, steady_frames


@pytest.fixture
def session(qapp: QApplication) -> PhoneSession:
    return PhoneSession(PhoneConditions("Pixel 2", "a", False, BEGAN))


def _names(session: PhoneSession, key: str) -> list[str]:
    return [line.name for line in strip_lines(session, session.phone_records(), key)]


@pytest.mark.parametrize(
    ("sensor", "group"),
    [("CPU3", "cpu"), ("tsens_tz_sensor12", "tsens_tz_sensor"), ("skin", "skin"), ("7", "7")],
)
def test_sensors_that_differ_in_their_number_are_one(sensor: str, group: str) -> None:
    assert sensor_group(sensor) == group


def test_of_many_sensors_the_telling_ones_are_drawn(session: PhoneSession) -> None:
    sensors = {f"CPU{n}": 50.0 + n for n in range(8)} | {"modem": 40.0, "GPU0": 48.0, "skin": 33.0}
    session.take([a_sample(BEGAN, temperatures_celsius=sensors)])
    lines = strip_lines(session, session.phone_records(), "temperature")
    assert [line.name for line in lines] == ["skin", "cpu", "gpu", "battery"]
    assert [line.values[0] for line in lines] == [33.0, 57.0, 48.0, 31.0]


def test_a_phone_that_tells_nothing_has_empty_strips(session: PhoneSession) -> None:
    session.take([PhoneSample(at_seconds=BEGAN)])
    for key in STRIPS:
        for line in strip_lines(session, session.phone_records(), key):
            assert np.isnan(line.values).all()
        assert strip_note(session, key) == ""


def test_clocks_are_those_of_the_clusters(session: PhoneSession) -> None:
    session.take([a_sample(BEGAN)])
    assert _names(session, "clock") == ["fastest"]
    session.take([FOUND])
    lines = strip_lines(session, session.phone_records(), "clock")
    assert [(line.name, line.values[0]) for line in lines] == [("0–3", 1900.8), ("4–7", 2457.6)]


def test_a_cpu_that_is_off_does_not_pull_its_cluster_down(session: PhoneSession) -> None:
    session.take([FOUND, a_sample(BEGAN, clocks_khz=(0, 0, 0, 300_000, 0, 0, 0, 0))])
    lines = strip_lines(session, session.phone_records(), "clock")
    assert lines[0].values[0] == 300.0
    assert np.isnan(lines[1].values[0])


def test_the_rate_is_the_phones_and_unknown_after_a_gap(session: PhoneSession) -> None:
    session.take(steady_frames(3))
    session.end()
    session.take(steady_frames(2, start=3))
    [line] = strip_lines(session, session.phone_records(), "rate")
    np.testing.assert_allclose(line.values, [np.nan, 25, 25, np.nan, 25], rtol=1e-6)


def test_the_battery_says_whether_it_is_charged(session: PhoneSession) -> None:
    session.take([a_sample(BEGAN)])
    assert strip_note(session, "battery") == "charging"
    session.take([a_sample(BEGAN + 1, is_charging=False)])
    assert strip_note(session, "battery") == "not charging"


def test_agreement_is_read_although_the_newest_frames_were_not_compared(
    session: PhoneSession, qtbot: QtBot
) -> None:
    session.take([*steady_frames(50), MaskCompared(sequence=30, agreement=0.5)])
    strip = Strip(STRIPS["agreement"], 6)
    qtbot.addWidget(strip)
    lines = strip_lines(session, session.phone_records(), "agreement")
    strip.show_lines(lines, TimeAxis(session.span(60.0)))
    assert strip.text == "Agreement: 50.0 %"


def test_no_limit_lies_beyond_what_is_possible(session: PhoneSession, qtbot: QtBot) -> None:
    session.take([*steady_frames(5), MaskCompared(sequence=2, agreement=1.0)])
    strip = Strip(STRIPS["agreement"], 6)
    qtbot.addWidget(strip)
    lines = strip_lines(session, session.phone_records(), "agreement")
    strip.show_lines(lines, TimeAxis(session.span(60.0)))
    assert strip._limits() == (99.5, 100.0)
    assert not strip.grab().isNull()


def test_key_frames_are_marked_where_marks_have_room() -> None:
    ring = PhoneRing(1000)
    ring.append([a_frame(n, BEGAN + n / 25, is_key_frame=n % 5 == 0) for n in range(250)])
    records = ring.records()
    near = pixel_columns(records, 10.0, 1000)
    assert key_columns(records, near).sum() == 50
    far = pixel_columns(records, 10.0, 100)
    assert not key_columns(records, far).any()


def test_where_each_frame_is_a_key_frame_none_is_marked() -> None:
    ring = PhoneRing(100)
    ring.append(steady_frames(50))
    records = ring.records()
    assert not key_columns(records, pixel_columns(records, 10.0, 1000)).any()


def test_columns_lie_where_their_time_is_though_the_axis_goes_on() -> None:
    ring = PhoneRing(100)
    ring.append([a_frame(0, BEGAN), a_frame(1, BEGAN + 1)])
    span = TimeSpan(BEGAN - 5, BEGAN + 5)
    columns = pixel_columns(ring.records(), span.seconds, 1000, span.end_seconds)
    assert columns.left.tolist() == [500.0, 600.0]
