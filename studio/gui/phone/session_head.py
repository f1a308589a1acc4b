"""The head of a session: which phone and model, its state, its numbers large, and Stop."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.gui import icons
from studio.gui.phone.session import Session
from studio.gui.phone.words import (
    STATE_TONES,
    STATE_WORDS,
    elapsed_words,
    number_words,
    share_words,
)
from studio.gui.telemetry.tile import Tile
from studio.gui.theme import current_theme
from studio.gui.widgets.elided_label import ElidedLabel

NOW_SECONDS = 1.0
"""How far back the live rate looks."""

_MEDIAN_SECONDS = 5.0
_NAME_PIXELS = 300
_TILE_PIXELS = 120


def state_of(session: Session) -> str:
    """A key of `STATE_WORDS`."""
    if session.error is not None:
        return "failed"
    if not session.is_live:
        return "recorded" if session.is_streaming else "ended"
    return "connecting" if session.state is None else session.state.state


class StateChip(QWidget):
    """A state as a word on its colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words, self._tone = "", "muted"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def words(self) -> str:
        """What it says."""
        return self._words

    def show_state(self, words: str, tone: str) -> None:
        """Say another state.

        Args:
            words: one or two.
            tone: the theme's colour.
        """
        if (words, tone) != (self._words, self._tone):
            self._words, self._tone = words, tone
            self.setAccessibleName(words)
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """As wide as its word."""
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(self._words) + 22, metrics.height() + 6)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A pill."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(getattr(current_theme(), self._tone))
        ground = QColor(colour)
        ground.setAlphaF(0.16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        shape = QRectF(self.rect())
        painter.drawRoundedRect(shape, shape.height() / 2, shape.height() / 2)
        painter.setPen(colour)
        painter.drawText(shape, Qt.AlignmentFlag.AlignCenter, self._words)
        painter.end()


class SessionHead(QWidget):
    """One row above the pictures."""

    stop_requested = Signal()
    steps_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_streaming = self._is_compared = False
        self._name = ElidedLabel()
        font = QFont(self._name.font())
        font.setPixelSize(17)
        font.setWeight(QFont.Weight.DemiBold)
        self._name.setFont(font)
        self._about = ElidedLabel(role="muted")
        self.chip = StateChip()
        self.doubts = StateChip()
        self._elapsed = ElidedLabel(role="muted")
        self.rate = Tile(
            "Speed now",
            "FPS",
            "Frames that the phone finished in the last second, by its own clock. Mean: of the "
            "whole session so far.",
        )
        self.work = Tile(
            "Work a frame, p50",
            "ms",
            "Half of the frames of the last 5 seconds took the phone this long or less: decoding, "
            "network, mask. Warm-up and the cable are left out.",
        )
        self.same = Tile(
            "Same as here", "", "Share of pixels with the same class as on this computer."
        )
        for tile in (self.rate, self.work, self.same):
            tile.setFixedHeight(68)
            tile.setMinimumWidth(112)
            tile.setMaximumWidth(150)
        self._steps = QToolButton()
        self._steps.setText("Steps")
        self._steps.setCheckable(True)
        self._steps.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._steps.setToolTip("What was done to get here")
        self._steps.toggled.connect(self.steps_toggled)
        self.stop = QPushButton(icons.icon("stop"), "Stop")
        self.stop.clicked.connect(self.stop_requested)
        words = QVBoxLayout()
        words.setSpacing(3)
        words.addStretch(1)
        words.addWidget(self._name)
        words.addWidget(self._about)
        second = QHBoxLayout()
        second.setSpacing(8)
        second.addWidget(self.chip)
        second.addWidget(self.doubts)
        second.addWidget(self._elapsed, 1)
        words.addLayout(second)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addLayout(words, 3)
        for tile in (self.rate, self.work, self.same):
            row.addWidget(tile, 1)
        side = QVBoxLayout()
        side.setSpacing(4)
        side.addWidget(self.stop)
        side.addWidget(self._steps, 0, Qt.AlignmentFlag.AlignHCenter)
        row.addLayout(side)

    @property
    def steps(self) -> QToolButton:
        """Shows the steps instead of the pictures."""
        return self._steps

    @property
    def elapsed_words(self) -> str:
        """How long it runs or ran."""
        return self._elapsed.text()

    @property
    def name_words(self) -> str:
        """The phone, and what runs on it."""
        return f"{self._name.text()} {self._about.text()}"

    def show_session(self, session: Session, position: int | None, stop_words: str) -> None:
        """Show a session.

        Args:
            session: that is shown.
            position: place of the frame that is shown.
            stop_words: what the button says.
        """
        self._show_names(session)
        state = state_of(session)
        self.chip.show_state(
            STATE_WORDS.get(state, state.capitalize()), STATE_TONES.get(state, "muted")
        )
        until = time.time() if session.is_live else session.last_at_seconds
        elapsed = until - session.started_at_seconds if session.started_at_seconds else 0.0
        count = len(session.frames)
        frames = f"{count:,} frame{'s' if count != 1 else ''}".replace(",", "\u2009")
        keys = session.frames.key_frames
        share = f" · network on {keys / count:.0%}" if 0 < keys < count else ""
        self._elapsed.setText(f"{elapsed_words(elapsed)} · {frames}{share}")
        self._show_doubts(session)
        self.stop.setVisible(session.is_live)
        self.stop.setText(stop_words)
        self._steps.setVisible(session.is_streaming)
        is_silent = session.is_live and state in ("connecting", "disconnected")
        self._is_streaming, self._is_compared = session.is_streaming, session.is_compared
        self._show_tiles()
        self._show_numbers(session, position, is_silent)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Numbers give way to the name where there is no room for both."""
        super().resizeEvent(event)
        self._show_tiles()

    def _show_tiles(self) -> None:
        room = (self.width() - _NAME_PIXELS) // _TILE_PIXELS
        for number, tile in enumerate((self.rate, self.work, self.same)):
            is_wanted = tile is not self.same or self._is_compared
            tile.setVisible(self._is_streaming and is_wanted and number < max(1, room))

    def _show_doubts(self, session: Session) -> None:
        messages = [doubt.message for doubt in session.doubts.values()]
        self.doubts.setVisible(bool(messages) and session.is_streaming)  # without numbers no doubts
        self.doubts.show_state(f"{len(messages)} doubt{'s' if len(messages) != 1 else ''}", "warn")
        words = "\n".join(["What makes these numbers untrustworthy:", *messages])
        self.doubts.setToolTip(words)
        self.doubts.setAccessibleDescription(words)

    def _show_names(self, session: Session) -> None:
        found = session.found
        self._about.setVisible(found is not None)
        if found is None:
            self._name.setText(session.title)
            self._about.setText("")
            return
        name = f"{found.model} (emulated: speeds mean nothing)" if found.is_lab else found.model
        self._name.setText(name)
        threads = f"{found.threads} thread{'s' if found.threads != 1 else ''}"
        video = found.video.replace("\\", "/").rpartition("/")[2]
        temporal = f"temporal: {found.temporal}" if found.temporal != "off" else ""
        parts = [found.model_name, video, threads if found.threads else "", temporal]
        self._about.setText(" · ".join(part for part in parts if part))

    def _show_numbers(self, session: Session, position: int | None, is_silent: bool) -> None:
        frames = session.frames
        end = None if session.is_live or position is None else position + 1
        rate = math.nan if is_silent else frames.rate(NOW_SECONDS, end)
        work = frames.median_work_millis(_MEDIAN_SECONDS, end)
        self.rate.show_value(number_words(rate), f"mean {number_words(frames.rate(math.inf, end))}")
        # Where the network runs on some frames only, half of the frames say nothing of the others.
        is_mixed = frames.key_frames < len(frames)
        whole = frames.mean_work_millis(_MEDIAN_SECONDS, end) if is_mixed else work
        possible = f"{number_words(1000 / whole)} FPS possible" if whole > 0 else ""
        self.work.show_value(number_words(work), possible)
        same = frames.mean_agreement(_MEDIAN_SECONDS, end)
        self.same.show_value(share_words(same), "" if math.isnan(same) else "of the pixels")
