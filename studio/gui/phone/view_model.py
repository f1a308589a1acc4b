"""The session that is shown: it is tailed, fed to the charts, started, stopped and replayed.

Closing the studio asks the sessions that it started itself to stop, gracefully and without
waiting. One that was started elsewhere (by the command line, another window, or a studio that
crashed) goes on, and a studio that is opened while it runs finds it again.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from studio.errors import RunError, StudioError
from studio.gui.phone.compose import Panes
from studio.gui.phone.pictures import PictureMaker, Request
from studio.gui.phone.player import Player
from studio.gui.phone.session import Session
from studio.gui.phone.sessions import JOB, SessionEntry, SessionList
from studio.gui.phone.telemetry_feed import Telemetry, TelemetryFeed
from studio.gui.playback.shown import OverlaySettings
from studio.runs.folder import RunFolder
from studio.runs.launch import kill, launch, request_stop
from studio.runs.watch import RunWatcher
from studio.targets.phone.recording import RECORDING_NAME
from studio.targets.phone.spec import DeploySpec

LIVE_MILLIS = 20
"""Between two looks at a live log: an event waits for half of that on average."""

_CATCH_UP_MILLIS = 0
_ASK_AGAIN_MILLIS = 150
_LATEST_PICTURE_SECONDS = 3.0
_READ_BYTES = 256 * 1024
KILL_AFTER_SECONDS = 10.0
"""A session that was asked to stop and did not for so long is ended by force when asked again."""


class Launch(Protocol):
    """Starts a run; as `studio.runs.launch.launch` does."""

    def __call__(self, job: str, spec: object, *, title: str, runs_dir: Path) -> RunFolder:
        """Write a run folder and start its worker."""
        ...


class PhoneModel(QObject):
    """Follows one session at a time. Knows no widget; nothing here waits for a phone.

    Args:
        runs_dir: where run folders lie.
        shipped: folder of the recorded session that comes with the program.
        start_run: starts a session's worker.
    """

    session_changed = Signal()  # another session is shown, or none
    updated = Signal()  # the shown session has grown, or its state is another
    panes_made = Signal(object)  # Panes of the frame that is shown
    failed = Signal(object)  # StudioError

    def __init__(
        self,
        runs_dir: Path,
        shipped: Path | None = None,
        start_run: Launch = launch,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._start_run = start_run
        self.list = SessionList(runs_dir, shipped, self)
        self.list.appeared.connect(self._on_appeared)
        self.player = Player(self)
        self.player.moved.connect(self._on_moved)
        self._feed: TelemetryFeed | None = None
        self._session: Session | None = None
        self._watcher: RunWatcher | None = None
        self._is_caught_up = True
        self._launched: dict[str, RunFolder] = {}
        self._stop_asked_seconds: dict[str, float] = {}
        self._is_shown = False
        self._overlay = OverlaySettings()
        self._pictures = PictureMaker(self)
        self._pictures.made.connect(self._on_made)
        self._pictures.failed.connect(self.failed)
        self._tail = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._tail.timeout.connect(self._read)
        self._ask_again = QTimer(self, singleShot=True, interval=_ASK_AGAIN_MILLIS)
        self._ask_again.timeout.connect(self._ask_picture)

    # -- what is shown -------------------------------------------------------------------------

    @property
    def session(self) -> Session | None:
        """The one that is shown."""
        return self._session

    @property
    def is_caught_up(self) -> bool:
        """Whether all that the session has told so far is known."""
        return self._is_caught_up

    def set_telemetry(self, telemetry: Telemetry) -> None:
        """Have the charts show the session, from its beginning."""
        self._feed = TelemetryFeed(telemetry)
        if self._session is not None:
            self._open(self._session.folder, self._session.title, self._session.is_shipped)

    def set_shown(self, is_shown: bool) -> None:
        """Whether somebody looks at the pictures; while nobody does, none are made."""
        self._is_shown = is_shown
        if is_shown:
            self._ask_picture()

    def set_overlay(self, overlay: OverlaySettings) -> None:
        """Draw masks as the user wants them, on the frame that is shown too."""
        self._overlay = overlay
        self._ask_picture()

    def start(self) -> None:
        """Look for sessions, now and from time to time."""
        self.list.start()

    def shutdown(self) -> None:
        """Stop what this studio started, without waiting for it; other sessions go on."""
        self.list.stop()
        self._tail.stop()
        self.player.stop()
        self._ask_again.stop()
        for folder in self._launched.values():
            if folder.status().is_live:
                try:
                    request_stop(folder)
                except StudioError as error:
                    self.failed.emit(error)
        self._pictures.stop()

    def show(self, entry: SessionEntry) -> None:
        """Show a session; one that is shown already stays as it is."""
        shown = self._session
        # A worker that was late to begin counted as crashed for a while.
        is_late = shown is not None and entry.is_live and not shown.is_live
        if shown is None or shown.folder != entry.folder or is_late:
            self._open(entry.folder, entry.title, entry.is_shipped)

    def _on_appeared(self, entry: SessionEntry) -> None:
        """A session began here or elsewhere; it is shown unless that would take something away."""
        is_in_use = self._session is not None and self._session.is_live
        if not (is_in_use or self.player.is_playing):
            self.show(entry)

    def _open(self, folder: RunFolder, title: str, is_shipped: bool) -> None:
        if self._feed is not None:
            self._feed.leave()
        self._session = Session(
            folder, title, is_shipped=is_shipped, is_compared=_is_compared(folder)
        )
        self._session.status = folder.status()
        self._watcher = RunWatcher(folder, _READ_BYTES)
        self.player.open(self._session)
        self._is_caught_up = False
        self.session_changed.emit()
        self._tail.start(_CATCH_UP_MILLIS)

    # -- following -----------------------------------------------------------------------------

    def _read(self) -> None:
        session, watcher = self._session, self._watcher
        if session is None or watcher is None:
            return
        update = watcher.poll()
        self._is_caught_up = update.is_caught_up
        was = session.status
        session.take(update.events)
        session.status = update.status if update.is_caught_up else session.status
        if self._feed is not None:
            self._feed.take(session, update.events)
        if update.events or session.status is not was:
            self.player.grow()
            self.updated.emit()
        if not update.is_caught_up:
            self._tail.start(_CATCH_UP_MILLIS)
        elif session.is_live and not update.is_gone:
            self._tail.start(LIVE_MILLIS)
        else:
            self._end(session)

    def _end(self, session: Session) -> None:
        """All is known of a session that is over."""
        self._launched.pop(session.name, None)
        self.player.end()
        if self._feed is not None:
            self._feed.end()
            if self.player.sequence is not None:
                self._feed.mark(self.player.sequence)
        self.updated.emit()

    # -- pictures ------------------------------------------------------------------------------

    def _on_moved(self) -> None:
        self._ask_picture()
        sequence = self.player.sequence
        if self._feed is not None and sequence is not None and not self.player.is_following:
            self._feed.mark(sequence)

    def _ask_picture(self) -> None:
        session, sequence = self._session, self.player.sequence
        if session is None or sequence is None or not self._is_shown:
            return
        self._pictures.ask(
            Request(
                session.folder.artifacts_dir / RECORDING_NAME,
                sequence,
                () if session.found is None else session.found.palette,
                self._overlay,
            )
        )

    def _on_made(self, request: Request, panes: Panes) -> None:
        session = self._session
        if session is None or not request.recording.is_relative_to(session.folder.path):
            return
        self.panes_made.emit(panes)
        is_whole = panes.has_picture and (panes.computer is not None or not session.is_compared)
        place = self.player.position
        # Pictures are compressed, and masks compared, a little after the numbers are told.
        if not is_whole and place is not None and session.is_live:
            late_seconds = session.last_at_seconds - session.frames.row(place).at_seconds
            if late_seconds < _LATEST_PICTURE_SECONDS:
                self._ask_again.start()

    # -- commands ------------------------------------------------------------------------------

    def deploy(self, spec: DeploySpec, title: str) -> SessionEntry | None:
        """Start a session and show it.

        Returns:
            The session; None when it could not be started, which `failed` then tells.
        """
        try:
            folder = self._start_run(JOB, spec, title=title, runs_dir=self.list.runs_dir)
        except StudioError as error:
            self.failed.emit(error)
            return None
        self._launched[folder.name] = folder
        entry = SessionEntry(folder, title, time.time(), is_live=True, serial=spec.serial or "")
        self.show(entry)
        self.list.look()
        return entry

    @property
    def is_stopping(self) -> bool:
        """Whether the shown session was asked to stop and still runs."""
        session = self._session
        return session is not None and session.is_live and session.name in self._stop_asked_seconds

    @property
    def can_kill(self) -> bool:
        """Whether the shown session was asked to stop and has not listened for long."""
        session = self._session
        asked = None if session is None else self._stop_asked_seconds.get(session.name)
        return (
            self.is_stopping and asked is not None and time.monotonic() - asked > KILL_AFTER_SECONDS
        )

    def stop(self) -> None:
        """Ask the shown session to stop; one that does not listen for long is ended by force."""
        session = self._session
        if session is None or not session.is_live:
            return
        try:
            if self.can_kill:
                kill(session.folder)
            else:
                request_stop(session.folder)
                self._stop_asked_seconds.setdefault(session.name, time.monotonic())
        except StudioError as error:
            self.failed.emit(error)
        self.updated.emit()


def _is_compared(folder: RunFolder) -> bool:
    """Whether a session was to segment on this computer as well."""
    try:
        return bool(folder.record().spec.get("compares", True))
    except RunError:
        return True
