from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.gui.jobs.pace import Pace
from studio.runs.events import Progress


def _at(seconds: float, done: int, total: int | None = 100, message: str = "") -> Progress:
    return Progress(done=done, total=total, message=message, at_seconds=seconds)


def test_nothing_is_claimed_before_a_second_has_passed() -> None:
    pace = Pace()
    assert pace.remaining_seconds(0.0) is None
    pace.add(_at(0.0, 0))
    pace.add(_at(0.9, 50))
    assert pace.remaining_seconds(0.9) is None


@given(st.floats(0.5, 500.0), st.integers(2, 60))
def test_a_steady_pace_is_foretold(per_second: float, seconds: int) -> None:
    pace = Pace()
    total = round(per_second * 1000)
    for second in range(seconds + 1):
        pace.add(_at(float(second), round(per_second * second), total))
    remaining = pace.remaining_seconds(float(seconds))
    if remaining is not None:
        assert remaining == pytest.approx(1000 - seconds, rel=0.6 / per_second + 0.05)


def test_what_has_passed_since_the_last_progress_is_taken_off() -> None:
    pace = Pace()
    pace.add(_at(0.0, 0))
    pace.add(_at(10.0, 50))
    assert pace.remaining_seconds(10.0) == pytest.approx(10.0)
    assert pace.remaining_seconds(14.0) == pytest.approx(6.0)
    assert pace.remaining_seconds(99.0) == 0.0


def test_only_the_recent_past_counts() -> None:
    pace = Pace()
    for second in range(60):
        pace.add(_at(float(second), second, 10_000))
    for second in range(60, 90):
        pace.add(_at(float(second), 60 + (second - 60) * 10, 10_000))
    assert pace.per_second == pytest.approx(10.0)


@pytest.mark.parametrize("after", [_at(3.0, 30, 200), _at(3.0, 30, message="Writing"), _at(3.0, 5)])
def test_another_stage_begins_anew(after: Progress) -> None:
    pace = Pace()
    pace.add(_at(0.0, 0))
    pace.add(_at(2.0, 20))
    assert pace.per_second is not None
    pace.add(after)
    assert pace.per_second is None


def test_without_a_total_there_is_a_pace_but_no_end() -> None:
    pace = Pace()
    pace.add(_at(0.0, 0, None))
    pace.add(_at(2.0, 20, None))
    assert pace.per_second == pytest.approx(10.0)
    assert pace.remaining_seconds(2.0) is None
