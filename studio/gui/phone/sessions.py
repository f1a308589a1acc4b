"""Which sessions there are: live ones, and recorded ones that can be replayed as a device."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from studio import paths
from studio.errors import RunError
from studio.runs.folder import RunFolder
from studio.runs.launch import reap
from studio.runs.store import RunEntry, RunStore
from studio.targets.phone.recording import MAGIC, RECORDING_NAME

JOB = "deploy"

SHIPPED_NAME = "Emulated phone"
SHIPPED_NOTE = "its speeds mean nothing"

_LOOK_MILLIS = 500
_CATCH_UP_MILLIS = 15
_BUDGET_SECONDS = 0.004


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """A session in the list.

    Attributes:
        folder: of the run.
        title: as shown to the user.
        created_seconds: unix time.
        is_live: whether its worker is at it.
        serial: of the phone that was asked for; empty when it was left to the job.
        is_shipped: whether it came with the program.
    """

    folder: RunFolder
    title: str
    created_seconds: float
    is_live: bool
    serial: str = ""
    is_shipped: bool = False

    @property
    def name(self) -> str:
        """Of the run folder."""
        return self.folder.name


def shipped_recording() -> Path:
    """Where the recorded session that comes with the program lies; it may not be there."""
    return paths.resources_dir() / "recorded_phone"


class SessionList(QObject):
    """Sessions of a workspace, those of other windows and of the command line too.

    Args:
        runs_dir: where run folders lie.
        shipped: folder of the recorded session that comes with the program.
    """

    changed = Signal()
    appeared = Signal(object)  # SessionEntry of a live session that was not known before

    def __init__(
        self, runs_dir: Path, shipped: Path | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = RunStore(runs_dir)
        self._shipped = _shipped_entry(shipped_recording() if shipped is None else shipped)
        self._entries: list[SessionEntry] = []
        self._is_worth: dict[str, bool] = {}
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.look)

    @property
    def runs_dir(self) -> Path:
        """Where run folders lie."""
        return self._store.runs_dir

    @property
    def live(self) -> list[SessionEntry]:
        """Sessions that run now, newest first."""
        return [entry for entry in self._entries if entry.is_live]

    @property
    def recorded(self) -> list[SessionEntry]:
        """Sessions that can be replayed, newest first, the shipped one last."""
        ended = [entry for entry in self._entries if not entry.is_live]
        return ended if self._shipped is None else [*ended, self._shipped]

    def start(self) -> None:
        """Begin to look, now and from time to time."""
        self._timer.start(0)

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def look(self) -> None:
        """Bring the list in line with the folder; takes some milliseconds at most."""
        reap()
        entries = self._store.entries(_BUDGET_SECONDS)
        if self._store.is_complete:
            self._take([_entry(each) for each in entries if self._is_listed(each)])
        self._timer.start(_LOOK_MILLIS if self._store.is_complete else _CATCH_UP_MILLIS)

    def _is_listed(self, entry: RunEntry) -> bool:
        """Whether it is a session that is live, or left something to see."""
        if entry.record is None or entry.record.job != JOB:
            return False
        name = entry.folder.name
        if entry.status.is_live:
            self._is_worth.pop(name, None)
            return True
        if name not in self._is_worth:
            self._is_worth[name] = _has_recording(entry.folder)
        return self._is_worth[name]

    def _take(self, entries: list[SessionEntry]) -> None:
        if entries == self._entries:
            return
        known = {entry.name for entry in self._entries if entry.is_live}
        self._entries = entries
        self.changed.emit()
        for entry in self.live:
            if entry.name not in known:
                self.appeared.emit(entry)


def _has_recording(folder: RunFolder) -> bool:
    """Whether any frame was kept."""
    try:
        return (folder.artifacts_dir / RECORDING_NAME).stat().st_size > len(MAGIC)
    except OSError:
        return False


def _entry(entry: RunEntry) -> SessionEntry:
    serial = None if entry.record is None else entry.record.spec.get("serial")
    return SessionEntry(
        folder=entry.folder,
        title=entry.title,
        created_seconds=entry.created_seconds,
        is_live=entry.status.is_live,
        serial=serial if isinstance(serial, str) else "",
    )


def _shipped_entry(path: Path) -> SessionEntry | None:
    folder = RunFolder(path)
    if not folder.events_file.is_file():
        return None
    try:
        created_seconds = folder.record().created_seconds
    except RunError:
        created_seconds = 0.0
    return SessionEntry(folder, SHIPPED_NAME, created_seconds, is_live=False, is_shipped=True)
