"""The row of buttons under the timeline: play, steps, place, speed, loop, export."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QToolButton,
    QWidget,
)

from studio.errors import SpecError
from studio.gui.icons import icon
from studio.gui.playback.actions import SPEEDS, PlaybackActions
from studio.gui.playback.format import clock_text, index_from_text
from studio.gui.playback.view_model import PlaybackModel

_SPACING = 2
_REFRESH_MILLIS = 200  # nobody reads a frame number that changes faster


class _PlaceEdit(QLineEdit):
    """Shows the position; type a frame, a time or a share and press Enter to go there."""

    def __init__(self, model: PlaybackModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedWidth(112)
        self.setToolTip("Position. Type a time (0:04.5), a frame number (120) or 50% to jump")
        self.setAccessibleName("Position")
        self.returnPressed.connect(self._jump)
        self.editingFinished.connect(self.show_position)
        model.video_opened.connect(self.show_position)
        model.video_closed.connect(self.show_position)
        self.show_position()

    def show_position(self, *_args: object) -> None:
        """Write the position unless the user is typing."""
        times = self._model.times_seconds
        self.setEnabled(bool(len(times)))
        if not (self.hasFocus() and self.isModified()):
            self.setText(clock_text(times[self._model.position]) if len(times) else "–")

    def _jump(self) -> None:
        try:
            self._model.seek(index_from_text(self.text(), self._model.times_seconds))
        except SpecError as error:
            self._model.failed.emit(error)
        self.setModified(False)
        self.clearFocus()


class TransportBar(QWidget):
    """Buttons for the playback's actions.

    Args:
        model: the playback.
        actions: its commands.
        exports: entries of the export menu.
        parent: owner.
    """

    def __init__(
        self,
        model: PlaybackModel,
        actions: PlaybackActions,
        exports: list[QAction],
        full_screen: QAction,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 8, 8)
        row.setSpacing(_SPACING)
        moves = ("start", "step_back", "toggle", "step_forward", "end")
        looks = ("loop_ab", "loop_all", "mark", "masks", "outline")
        buttons = {name: _button(actions[name], big=name == "toggle") for name in (*moves, *looks)}
        for name in moves:
            row.addWidget(buttons[name])
        row.addSpacing(8)
        place = _PlaceEdit(model)
        row.addWidget(place)
        self._total, self._frame = QLabel(""), QLabel("")
        row.addSpacing(6)
        for label in (self._total, self._frame):
            label.setObjectName("muted")
            row.addWidget(label)
        row.addStretch(1)
        for name in looks[:3]:
            row.addWidget(buttons[name])
        row.addSpacing(8)
        self._speed = QComboBox()
        self._speed.setToolTip("Speed ([ slower, ] faster, Backspace normal)")
        self._speed.setAccessibleName("Speed")
        self._speed.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        for speed in SPEEDS:
            self._speed.addItem(f"{speed:g}×", speed)
        self._speed.activated.connect(lambda _i: model.set_speed(self._speed.currentData()))
        row.addWidget(self._speed)
        row.addSpacing(8)
        for name in looks[3:]:
            row.addWidget(buttons[name])
        export = QToolButton()
        export.setToolTip("Export the video, this frame or the masks")
        export.setIcon(icon("export"))
        export.setText("Export")
        export.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        export.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = QMenu(export)
        menu.addActions(exports)
        export.setMenu(menu)
        row.addSpacing(8)
        row.addWidget(export)
        row.addWidget(_button(full_screen))
        model.speed_changed.connect(self._show_speed)
        self._timer = QTimer(self, singleShot=True, interval=_REFRESH_MILLIS)
        self._timer.timeout.connect(place.show_position)
        self._timer.timeout.connect(self._show_total)
        model.position_changed.connect(self._show_soon)
        model.video_opened.connect(self._on_video)
        model.video_closed.connect(self._on_video)
        self._show_speed(model.speed)
        # What gives way first where there is little room; menus and keys still have all of it.
        first_to_go = ("outline", "mark", "loop_all", "start", "end", "masks", "loop_ab")
        self._optional = [self._frame, *(buttons[name] for name in first_to_go), self._total]

    def minimumSizeHint(self) -> QSize:
        """Room for what always stays."""
        least = self._needed() - sum(_width(widget) for widget in self._optional)
        return QSize(least, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what has no room."""
        super().resizeEvent(event)
        self._fit()

    def _needed(self) -> int:
        """Pixels that all of it takes, hidden or not."""
        margins = self._row.contentsMargins()
        items = [self._row.itemAt(position) for position in range(self._row.count())]
        widgets = [item.widget() for item in items if item is not None]
        gaps = sum(
            item.sizeHint().width() for item in items if item is not None and item.spacerItem()
        )
        parts = sum(_width(widget) for widget in widgets if widget is not None)
        return parts + gaps + margins.left() + margins.right()

    def _fit(self) -> None:
        needed = self._needed()
        for widget in self._optional:
            widget.setVisible(needed <= self.width())
            if needed > self.width():
                needed -= _width(widget)

    def _show_soon(self, _index: int) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _show_speed(self, speed: float) -> None:
        index = self._speed.findData(speed)
        if index < 0 and self._speed.count() > len(SPEEDS):
            self._speed.removeItem(len(SPEEDS))
        if index < 0:
            self._speed.addItem(f"{speed:.2f}×", speed)
            index = self._speed.count() - 1
        self._speed.setCurrentIndex(index)

    def _show_total(self, *_args: object) -> None:
        info, last = self._model.video, self._model.last_index
        if info is None or info.kind == "camera":
            self._total.setText("" if info is None else "live")
            self._frame.setText("")
            return
        self._total.setText(f"/ {clock_text(info.duration_seconds or 0.0)}")
        self._frame.setText(f"   frame {self._model.position} of {last}")

    def _on_video(self, *_args: object) -> None:
        # As wide as its longest text, so that nothing moves while it plays.
        widest = f"   frame {self._model.last_index} of {self._model.last_index}"
        self._frame.setMinimumWidth(self._frame.fontMetrics().horizontalAdvance(widest) + 2)
        self._show_total()
        self._fit()


def _width(widget: QWidget) -> int:
    return max(widget.sizeHint().width(), widget.minimumWidth()) + _SPACING


def _button(action: QAction, *, big: bool = False) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setAutoRaise(True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    side = 22 if big else 18
    button.setIconSize(QSize(side, side))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
