"""Sessions are tailed at once, found again, stopped, replayed; nothing waits for a phone."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.errors import PhoneError
from studio.gui.phone.compose import Panes
from studio.gui.phone.phones import PhoneWatch
from studio.gui.phone.view_model import LIVE_MILLIS, PhoneModel
from studio.gui.telemetry.phone_source import PhoneTelemetry
from studio.runs.events import AnyEvent, Finished, Stopped
from studio.runs.folder import RunStatus
from studio.runs.phone_events import PhoneFrame, PhoneState
from studio.targets.phone.clean import CleanReport
from studio.targets.phone.listing import Phone
from studio.targets.phone.spec import DeploySpec
from tests.gui.phone.conftest import PIXEL, DrivenLaunch, DrivenTracker
from tests.support.gui import stall_watchdog
from tests.support.phone_runs import finished_phone_run, open_phone_run


class Charts:
    """Keeps what the charts were told."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, str, bool]] = []
        self.events: list[AnyEvent] = []
        self.ended = 0
        self.marks: list[int] = []

    def begin(self, name: str, run_name: str, is_recorded: bool, started_at_seconds: float) -> None:
        assert started_at_seconds > 0
        self.begun.append((name, run_name, is_recorded))
        self.events.clear()

    def take(self, events: Sequence[AnyEvent]) -> None:
        self.events += events

    def end(self) -> None:
        self.ended += 1

    def mark(self, sequence: int) -> None:
        self.marks.append(sequence)

    @property
    def sequences(self) -> list[int]:
        return [event.sequence for event in self.events if isinstance(event, PhoneFrame)]


@pytest.fixture
def charts(model: PhoneModel) -> Charts:
    made = Charts()
    model.set_telemetry(made)
    return made


def _open_recorded(qtbot: QtBot, model: PhoneModel) -> None:
    model.start()
    qtbot.waitUntil(lambda: bool(model.list.recorded))
    model.show(model.list.recorded[0])
    qtbot.waitUntil(lambda: model.is_caught_up and model.player.position is not None)


class TestFollowing:
    def test_every_event_reaches_the_charts_once_and_in_order(
        self, qtbot: QtBot, model: PhoneModel, charts: Charts, starts: DrivenLaunch
    ) -> None:
        model.deploy(DeploySpec(model="a.tflite", serial="x"), "a on x")
        run = starts.runs[0]
        run.steps()
        for start in range(0, 60, 6):
            run.frames(6, start=start)
            qtbot.wait(5)
        run.write(Finished(summary={}))
        qtbot.waitUntil(lambda: charts.ended == 1)
        assert charts.sequences == list(range(60))
        assert charts.begun == [("Pixel 2", run.folder.name, False)]
        assert len(charts.events) == len(run.folder.events_file.read_bytes().splitlines())

    def test_an_event_is_seen_soon_after_it_was_written(
        self, qtbot: QtBot, model: PhoneModel, charts: Charts, starts: DrivenLaunch
    ) -> None:
        model.deploy(DeploySpec(model="a.tflite", serial="x"), "a on x")
        run = starts.runs[0]
        run.steps()
        qtbot.waitUntil(lambda: bool(charts.begun))
        delays = []
        for sequence in range(10):
            written = time.monotonic()
            run.frame(sequence)
            qtbot.waitUntil(lambda at=sequence: at in charts.sequences)  # type: ignore[misc]
            delays.append(time.monotonic() - written)
        # Half of the pause between looks on average; the rest is this machine's business.
        assert sorted(delays)[5] < (LIVE_MILLIS + 60) / 1000

    def test_a_studio_that_opens_while_a_session_runs_finds_it_again(
        self, qtbot: QtBot, runs_dir: Path, starts: DrivenLaunch, tmp_path: Path
    ) -> None:
        with open_phone_run(runs_dir, age_seconds=30) as run:
            run.steps()
            run.frames(20)
            model, charts = PhoneModel(runs_dir, tmp_path / "none", starts), Charts()
            model.set_telemetry(charts)
            model.start()
            qtbot.waitUntil(lambda: charts.sequences == list(range(20)))
            assert model.session is not None
            assert model.session.is_live
            run.frames(5, start=20)
            qtbot.waitUntil(lambda: charts.sequences == list(range(25)))
            model.shutdown()
            # It was started elsewhere: closing this studio leaves it alone.
            assert not run.folder.stop_file.exists()
            model.deleteLater()

    def test_closing_stops_what_was_started_here_and_is_quick(
        self, qtbot: QtBot, model: PhoneModel, starts: DrivenLaunch
    ) -> None:
        model.deploy(DeploySpec(model="a.tflite", serial="x"), "a on x")
        starts.runs[0].steps()
        began = time.monotonic()
        model.shutdown()
        assert time.monotonic() - began < 0.3
        assert starts.runs[0].folder.stop_file.exists()

    def test_a_second_live_session_does_not_take_the_place_of_the_first(
        self, qtbot: QtBot, model: PhoneModel, runs_dir: Path, starts: DrivenLaunch
    ) -> None:
        model.start()
        entry = model.deploy(DeploySpec(model="a.tflite", serial="x"), "a on x")
        assert entry is not None
        starts.runs[0].steps()
        with open_phone_run(runs_dir, title="another") as other:
            qtbot.waitUntil(lambda: len(model.list.live) == 2)
            assert model.session is not None
            assert model.session.folder == entry.folder
            model.show(next(each for each in model.list.live if each.folder == other.folder))
            assert model.session.folder == other.folder

    def test_a_session_that_crashed_says_so(
        self, qtbot: QtBot, model: PhoneModel, runs_dir: Path
    ) -> None:
        with open_phone_run(runs_dir) as run:
            run.steps()
            run.frames(4)
        _open_recorded(qtbot, model)
        assert model.session is not None
        qtbot.waitUntil(lambda: model.session is not None and model.session.error is not None)
        assert model.session.status is RunStatus.CRASHED
        assert "without a word" in str(model.session.error)
        assert "What was recorded until then is kept." in str(model.session.error)
        assert model.player.position == 0  # what was recorded is there all the same

    def test_a_session_that_was_deleted_ends_without_a_word(
        self, qtbot: QtBot, model: PhoneModel, runs_dir: Path
    ) -> None:
        folder = finished_phone_run(runs_dir, 4)
        _open_recorded(qtbot, model)
        folder.path.rename(runs_dir.parent / "elsewhere")
        model.player.show_frame(2)
        qtbot.waitUntil(lambda: model.list.recorded == [])
        assert model.player.position == 2

    def test_stopping_twice_is_forgiven_at_once(
        self, qtbot: QtBot, model: PhoneModel, starts: DrivenLaunch
    ) -> None:
        model.deploy(DeploySpec(model="a.tflite", serial="x"), "a on x")
        starts.runs[0].steps()
        model.stop()
        model.stop()
        assert model.is_stopping
        starts.runs[0].write(Stopped(reason="asked"))
        qtbot.waitUntil(lambda: not model.is_stopping)
        model.stop()


class TestReplay:
    def test_scrubbing_shows_the_frame_of_that_moment(
        self, qtbot: QtBot, model: PhoneModel, charts: Charts, runs_dir: Path
    ) -> None:
        finished_phone_run(runs_dir, 60)
        _open_recorded(qtbot, model)
        made: list[Panes] = []
        model.panes_made.connect(made.append)
        model.set_shown(True)
        assert model.session is not None
        assert model.player.length_seconds == pytest.approx(59 / 30)
        for seconds in (1.01, 0.34, 1.9):
            model.player.seek_seconds(seconds)
            sequence = int(seconds * 30)
            assert charts.marks[-1] == sequence
            assert model.player.position == sequence
        qtbot.waitUntil(lambda: bool(made) and made[-1].sequence == 57)
        assert charts.begun == [("Pixel 2", model.session.name, True)]
        assert charts.sequences == list(range(60))
        assert charts.ended == 1

    def test_it_plays_from_beginning_to_end_and_stops_there(
        self, qtbot: QtBot, model: PhoneModel, runs_dir: Path
    ) -> None:
        finished_phone_run(runs_dir, 30)
        _open_recorded(qtbot, model)
        model.player.set_speed(4.0)
        places: list[int | None] = []
        model.player.moved.connect(lambda: places.append(model.player.position))
        with qtbot.waitSignal(
            model.player.playing_changed, check_params_cb=lambda is_on: not is_on
        ):
            model.player.toggle()
        assert model.player.position == 29
        assert places == sorted(places)  # type: ignore[type-var]
        assert len(places) > 3
        model.player.toggle()
        assert model.player.is_playing  # from the beginning again
        model.player.pause()
        assert model.player.position is not None
        assert model.player.position < 29

    def test_a_click_in_a_chart_shows_that_frame(
        self, qtbot: QtBot, model: PhoneModel, runs_dir: Path
    ) -> None:
        finished_phone_run(runs_dir, 30)
        telemetry = PhoneTelemetry()
        model.set_telemetry(telemetry)
        telemetry.frame_chosen.connect(model.player.show_frame)
        _open_recorded(qtbot, model)
        telemetry.frame_chosen.emit(19)
        assert model.player.position == 19
        assert model.player.position_seconds == pytest.approx(19 / 30)
        telemetry.frame_chosen.emit(4711)  # of a session that is shown no more
        assert model.player.position == 19

    def test_looking_back_in_a_live_session_stays_there_until_live_is_asked_for(
        self, qtbot: QtBot, model: PhoneModel, starts: DrivenLaunch
    ) -> None:
        model.deploy(DeploySpec(model="a.tflite", serial="x"), "a on x")
        run = starts.runs[0]
        run.steps()
        run.frames(20)
        qtbot.waitUntil(lambda: model.player.position == 19)
        model.player.show_frame(5)
        run.frames(10, start=20)
        qtbot.waitUntil(lambda: model.session is not None and len(model.session.frames) == 30)
        assert model.player.position == 5
        assert not model.player.is_following
        model.player.follow()
        assert model.player.position == 29

    def test_steps_stay_within_the_session(
        self, qtbot: QtBot, model: PhoneModel, runs_dir: Path
    ) -> None:
        finished_phone_run(runs_dir, 3)
        _open_recorded(qtbot, model)
        for frames, place in ((-1, 0), (1, 1), (1, 2), (1, 2), (-2, 0)):
            model.player.step(frames)
            assert model.player.position == place

    def test_a_session_without_frames_can_be_shown_too(
        self, qtbot: QtBot, model: PhoneModel, runs_dir: Path
    ) -> None:
        with open_phone_run(runs_dir) as run:
            model.start()
            qtbot.waitUntil(lambda: model.session is not None)
            run.write(PhoneState(state="connecting"), Stopped(reason="asked"))
        qtbot.waitUntil(lambda: model.session is not None and not model.session.is_live)
        qtbot.waitUntil(lambda: model.list.live == [])
        assert model.list.recorded == []  # there is nothing to replay
        model.player.toggle()
        model.player.step(1)
        model.player.seek_seconds(3.0)
        assert model.player.position is None

    def test_the_shipped_recording_is_listed_last_and_called_a_sample(
        self, qtbot: QtBot, runs_dir: Path, tmp_path: Path
    ) -> None:
        shipped = finished_phone_run(tmp_path / "product", 3)
        finished_phone_run(runs_dir, 3, title="mine")
        model = PhoneModel(runs_dir, shipped.path)
        model.start()
        qtbot.waitUntil(lambda: len(model.list.recorded) == 2)
        assert [entry.is_shipped for entry in model.list.recorded] == [False, True]
        assert model.list.recorded[1].title == "Emulated phone"
        model.shutdown()
        model.deleteLater()


class _HangingTracker:
    """Like adb at its worst: it never returns from anything."""

    def __init__(self) -> None:
        self.is_released = threading.Event()

    def __call__(self, on_phones: object, on_trouble: object) -> _HangingTracker:
        del on_phones, on_trouble
        return self

    def close(self) -> None:
        self.is_released.wait()


@pytest.fixture
def hanging() -> Iterator[_HangingTracker]:
    made = _HangingTracker()
    yield made
    made.is_released.set()


class TestNothingBlocks:
    def test_a_tracker_that_hangs_holds_up_nobody(
        self, qtbot: QtBot, hanging: _HangingTracker
    ) -> None:
        watch = PhoneWatch(hanging)
        watch.start()
        assert not watch.has_looked
        began = time.monotonic()
        watch.stop()
        assert time.monotonic() - began < 0.2 + 0.1

    def test_cleaning_that_takes_long_leaves_the_window_alive(
        self, qtbot: QtBot, tracker: DrivenTracker, qapp: object
    ) -> None:
        go_on = threading.Event()

        def clean(_serial: str) -> CleanReport:
            go_on.wait()
            raise PhoneError("It went away.")

        watch = PhoneWatch(tracker, clean)
        watch.start()
        watch.clean(PIXEL)
        with stall_watchdog(qapp):  # type: ignore[arg-type]
            qtbot.wait(150)
        assert watch.is_cleaning(PIXEL.serial)
        with qtbot.waitSignal(watch.clean_failed):
            go_on.set()
        assert not watch.is_cleaning(PIXEL.serial)
        watch.stop()

    def test_what_a_tracker_says_after_the_end_is_not_heard(
        self, qtbot: QtBot, tracker: DrivenTracker
    ) -> None:
        watch = PhoneWatch(tracker)
        watch.start()
        told: list[tuple[Phone, ...]] = []
        watch.changed.connect(lambda: told.append(watch.phones))
        tracker.tell((PIXEL,))
        qtbot.waitUntil(lambda: told == [(PIXEL,)])
        watch.stop()
        tracker.tell(())
        qtbot.wait(20)
        assert tracker.is_closed
        assert told == [(PIXEL,)]

    def test_an_hour_is_read_without_stalling_the_window(
        self, qtbot: QtBot, model: PhoneModel, runs_dir: Path, qapp: object
    ) -> None:
        folder = finished_phone_run(runs_dir, 30)
        lines = folder.events_file.read_bytes().splitlines(keepends=True)
        many = [line for line in lines if b'"PhoneFrame"' in line or b"MaskCompared" in line]
        with folder.events_file.open("wb") as file:
            file.writelines(lines[:25])
            for number in range(20_000):
                event = json.loads(many[number % len(many)])
                event["sequence"] = number // 2
                file.write(json.dumps(event).encode() + b"\n")
            file.write(lines[-1])
        model.start()
        qtbot.waitUntil(lambda: bool(model.list.recorded))
        with stall_watchdog(qapp, limit_millis=200.0):  # type: ignore[arg-type]
            model.show(model.list.recorded[0])
            qtbot.waitUntil(lambda: model.is_caught_up, timeout=20_000)
        assert model.session is not None
        assert len(model.session.frames) > 9_000
