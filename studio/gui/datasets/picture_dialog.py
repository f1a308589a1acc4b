"""One picture of several, as large as the window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from studio.gui.theme import current_theme
from studio.gui.training.results.pictures import PictureStore
from studio.gui.training.results.tile import fitted
from studio.gui.widgets.elided_label import ElidedLabel


class _Stage(QWidget):
    """The picture, fitted."""

    def __init__(self, store: PictureStore) -> None:
        super().__init__()
        self._store = store
        self.path: Path | None = None
        self.setMinimumSize(240, 180)
        store.loaded.connect(self._on_loaded)

    def _on_loaded(self, _path: Path) -> None:
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(current_theme().stage))
        photo = None if self.path is None else self._store.photo(self.path)
        if photo is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            size = photo.width(), photo.height()
            painter.drawImage(fitted(size, QRectF(self.rect())), photo)
        painter.end()


class PictureDialog(QDialog):
    """Arrow keys step through the pictures.

    Args:
        store: reads them.
    """

    def __init__(self, store: PictureStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures: list[tuple[Path, str]] = []
        self._at = 0
        self._stage = _Stage(store)
        self._words = ElidedLabel()
        self.resize(820, 660)
        column = QVBoxLayout(self)
        column.addWidget(self._stage, 1)
        column.addWidget(self._words)

    @property
    def words(self) -> str:
        """What is said of the picture."""
        return self._words.text()

    def show_pictures(self, pictures: Sequence[tuple[Path, str]], at: int) -> None:
        """Show one of several pictures, each with a line of words."""
        self._pictures = list(pictures)
        self._step_to(at)
        self.show()

    def _step_to(self, at: int) -> None:
        self._at = at % len(self._pictures)
        self._stage.path, words = self._pictures[self._at]
        self._words.setText(words)
        self.setWindowTitle(f"Sample {self._at + 1} of {len(self._pictures)}")
        self._stage.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right."""
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Down: 1,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._step_to(self._at + step)
