"""Follow a session with a phone in the terminal until it ends."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from studio.errors import RunError
from studio.jobs.reporter import TerminalReporter
from studio.runs.events import AnyEvent, Warned
from studio.runs.launch import kill, request_stop
from studio.runs.phone_events import DeployStep, PhoneDoubt, PhoneFrame, PhoneState
from studio.runs.watch import RunWatcher
from studio.verbs.answers import reporter
from studio.verbs.follow import Ending

_POLL_SECONDS = 0.1
_SHOWN_FRAMES = 60


def follow_phone(watcher: RunWatcher) -> Ending:
    """Show on standard error how a session goes until it ends.

    The first Ctrl-C asks it to stop, the second ends its worker.

    Args:
        watcher: of the run.

    Raises:
        RunError: its folder was deleted or moved.
        OutputError: the wish to stop cannot be written.
    """
    folder = watcher.folder
    screen = _Screen()
    was_asked = was_killed = False
    with reporter() as terminal:
        while True:
            try:
                update = watcher.poll()
                if update.is_gone:
                    raise RunError(f"The folder of the run {folder.name} was deleted or moved.")
                for event in update.events:
                    screen.take(event, terminal)
                screen.draw(terminal)
                if update.is_caught_up and not update.status.is_live:
                    return Ending(folder, update.status, folder.terminal())
                if terminal.should_stop() and not was_asked:
                    was_asked = True
                    request_stop(folder)
                    terminal.say("Stopping; Ctrl-C again ends it at once.")
                if update.is_caught_up:
                    time.sleep(_POLL_SECONDS)
            except KeyboardInterrupt:
                if was_killed or not kill(folder):
                    raise
                was_killed = True  # the next looks find it crashed


@dataclass(slots=True)
class _Screen:
    """What is worth showing of a session's events."""

    frames: int = 0
    latest: deque[PhoneFrame] = field(default_factory=lambda: deque(maxlen=_SHOWN_FRAMES))
    is_drawn: bool = True

    def take(self, event: AnyEvent, terminal: TerminalReporter) -> None:
        """Keep what is drawn, and say at once what should stay on the screen."""
        if isinstance(event, PhoneFrame):
            self.frames += 1
            self.latest.append(event)
            self.is_drawn = False
        elif isinstance(event, DeployStep):
            if event.state == "running" and event.total_bytes:
                done, total = event.done_bytes >> 20, event.total_bytes >> 20
                terminal.progress(done, total, "MiB", event.message)
            elif event.state != "running":
                mark = {"done": "✓", "skipped": "·", "failed": "✗"}.get(event.state, " ")
                terminal.say(f"{mark} {event.name}: {event.message} ({event.seconds:.1f} s)")
        elif isinstance(event, PhoneState):
            if event.state in ("disconnected", "throttled"):
                terminal.say(f"{event.state}: {event.message} {event.remedy}".rstrip())
                self.latest.clear()
            elif event.state == "running":
                terminal.say("running")
        elif isinstance(event, PhoneDoubt):
            if not event.is_over and event.code != "few-frames":
                terminal.say(f"doubt: {event.message}")
        elif isinstance(event, Warned):
            terminal.emit(event)

    def draw(self, terminal: TerminalReporter) -> None:
        """Move the live line, if there is anything new."""
        if self.is_drawn:
            return
        self.is_drawn = True
        intervals = [frame.interval_millis for frame in self.latest if frame.interval_millis > 0]
        invokes = [frame.invoke_millis for frame in self.latest]
        words = "Streaming"
        if intervals:
            rate = 1e3 * len(intervals) / sum(intervals)
            words = f"{rate:.1f} FPS · {sum(invokes) / len(invokes):.1f} ms network"
        terminal.progress(self.frames, None, "frames", words)
