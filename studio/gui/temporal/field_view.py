"""What the engine saw of the frame on screen: motion, confidence, residual, the computed mask."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.gui.temporal.field_key import paint_key
from studio.gui.temporal.words import VIEW_WORDS, largest_words
from studio.gui.theme import current_theme
from studio.playback.messages import FieldPicture, FieldView


class FieldPictureLabel(QWidget):
    """Draws a small picture as large as there is room, in its own proportions."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._pixels = b""  # what the image looks at
        self._view: FieldView = "none"
        self._largest = 0.0
        self._words = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("View beside the video")

    @property
    def image(self) -> QImage:
        """What is drawn; null while there is nothing."""
        return self._image

    def show_field(self, field: FieldPicture) -> None:
        """Draw another picture."""
        expected = field.width * field.height * 3
        if not expected or len(field.rgb) != expected:
            return
        self._pixels = field.rgb
        self._image = QImage(
            self._pixels, field.width, field.height, 3 * field.width, QImage.Format.Format_RGB888
        )
        self._view, self._largest = field.view, field.largest
        self.update()

    def show_words(self, words: str) -> None:
        """Draw no picture, but say why."""
        self._image, self._pixels, self._words = QImage(), b"", words
        self.update()

    def sizeHint(self) -> QSize:
        """Of the proportions of most videos."""
        return QSize(240, 135)

    def minimumSizeHint(self) -> QSize:
        """The smallest size at which something can be seen."""
        return QSize(120, 68)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The picture, or the words."""
        theme = current_theme()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.stage))
        if self._image.isNull():
            painter.setPen(QColor(theme.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(8, 4, -8, -4), flags, self._words)
            painter.end()
            return
        size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        area = QRect(0, 0, size.width(), size.height())
        area.moveCenter(self.rect().center())
        is_smooth = self._view != "computed"  # classes do not mix
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
        painter.drawImage(area, self._image)
        paint_key(painter, area, self._view, self._largest)
        painter.end()


class FieldPane(QWidget):
    """The choice of a view, its picture, and what its colours mean."""

    view_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: FieldView = "none"
        self._is_off = False
        self.views = QComboBox()
        self.views.setAccessibleName("View beside the video")
        self.views.setToolTip("What the engine saw of the frame on screen")
        for view, words in VIEW_WORDS.items():
            self.views.addItem(words.title, view)
        self.views.activated.connect(lambda _i: self.view_chosen.emit(self.views.currentData()))
        self.picture = FieldPictureLabel()
        self.legend = QLabel()
        self.legend.setProperty("role", "muted")
        self.legend.setWordWrap(True)
        self.legend.setAlignment(Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.views)
        column.addWidget(self.picture, 1)
        column.addWidget(self.legend)
        self.show_view("none")

    def show_view(self, view: FieldView) -> None:
        """Be about another view, whose picture is to come."""
        self._view = view
        self.views.setCurrentIndex(self.views.findData(view))
        self._show_words()

    def show_off(self, is_off: bool) -> None:
        """Whether the engine is off, so that it sees nothing."""
        if is_off != self._is_off:
            self._is_off = is_off
            self._show_words()

    def show_field(self, field: FieldPicture) -> None:
        """Draw another picture of the view."""
        if field.view != self._view:
            return
        self.picture.show_field(field)
        self._show_legend(field.largest)

    def changeEvent(self, event: QEvent) -> None:
        """A smaller legend: it is read once."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._show_words()

    def _show_words(self) -> None:
        if self._view == "none":
            words = "Choose a view: motion, confidence, residual, or the network's own mask."
        elif self._is_off:
            words = "Off: nothing is carried along. Choose a preset."
        else:
            words = "Comes with the next frame."
        self.picture.show_words(words)
        self._show_legend(None)

    def _show_legend(self, largest: float | None) -> None:
        words = VIEW_WORDS[self._view].legend
        number = "…" if largest is None else largest_words(largest)
        self.legend.setText(words.replace("{largest}", number))
        self.legend.setVisible(bool(words))
