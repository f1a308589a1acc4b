"""What the studio remembers between two starts. Two windows at once share it safely.

Every value is written on its own key, and QSettings merges the keys of other processes under a
lock when it syncs, so two studios never overwrite each other's file as a whole. It opens a file
without that lock, though, and may then take what it read for newer than it is and lose what the
other wrote meanwhile; so a lock of the studio's own is held around both. Lists of recent files
are read anew before they are extended.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from PySide6.QtCore import QByteArray, QLockFile, QSettings

from studio.gui.theme import THEME_CHOICES, ThemeChoice
from studio.inference.model import RUNTIMES, InputFit, ModelOverrides, Runtime
from studio.paths import settings_file

_log = logging.getLogger(__name__)

LAYOUT_VERSION = 3
"""Raised whenever docks are added, renamed or rearranged: older layouts are then not restored."""

_RECENT_LIMIT = 12

_LOCK_MILLIS = 1000
"""Longest wait for another window's writing, which takes some milliseconds."""


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    """Keep other windows away from the file; a lock that nobody gives back is not waited for."""
    lock = QLockFile(f"{path}.turn")
    lock.tryLock(_LOCK_MILLIS)
    try:
        yield
    finally:
        lock.unlock()


class Settings:
    """Typed access to the settings file.

    Args:
        path: an INI file; it need not exist.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or settings_file()
        self.problem = ""
        self._store = self._open()

    def _open(self) -> QSettings:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._path.is_file() and b"\0" in self._path.read_bytes():
                raise ValueError("binary data in an INI file")
            with _exclusive(self._path):
                store = QSettings(str(self._path), QSettings.Format.IniFormat)
            if store.status() == QSettings.Status.FormatError:
                raise ValueError("not an INI file")
        except OSError as error:
            self.problem = f"Settings cannot be kept in {self._path}: {error.strerror}."
        except ValueError as error:
            return self._start_afresh(error)
        else:
            return store
        return QSettings(str(self._path), QSettings.Format.IniFormat)

    def _start_afresh(self, error: ValueError) -> QSettings:
        aside = self._path.with_suffix(".damaged")
        _log.warning("settings were damaged (%s); kept as %s", error, aside)
        self.problem = f"The settings were damaged and start afresh; the old file is {aside}."
        self._path.replace(aside)
        return QSettings(str(self._path), QSettings.Format.IniFormat)

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def sync(self) -> None:
        """Write what changed and read what other windows wrote."""
        with _exclusive(self._path):
            self._store.sync()
        if self._store.status() == QSettings.Status.AccessError:
            _log.warning("settings cannot be written to %s", self._path)

    # Small values

    def _text(self, key: str, default: str = "") -> str:
        value = self._store.value(key, default)
        return value if isinstance(value, str) else default

    def _texts(self, key: str) -> list[str]:
        value = self._store.value(key, [])
        if isinstance(value, str):  # QSettings stores a list of one as a string
            return [value] if value else []
        return [part for part in value if isinstance(part, str)] if isinstance(value, list) else []

    @property
    def theme(self) -> ThemeChoice:
        """Light, dark, or what the desktop says."""
        value = self._text("theme", "system")
        return value if value in THEME_CHOICES else "system"

    @theme.setter
    def theme(self, choice: ThemeChoice) -> None:
        self._store.setValue("theme", choice)

    @property
    def runtime(self) -> Runtime:
        """What runs models."""
        value = self._text("runtime", "litert")
        return value if value in RUNTIMES else "litert"

    @runtime.setter
    def runtime(self, runtime: Runtime) -> None:
        self._store.setValue("runtime", runtime)

    @property
    def threads(self) -> int:
        """Inference threads, 1 or more."""
        value = self._text("threads", "1")
        return max(1, int(value)) if value.isdigit() else 1

    @threads.setter
    def threads(self, threads: int) -> None:
        self._store.setValue("threads", str(threads))

    @property
    def input_fit(self) -> InputFit:
        """Which input networks get: their own, or one of the frames' shape."""
        return "frame" if self._text("input_fit") == "frame" else "model"

    @input_fit.setter
    def input_fit(self, input_fit: InputFit) -> None:
        self._store.setValue("input_fit", input_fit)

    @property
    def is_first_start(self) -> bool:
        """Whether the studio never got as far as showing something."""
        return self._text("started") != "yes"

    def mark_started(self) -> None:
        """Record that the first start is over."""
        self._store.setValue("started", "yes")

    # Files

    def recent(self, kind: str) -> list[str]:
        """Recently opened files, newest first.

        Args:
            kind: `videos` or `models`; any other word keeps a list of its own.
        """
        return self._texts(f"recent/{kind}")

    def add_recent(self, kind: str, location: str) -> None:
        """Put a file at the top of its list."""
        self.sync()  # another window may have added some
        others = [entry for entry in self.recent(kind) if entry != location]
        self._store.setValue(f"recent/{kind}", [location, *others][:_RECENT_LIMIT])

    def drop_recent(self, kind: str, location: str | None = None) -> None:
        """Forget one file, or all of a list."""
        self.sync()
        kept = [] if location is None else [e for e in self.recent(kind) if e != location]
        self._store.setValue(f"recent/{kind}", kept)

    def last(self, kind: str) -> str:
        """The file that was open when the window was closed; empty when there was none."""
        return self._text(f"last/{kind}")

    def set_last(self, kind: str, location: str) -> None:
        """Remember what is open now."""
        self._store.setValue(f"last/{kind}", location)

    def overrides(self, model: str) -> ModelOverrides:
        """What the user set by hand for a model; the default where that cannot be read."""
        text = self._text(f"overrides/{_key(model)}")
        if not text:
            return ModelOverrides()
        try:
            return msgspec.json.decode(text, type=ModelOverrides)
        except msgspec.MsgspecError as error:
            _log.warning("settings of %s cannot be read: %s", model, error)
            return ModelOverrides()

    def set_overrides(self, model: str, overrides: ModelOverrides) -> None:
        """Remember what the user set by hand for a model."""
        if overrides == ModelOverrides():
            self._store.remove(f"overrides/{_key(model)}")
        else:
            self._store.setValue(
                f"overrides/{_key(model)}", msgspec.json.encode(overrides).decode()
            )

    def temporal(self) -> tuple[str, str]:
        """How the redundancy between frames is used: name of a preset or `custom`, and its TOML.

        Returns:
            `off` at first; the TOML is empty while the user has turned nothing.
        """
        return self._text("temporal/preset", "off"), self._text("temporal/custom")

    def set_temporal(self, preset: str, custom: str) -> None:
        """Remember how the redundancy between frames is used.

        Args:
            preset: its name, or `custom`.
            custom: the user's own spec as TOML; may be empty.
        """
        self._store.setValue("temporal/preset", preset)
        self._store.setValue("temporal/custom", custom)

    # The window

    def window(self) -> tuple[QByteArray | None, QByteArray | None]:
        """Geometry and layout of the window, where they were saved by this version."""
        if self._text("window/version") != str(LAYOUT_VERSION):
            return None, None
        found = [self._store.value(f"window/{part}") for part in ("geometry", "layout")]
        geometry, layout = (part if isinstance(part, QByteArray) else None for part in found)
        return geometry, layout

    def set_window(self, geometry: QByteArray, layout: QByteArray) -> None:
        """Save geometry and layout of the window."""
        self._store.setValue("window/version", str(LAYOUT_VERSION))
        self._store.setValue("window/geometry", geometry)
        self._store.setValue("window/layout", layout)


def _key(model: str) -> str:
    return model.replace("/", "|").replace("\\", "|")
