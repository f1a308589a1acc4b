"""Doubts and troubles are all in sight, in whatever room there is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.gui.telemetry.chip import Chip
from studio.gui.telemetry.notes import Notes, shared_widths
from studio.runs.phone_events import PhoneDoubt

DOUBTS = [
    PhoneDoubt(code="charging", message="The phone is charging, which warms it up over time."),
    PhoneDoubt(code="lab", message="an emulated phone"),
    PhoneDoubt(code="busy", message="Other programs keep 41 % of the phone's CPUs busy."),
]


@given(st.lists(st.integers(1, 500), max_size=8), st.integers(0, 2000), st.integers(0, 7))
def test_shared_widths_fit_and_waste_nothing(wanted: list[int], room: int, kept: int) -> None:
    widths = shared_widths(wanted, room, [kept])
    assert all(width <= wish for width, wish in zip(widths, wanted, strict=True))
    assert sum(widths) <= room
    if sum(wanted) <= room:
        assert widths == wanted
    if kept < len(wanted):
        assert widths[kept] == min(wanted[kept], room)


@pytest.fixture
def notes(qtbot: QtBot) -> Iterator[Notes]:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 200)
    made = Notes(window)
    made.resize(900, 22)
    window.show()
    yield made
    window.close()  # until then it must not be collected


def _chips(notes: Notes) -> list[Chip]:
    return [chip for chip in notes.findChildren(Chip) if chip.isVisible()]


def test_in_a_low_panel_all_share_one_line_and_what_matters_most_is_whole(notes: Notes) -> None:
    notes.fit(200)
    notes.show_notes("The phone went away. Plug it in again; it goes on.", "bad", DOUBTS)
    chips = _chips(notes)
    assert len(chips) == 4
    assert notes.height() == 22
    assert {chip.y() for chip in chips} == {0}
    assert max(chip.x() + chip.width() for chip in chips) <= 900
    [lab] = [chip for chip in chips if "Emulated" in chip.words]
    assert lab.width() == lab.sizeHint().width()
    assert all(chip.toolTip().startswith(chip.words) for chip in chips)


def test_where_there_is_room_they_flow_whole(notes: Notes) -> None:
    notes.fit(600)
    notes.show_notes("", "muted", DOUBTS)
    chips = _chips(notes)
    assert notes.height() > 22
    assert all(chip.width() == chip.sizeHint().width() for chip in chips)


def test_without_doubts_nothing_takes_room(notes: Notes) -> None:
    notes.show_notes("", "muted", DOUBTS)
    notes.show_notes("", "muted", [])
    assert notes.isHidden()
    assert notes.words == []
