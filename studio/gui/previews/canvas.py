"""One picture area: a content, or two with a divider to wipe between them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QCursor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui.playback.view_model import PlaybackModel
from studio.gui.previews.contents import Content, render
from studio.gui.previews.view import FIT, View, panned, place, zoomed
from studio.gui.theme import current_theme

_GRIP_PIXELS = 8
_WHEEL_FACTOR = 1.2
_KEY_PIXELS = 40
_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
_OWN_KEYS = (*_ARROWS, Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus, Qt.Key.Key_0)


class PreviewCanvas(QWidget):
    """Draws the frame that is on screen; zoom and pan are told, not kept: all panes share them.

    Args:
        model: playback, whose frame is drawn.
        content: what to show.
    """

    view_asked = Signal(object)  # View
    divided = Signal(float)  # 0..1 of the width

    def __init__(
        self, model: PlaybackModel, content: Content, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._content = content
        self._second: Content | None = None
        self._divider = 0.5
        self._view = FIT
        self._dragged_from: QPointF | None = None
        self._moves_divider = False
        self.setMinimumSize(120, 80)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        # By Tab only: after a click the arrows still belong to playback.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setToolTip(
            "Wheel: zoom all panes. Drag: move. Double click: fit.\n"
            "By keys: Tab here, then + and −, the arrows, 0 to fit, Shift with an arrow to wipe."
        )

    @property
    def contents(self) -> tuple[Content, ...]:
        """What is shown, left to right."""
        return (self._content,) if self._second is None else (self._content, self._second)

    @property
    def view(self) -> View:
        """Which part of the frame is shown."""
        return self._view

    @property
    def divider(self) -> float:
        """Where the wipe lies, 0..1 of the width."""
        return self._divider

    def show_contents(self, first: Content, second: Content | None = None) -> None:
        """Choose what is shown; with a second one, it lies right of the divider."""
        self._content, self._second = first, second
        self.setAccessibleName(" | ".join(self.contents))
        self.update()

    def set_view(self, view: View) -> None:
        """Show another part of the frame."""
        self._view = view
        self.update()

    def set_divider(self, ratio: float) -> None:
        """Move the wipe to 0..1 of the width."""
        ratio = min(max(ratio, 0.0), 1.0)
        if ratio != self._divider:
            self._divider = ratio
            self.divided.emit(ratio)
            self.update()

    # -- painting ------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what is visible of the frame at this size, and nothing else."""
        theme = current_theme()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.stage))
        if self._model.shown is not None:
            split = round(self.width() * self._divider)
            if self._second is None:
                self._paint_content(painter, self._content, self.rect())
            else:
                left = QRect(0, 0, split, self.height())
                right = QRect(split, 0, self.width() - split, self.height())
                self._paint_content(painter, self._content, left)
                self._paint_content(painter, self._second, right)
                self._paint_divider(painter, split)
        if self.hasFocus():
            painter.setPen(QColor(theme.accent))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_content(self, painter: QPainter, content: Content, clip: QRect) -> None:
        shown = self._model.shown
        if shown is None or clip.isEmpty():
            return
        ratio = self.devicePixelRatioF()
        size = (max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))
        where = place(self._view, _size_of(shown.image.shape), size)
        pixels = render(
            content,
            shown,
            self._model.overlay,
            self._model.model,
            where,
            is_dark=current_theme().is_dark,
        )
        painter.save()
        painter.setClipRect(clip)
        if pixels is None:
            painter.setPen(QColor(current_theme().muted))
            words = f"{content}: open a model to see it (Ctrl+M)"
            painter.drawText(clip, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
        else:
            height, width = pixels.shape[:2]
            image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_BGR888)
            target = QRectF(where.x / ratio, where.y / ratio, width / ratio, height / ratio)
            if ratio == 1.0:
                painter.drawImage(round(where.x), round(where.y), image)
            else:
                painter.drawImage(target, image)
        painter.restore()

    def _paint_divider(self, painter: QPainter, split: int) -> None:
        theme = current_theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(QRect(split - 1, 0, 2, self.height()), QColor(theme.accent))
        middle = QPointF(split, self.height() / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.accent))
        painter.drawEllipse(middle, 9, 9)
        painter.setPen(QColor(theme.on_accent))
        grip = QRectF(split - 9, self.height() / 2 - 9, 18, 18)
        painter.drawText(grip, Qt.AlignmentFlag.AlignCenter, "↔")

    # -- pointer and keys ----------------------------------------------------------------------

    def _frame_size(self) -> tuple[int, int] | None:
        shown = self._model.shown
        return None if shown is None else _size_of(shown.image.shape)

    def _pane_size(self) -> tuple[int, int]:
        return max(1, self.width()), max(1, self.height())

    def _ask_zoom(self, factor: float, at: QPointF) -> None:
        frame = self._frame_size()
        if frame is not None:
            point = (at.x(), at.y())
            self.view_asked.emit(zoomed(self._view, factor, point, frame, self._pane_size()))

    def _ask_pan(self, by: QPointF) -> None:
        frame = self._frame_size()
        if frame is not None:
            self.view_asked.emit(panned(self._view, (by.x(), by.y()), frame, self._pane_size()))

    def _is_on_divider(self, at: QPointF) -> bool:
        return (
            self._second is not None and abs(at.x() - self._divider * self.width()) <= _GRIP_PIXELS
        )

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        steps = event.angleDelta().y() / 120
        if steps:
            self._ask_zoom(_WHEEL_FACTOR**steps, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the picture, or of the divider."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragged_from = event.position()
            self._moves_divider = self._is_on_divider(event.position())
            if not self._moves_divider:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what is held."""
        at = event.position()
        if self._dragged_from is None:
            on_divider = self._is_on_divider(at)
            self.setCursor(
                QCursor(Qt.CursorShape.SplitHCursor if on_divider else Qt.CursorShape.ArrowCursor)
            )
        elif self._moves_divider:
            self.set_divider(at.x() / max(1, self.width()))
        else:
            self._ask_pan(at - self._dragged_from)
            self._dragged_from = at

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go."""
        self._dragged_from = None
        self._moves_divider = False
        self.unsetCursor()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Fit the frame."""
        self.view_asked.emit(FIT)

    def event(self, event: QEvent) -> bool:
        """Claim the keys that playback's shortcuts would take otherwise, while this has focus."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and event.key() in _OWN_KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom and move without a pointer; Shift with an arrow moves the divider."""
        key = event.key()
        arrows = {
            Qt.Key.Key_Left: QPointF(_KEY_PIXELS, 0),
            Qt.Key.Key_Right: QPointF(-_KEY_PIXELS, 0),
            Qt.Key.Key_Up: QPointF(0, _KEY_PIXELS),
            Qt.Key.Key_Down: QPointF(0, -_KEY_PIXELS),
        }
        middle = QPointF(self.width() / 2, self.height() / 2)
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._ask_zoom(_WHEEL_FACTOR, middle)
        elif key == Qt.Key.Key_Minus:
            self._ask_zoom(1 / _WHEEL_FACTOR, middle)
        elif key == Qt.Key.Key_0:
            self.view_asked.emit(FIT)
        elif key in arrows and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.set_divider(self._divider - arrows[Qt.Key(key)].x() / (20 * _KEY_PIXELS))
        elif key in arrows:
            self._ask_pan(arrows[Qt.Key(key)])
        else:
            super().keyPressEvent(event)


def _size_of(shape: tuple[int, ...]) -> tuple[int, int]:
    """Width and height of an array [H, W, ...]."""
    return shape[1], shape[0]
