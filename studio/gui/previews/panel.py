"""Side by side: the playing frame, its mask, and both together, in panes that move as one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.errors import StudioError
from studio.gui.icons import icon
from studio.gui.playback.shown import FrameRecord
from studio.gui.playback.view_model import PlaybackModel
from studio.gui.previews.canvas import PreviewCanvas
from studio.gui.previews.comparison import comparison_image
from studio.gui.previews.contents import Content
from studio.gui.previews.view import FIT, View
from studio.gui.previews.words import caption
from studio.gui.telemetry.saving import png_bytes, save_bytes
from studio.gui.theme import current_theme, theme_changed
from studio.gui.widgets.empty_state import EmptyState

DEFAULT_CONTENTS = (Content.SOURCE, Content.OVERLAY, Content.MASK, Content.CUTOUT)
_LAYOUTS = ("Wipe", "2 panes", "3 panes", "4 panes")
_WORDS_SECONDS = 0.2


class _Pane(QWidget):
    """A canvas with the choice of what it shows above and its numbers below."""

    def __init__(
        self, model: PlaybackModel, content: Content, number: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.choice = QComboBox(self)
        for each in Content:
            self.choice.addItem(each.value, each)
            self.choice.setItemData(
                self.choice.count() - 1, each.explanation, Qt.ItemDataRole.ToolTipRole
            )
        self.choice.setCurrentText(content.value)
        self.choice.setAccessibleName(f"What pane {number} shows")
        self.choice.setToolTip("What this pane shows.")
        self.second_choice = QComboBox(self)
        self.second_choice.addItems([each.value for each in Content])
        self.second_choice.setCurrentText(Content.OVERLAY.value)
        self.second_choice.setAccessibleName("What lies right of the divider")
        self.second_choice.setToolTip("What lies right of the divider.")
        self.canvas = PreviewCanvas(model, content, self)
        self.words = QLabel(self)
        self.words.setProperty("role", "muted")
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.second_words = QLabel(self)
        self.second_words.setProperty("role", "muted")
        self.second_words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.second_words.setAlignment(Qt.AlignmentFlag.AlignRight)
        top = QHBoxLayout()
        top.addWidget(self.choice)
        top.addStretch(1)
        top.addWidget(self.second_choice)
        bottom = QHBoxLayout()
        bottom.addWidget(self.words, 1)
        bottom.addWidget(self.second_words, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(top)
        layout.addWidget(self.canvas, 1)
        layout.addLayout(bottom)
        self.set_wipe(False)
        self.choice.currentIndexChanged.connect(self._apply)
        self.second_choice.currentIndexChanged.connect(self._apply)

    def set_wipe(self, wipe: bool) -> None:
        """Show two contents with a divider, or one."""
        self.second_choice.setVisible(wipe)
        self.second_words.setVisible(wipe)
        self._apply()

    def _apply(self) -> None:
        second = Content(self.second_choice.currentText())
        hidden = self.second_choice.isHidden()
        self.canvas.show_contents(Content(self.choice.currentText()), None if hidden else second)


class PreviewsPanel(QWidget):
    """Two to four panes of the frame on screen, or two in one with a divider.

    Args:
        model: playback, whose frame is shown; also takes errors.
    """

    saved = Signal(str)  # path of a comparison that was written

    def __init__(self, model: PlaybackModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("previews")
        self._model = model
        self._view = FIT
        self._record: FrameRecord | None = None
        self._panes = [
            _Pane(model, content, number + 1, self)
            for number, content in enumerate(DEFAULT_CONTENTS)
        ]
        self._words_timer = QTimer(self, singleShot=True)
        self._words_timer.setInterval(round(1000 * _WORDS_SECONDS))
        self._words_timer.timeout.connect(self._show_words)
        self._build()
        for pane in self._panes:
            pane.canvas.view_asked.connect(self.set_view)
            pane.choice.currentIndexChanged.connect(self._show_words)
            pane.second_choice.currentIndexChanged.connect(self._show_words)
        model.frame_shown.connect(self._on_frame)
        model.frame_measured.connect(self._on_measured)
        model.overlay_changed.connect(self._redraw)
        model.model_opened.connect(self._redraw)
        model.model_closed.connect(self._redraw)
        model.video_opened.connect(self._on_video)
        model.video_closed.connect(self._redraw)
        theme_changed.connect(self._redraw)
        self._choose_layout(1)
        self._redraw()

    # -- assembly ------------------------------------------------------------------------------

    def _build(self) -> None:
        self._layout_choice = QComboBox(self)
        self._layout_choice.addItems(_LAYOUTS)
        self._layout_choice.setCurrentIndex(1)
        self._layout_choice.setAccessibleName("Arrangement of the panes")
        self._layout_choice.setToolTip(
            "How many panes there are. Wipe: two in one, with a divider to drag."
        )
        self._layout_choice.currentIndexChanged.connect(self._choose_layout)
        self._zoom = QLabel(self)
        self._zoom.setProperty("role", "muted")
        self._zoom.setToolTip("Magnification of all panes; 100 % fits the frame into its pane.")
        fit = QToolButton(self)
        fit.setIcon(icon("fit"))
        fit.setToolTip("Fit the whole frame into the panes (double click on a pane).")
        fit.setAccessibleName("Fit")
        fit.clicked.connect(lambda: self.set_view(FIT))
        self._save = QToolButton(self)
        self._save.setIcon(icon("save"))
        self._save.setToolTip("Save these panes side by side at the frame's size (PNG) …")
        self._save.setAccessibleName("Save the comparison")
        self._save.clicked.connect(self._ask_save)
        bar = QHBoxLayout()
        bar.setSpacing(6)
        bar.addWidget(self._layout_choice)
        bar.addStretch(1)
        for widget in (self._zoom, fit, self._save):
            bar.addWidget(widget)
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        filled = QWidget(self)
        inner = QVBoxLayout(filled)
        inner.setContentsMargins(8, 4, 8, 4)
        inner.setSpacing(4)
        inner.addLayout(bar)
        inner.addLayout(self._grid, 1)
        empty = EmptyState(
            "compare",
            "Nothing to compare yet",
            "Open a video (Ctrl+O) and a model: the frame that plays, its mask, the overlay and "
            "a cut-out show here next to each other, in step with playback.",
            parent=self,
        )
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 0, 0, 0)
        self._pages.addWidget(empty)
        self._pages.addWidget(filled)

    def _choose_layout(self, choice: int) -> None:
        count = choice + 1
        for pane in self._panes:
            self._grid.removeWidget(pane)
        columns = 2 if count == 4 else count
        for position, pane in enumerate(self._panes):
            if position < count:
                self._grid.addWidget(pane, position // columns, position % columns)
            # After it has been added: a new parent hides it.
            pane.setVisible(position < count)
        for column in range(4):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        self._panes[0].set_wipe(choice == 0)
        self._redraw()

    # -- state ---------------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """Which part of the frame all panes show."""
        return self._view

    @property
    def canvases(self) -> list[PreviewCanvas]:
        """Those in use, in reading order."""
        return [pane.canvas for pane in self._panes if not pane.isHidden()]

    def set_pane_count(self, count: int) -> None:
        """Show 2 to 4 panes."""
        self._layout_choice.setCurrentIndex(min(max(count, 2), 4) - 1)

    def set_wipe(self) -> None:
        """Show two contents in one pane, with a divider."""
        self._layout_choice.setCurrentIndex(0)

    def set_view(self, view: View) -> None:
        """Zoom and move all panes at once."""
        self._view = view
        for pane in self._panes:
            pane.canvas.set_view(view)
        self._zoom.setText(f"{100 * view.zoom:.0f} %")

    def _on_video(self, _info: object) -> None:
        self.set_view(FIT)
        self._record = None
        self._redraw()

    def _on_measured(self, record: FrameRecord) -> None:
        self._record = record

    def _on_frame(self, _shown: object) -> None:
        if self.isVisible():
            if self._pages.currentIndex() == 0:
                self._redraw()
            for canvas in self.canvases:
                canvas.update()
            # Words change five times a second at most: nobody reads faster.
            if not self._words_timer.isActive():
                self._words_timer.start()

    def _redraw(self, _what: object = None) -> None:
        has_frame = self._model.shown is not None
        self._pages.setCurrentIndex(1 if has_frame else 0)
        self._save.setEnabled(has_frame)
        self._zoom.setText(f"{100 * self._view.zoom:.0f} %")
        for canvas in self.canvases:
            canvas.update()
        self._show_words()

    def _show_words(self) -> None:
        if self._model.shown is None or not self.isVisible():
            return
        for pane in self._panes:
            if not pane.isHidden():
                words = [self._caption(content) for content in pane.canvas.contents]
                pane.words.setText(words[0])
                pane.words.setToolTip(words[0])
                pane.second_words.setText(words[-1])

    def _caption(self, content: Content) -> str:
        shown = self._model.shown
        assert shown is not None
        return caption(content, shown, self._model.overlay, self._model.model, self._record)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self._redraw()

    # -- saving --------------------------------------------------------------------------------

    def _ask_save(self) -> None:
        shown = self._model.shown
        if shown is None:
            return
        name = f"comparison_{shown.index:06d}.png"
        chosen, _ = QFileDialog.getSaveFileName(self, "Save comparison", name, "Pictures (*.png)")
        if chosen:
            path = Path(chosen)
            self.save_comparison(path if path.suffix else path.with_suffix(".png"))

    def save_comparison(self, path: Path) -> bool:
        """Write what the panes show, whole frames at their own size, as one PNG.

        Returns:
            Whether it was written; if not, the model's `failed` has told why.
        """
        shown = self._model.shown
        if shown is None:
            return False
        contents = [content for canvas in self.canvases for content in canvas.contents]
        image = comparison_image(
            contents,
            [self._caption(content) for content in contents],
            shown,
            self._model.overlay,
            self._model.model,
            current_theme(),
        )
        try:
            save_bytes(path, png_bytes(image))
        except StudioError as error:
            self._model.failed.emit(error)
            return False
        self.saved.emit(str(path))
        return True
