"""The phone's mask beside the computer's and their difference, over the very same frame."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from studio.gui.phone.compose import Panes
from studio.gui.phone.facts import FrameFacts
from studio.gui.phone.words import share_words
from studio.gui.theme import current_theme
from studio.video.frame import Image

_GAP_PIXELS = 6
_CAPTION_PIXELS = 22
_STRIP_PIXELS = 52
_DEFAULT_ASPECT = 16 / 9


class Pane(QWidget):
    """One picture with a caption above it; a double click, or Return, asks for a larger one.

    Args:
        title: what it shows.
        explanation: shown as a tool tip.
    """

    enlarge_requested = Signal()

    def __init__(self, title: str, explanation: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._note = ""
        self._empty = ""
        self._image: QImage | None = None
        self.setToolTip(f"{explanation}\nDouble click: alone and large, or all again.")
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    @property
    def note(self) -> str:
        """What stands beside the title."""
        return self._note

    @property
    def image(self) -> QImage | None:
        """The picture; None where there is none."""
        return self._image

    def show_picture(self, picture: Image | None, note: str = "", empty: str = "") -> None:
        """Show a picture.

        Args:
            picture: uint8 [h, w, 3] BGR.
            note: beside the title.
            empty: what to say instead of a picture that is not there.
        """
        if picture is None:
            self._image = None
        else:
            height, width = picture.shape[:2]
            self._image = QImage(
                picture.tobytes(), width, height, 3 * width, QImage.Format.Format_BGR888
            ).copy()
        self._note, self._empty = note, empty
        self.setAccessibleDescription(note or empty)
        self.update()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Ask to be shown alone, or with the others again."""
        self.enlarge_requested.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The same without a pointer."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.enlarge_requested.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The caption, and the picture as large as it fits."""
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        line = QRect(2, 0, self.width() - 4, _CAPTION_PIXELS)
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(QColor(theme.text))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | middle, self._title)
        taken = QFontMetrics(bold).horizontalAdvance(self._title) + 12
        painter.setFont(self.font())
        painter.setPen(QColor(theme.muted))
        beside = line.adjusted(taken, 0, 0, 0)
        note = QFontMetrics(self.font()).elidedText(
            self._note, Qt.TextElideMode.ElideRight, beside.width()
        )
        painter.drawText(beside, Qt.AlignmentFlag.AlignRight | middle, note)
        ground = QRect(0, _CAPTION_PIXELS, self.width(), self.height() - _CAPTION_PIXELS)
        painter.fillRect(ground, QColor(theme.stage))
        if self._image is None:
            words = ground.adjusted(12, 4, -12, -4)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(words, flags, self._empty)
        else:
            size = self._image.size().scaled(ground.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRectF(0, 0, size.width(), size.height())
            target.moveCenter(QRectF(ground).center())
            painter.drawImage(target, self._image)
        if self.hasFocus():
            painter.setPen(QColor(theme.accent))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()


class MaskPanes(QWidget):
    """Three panes and the facts of the frame, laid out so that the pictures are largest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._aspect = _DEFAULT_ASPECT
        self._is_compared = True
        self._alone: Pane | None = None
        self._panes: Panes | None = None
        self.phone = Pane(
            "Phone", "The mask that the phone made, over the frame that it got.", self
        )
        self.computer = Pane(
            "This computer", "The mask of the same frame by the same model on this computer.", self
        )
        self.difference = Pane(
            "Difference", "Red: pixels to which the two give different classes.", self
        )
        self.facts = FrameFacts(self)
        for pane in (self.phone, self.computer, self.difference):
            pane.enlarge_requested.connect(partial(self.enlarge, pane))
        self.setMinimumSize(240, 160)
        self.clear("")

    @property
    def shown(self) -> Panes | None:
        """What the panes show."""
        return self._panes

    def sizeHint(self) -> QSize:
        """The size that it would like."""
        return QSize(760, 460)

    def clear(self, words: str) -> None:
        """Show no frame.

        Args:
            words: why.
        """
        self._panes = None
        for pane in (self.phone, self.computer, self.difference):
            pane.show_picture(None, "", words)

    def set_compared(self, is_compared: bool) -> None:
        """Show all three panes, or the phone's alone where nothing is compared."""
        self._is_compared = is_compared
        self._alone = None
        self._arrange()

    def enlarge(self, pane: Pane) -> None:
        """Show a pane alone, or all again when it is."""
        self._alone = None if self._alone is pane else pane
        self._arrange()

    def show_panes(self, panes: Panes) -> None:
        """Show a frame."""
        self._panes = panes
        frame = f"frame {panes.sequence}"
        self.phone.show_picture(panes.phone, frame, f"Nothing was kept of {frame}.")
        self.computer.show_picture(
            panes.computer,
            "" if panes.computer is None else frame,
            "This frame was not segmented on this computer.",
        )
        share = panes.different_share
        self.difference.show_picture(
            panes.difference,
            "" if share is None else f"{share_words(share)} of the pixels",
            "Needs both masks of the frame.",
        )
        if panes.phone is not None:
            height, width = panes.phone.shape[:2]
            if abs(width / height - self._aspect) > 0.01:
                self._aspect = width / height
                self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the panes out anew."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        width, height = self.width(), self.height()
        alone = self._alone if self._is_compared else self.phone
        for pane in (self.phone, self.computer, self.difference):
            pane.setVisible(alone is None or pane is alone)
        if alone is not None:
            strip = height - _STRIP_PIXELS
            alone.setGeometry(0, 0, width, strip)
            self.facts.setGeometry(0, strip + 5, width, _STRIP_PIXELS - 5)
            return
        in_row = self._picture_width((width - 2 * _GAP_PIXELS) / 3, height - _STRIP_PIXELS)
        in_square = self._picture_width((width - _GAP_PIXELS) / 2, (height - _GAP_PIXELS) / 2)
        in_column = self._picture_width(width, (height - _STRIP_PIXELS - 2 * _GAP_PIXELS) / 3)
        best = max(in_row, in_square, in_column)
        if best == in_square:
            cells = _grid(QRect(0, 0, width, height), 2, 2)
        elif best == in_row:
            top = QRect(0, 0, width, height - _STRIP_PIXELS)
            cells = [*_grid(top, 3, 1), QRect(0, top.bottom() + 5, width, _STRIP_PIXELS - 5)]
        else:
            top = QRect(0, 0, width, height - _STRIP_PIXELS)
            cells = [*_grid(top, 1, 3), QRect(0, top.bottom() + 5, width, _STRIP_PIXELS - 5)]
        parts = (self.phone, self.computer, self.difference, self.facts)
        for part, cell in zip(parts, cells, strict=True):
            part.setGeometry(cell)

    def _picture_width(self, width: float, height: float) -> float:
        return min(width, (height - _CAPTION_PIXELS) * self._aspect)


def _grid(area: QRect, columns: int, rows: int) -> list[QRect]:
    """Equal cells with gaps, row by row."""
    width = (area.width() - (columns - 1) * _GAP_PIXELS) // columns
    height = (area.height() - (rows - 1) * _GAP_PIXELS) // rows
    return [
        QRect(
            area.left() + column * (width + _GAP_PIXELS),
            area.top() + row * (height + _GAP_PIXELS),
            width,
            height,
        )
        for row in range(rows)
        for column in range(columns)
    ]
