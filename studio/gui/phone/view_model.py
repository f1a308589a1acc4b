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

from studio.errors import StudioError
from studio.gui.phone.compose import Panes
from studio.gui.phone.pictures import PictureMaker, Request
from studio.gui.phone.replay import ReplayClock
from studio.gui.phone.session import Session
from studio.gui.phone.sessions import JOB, SessionEntry, SessionList
from studio.gui.phone.telemetry_feed import Telemetry, TelemetryFeed
from studio.runs.folder import RunFolder
from studio.runs.launch import kill, launch, request_stop
from studio.runs.watch import RunWatcher
from studio.targets.phone.recording import RECORDING_NAME
from studio.targets.phone.spec import DeploySpec

LIVE_MILLIS = 20
"""Between two looks at a live log: an event waits for half of that on average."""

_CATCH_UP_MILLIS = 0
_REPLAY_MILLIS = 33
_READ_BYTES = 256 * 1024
_COMPARED_LAG_FRAMES = 30
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
    position_changed = Signal()  # another frame is shown
    panes_made = Signal(object)  # Panes of the frame that is shown
    playing_changed = Signal(bool)
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
        self.replay = ReplayClock()
        self._feed: TelemetryFeed | None = None
        self._session: Session | None = None
        self._watcher: RunWatcher | None = None
        self._position: int | None = None
        self._is_following = True
        self._is_caught_up = True
        self._launched: dict[str, RunFolder] = {}
        self._stop_asked_seconds: dict[str, float] = {}
        self._is_shown = False
        self._pictures = PictureMaker(self)
        self._pictures.made.connect(self._on_made)
        self._pictures.failed.connect(self.failed)
        self._tail = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._tail.timeout.connect(self._read)
        self._clock = QTimer(self, interval=_REPLAY_MILLIS)
        self._clock.timeout.connect(self._tick)
        self._ticked_at = 0.0

    # -- what is shown -------------------------------------------------------------------------

    @property
    def session(self) -> Session | None:
        """The one that is shown."""
        return self._session

    @property
    def position(self) -> int | None:
        """Place of the frame that is shown among those of the session; None without frames."""
        return self._position

    @property
    def is_following(self) -> bool:
        """Whether the newest frame of a live session is shown as it comes."""
        return self._is_following

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

    def start(self) -> None:
        """Look for sessions, now and from time to time."""
        self.list.start()

    def shutdown(self) -> None:
        """Stop what this studio started, without waiting for it; other sessions go on."""
        self.list.stop()
        self._tail.stop()
        self._clock.stop()
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
        if not (is_in_use or self.replay.is_playing):
            self.show(entry)

    def _open(self, folder: RunFolder, title: str, is_shipped: bool) -> None:
        if self._feed is not None:
            self._feed.leave()
        self._session = Session(folder, title, is_shipped=is_shipped)
        self._session.status = folder.status()
        self._watcher = RunWatcher(folder, _READ_BYTES)
        self._position = None
        self._is_following = True
        self.replay = ReplayClock()
        self._set_playing(False)
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
            self._follow_frames(session)
            self.updated.emit()
        if not update.is_caught_up:
            self._tail.start(_CATCH_UP_MILLIS)
        elif session.is_live and not update.is_gone:
            self._tail.start(LIVE_MILLIS)
        else:
            self._end(session)

    def _follow_frames(self, session: Session) -> None:
        frames = session.frames
        if not len(frames):
            return
        self.replay.length_seconds = float(frames.at_seconds[-1] - frames.at_seconds[0])
        if self._is_following and session.is_live:
            newest = len(frames) - 1
            compared = frames.last_compared
            # The computer's mask comes a little later; a frame that has both is worth the wait.
            if compared is not None and newest - compared < _COMPARED_LAG_FRAMES:
                newest = compared
            self._move(newest)
        elif self._position is None:
            self._move(0)

    def _end(self, session: Session) -> None:
        """All is known of a session that is over: it can be replayed from now on."""
        self._launched.pop(session.name, None)
        self._is_following = False
        if self._feed is not None:
            self._feed.end()
        self.updated.emit()
        if self._position is not None:
            frames = session.frames
            self.replay.seek(float(frames.at_seconds[self._position] - frames.at_seconds[0]))
            self._mark(session)
            self.position_changed.emit()

    # -- position ------------------------------------------------------------------------------

    def show_frame(self, sequence: int) -> None:
        """Show a frame of the session, as when its dip in a chart is clicked."""
        session = self._session
        place = None if session is None else session.frames.find(sequence)
        if session is None or place is None:
            return
        self._is_following = False
        self._seek_clock(session, place)
        self._move(place)

    def seek_seconds(self, position_seconds: float) -> None:
        """Go to a position on the session's time line."""
        session = self._session
        if session is None or not len(session.frames):
            return
        self._is_following = False
        self.replay.seek(position_seconds)
        self._move(
            session.frames.at(session.first_frame_seconds + self.replay.position_seconds + 1e-6)
        )

    def step(self, frames: int) -> None:
        """Go some frames on, or back if negative."""
        session = self._session
        if session is None or self._position is None:
            return
        self.pause()
        place = min(max(self._position + frames, 0), len(session.frames) - 1)
        self._is_following = False
        self._seek_clock(session, place)
        self._move(place)

    def follow(self) -> None:
        """Show the newest frame of a live session again."""
        if self._session is not None and self._session.is_live:
            self.pause()
            self._is_following = True
            self._follow_frames(self._session)
            self.position_changed.emit()

    def toggle(self) -> None:
        """Play or pause."""
        if self.replay.is_playing:
            self.pause()
            return
        self.replay.play()
        self._is_following = False
        self._ticked_at = time.monotonic()
        self._set_playing(self.replay.is_playing)
        self._tick()  # at the end it begins again, which is seen at once

    def pause(self) -> None:
        """Stay at the frame that is shown."""
        self.replay.is_playing = False
        self._set_playing(False)

    def set_speed(self, speed: float) -> None:
        """1.0 is the session's own pace."""
        self.replay.speed = speed

    def _set_playing(self, is_playing: bool) -> None:
        if is_playing != self._clock.isActive():
            (self._clock.start if is_playing else self._clock.stop)()
            self.playing_changed.emit(is_playing)

    def _tick(self) -> None:
        session, place = self._session, self._position
        if session is None or place is None:
            return
        now = time.monotonic()
        at = session.frames.at_seconds
        first = session.first_frame_seconds
        following = float(at[place + 1]) - first if place + 1 < len(at) else None
        self.replay.advance(now - self._ticked_at, following)
        self._ticked_at = now
        # Two unix times lie up to a microsecond off: a frame is not missed for that.
        self._move(session.frames.at(first + self.replay.position_seconds + 1e-6))
        if not self.replay.is_playing:
            self._set_playing(False)

    def _seek_clock(self, session: Session, place: int) -> None:
        self.replay.seek(float(session.frames.at_seconds[place]) - session.first_frame_seconds)

    def _move(self, place: int) -> None:
        if place == self._position or self._session is None:
            return
        self._position = place
        self._ask_picture()
        if not self._is_following:
            self._mark(self._session)
        self.position_changed.emit()

    def _mark(self, session: Session) -> None:
        if self._feed is not None and self._position is not None:
            self._feed.mark(session.frames.row(self._position).sequence)

    def _ask_picture(self) -> None:
        session = self._session
        if session is None or self._position is None or not self._is_shown:
            return
        self._pictures.ask(
            Request(
                session.folder.artifacts_dir / RECORDING_NAME,
                session.frames.row(self._position).sequence,
                () if session.found is None else session.found.palette,
            )
        )

    def _on_made(self, request: Request, panes: Panes) -> None:
        session = self._session
        if session is not None and request.recording.is_relative_to(session.folder.path):
            self.panes_made.emit(panes)

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

    def stop(self) -> None:
        """Ask the shown session to stop; one that does not listen for long is ended by force."""
        session = self._session
        if session is None or not session.is_live:
            return
        asked = self._stop_asked_seconds.get(session.name)
        now = time.monotonic()
        try:
            if asked is not None and now - asked > KILL_AFTER_SECONDS:
                kill(session.folder)
            else:
                request_stop(session.folder)
                self._stop_asked_seconds.setdefault(session.name, now)
        except StudioError as error:
            self.failed.emit(error)
        self.updated.emit()
