"""All of one session: head, trouble, steps or pictures, and the transport."""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from studio.gui.phone.compose import Panes
from studio.gui.phone.facts import facts_of
from studio.gui.phone.panes import MaskPanes
from studio.gui.phone.replay_bar import ReplayBar
from studio.gui.phone.session import Session
from studio.gui.phone.session_head import SessionHead
from studio.gui.phone.steps_view import StepsView
from studio.gui.phone.trouble_bar import SessionTroubleBar
from studio.gui.phone.view_model import PhoneModel

_NUMBERS_MILLIS = 200
"""Numbers that change faster cannot be read."""


class SessionPage(QWidget):
    """Shows the session of the model.

    Args:
        model: whose session is shown.
    """

    def __init__(self, model: PhoneModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._showed_steps = True
        self.head = SessionHead()
        self.trouble = SessionTroubleBar()
        self.steps = StepsView()
        self.panes = MaskPanes()
        self.bar = ReplayBar()
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(self.steps)
        self._content = QStackedWidget()
        self._content.addWidget(self._scroll)
        self._content.addWidget(self.panes)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.head)
        column.addWidget(self.trouble)
        column.addWidget(self._content, 1)
        column.addWidget(self.bar)
        self._numbers = QTimer(self, singleShot=True, interval=_NUMBERS_MILLIS)
        self._numbers.timeout.connect(self._show_numbers)
        self._beat = QTimer(self, interval=1000)  # elapsed time goes on without events
        self._beat.timeout.connect(self._show_numbers)
        self._connect()

    def _connect(self) -> None:
        model = self._model
        model.session_changed.connect(self._on_session)
        model.updated.connect(self._on_updated)
        model.player.moved.connect(self._on_position)
        model.panes_made.connect(self._on_panes)
        model.player.playing_changed.connect(self.bar.show_playing)
        self.head.stop_requested.connect(model.stop)
        self.head.steps_toggled.connect(self._show_content)
        self.bar.toggled.connect(model.player.toggle)
        self.bar.stepped.connect(model.player.step)
        self.bar.sought.connect(model.player.seek_seconds)
        self.bar.speed_chosen.connect(model.player.set_speed)
        self.bar.live_requested.connect(model.player.follow)

    @property
    def shows_steps(self) -> bool:
        """Whether the steps are shown, not the pictures."""
        return self._content.currentWidget() is self._scroll

    def _on_session(self) -> None:
        self.head.steps.setChecked(False)
        self.panes.clear("")
        self.panes.facts.show_facts([])
        self._showed_steps = True
        session = self._model.session
        self.panes.set_compared(session is None or session.is_compared)
        self._on_updated()
        self._show_numbers()

    def _on_updated(self) -> None:
        session = self._model.session
        if session is None:
            self._beat.stop()
            return
        if session.is_live != self._beat.isActive():
            (self._beat.start if session.is_live else self._beat.stop)()
        if self.shows_steps or self._showed_steps:
            self.steps.show_steps(session.steps, session.is_live and session.error is None)
        self._show_content()
        if not self._numbers.isActive():
            self._numbers.start()

    def _on_position(self) -> None:
        if not self._numbers.isActive():
            self._numbers.start()
        self._show_bar()

    def _show_content(self, _toggled: bool = False) -> None:
        session = self._model.session
        if session is None:
            return
        wants_steps = self.head.steps.isChecked() or not session.is_streaming
        if wants_steps != self._showed_steps or wants_steps != self.shows_steps:
            self._showed_steps = wants_steps
            self.steps.show_steps(session.steps, session.is_live)
            self._content.setCurrentWidget(self._scroll if wants_steps else self.panes)
        self.bar.setVisible(session.is_streaming)

    def _show_bar(self) -> None:
        session, player = self._model.session, self._model.player
        if session is None or player.position is None:
            return
        self.bar.show_position(
            player.position_seconds,
            player.length_seconds,
            is_live=session.is_live,
            is_following=player.is_following,
        )

    def _show_numbers(self) -> None:
        session = self._model.session
        self.trouble.show_session(session, time.time())
        if session is None:
            return
        position = self._model.player.position
        words = "Stopping…" if self._model.is_stopping else "Stop"
        words = "End by force" if self._model.can_kill else words
        self.head.show_session(session, position, words)
        if position is not None and self.panes.shown is None:
            self._show_facts(session, position)
        self._show_bar()

    def _on_panes(self, panes: Panes) -> None:
        self.panes.show_panes(panes)
        session = self._model.session
        place = None if session is None else session.frames.find(panes.sequence)
        if session is not None and place is not None:
            self._show_facts(session, place)

    def _show_facts(self, session: Session, place: int) -> None:
        row = session.frames.row(place)
        sample = session.sample_at(row.at_seconds)
        self.panes.facts.show_facts(facts_of(row, sample, session.is_compared))
