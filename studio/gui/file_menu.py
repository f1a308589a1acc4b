"""The File menu: what can be opened, what was opened lately, what can be exported."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from studio.gui import icons
from studio.gui.actions import make_action
from studio.gui.locations import IMAGE_SUFFIXES, MODEL_SUFFIXES, VIDEO_SUFFIXES, Opening, cameras
from studio.gui.opening import Opener
from studio.gui.settings import Settings

_RECENT_WIDTH = 60


def _patterns(suffixes: tuple[str, ...]) -> str:
    return " ".join(f"*{suffix} *{suffix.upper()}" for suffix in suffixes)


class FileMenu(QMenu):
    """Opens things; it is filled once there is something to open them with.

    Args:
        window: over which dialogs open.
        settings: the recent files.
    """

    def __init__(self, window: QWidget, settings: Settings) -> None:
        super().__init__("&File", window)
        self._window = window
        self._settings = settings
        self._opener: Opener | None = None
        self._cameras = QMenu("Open &camera", self)
        self._models = QMenu("M&odels", self)
        self._recent_videos = QMenu("&Recent videos", self)
        self._recent_models = QMenu("Recent mo&dels", self)
        self._export = QMenu("&Export", self)
        for menu, icon, tip in (
            (self._cameras, "camera", "Segment what a camera sees"),
            (self._models, "model", "Models that the studio found"),
            (self._recent_videos, "clock", "Videos that were opened lately"),
            (self._recent_models, "clock", "Models that were opened lately"),
            (self._export, "export", "Write the video, this frame or the masks to files"),
        ):
            menu.setIcon(icons.icon(icon))
            menu.menuAction().setStatusTip(tip)
        self.quit = make_action(
            self, "&Quit", "exit", "Close the studio; jobs go on", window.close, ("Ctrl+Q",)
        )

    def fill(self, opener: Opener, exports: Sequence[QAction]) -> None:
        """Put the entries in.

        Args:
            opener: opens what is chosen.
            exports: entries of the Export submenu.
        """
        self._opener = opener
        self.clear()
        self.addAction(
            make_action(
                self,
                "Open &video…",
                "open",
                "Open a video file",
                self.ask_video,
                ("Ctrl+O",),
            )
        )
        self.addAction(
            make_action(
                self,
                "Open image &folder…",
                "folder",
                "Play the images of a folder as a video",
                self.ask_folder,
                ("Ctrl+Shift+O",),
            )
        )
        self.addMenu(self._cameras)
        self.addMenu(self._recent_videos)
        self.addAction(
            make_action(
                self,
                "Open the &sample clip",
                "sample",
                "Play the clip that comes with the studio",
                opener.open_sample,
            )
        )
        self.addSeparator()
        self.addAction(
            make_action(
                self,
                "Open &model…",
                "model",
                "Open a .tflite segmentation model",
                self.ask_model,
                ("Ctrl+M",),
            )
        )
        self.addMenu(self._models)
        self.addMenu(self._recent_models)
        self.addSeparator()
        self.addMenu(self._export)
        self._export.addActions(exports)
        self.addSeparator()
        self.addAction(self.quit)
        self._cameras.aboutToShow.connect(self.refresh_cameras)
        opener.recents_changed.connect(self.refresh_recents)
        opener.catalogue_changed.connect(self._refresh_models)
        self.refresh_cameras()
        self.refresh_recents()
        self._refresh_models()

    def ask_video(self) -> None:
        """Let the user choose a video file."""
        name, _ = QFileDialog.getOpenFileName(
            self._window,
            "Open a video",
            self._folder("video"),
            f"Videos ({_patterns(VIDEO_SUFFIXES)});;All files (*)",
        )
        if name and self._opener is not None:
            self._opener.open_video(name)

    def ask_folder(self) -> None:
        """Let the user choose a folder of images."""
        name = QFileDialog.getExistingDirectory(
            self._window,
            f"Open a folder of images ({', '.join(IMAGE_SUFFIXES[:3])}, …)",
            self._folder("video"),
        )
        if name and self._opener is not None:
            self._opener.open_video(name)

    def ask_model(self) -> None:
        """Let the user choose a model."""
        name, _ = QFileDialog.getOpenFileName(
            self._window,
            "Open a model",
            self._folder("model"),
            f"TensorFlow Lite models ({_patterns(MODEL_SUFFIXES)});;All files (*)",
        )
        if name and self._opener is not None:
            self._opener.open_model(name)

    def refresh_cameras(self) -> None:
        """List the cameras that are plugged in now."""
        opener = self._opener
        if opener is None:
            return
        self._cameras.clear()
        for number in cameras():
            self._add_opening(opener, self._cameras, Opening("video", f"camera:{number}"), "camera")
        _say_if_empty(self._cameras, "No camera was found")

    def refresh_recents(self) -> None:
        """List what was opened lately."""
        opener = self._opener
        if opener is None:
            return
        for menu, kind, icon in (
            (self._recent_videos, "videos", "video"),
            (self._recent_models, "models", "model"),
        ):
            menu.clear()
            for location in self._settings.recent(kind):
                self._add_recent(opener, menu, kind, location, icon)
            if menu.isEmpty():
                _say_if_empty(menu, "Nothing was opened yet")
            else:
                menu.addSeparator()
                menu.addAction(
                    make_action(
                        menu,
                        "Clear this list",
                        "trash",
                        "Forget these files; they stay where they are",
                        partial(opener.clear_recent, kind),
                    )
                )

    def _add_recent(self, opener: Opener, menu: QMenu, kind: str, location: str, icon: str) -> None:
        name = Opening("video", location).name
        known = [plain.text() for plain in menu.actions()]
        if name in known:  # two files of one name are told apart by their folder
            name = f"{name} — {_shortened(str(Path(location).parent))}"
        menu.addAction(
            make_action(
                menu,
                name.replace("&", "&&"),
                icon,
                f"Open {location}",
                partial(opener.open_recent, kind, location),
            )
        )

    def _refresh_models(self) -> None:
        self._models.clear()
        opener = self._opener
        if opener is None:
            return
        for entry in opener.catalogue:
            self._models.addAction(
                make_action(
                    self._models,
                    entry.name.replace("&", "&&"),
                    "model",
                    f"Open {entry.path}",
                    partial(opener.open_model, entry.path),
                )
            )
        _say_if_empty(self._models, "No model was found")

    def _add_opening(self, opener: Opener, menu: QMenu, opening: Opening, icon: str) -> None:
        menu.addAction(
            make_action(
                menu,
                opening.name,
                icon,
                f"Open {opening.name}",
                partial(opener.open, opening),
            )
        )

    def _folder(self, kind: str) -> str:
        """Where a dialog begins: beside what is open, else at home."""
        last = self._settings.last(kind)
        folder = Path(last).parent if last else Path.home()
        return str(folder if folder.is_dir() else Path.home())


def _say_if_empty(menu: QMenu, words: str) -> None:
    if menu.isEmpty():
        nothing = QAction(words, menu)
        nothing.setEnabled(False)
        menu.addAction(nothing)


def _shortened(text: str) -> str:
    return text if len(text) <= _RECENT_WIDTH else f"…{text[-_RECENT_WIDTH:]}"
