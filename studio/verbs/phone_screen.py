"""How a session with a phone is shown in the terminal."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from studio.jobs.reporter import TerminalReporter
from studio.runs.events import AnyEvent, Warned
from studio.runs.phone_events import DeployStep, PhoneDoubt, PhoneFrame, PhoneState

_SHOWN_FRAMES = 60


@dataclass(slots=True)
class PhoneScreen:
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
                shift, unit = (20, "MiB") if event.total_bytes >= 10 << 20 else (10, "KiB")
                done, total = event.done_bytes >> shift, event.total_bytes >> shift
                terminal.progress(done, total, unit, event.message)
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
