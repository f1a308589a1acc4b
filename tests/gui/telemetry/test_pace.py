"""Drawing follows what comes, no more often than asked, and sleeps when nothing comes."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from pytestqt.qtbot import QtBot

from studio.gui.telemetry.pace import Pace


class _Counted(Pace):
    def __init__(self) -> None:
        super().__init__()
        self.charts: list[float] = []
        self.numbers: list[float] = []
        self.chart_due.connect(lambda: self.charts.append(time.monotonic()))
        self.numbers_due.connect(lambda: self.numbers.append(time.monotonic()))


@pytest.fixture
def pace(qtbot: QtBot) -> _Counted:
    made = _Counted()
    made.chart_seconds, made.numbers_seconds = 0.05, 0.15
    return made


def test_the_first_thing_is_drawn_at_once_and_the_last_one_is_not_forgotten(
    qtbot: QtBot, pace: _Counted
) -> None:
    began = time.monotonic()
    while time.monotonic() - began < 0.4:
        pace.ask()
        qtbot.wait(5)
    asked = time.monotonic()
    pace.ask()
    qtbot.waitUntil(lambda: pace.charts[-1] >= asked and pace.numbers[-1] >= asked)
    for drawn, least in ((pace.charts, 0.05), (pace.numbers, 0.15)):
        gaps = [later - sooner for sooner, later in pairwise(drawn)]
        assert min(gaps) > 0.9 * least
    assert len(pace.numbers) < len(pace.charts)


def test_it_sleeps_while_nothing_comes(qtbot: QtBot, pace: _Counted) -> None:
    pace.ask()
    qtbot.waitUntil(lambda: len(pace.charts) == len(pace.numbers) == 1)
    qtbot.wait(300)
    assert (len(pace.charts), len(pace.numbers)) == (1, 1)


def test_what_was_asked_is_forgotten_when_it_is_stopped(qtbot: QtBot, pace: _Counted) -> None:
    pace.ask()
    pace.stop()
    qtbot.wait(200)
    assert pace.charts == []


def test_slow_drawing_leaves_half_of_the_time_to_others(qtbot: QtBot, pace: _Counted) -> None:
    pace.chart_seconds = 0.01
    pace.chart_due.connect(lambda: time.sleep(0.05))
    began = time.monotonic()
    while time.monotonic() - began < 0.6:
        pace.ask()
        qtbot.wait(2)
    assert len(pace.charts) <= 7
