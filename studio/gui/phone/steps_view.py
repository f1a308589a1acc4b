"""The steps of a deployment as they happen: what is done, what is being done, what failed."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui import icons
from studio.gui.phone.words import STEP_WORDS, bytes_words, step_words
from studio.gui.theme import current_theme
from studio.runs.phone_events import DeployStep

_ROW_PIXELS = 30
_SIGN_PIXELS = 16
_BAR_PIXELS = 4
_MOST_WIDTH = 720
_OPTIONAL = ("clip",)

_SIGNS: dict[str, tuple[str, str]] = {
    "done": ("success", "good"),
    "skipped": ("check", "muted"),
    "failed": ("error", "bad"),
    "running": ("hourglass", "accent"),
    "ended": ("minus", "muted"),
}


def step_note(step: DeployStep) -> str:
    """What stands behind a step: bytes while it carries some, then what came of it and how long."""
    if step.state == "running" and step.total_bytes:
        done = f"{bytes_words(step.done_bytes)} of {bytes_words(step.total_bytes)}"
        return f"{step.message} · {done}" if step.message else done
    parts = [step.message or ("nothing to do" if step.state == "skipped" else "")]
    if step.state == "done" and step.seconds >= 0.05:
        parts.append(f"{step.seconds:.1f} s")
    return " · ".join(part for part in parts if part)


class StepsView(QWidget):
    """One line a step, painted; steps that are still to come stand in grey."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: dict[str, DeployStep] = {}
        self._is_live = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self.setAccessibleName("Steps of the deployment")

    @property
    def lines(self) -> list[tuple[str, str, str]]:
        """What it shows: words, state and note of each step.

        A step to come is `waiting`; one that was running when the session ended is `ended`.
        """
        told = [
            (step_words(name), step.state, step_note(step)) for name, step in self._steps.items()
        ]
        if not self._is_live:
            return [
                (words, "ended" if state == "running" else state, note)
                for words, state, note in told
            ]
        known = list(STEP_WORDS)
        last = max((known.index(name) for name in self._steps if name in known), default=-1)
        coming = [name for name in known[last + 1 :] if name not in _OPTIONAL]
        return told + [(step_words(name), "waiting", "") for name in coming]

    def show_steps(self, steps: dict[str, DeployStep], is_live: bool) -> None:
        """Show how far it is.

        Args:
            steps: the latest word on each, in order.
            is_live: whether more are to come.
        """
        self._steps, self._is_live = dict(steps), is_live
        lines = self.lines
        self.setMinimumHeight(8 + _ROW_PIXELS * len(lines))
        self.setAccessibleDescription("\n".join(" · ".join(filter(None, line)) for line in lines))
        self.update()

    def sizeHint(self) -> QSize:
        """Room for all steps."""
        return QSize(480, 8 + _ROW_PIXELS * len(STEP_WORDS))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint it all anew."""
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = min(self.width(), _MOST_WIDTH)
        left = (self.width() - width) // 2
        by_words = {step_words(name): step for name, step in self._steps.items()}
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        for number, (words, state, note) in enumerate(self.lines):
            row = QRect(left + 8, 4 + number * _ROW_PIXELS, width - 16, _ROW_PIXELS)
            icon, tone = _SIGNS.get(state, ("", "faint"))
            sign = QRect(row.left(), row.center().y() - _SIGN_PIXELS // 2, _SIGN_PIXELS, 16)
            if icon:
                ratio = self.devicePixelRatioF()
                colour = getattr(theme, tone)
                painter.drawPixmap(sign, icons.pixmap(icon, _SIGN_PIXELS, colour, ratio))
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(theme.border))
                painter.drawEllipse(QRectF(sign).adjusted(5, 5, -5, -5))
            font = bold if state in ("running", "failed") else self.font()
            painter.setFont(font)
            painter.setPen(QColor(theme.faint if state == "waiting" else theme.text))
            metrics = QFontMetrics(font)
            text = row.adjusted(_SIGN_PIXELS + 10, 0, 0, 0)
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, words)
            beside = text.adjusted(metrics.horizontalAdvance(words) + 16, 0, 0, 0)
            painter.setFont(self.font())
            painter.setPen(QColor(theme.bad if state == "failed" else theme.muted))
            elided = QFontMetrics(self.font()).elidedText(
                note, Qt.TextElideMode.ElideRight, beside.width()
            )
            right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(beside, right, elided)
            step = by_words.get(words)
            if step is not None and state == "running" and step.total_bytes:
                self._paint_bar(painter, text, step.done_bytes / step.total_bytes)
        painter.end()

    @staticmethod
    def _paint_bar(painter: QPainter, row: QRect, ratio: float) -> None:
        theme = current_theme()
        bar = QRectF(row.left(), row.bottom() - 3, row.width(), _BAR_PIXELS)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.border))
        painter.drawRoundedRect(bar, 2, 2)
        bar.setWidth(bar.width() * min(max(ratio, 0.0), 1.0))
        painter.setBrush(QColor(theme.accent))
        painter.drawRoundedRect(bar, 2, 2)
