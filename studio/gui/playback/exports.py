"""What leaves the playback panel: the annotated video, this frame, the masks."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFileDialog, QWidget

from studio.errors import InputError, OutputError, StudioError
from studio.gui.icons import icon
from studio.gui.playback.compose import compose, palette_of, style_of
from studio.gui.playback.shown import ShownFrame
from studio.gui.playback.view_model import PlaybackModel
from studio.jobs.spec import OverlaySpec, SegmentSpec
from studio.paths import resources_dir
from studio.video.image_writer import write_image
from studio.video.mask_writer import write_mask_png

_VIDEO_FILTER = "MP4 video (*.mp4);;Matroska (*.mkv);;WebM (*.webm);;AVI (*.avi);;QuickTime (*.mov)"


class _Signals(QObject):
    done = Signal(str)
    failed = Signal(object)


def _kept(shown: ShownFrame) -> ShownFrame:
    """A copy: the frame's own arrays belong to the ring and are written again soon."""
    mask = None if shown.mask is None else shown.mask.copy()
    return ShownFrame(shown.index, shown.time_seconds, shown.image.copy(), mask, None)


class _SaveFrame(QRunnable):
    """Writes a frame off the GUI thread: a large PNG takes longer than a frame may."""

    def __init__(self, model: PlaybackModel, shown: ShownFrame, path: Path, what: str) -> None:
        super().__init__()
        self.signals = _Signals()
        self._path = path
        self._what = what
        self._style = style_of(model.overlay, model.model) if what == "overlay" else None
        self._palette = palette_of(model.model)
        self._shown = shown

    def run(self) -> None:
        """Compose at the frame's own size and write."""
        shown = self._shown
        try:
            if self._what == "mask" and shown.mask is not None:
                write_mask_png(self._path, shown.mask, self._palette)
            else:
                height, width = shown.image.shape[:2]
                write_image(self._path, compose(shown, self._style, width, height, careful=True))
        except StudioError as error:
            self.signals.failed.emit(error)
        else:
            self.signals.done.emit(str(self._path))


class Exports(QObject):
    """The export commands.

    Args:
        model: the playback.
        window: over which dialogs open.
    """

    saved = Signal(str)  # path of a frame that was written

    def __init__(self, model: PlaybackModel, window: QWidget) -> None:
        super().__init__(window)
        self._model = model
        self._window = window
        self._last_folder: Path | None = None
        self.video = self._action(
            "Annotated video…", "video", "Ctrl+E", "Write the video with its masks", self._video
        )
        self.masks = self._action(
            "Masks as PNGs…", "layers", "", "Write one palette PNG a frame", self._masks
        )
        self.frame_with = self._action(
            "This frame with overlay…", "image", "S", "Save what is on screen", self._overlay_frame
        )
        self.frame_plain = self._action(
            "This frame without overlay…", "image", "Shift+S", "Save the picture", self._plain_frame
        )
        self.frame_mask = self._action(
            "This frame's mask…", "layers", "Ctrl+Alt+S", "Save the mask as PNG", self._mask_frame
        )
        for signal in (
            model.frame_shown,
            model.video_closed,
            model.model_opened,
            model.model_closed,
        ):
            signal.connect(self._follow)
        self._follow()

    @property
    def actions(self) -> list[QAction]:
        """In the order of a menu."""
        return [self.video, self.masks, self.frame_with, self.frame_plain, self.frame_mask]

    def export_video(self, path: Path) -> None:
        """Start writing the annotated video (of the A-B range, if one is set)."""
        self._launch(out=path, masks=None)

    def export_masks(self, folder: Path) -> None:
        """Start writing one PNG a frame."""
        self._launch(out=None, masks=folder)

    def save_frame(self, path: Path, what: str, kept: ShownFrame | None = None) -> None:
        """Write the frame on screen, or one that was kept.

        Args:
            path: with a suffix that names the format.
            what: `overlay`, `plain` or `mask`.
            kept: arrays that nobody else writes to.
        """
        shown = self._model.shown
        if kept is None and shown is not None:
            kept = _kept(shown)
        if kept is None:
            return
        task = _SaveFrame(self._model, kept, path, what)
        task.signals.done.connect(self.saved)
        task.signals.failed.connect(self._model.failed)
        QThreadPool.globalInstance().start(task)

    def _launch(self, *, out: Path | None, masks: Path | None) -> None:
        model = self._model
        if model.video is None or model.model is None:
            return
        source = model.video.location
        if out is not None and out.exists() and Path(source).exists() and out.samefile(source):
            model.failed.emit(
                OutputError(
                    "The export would overwrite the video it is made from.",
                    remedy="Choose another name.",
                )
            )
            return
        loop = model.loop
        overlay = model.overlay
        spec = SegmentSpec(
            input=source,
            model=model.model.path,
            options=model.options,
            out=None if out is None else str(out),
            masks=None if masks is None else str(masks),
            overlay=OverlaySpec(
                opacity=overlay.opacity,
                outline=overlay.outline,
                hidden_classes=tuple(sorted(overlay.hidden_classes)),
            ),
            start=0 if loop is None else loop.start,
            end=None if loop is None else loop.end,
            temporal=model.temporal_spec,
        )
        goal = out or masks
        assert goal is not None
        model.export_requested.emit("segment", spec, f"Export {goal.name}")

    def _action(self, text: str, icon_name: str, key: str, tip: str, run: object) -> QAction:
        action = QAction(icon(icon_name), text, self)
        if key:
            action.setShortcut(QKeySequence(key))
        action.setToolTip(tip)
        action.setStatusTip(tip)
        action.triggered.connect(run)
        return action

    def _follow(self, *_args: object) -> None:
        shown = self._model.shown
        has_frame = shown is not None
        has_mask = shown is not None and shown.mask is not None
        info = self._model.video
        whole = self._model.model is not None and info is not None and info.kind != "camera"
        for action, enabled in (
            (self.video, whole),
            (self.masks, whole),
            (self.frame_with, has_mask),
            (self.frame_plain, has_frame),
            (self.frame_mask, has_mask),
        ):
            if action.isEnabled() != enabled:
                action.setEnabled(enabled)

    def _suggest(self, ending: str) -> str:
        location = self._model.video.location if self._model.video else "video"
        stem = Path(location.replace(":", "-")).stem
        return str(self._folder() / f"{stem}{ending}")

    def _folder(self) -> Path:
        """Where the last export went; before that beside the video, if one may write there."""
        if self._last_folder is not None:
            return self._last_folder
        video = self._model.video
        if video is None or video.kind == "camera":
            return Path.home()
        beside = Path(video.location).absolute().parent
        is_ours = beside == resources_dir()  # nobody looks for an export of the sample there
        return beside if os.access(beside, os.W_OK) and not is_ours else Path.home()

    def _video(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Export the annotated video", self._suggest("-masks.mp4"), _VIDEO_FILTER
        )
        if name:
            path = Path(name) if Path(name).suffix else Path(f"{name}.mp4")
            self._last_folder = path.parent
            self.export_video(path)

    def _masks(self) -> None:
        name = QFileDialog.getExistingDirectory(
            self._window, "Folder for the masks", str(self._folder())
        )
        if name:
            self._last_folder = Path(name).parent
            self.export_masks(Path(name))

    def _overlay_frame(self) -> None:
        self._ask_frame("overlay", "-overlay")

    def _plain_frame(self) -> None:
        self._ask_frame("plain", "")

    def _mask_frame(self) -> None:
        self._ask_frame("mask", "-mask")

    def _ask_frame(self, what: str, ending: str) -> None:
        shown = self._model.shown
        if shown is None or (what != "plain" and shown.mask is None):
            return
        kept = _kept(shown)  # while the dialog is open, playing goes on
        suggestion = self._suggest(f"-{kept.index:06d}{ending}.png")
        kinds = "PNG (*.png)" if what == "mask" else "PNG (*.png);;JPEG (*.jpg);;WebP (*.webp)"
        name, _ = QFileDialog.getSaveFileName(
            self._window, f"Save frame {kept.index}", suggestion, kinds
        )
        if not name:
            return
        path = Path(name) if Path(name).suffix else Path(f"{name}.png")
        self._last_folder = path.parent
        if path.suffix.lower() not in (".png", ".jpg", ".jpeg", ".webp"):
            self._model.failed.emit(
                InputError(
                    f"“{path.suffix}” is not an image format that can be written.",
                    remedy="Use .png, .jpg or .webp.",
                )
            )
            return
        self.save_frame(path, what, kept)
