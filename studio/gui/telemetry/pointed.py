"""What pointer, wheel and keys do in a chart over time: read, choose, zoom."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui.telemetry.axis import LEFT, RIGHT, TimeAxis
from studio.gui.telemetry.span import TimeSpan
from studio.gui.theme import current_theme

_OWN_KEYS = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_Plus,
    Qt.Key.Key_Minus,
    Qt.Key.Key_Home,
)
_DRAG_PIXELS = 5
_STEP = 0.8  # of the time in view, for a notch of the wheel


class PointedChart(QWidget):
    """A chart over time whose plot lies between the shared margins.

    Attributes:
        axis: what the plot's width stands for.
        cursor_x: where the cursor stands, in pixels of the widget; None without one.
    """

    zoomed = Signal(object)  # TimeSpan that is asked for, or None to follow again

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis = TimeAxis(TimeSpan(-60.0, 0.0))
        self.cursor_x: float | None = None
        self._pressed_x: float | None = None
        self._dragged_x: float | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        # By Tab only: after a click the arrows still belong to playback.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)

    @property
    def plot_width(self) -> int:
        """Of the area inside the axes, in pixels, 1 or more."""
        return max(1, self.width() - LEFT - RIGHT)

    def seconds_at(self, x: float) -> float:
        """The moment at a position on the widget, held within the plot."""
        share = min(max((x - LEFT) / self.plot_width, 0.0), 1.0)
        return self.axis.span.at(share)

    def point_at(self, x: float | None) -> None:
        """Put the cursor somewhere, and tell what is there."""
        if x != self.cursor_x:
            self.cursor_x = x
            self._tell_cursor()
            self.update()

    def point_at_moment(self, seconds: float | None) -> None:
        """Put the cursor to a moment."""
        if seconds is None:
            self.point_at(None)
        else:
            self.point_at(LEFT + self.axis.span.share_of(seconds) * self.plot_width)

    def paint_pointer(self, painter: QPainter, area: QRect, x: float | None) -> None:
        """Paint the cursor at a place, and what is being dragged over."""
        accent = QColor(current_theme().accent)
        if x is not None:
            painter.setPen(QPen(accent, 1))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        if self._pressed_x is not None and self._dragged_x is not None:
            left, right = sorted((self._pressed_x, self._dragged_x))
            accent.setAlpha(60)
            painter.fillRect(QRectF(left, area.top(), right - left, area.height()), accent)

    # -- to be said by each chart --------------------------------------------------------------

    def _tell_cursor(self) -> None:
        raise NotImplementedError

    def _choose_at(self, x: float) -> None:
        raise NotImplementedError

    def _step_cursor(self, step: int) -> None:
        raise NotImplementedError

    # -- events --------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer, and drag."""
        x = event.position().x()
        pressed = self._pressed_x
        if pressed is not None and (self._dragged_x is not None or abs(x - pressed) > _DRAG_PIXELS):
            self._dragged_x = min(max(x, LEFT), LEFT + self.plot_width)
            self.update()
        self.point_at(x)

    def leaveEvent(self, _event: object) -> None:
        """The pointer is gone."""
        self.point_at(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """React to a press."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_x = event.position().x()
            self._dragged_x = None
            self.point_at(self._pressed_x)
        else:
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose what was clicked, or zoom to what was dragged over."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed_x is None:
            super().mouseReleaseEvent(event)
            return
        pressed, dragged = self._pressed_x, self._dragged_x
        self._pressed_x = self._dragged_x = None
        if dragged is None:
            self._choose_at(pressed)
        elif abs(dragged - pressed) > _DRAG_PIXELS:
            start, end = sorted((self.seconds_at(pressed), self.seconds_at(dragged)))
            self.zoomed.emit(TimeSpan(start, end))
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Follow again."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.zoomed.emit(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer; with Shift, or sideways, move."""
        turned = event.angleDelta()
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        sideways = turned.x() or (turned.y() if shifted else 0)
        if sideways:
            step = -sideways / 120.0 * (1 - _STEP) * self.axis.span.seconds
            self.zoomed.emit(self.axis.span.shifted(step))
        elif turned.y():
            self._zoom_around(event.position().x(), turned.y() / 120.0)
        event.accept()

    def _zoom_around(self, x: float, notches: float) -> None:
        share = min(max((x - LEFT) / self.plot_width, 0.0), 1.0)
        self.zoomed.emit(self.axis.span.zoomed(_STEP**notches, share))

    def event(self, event: QEvent) -> bool:
        """Claim the keys that playback's shortcuts would take otherwise, while this has focus."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and event.key() in _OWN_KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """React to a key."""
        key = event.key()
        x = self.cursor_x
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._step_cursor(1 if key == Qt.Key.Key_Right else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and x is not None:
            self._choose_at(x)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            around = LEFT + self.plot_width if x is None else x
            self._zoom_around(around, 1.0 if key == Qt.Key.Key_Plus else -1.0)
        elif key == Qt.Key.Key_Home:
            self.zoomed.emit(None)
        else:
            super().keyPressEvent(event)
