"""One click deploys, the steps and masks show as they come, and phones come and go."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from studio.errors import PhoneError
from studio.gui.phone.panel import CONNECT_WORDS, PhonePanel
from studio.gui.phone.phone_cards import PhoneCard
from studio.gui.playback.shown import OverlaySettings
from studio.runs.events import Failed, Stopped
from studio.runs.phone_events import DeployStep, PhoneDoubt, PhoneState
from studio.targets.phone.listing import Phone
from studio.targets.phone.spec import DeploySpec
from studio.targets.phone.troubles import trouble_of_state
from studio.temporal.spec import PRESETS, TemporalSpec
from tests.gui.phone.conftest import PIXEL, DrivenLaunch, DrivenTracker, full_phone, unauthorized
from tests.support.driven_playback import DrivenPlayback
from tests.support.phone_runs import (
    FOUND,
    different_share,
    finished_phone_run,
    grey_of,
    open_phone_run,
)


def _plug(qtbot: QtBot, panel: PhonePanel, tracker: DrivenTracker, *phones: object) -> None:
    tracker.tell(phones)  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: panel.watch.phones == phones)


def _card(panel: PhonePanel, serial: str) -> PhoneCard:
    return next(card for card in panel.cards.cards if card.phone.serial == serial)


def _shows(panel: PhonePanel, sequence: int) -> bool:
    shown = panel.page.panes.shown
    return shown is not None and shown.sequence == sequence


class TestPhones:
    def test_without_a_phone_it_says_what_to_do(
        self, qtbot: QtBot, panel: PhonePanel, tracker: DrivenTracker
    ) -> None:
        _plug(qtbot, panel, tracker)
        qtbot.waitUntil(lambda: panel.hint.text() == CONNECT_WORDS)
        assert not panel.setup.button.isEnabled()
        assert "Connect a phone" in panel.setup.why_not.text()

    def test_phones_come_and_go_while_it_is_open(
        self, qtbot: QtBot, panel: PhonePanel, tracker: DrivenTracker
    ) -> None:
        _plug(qtbot, panel, tracker, PIXEL)
        assert panel.phone == PIXEL
        assert panel.setup.button.isEnabled()
        assert panel.hint.isHidden()
        _plug(qtbot, panel, tracker, PIXEL, unauthorized())
        assert [card.phone.serial for card in panel.cards.cards] == [PIXEL.serial, "R58M123"]
        _plug(qtbot, panel, tracker)
        assert panel.cards.cards == []
        assert not panel.setup.button.isEnabled()

    def test_trouble_is_shown_with_its_remedy(
        self, qtbot: QtBot, panel: PhonePanel, tracker: DrivenTracker
    ) -> None:
        phone = unauthorized()
        _plug(qtbot, panel, tracker, phone)
        assert phone.trouble is not None
        card = _card(panel, phone.serial)
        assert phone.trouble.remedy in card.trouble
        assert "has not allowed this computer" in card.trouble
        assert card.state.text() == "Unauthorized"
        assert not panel.setup.button.isEnabled()

    @pytest.mark.parametrize("state", ["offline", "no permissions (udev)", "recovery", "weird"])
    def test_every_state_of_adb_is_told_in_words(
        self, qtbot: QtBot, panel: PhonePanel, tracker: DrivenTracker, state: str
    ) -> None:
        trouble = trouble_of_state(state)
        assert trouble is not None
        _plug(qtbot, panel, tracker, Phone("x", state, trouble=trouble))
        card = _card(panel, "x")
        assert trouble.message[1:] in card.trouble
        assert trouble.remedy in card.trouble
        assert "cannot be used yet" in panel.setup.why_not.text()

    def test_a_full_phone_can_be_cleaned_but_not_used(
        self, qtbot: QtBot, panel: PhonePanel, tracker: DrivenTracker
    ) -> None:
        _plug(qtbot, panel, tracker, full_phone())
        assert "3 MiB" in _card(panel, PIXEL.serial).trouble
        assert not panel.setup.button.isEnabled()

    def test_one_that_can_be_used_is_chosen_by_itself(
        self, qtbot: QtBot, panel: PhonePanel, tracker: DrivenTracker
    ) -> None:
        _plug(qtbot, panel, tracker, unauthorized())
        _plug(qtbot, panel, tracker, unauthorized(), PIXEL)
        assert panel.phone == PIXEL
        qtbot.mouseClick(_card(panel, "R58M123"), Qt.MouseButton.LeftButton)
        assert panel.phone == unauthorized()

    def test_adb_that_cannot_be_used_is_told(
        self, qtbot: QtBot, panel: PhonePanel, tracker: DrivenTracker
    ) -> None:
        tracker.trouble(PhoneError("adb is gone.", remedy="Install it."))
        qtbot.waitUntil(lambda: panel.hint.text() == "adb is gone. Install it.")
        tracker.trouble(None)
        qtbot.waitUntil(lambda: panel.hint.text() == CONNECT_WORDS)

    def test_cleaning_asks_first_and_tells_what_was_removed(
        self, qtbot: QtBot, panel: PhonePanel, tracker: DrivenTracker
    ) -> None:
        _plug(qtbot, panel, tracker, PIXEL)
        panel.ask_clean(PIXEL)
        box = panel.findChild(QMessageBox)
        assert isinstance(box, QMessageBox)
        assert "Pixel 2" in box.text()
        button = next(each for each in box.buttons() if each.text() == "Clean phone")
        with qtbot.waitSignal(panel.told) as told:
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
            assert panel.watch.is_cleaning(PIXEL.serial)
            assert not panel.setup.button.isEnabled()
        assert told.args == ["Pixel 2 is clean: removed 3 files (12.0 MB)."]
        qtbot.waitUntil(panel.setup.button.isEnabled)


class TestDeploying:
    def test_one_click_launches_what_is_open(
        self,
        qtbot: QtBot,
        panel: PhonePanel,
        tracker: DrivenTracker,
        starts: DrivenLaunch,
        playback: DrivenPlayback,
    ) -> None:
        _plug(qtbot, panel, tracker, PIXEL)
        qtbot.mouseClick(panel.setup.button, Qt.MouseButton.LeftButton)
        (spec,) = starts.specs
        assert spec.serial == PIXEL.serial
        assert playback.model is not None
        assert spec.model == playback.model.path
        assert playback.video is not None
        assert spec.video == playback.video.location
        assert (spec.options.threads, spec.pace, spec.compares) == (4, "video", True)
        assert (spec.phone.cpu_mask, spec.phone.is_pushed_ahead) == (None, False)
        assert spec.seconds is None

    def test_choices_reach_the_session(
        self, qtbot: QtBot, panel: PhonePanel, tracker: DrivenTracker, starts: DrivenLaunch
    ) -> None:
        _plug(qtbot, panel, tracker, PIXEL)
        threads, cores, pace, frames, _ = panel.setup.choices
        threads.setCurrentText("2")
        cores.setCurrentText("Any core")
        pace.setCurrentText("As fast as it can")
        frames.setCurrentText("Copied ahead")
        panel.setup.compares.setChecked(False)
        assert panel.setup.options.text() == (
            "2 threads · any core · full speed · frames copied ahead · not compared"
        )
        panel.deploy()
        (spec,) = starts.specs
        assert (spec.options.threads, spec.pace, spec.compares) == (2, "fastest", False)
        assert (spec.phone.cpu_mask, spec.phone.is_pushed_ahead) == (0, True)
        assert spec.phone.temporal == PRESETS["off"]

    @pytest.mark.parametrize("name", PRESETS)
    def test_what_is_done_between_frames_reaches_the_session(
        self,
        qtbot: QtBot,
        panel: PhonePanel,
        tracker: DrivenTracker,
        starts: DrivenLaunch,
        name: str,
    ) -> None:
        _plug(qtbot, panel, tracker, PIXEL)
        *_, temporal = panel.setup.choices
        temporal.setCurrentText(name.capitalize())
        assert (f"temporal: {name}" in panel.setup.options.text()) == (name != "off")
        panel.deploy()
        (spec,) = starts.specs
        assert spec.phone.temporal == PRESETS[name]

    def test_the_window_s_own_limits_run_there_too_but_wait_for_the_network(
        self, panel: PhonePanel, playback: DrivenPlayback
    ) -> None:
        playback.give_model()
        limits = TemporalSpec(residual_limit=17.0, asynchronous=True)
        playback.set_temporal(limits)
        *_, temporal = panel.setup.choices
        temporal.setCurrentText("As here")
        assert "temporal: as here" in panel.setup.options.text()
        spec = panel.setup.spec(None)
        assert spec is not None
        assert spec.phone.temporal == replace(limits, asynchronous=False)

    def test_without_a_model_nothing_is_launched(
        self,
        qtbot: QtBot,
        panel: PhonePanel,
        tracker: DrivenTracker,
        starts: DrivenLaunch,
        playback: DrivenPlayback,
    ) -> None:
        _plug(qtbot, panel, tracker, PIXEL)
        playback.take_model()
        assert "Open a model first" in panel.setup.why_not.text()
        panel.deploy()
        assert starts.specs == []

    def test_a_session_that_cannot_begin_is_told(
        self, qtbot: QtBot, panel: PhonePanel, tracker: DrivenTracker, starts: DrivenLaunch
    ) -> None:
        _plug(qtbot, panel, tracker, PIXEL)
        starts.error = PhoneError("The disk is full.")
        with qtbot.waitSignal(panel.failed):
            panel.deploy()
        assert panel.model.session is None
        assert panel.setup.button.isEnabled()

    def test_the_same_phone_is_not_given_two_sessions(
        self, qtbot: QtBot, panel: PhonePanel, tracker: DrivenTracker, starts: DrivenLaunch
    ) -> None:
        _plug(qtbot, panel, tracker, PIXEL)
        panel.deploy()
        assert not panel.setup.button.isEnabled()
        panel.deploy()
        assert len(starts.specs) == 1
        starts.runs[0].write(Stopped(reason="asked"))
        qtbot.waitUntil(panel.setup.button.isEnabled)


class TestSession:
    def test_steps_show_as_they_happen(
        self, qtbot: QtBot, panel: PhonePanel, tracker: DrivenTracker, starts: DrivenLaunch
    ) -> None:
        _plug(qtbot, panel, tracker, PIXEL)
        panel.deploy()
        run = starts.runs[0]
        run.write(DeployStep(name="bundle", state="skipped"))
        run.write(
            DeployStep(
                name="push-model", state="running", done_bytes=600_000, total_bytes=1_500_000
            )
        )
        steps = panel.page.steps
        qtbot.waitUntil(lambda: len(steps.lines) > 1 and steps.lines[1][1] == "running")
        assert steps.lines[0] == ("Make the runner ready", "skipped", "nothing to do")
        assert steps.lines[1] == ("Copy the model", "running", "600 KB of 1.5 MB")
        assert steps.lines[2][1] == "waiting"
        assert panel.page.shows_steps
        run.write(
            DeployStep(
                name="push-model",
                state="failed",
                message="The phone is full.",
                done_bytes=700_000,
                total_bytes=1_500_000,
            ),
            Failed(message="The phone is full.", remedy="Free 2 MiB.", details="ENOSPC"),
        )
        trouble = panel.page.trouble
        qtbot.waitUntil(lambda: trouble.words == "The phone is full. Free 2 MiB.")
        assert trouble.is_bad
        assert [line[1] for line in steps.lines] == ["skipped", "failed"]
        assert panel.page.head.chip.words == "Failed"

    def test_the_panes_show_the_very_frame_and_where_it_differs(
        self, qtbot: QtBot, panel: PhonePanel, runs_dir: Path
    ) -> None:
        finished_phone_run(runs_dir, 40)
        qtbot.waitUntil(lambda: bool(panel.model.list.recorded))
        panel.show_sample()
        qtbot.waitUntil(
            lambda: panel.model.player.position is not None and panel.model.is_caught_up
        )
        panes = panel.page.panes
        for sequence in (7, 22, 3):
            panel.model.player.show_frame(sequence)
            qtbot.waitUntil(partial(_shows, panel, sequence))
            assert panes.shown is not None
            assert panes.shown.different_share == pytest.approx(different_share(sequence))
            image = panes.phone.image
            assert image is not None
            assert image.pixelColor(1, 1).red() == pytest.approx(grey_of(sequence), abs=2)
            assert panes.phone.note == f"frame {sequence}"
        assert panes.difference.note == "6.25 % of the pixels"

    def test_live_numbers_come_with_the_frames(
        self, qtbot: QtBot, panel: PhonePanel, tracker: DrivenTracker, starts: DrivenLaunch
    ) -> None:
        _plug(qtbot, panel, tracker, PIXEL)
        panel.deploy()
        run = starts.runs[0]
        run.steps()
        head = panel.page.head
        run.frame(0)
        qtbot.waitUntil(lambda: head.elapsed_words.endswith(" · 1 frame"))
        run.frames(29, start=1)
        qtbot.waitUntil(lambda: head.rate.value == "30.0")
        assert head.work.value == "26.0"
        assert head.chip.words == "Running"
        assert "Pixel 2" in head.name_words
        assert "JejuNet fast 289" in head.name_words
        assert not panel.page.shows_steps
        panes = panel.page.panes
        qtbot.waitUntil(lambda: panes.shown is not None and panes.shown.sequence == 29)
        head.steps.click()
        assert panel.page.shows_steps

    def test_a_phone_that_is_away_is_told_until_it_is_back(
        self, qtbot: QtBot, panel: PhonePanel, tracker: DrivenTracker, starts: DrivenLaunch
    ) -> None:
        _plug(qtbot, panel, tracker, PIXEL)
        panel.deploy()
        run = starts.runs[0]
        run.steps()
        run.frames(30)
        run.write(
            PhoneState(
                state="disconnected",
                message="The cable was pulled.",
                remedy="Plug it in again.",
                at_seconds=time.time() - 42,
            )
        )
        page = panel.page
        qtbot.waitUntil(lambda: page.head.chip.words == "Disconnected")
        assert page.trouble.words.startswith("Disconnected since ")
        assert "(0:4" in page.trouble.words
        assert page.trouble.words.endswith("The cable was pulled. Plug it in again.")
        assert page.head.rate.value == "–"
        run.write(PhoneState(state="running"))
        qtbot.waitUntil(lambda: page.trouble.words == "")
        assert page.head.chip.words == "Running"

    def test_doubts_are_told_while_they_last(
        self, qtbot: QtBot, panel: PhonePanel, tracker: DrivenTracker, starts: DrivenLaunch
    ) -> None:
        _plug(qtbot, panel, tracker, PIXEL)
        panel.deploy()
        run = starts.runs[0]
        run.steps()
        doubt = PhoneDoubt(code="charging", message="The cable charges the phone.")
        run.write(doubt)
        chip = panel.page.head.doubts
        qtbot.waitUntil(
            lambda: panel.model.session is not None and bool(panel.model.session.doubts)
        )
        assert not chip.isVisible()  # there are no numbers yet
        run.frame(0)
        qtbot.waitUntil(lambda: chip.isVisible() and chip.words == "1 doubt")
        assert "The cable charges the phone." in chip.toolTip()
        run.write(msgspec.structs.replace(doubt, is_over=True))
        qtbot.waitUntil(lambda: not chip.isVisible())

    def test_stop_asks_the_session_to_stop(
        self, qtbot: QtBot, panel: PhonePanel, tracker: DrivenTracker, starts: DrivenLaunch
    ) -> None:
        _plug(qtbot, panel, tracker, PIXEL)
        panel.deploy()
        run = starts.runs[0]
        run.steps()
        stop = panel.page.head.stop
        qtbot.waitUntil(stop.isVisible)
        qtbot.mouseClick(stop, Qt.MouseButton.LeftButton)
        assert run.folder.stop_file.exists()
        qtbot.waitUntil(lambda: stop.text() == "Stopping…")
        run.write(Stopped(reason="You stopped it."))
        qtbot.waitUntil(lambda: not stop.isVisible())
        assert panel.page.trouble.words == ""

    def test_an_emulated_phone_is_called_what_it_is(
        self, qtbot: QtBot, panel: PhonePanel, tracker: DrivenTracker, starts: DrivenLaunch
    ) -> None:
        _plug(qtbot, panel, tracker, PIXEL)
        panel.deploy()
        starts.runs[0].steps(msgspec.structs.replace(FOUND, is_lab=True))
        qtbot.waitUntil(lambda: "speeds mean nothing" in panel.page.head.name_words)


class TestPanes:
    def test_masks_are_drawn_as_the_overlay_panel_says(
        self, qtbot: QtBot, panel: PhonePanel, runs_dir: Path, playback: DrivenPlayback
    ) -> None:
        finished_phone_run(runs_dir, 10)
        qtbot.waitUntil(lambda: bool(panel.model.list.recorded))
        panel.show_sample()
        panes = panel.page.panes

        def red_in_the_square() -> int:
            image = panes.phone.image
            return -1 if image is None else image.pixelColor(4, 20).red() - grey_of(0)

        qtbot.waitUntil(lambda: red_in_the_square() > 30)
        playback.give_overlay(OverlaySettings(opacity=0.0))
        qtbot.waitUntil(lambda: abs(red_in_the_square()) <= 2)
        playback.give_overlay(OverlaySettings(hidden_classes=frozenset()))
        qtbot.waitUntil(lambda: red_in_the_square() > 30)
        playback.give_overlay(OverlaySettings(hidden_classes=frozenset({0, 1})))
        qtbot.waitUntil(lambda: abs(red_in_the_square()) <= 2)

    def test_a_pane_can_be_alone_and_goes_back(self, panel: PhonePanel, qtbot: QtBot) -> None:
        panes = panel.page.panes
        panes.resize(800, 500)
        qtbot.mouseDClick(panes.difference, Qt.MouseButton.LeftButton)
        assert panes.difference.width() == 800
        assert panes.phone.isHidden()
        qtbot.keyClick(panes.difference, Qt.Key.Key_Return)
        assert not panes.phone.isHidden()
        assert panes.difference.width() < 500

    def test_without_a_comparison_the_phone_has_all_the_room(
        self, qtbot: QtBot, panel: PhonePanel, runs_dir: Path
    ) -> None:
        spec = DeploySpec(model="a.tflite", compares=False)
        with open_phone_run(runs_dir, spec=spec) as run:
            run.steps()
            for sequence in range(5):
                run.frame(sequence, is_compared=False)
            panes = panel.page.panes
            qtbot.waitUntil(lambda: panes.shown is not None and panes.shown.sequence == 4)
            assert panes.computer.isHidden()
            assert panes.difference.isHidden()
            assert panel.page.head.same.isHidden()
            assert "Same pixels" not in dict(panes.facts.facts)


class TestSessionsFromElsewhere:
    def test_a_session_of_the_command_line_appears(
        self, qtbot: QtBot, panel: PhonePanel, runs_dir: Path
    ) -> None:
        with open_phone_run(runs_dir) as run:
            qtbot.waitUntil(lambda: panel.model.session is not None)
            run.steps()
            run.frames(3)
            qtbot.waitUntil(lambda: not panel.page.shows_steps)
            assert panel.sessions.entries[0].is_live

    def test_recorded_phones_are_listed_and_open_with_a_click(
        self, qtbot: QtBot, panel: PhonePanel, runs_dir: Path
    ) -> None:
        finished_phone_run(runs_dir, 5, title="first", age_seconds=100)
        finished_phone_run(runs_dir, 5, title="second")
        view = panel.sessions
        qtbot.waitUntil(lambda: [each.title for each in view.entries] == ["second", "first"])
        place = view.visualRect(view.model().index(1, 0)).center()
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        qtbot.waitUntil(lambda: panel.page.head.chip.words == "Recorded")
        assert panel.model.session is not None
        assert panel.model.session.title == "first"
        assert panel.page.head.stop.isHidden()
