"""Frames are found by sequence and by time, and numbers are those of the frames that count."""

from __future__ import annotations

import math
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from studio.errors import StudioError
from studio.gui.phone.compose import Panes
from studio.gui.phone.facts import facts_of
from studio.gui.phone.frame_table import FrameTable
from studio.gui.phone.pictures import MOST_A_SECOND, PictureMaker, Request
from studio.gui.phone.replay import ReplayClock
from studio.gui.phone.session import Session
from studio.gui.phone.words import (
    TRIGGER_WORDS,
    bytes_words,
    elapsed_words,
    share_words,
    step_words,
)
from studio.runs.folder import RunFolder, RunStatus
from studio.runs.phone_events import (
    MaskCompared,
    PhoneDoubt,
    PhoneFrame,
    PhoneSample,
    PhoneState,
)
from studio.targets.phone.recording import RECORDING_NAME
from studio.temporal.step import Trigger
from tests.support.phone_runs import finished_phone_run


def _frame(sequence: int, at_seconds: float, **values: float | str) -> PhoneFrame:
    made = {"interval_millis": 50.0, "invoke_millis": 20.0, "decode_millis": 1.0, **values}
    return PhoneFrame(
        sequence=sequence,
        index=sequence,
        time_seconds=sequence / 20,
        sent_at_seconds=at_seconds - 0.02,
        at_seconds=at_seconds,
        **made,  # type: ignore[arg-type]
    )


class TestFrameTable:
    @given(st.lists(st.floats(0.001, 5.0), min_size=1, max_size=60), st.floats(-1.0, 200.0))
    def test_a_moment_finds_the_last_frame_that_had_come(
        self, gaps: list[float], at: float
    ) -> None:
        table = FrameTable()
        times = [sum(gaps[: number + 1]) for number in range(len(gaps))]
        for number, when in enumerate(times):
            table.add(_frame(3 * number, when))
        come = [number for number, when in enumerate(times) if when <= at]
        assert table.at(at) == (come[-1] if come else 0)
        assert [table.find(3 * number) for number in range(len(times))] == [*range(len(times))]
        assert table.find(1) is None

    def test_it_grows_beyond_its_first_room(self) -> None:
        table = FrameTable()
        for sequence in range(3000):
            table.add(_frame(sequence, sequence / 20))
        row = table.row(2999)
        assert (row.sequence, row.index, row.at_seconds) == (2999, 2999, 2999 / 20)
        assert row.work_millis == 21.0
        assert math.isnan(row.agreement)

    def test_numbers_leave_out_warm_up_and_old_frames(self) -> None:
        table = FrameTable()
        table.add(_frame(0, 0.0, interval_millis=0.0, invoke_millis=500.0, is_warm_up=True))
        for sequence in range(1, 41):
            table.add(_frame(sequence, sequence * 0.05, invoke_millis=10.0 + 10 * (sequence > 20)))
        assert table.rate(1.0) == pytest.approx(20.0)
        assert table.median_work_millis(0.9) == pytest.approx(21.0)
        assert table.median_work_millis(60.0, end=20) == pytest.approx(11.0)
        assert table.median_work_millis(60.0, end=1) != 501.0
        assert math.isnan(table.median_work_millis(60.0, end=1))

    def test_agreement_belongs_to_its_frame_and_to_no_stranger(self) -> None:
        table = FrameTable()
        for sequence in range(4):
            table.add(_frame(sequence, sequence / 20))
        table.compare(MaskCompared(sequence=2, agreement=0.75))
        table.compare(MaskCompared(sequence=99, agreement=0.0))
        assert table.row(2).agreement == 0.75
        assert table.last_compared == 2
        assert table.mean_agreement(1.0) == 0.75

    def test_nothing_is_said_of_no_frames(self) -> None:
        table = FrameTable()
        assert all(
            math.isnan(value)
            for value in (table.rate(1.0), table.median_work_millis(1.0), table.mean_agreement(1.0))
        )


class TestSession:
    def test_a_doubt_that_is_over_is_no_doubt(self, tmp_path: Path) -> None:
        session = Session(RunFolder(tmp_path), "a")
        doubt = PhoneDoubt(code="busy", message="Others use 40 % of the CPUs.")
        session.take([doubt, PhoneDoubt(code="lab", message="Emulated.")])
        session.take([PhoneDoubt(code="busy", message="", is_over=True)])
        assert list(session.doubts) == ["lab"]

    def test_a_phone_is_away_since_it_left_whatever_is_said_of_it_then(
        self, tmp_path: Path
    ) -> None:
        session = Session(RunFolder(tmp_path), "a")
        session.take([PhoneState(state="running", at_seconds=10.0)])
        session.take([PhoneState(state="disconnected", at_seconds=20.0)])
        session.take([PhoneState(state="disconnected", message="Locked.", at_seconds=25.0)])
        assert session.state_since_seconds == 20.0
        assert session.state is not None
        assert session.state.message == "Locked."

    def test_a_crash_before_any_frame_promises_no_recording(self, tmp_path: Path) -> None:
        session = Session(RunFolder(tmp_path), "a")
        session.status = RunStatus.CRASHED
        assert session.error is not None
        assert session.error.remedy == "No frame had come back. Deploy again."

    def test_a_moment_has_the_condition_that_was_known_by_then(self, tmp_path: Path) -> None:
        session = Session(RunFolder(tmp_path), "a")
        session.take(
            [PhoneSample(battery_percent=90.0 - at, at_seconds=100.0 + at) for at in range(5)]
        )
        assert session.sample_at(99.0) is None
        found = session.sample_at(102.5)
        assert found is not None
        assert found.battery_percent == 88.0

    def test_facts_name_the_hottest_sensor(self) -> None:
        table = FrameTable()
        table.add(_frame(4, 0.0, cpu=6, clock_khz=2_457_600))
        sample = PhoneSample(
            temperatures_celsius={"skin": 33.0, "soc": 41.5}, battery_percent=50.0, is_charging=True
        )
        facts = dict(facts_of(table.row(0), sample))
        assert facts["Hottest: soc"] == "41.5 °C"
        assert facts["Battery"] == "50 %, charging"
        assert facts["CPU"] == "6 at 2.46 GHz"
        assert facts["Network"] == "20.0 ms"
        assert "Same pixels" not in dict(facts_of(table.row(0), None, is_compared=False))

    def test_facts_say_whether_the_network_ran_and_why(self) -> None:
        table = FrameTable()
        for sequence, trigger in enumerate(("", "every", "none", "residual", "of a newer studio")):
            table.add(
                _frame(
                    sequence,
                    0.0,
                    trigger=trigger,
                    is_key_frame=trigger != "none",
                    propagate_millis=1.5 if trigger in ("none", "residual") else 0.0,
                )
            )
        told = [dict(facts_of(table.row(number), None)) for number in range(len(table))]
        assert all("Network ran" not in told[number] for number in (0, 1, 4))
        assert (told[2]["Network ran"], told[2]["Carried along"]) == ("no", "1.5 ms")
        assert told[3]["Network ran"] == "residual"
        assert table.key_frames == 4

    def test_few_key_frames_count_in_the_mean(self) -> None:
        table = FrameTable()
        assert math.isnan(table.mean_work_millis(5.0))
        for sequence in range(10):
            is_key = sequence == 0
            millis = 91.0 if is_key else 1.0
            table.add(_frame(sequence, sequence / 30, invoke_millis=millis, is_key_frame=is_key))
        assert table.median_work_millis(5.0) == 2.0
        assert table.mean_work_millis(5.0) == 11.0

    def test_every_trigger_has_its_words(self) -> None:
        assert set(TRIGGER_WORDS) == {trigger.value for trigger in Trigger}


class TestReplayClock:
    @given(st.floats(0.0, 100.0), st.lists(st.floats(0.0, 1.0), max_size=50), st.floats(0.25, 8.0))
    def test_it_moves_forward_and_never_beyond_the_end(
        self, length: float, passed: list[float], speed: float
    ) -> None:
        clock = ReplayClock()
        clock.length_seconds, clock.speed = length, speed
        clock.play()
        before = 0.0
        for seconds in passed:
            clock.advance(seconds)
            assert before <= clock.position_seconds <= length
            before = clock.position_seconds
        assert clock.is_playing == (length > 0 and clock.position_seconds < length)

    def test_a_long_absence_is_skipped(self) -> None:
        clock = ReplayClock()
        clock.length_seconds = 100.0
        clock.play()
        clock.advance(0.033, next_frame_seconds=60.0)
        assert clock.position_seconds == 60.0


class _Made(QObject):
    def __init__(self, maker: PictureMaker) -> None:
        super().__init__()
        self.panes: list[Panes] = []
        self.errors: list[StudioError] = []
        maker.made.connect(lambda _request, panes: self.panes.append(panes))
        maker.failed.connect(self.errors.append)


class TestPictures:
    def test_what_was_asked_for_last_wins_and_no_more_than_15_come_a_second(
        self, qtbot: QtBot, tmp_path: Path
    ) -> None:
        folder = finished_phone_run(tmp_path, 60)
        maker = PictureMaker()
        made = _Made(maker)
        began = time.monotonic()
        for sequence in range(60):
            maker.ask(Request(folder.artifacts_dir / RECORDING_NAME, sequence))
            qtbot.wait(5)
        qtbot.waitUntil(lambda: bool(made.panes) and made.panes[-1].sequence == 59)
        assert len(made.panes) <= 2 + MOST_A_SECOND * (time.monotonic() - began)
        maker.stop()

    def test_a_damaged_recording_is_told_once(self, qtbot: QtBot, tmp_path: Path) -> None:
        broken = tmp_path / "recording.bin"
        broken.write_bytes(b"something else entirely")
        maker = PictureMaker()
        made = _Made(maker)
        maker.ask(Request(broken, 0))
        qtbot.waitUntil(lambda: len(made.errors) == 1)
        maker.ask(Request(broken, 1))
        qtbot.wait(50)
        assert len(made.errors) == 1
        assert "damaged" in str(made.errors[0])
        maker.stop()

    def test_stopping_is_quick_and_final(self, qtbot: QtBot, tmp_path: Path) -> None:
        maker = PictureMaker()
        maker.ask(Request(tmp_path / "none", 0))
        began = time.monotonic()
        maker.stop()
        assert time.monotonic() - began < 0.3
        maker.ask(Request(tmp_path / "none", 1))
        maker.stop()


def test_words_are_short_and_true() -> None:
    assert [elapsed_words(seconds) for seconds in (-1, 42, 723, 3723)] == [
        "0:00",
        "0:42",
        "12:03",
        "1:02:03",
    ]
    assert [bytes_words(count) for count in (999, 640_000, 12_400_000)] == [
        "999 B",
        "640 KB",
        "12.4 MB",
    ]
    assert [share_words(share) for share in (None, 0.0, 0.00001, 0.0031, 0.254)] == [
        "–",
        "0 %",
        "<0.01 %",
        "0.31 %",
        "25.4 %",
    ]
    assert step_words("push-model") == "Copy the model"
    assert step_words("warm-soup") == "Warm soup"
