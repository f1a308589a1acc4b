"""The chip says what a session is at, and the note why and what to do."""

from __future__ import annotations

from datetime import datetime

import pytest
from PySide6.QtWidgets import QApplication

from studio.gui.telemetry.phone_conditions import PhoneConditions
from studio.gui.telemetry.phone_session import PhoneSession
from studio.gui.telemetry.state_words import state_words
from studio.runs.phone_events import DeployStep
from tests.support.phone_feed import BEGAN, a_state


@pytest.fixture
def session(qapp: QApplication) -> PhoneSession:
    return PhoneSession(PhoneConditions("Pixel 2", "a", False, BEGAN))


def test_before_any_state_it_connects(session: PhoneSession) -> None:
    assert state_words(session).chip == "Connecting"


def test_while_it_connects_it_says_how_far_it_is(session: PhoneSession) -> None:
    step = DeployStep(name="push-model", state="running", done_bytes=30, total_bytes=120)
    session.take([a_state("connecting"), step])
    assert state_words(session).chip == "Connecting, 25 % carried"
    session.take([DeployStep(name="push-model", state="done", done_bytes=120, total_bytes=120)])
    assert state_words(session).chip == "Connecting"


def test_running_needs_no_note(session: PhoneSession) -> None:
    session.take([a_state("running", message="30 frames a second")])
    words = state_words(session)
    assert (words.chip, words.tint, words.note) == ("Running", "good", "")


def test_throttled_says_why(session: PhoneSession) -> None:
    session.take([a_state("throttled", message="The skin is at 41 °C.")])
    words = state_words(session)
    assert (words.chip, words.tint, words.note) == ("Throttled", "warn", "The skin is at 41 °C.")


def test_disconnected_says_since_when_why_and_what_to_do(session: PhoneSession) -> None:
    session.take([a_state("disconnected", BEGAN + 5, "The phone went away.", "Plug it in.")])
    words = state_words(session)
    assert words.chip == f"Disconnected since {datetime.fromtimestamp(BEGAN + 5):%H:%M:%S}"
    assert (words.tint, words.note) == ("bad", "The phone went away. Plug it in.")


def test_an_end_is_told_with_or_without_a_state(session: PhoneSession) -> None:
    session.take([a_state("running")])
    session.end()
    assert (state_words(session).chip, state_words(session).note) == ("Ended", "")
    session.take([a_state("ended", message="The video ended.")])
    assert state_words(session).note == "The video ended."


def test_a_session_that_ended_while_the_phone_was_away_still_says_why(
    session: PhoneSession,
) -> None:
    session.take([a_state("disconnected", message="The phone went away.")])
    session.end()
    assert state_words(session).chip == "Ended"
    assert state_words(session).note == "The phone went away."


def test_a_recording_is_called_one_whatever_it_holds(qapp: QApplication) -> None:
    session = PhoneSession(PhoneConditions("Pixel 2", "a", True, BEGAN))
    session.take([a_state("running")])
    words = state_words(session)
    assert words.chip.startswith(f"Recorded {datetime.fromtimestamp(BEGAN):%d %b %Y}")
    assert not session.is_live
