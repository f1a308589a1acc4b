"""What is known of the frame that is shown: its times, its core, the phone's temperature."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.gui.phone.frame_table import FrameRow
from studio.gui.phone.words import TRIGGER_WORDS, number_words, share_words
from studio.gui.theme import current_theme
from studio.runs.phone_events import PhoneSample
from studio.temporal.step import Trigger

_CELL_PIXELS = 112
_LINE_GAP_PIXELS = 8


def facts_of(
    row: FrameRow, sample: PhoneSample | None, is_compared: bool = True
) -> list[tuple[str, str]]:
    """Names and values, most wanted first.

    Args:
        row: the frame.
        sample: the phone's condition at that time.
        is_compared: whether this computer segments as well.
    """
    facts = [
        ("Work on it", f"{number_words(row.work_millis)} ms"),
        ("Network", f"{number_words(row.invoke_millis)} ms"),
        ("Before and after", f"{number_words(_around_millis(row))} ms"),
        ("Cable and waiting", f"{number_words(row.link_millis)} ms"),
        ("In the video", f"frame {row.index}"),
        ("Skipped before", str(row.dropped_before)),
        ("CPU", _cpu_words(row)),
    ]
    if row.trigger not in ("", Trigger.EVERY.value) or row.propagate_millis > 0:
        facts.insert(2, ("Carried along", f"{number_words(row.propagate_millis)} ms"))
        facts.insert(3, ("Network ran", TRIGGER_WORDS.get(row.trigger, row.trigger)))
    if is_compared:
        facts.insert(4, ("Same pixels", share_words(row.agreement)))
    if sample is not None:
        if sample.temperatures_celsius:
            sensor, celsius = max(sample.temperatures_celsius.items(), key=lambda each: each[1])
            facts.append((f"Hottest: {sensor}", f"{celsius:.1f} °C"))
        if sample.battery_percent is not None:
            charging = ", charging" if sample.is_charging else ""
            facts.append(("Battery", f"{sample.battery_percent:.0f} %{charging}"))
    return facts


def _around_millis(row: FrameRow) -> float:
    """What is neither the network nor the temporal engine."""
    return row.work_millis - row.invoke_millis - row.propagate_millis


def _cpu_words(row: FrameRow) -> str:
    clock = f" at {row.clock_khz / 1e6:.2f} GHz" if row.clock_khz else ""
    return f"{row.cpu}{clock}"


class FrameFacts(QWidget):
    """Names and values in as many columns as fit; what does not fit is left out, last first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: list[tuple[str, str]] = []
        self.setAccessibleName("This frame")

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What it says."""
        return self._facts

    def show_facts(self, facts: list[tuple[str, str]]) -> None:
        """Say something else."""
        if facts != self._facts:
            self._facts = facts
            words = "\n".join(f"{name}: {value}" for name, value in facts)
            self.setToolTip(words)
            self.setAccessibleDescription(words)
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint it all anew."""
        theme = current_theme()
        painter = QPainter(self)
        small = QFont(self.font())
        small.setPixelSize(max(9, round(self.fontInfo().pixelSize() * 0.85)))
        small_metrics, metrics = QFontMetrics(small), QFontMetrics(self.font())
        line = small_metrics.height() + metrics.height()
        columns = max(1, (self.width() - 8) // _CELL_PIXELS)
        cell = (self.width() - 8) // columns
        rows = max(1, (self.height() + _LINE_GAP_PIXELS) // (line + _LINE_GAP_PIXELS))
        shown = self._facts[: columns * rows]
        used = -(-len(shown) // columns)
        gap = min(14, max(2, (self.height() - used * line) // max(1, used)))
        top = max(0, (self.height() - used * (line + gap) + gap) // 2) if used > 1 else 2
        for number, (name, value) in enumerate(shown):
            x = 8 + number % columns * cell
            y = top + number // columns * (line + gap)
            painter.setFont(small)
            painter.setPen(QColor(theme.muted))
            self._draw(painter, QRect(x, y, cell - 8, small_metrics.height()), name, small_metrics)
            painter.setFont(self.font())
            painter.setPen(QColor(theme.text))
            below = QRect(x, y + small_metrics.height(), cell - 8, metrics.height())
            self._draw(painter, below, value, metrics)
        painter.end()

    @staticmethod
    def _draw(painter: QPainter, area: QRect, words: str, metrics: QFontMetrics) -> None:
        elided = metrics.elidedText(words, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)
