"""Opens videos and models for the whole window and remembers them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio import paths
from studio.errors import InputError, ModelError, StudioError, VideoError
from studio.gui.errors import in_words
from studio.gui.locations import Opening, recognise, recognise_all
from studio.gui.playback.shown import Loop
from studio.gui.playback.view_model import PlaybackModel
from studio.gui.settings import Settings
from studio.inference.model import ModelInfo, ModelOverrides, SessionOptions
from studio.video.frame import VideoInfo

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Catalogued:
    """A model that the studio found by itself.

    Attributes:
        name: from its card or file.
        path: of the file.
    """

    name: str
    path: str


class Opener(QObject):
    """Opens what is asked for, and keeps recent and last files up to date.

    Args:
        playback: what opens them.
        settings: where they are remembered.
    """

    failed = Signal(object)  # StudioError
    recents_changed = Signal()
    catalogue_changed = Signal()
    _listed = Signal(object, object, object)  # models, default model, exception or None

    def __init__(
        self, playback: PlaybackModel, settings: Settings, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._playback = playback
        self._settings = settings
        self._plays_next = False
        self._wants_default = False
        self._default: str | None = None
        # Not whether the thread has ended: what it found arrives a turn of the event loop later.
        self._is_listed = False
        self.is_opening_video = False
        self.catalogue: tuple[Catalogued, ...] = ()
        self._listed.connect(self._on_listed)
        self._lister = threading.Thread(target=self._list_models, name="catalogue", daemon=True)
        self._lister.start()
        playback.video_opened.connect(self._on_video_opened)
        playback.model_opened.connect(self._on_model_opened)
        playback.failed.connect(self._on_failed)

    def start(self, video: str | None, model: str | None) -> None:
        """Open what a start of the studio opens.

        Args:
            video: from the command line: opened and played. Without one, the first start plays
                the sample clip, and later ones show the last video, paused.
            model: from the command line; else the last one, else the default one.
        """
        first = self._settings.is_first_start
        last_model = self._settings.last("model")
        if model is not None:
            self._try_open("model", model)
        elif last_model and Path(last_model).is_file():
            self.open_model(last_model)
        else:
            self._wants_default = True
            if self._is_listed:
                self._open_default()
        last_video = self._settings.last("video")
        if video is not None:
            self._try_open("video", video)
        elif first:
            self.open_sample()
        elif last_video and Path(last_video).exists():
            self.open_video(last_video, play=False)
        self._settings.mark_started()

    def open_video(self, location: str, play: bool = True) -> None:
        """Open a video file, a folder of images or `camera:N`."""
        self._plays_next = play
        self.is_opening_video = True
        self._playback.open_video(location)

    def open_model(self, path: str) -> None:
        """Open a model with the runtime, threads and settings that were chosen for it."""
        self._wants_default = False
        self._playback.open_model(path, self.options_for(path))

    def open_sample(self) -> None:
        """Open and play the clip that comes with the studio."""
        clip = paths.sample_clip()
        if not clip.is_file():
            self.failed.emit(
                InputError(
                    "The sample clip is missing from this installation.",
                    remedy="Open a video of yours with File ▸ Open video…",
                    details=str(clip),
                )
            )
            return
        self.open_video(str(clip))

    def open_paths(self, dropped: Sequence[Path]) -> None:
        """Open what was dropped; tell in words when it cannot be."""
        try:
            for opening in recognise_all(dropped):
                self.open(opening)
        except (StudioError, OSError) as error:
            self.failed.emit(in_words(error))

    def open(self, opening: Opening) -> None:
        """Open what was recognised."""
        if opening.kind == "model":
            self.open_model(opening.location)
        else:
            self.open_video(opening.location)

    def open_recent(self, kind: str, location: str) -> None:
        """Open a file of a list of recent ones, or say that it is gone and forget it.

        Args:
            kind: `videos` or `models`.
            location: as listed.
        """
        if not location.startswith("camera:") and not Path(location).exists():
            self._settings.drop_recent(kind, location)
            self.recents_changed.emit()
            self.failed.emit(
                InputError(
                    f"{Path(location).name} is no longer there.",
                    remedy="It was taken off the list of recent files.",
                    details=location,
                )
            )
        elif kind == "models":
            self.open_model(location)
        else:
            self.open_video(location)

    def clear_recent(self, kind: str) -> None:
        """Forget all recent files of a kind."""
        self._settings.drop_recent(kind)
        self.recents_changed.emit()

    def options_for(self, path: str) -> SessionOptions:
        """How a model is run: what the window says, and what was set by hand for it."""
        return SessionOptions(
            runtime=self._settings.runtime,
            threads=self._settings.threads,
            xnnpack=self._playback.options.xnnpack,
            overrides=self._settings.overrides(path),
            input_fit=self._settings.input_fit,
        )

    def set_overrides(self, path: str, overrides: ModelOverrides) -> None:
        """Set by hand how a model is used, and open it anew."""
        self._settings.set_overrides(path, overrides)
        self.open_model(path)

    def apply_runtime(self) -> None:
        """Run the open model as the settings now say."""
        model = self._playback.model
        if model is not None:
            self.open_model(model.path)
        else:
            options = self.options_for("")
            self._playback.set_options(replace(options, overrides=ModelOverrides()))

    def stop(self) -> None:
        """Wait for what is being read in the background."""
        self._lister.join()

    def _try_open(self, kind: str, location: str) -> None:
        try:
            if not location.startswith("camera:"):
                path = Path(location).expanduser()
                location = str(path.resolve())
                if kind == "model" and path.suffix.lower() not in (".tflite", ".lite"):
                    raise ModelError(
                        f"{path.name} is not a .tflite model.",
                        remedy="Give a file that ends in .tflite.",
                    )
                if not path.exists():
                    recognise(path)
        except StudioError as error:
            self.failed.emit(error)
            return
        if kind == "model":
            self.open_model(location)
        else:
            self.open_video(location)

    def _list_models(self) -> None:
        problem: Exception | None = None
        found: tuple[Catalogued, ...] = ()
        default: str | None = None
        try:
            from studio.inference.catalogue import default_model, list_models

            found = tuple(Catalogued(entry.name, str(entry.path)) for entry in list_models())
            chosen = default_model()
            default = None if chosen is None else str(chosen)
        except Exception as error:  # noqa: BLE001 - told to the user by _on_listed
            problem = error
        self._listed.emit(found, default, problem)

    def _on_listed(
        self, found: tuple[Catalogued, ...], default: str | None, problem: Exception | None
    ) -> None:
        self.catalogue = found
        self._default = default
        self._is_listed = True
        if problem is not None:
            _log.error("the models could not be listed", exc_info=problem)
            self.failed.emit(in_words(problem))
        self.catalogue_changed.emit()
        if self._wants_default:
            self._open_default()

    def _open_default(self) -> None:
        self._wants_default = False
        if self._default is not None:
            self.open_model(self._default)
            return
        self.failed.emit(
            ModelError(
                "No model was found, so videos play without masks.",
                remedy="Open a .tflite file with File ▸ Open model… (Ctrl+M), or put one into "
                f"{paths.workspace_dir() / 'models'}.",
            )
        )

    def _on_video_opened(self, info: VideoInfo) -> None:
        self.is_opening_video = False
        if info.location == str(paths.sample_clip()):
            # Short, and there to show something moving.
            self._playback.set_loop(Loop(0, self._playback.last_index))
        else:
            self._settings.add_recent("videos", info.location)
            self.recents_changed.emit()
        # A camera is never opened again without being asked for.
        self._settings.set_last("video", "" if info.kind == "camera" else info.location)
        if self._plays_next:
            self._plays_next = False
            self._playback.play()

    def _on_model_opened(self, info: ModelInfo) -> None:
        self._settings.add_recent("models", info.path)
        self._settings.set_last("model", info.path)
        self.recents_changed.emit()

    def _on_failed(self, error: StudioError) -> None:
        if isinstance(error, VideoError):
            self._plays_next = False
            self.is_opening_video = False
