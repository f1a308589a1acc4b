"""What the events of a session add up to. Knows no widget and no clock."""

from __future__ import annotations

import bisect
from collections.abc import Iterable

from studio.errors import PhoneError, StudioError
from studio.gui.phone.frame_table import FrameTable
from studio.runs.events import AnyEvent, Failed, Started, Terminal, Warned
from studio.runs.folder import RunFolder, RunStatus
from studio.runs.phone_events import (
    DeployStep,
    MaskCompared,
    PhoneDoubt,
    PhoneFound,
    PhoneFrame,
    PhoneSample,
    PhoneState,
)


class Session:
    """One run of the job `deploy`, live or over.

    Args:
        folder: of the run.
        title: as shown to the user.
        is_shipped: whether it came with the program.
        is_compared: whether this computer segments the frames as well.

    Attributes:
        found: the phone; None until it was found.
        steps: of the deployment, the latest word on each, in order.
        state: the latest; None before the first.
        state_since_seconds: unix time at which `state` began.
        frames: that came back.
        samples: of the phone's condition, oldest first.
        doubts: that hold now, by code.
        warnings: that were told.
        terminal: the last word; None while it has none.
        status: of the run.
        started_at_seconds: unix time.
    """

    def __init__(
        self, folder: RunFolder, title: str, *, is_shipped: bool = False, is_compared: bool = True
    ) -> None:
        self.folder = folder
        self.title = title
        self.is_shipped = is_shipped
        self.is_compared = is_compared
        self.found: PhoneFound | None = None
        self.steps: dict[str, DeployStep] = {}
        self.state: PhoneState | None = None
        self.state_since_seconds = 0.0
        self.frames = FrameTable()
        self.samples: list[PhoneSample] = []
        self.doubts: dict[str, PhoneDoubt] = {}
        self.warnings: list[Warned] = []
        self.terminal: Terminal | None = None
        self.status = RunStatus.STARTING
        self.started_at_seconds = 0.0
        self.last_at_seconds = 0.0

    @property
    def name(self) -> str:
        """Of the run folder."""
        return self.folder.name

    @property
    def is_live(self) -> bool:
        """Whether its worker is at it."""
        return self.status.is_live

    @property
    def is_streaming(self) -> bool:
        """Whether frames have come back."""
        return len(self.frames) > 0

    @property
    def first_frame_seconds(self) -> float:
        """Unix time of the first frame, or of the start while there is none."""
        return float(self.frames.at_seconds[0]) if len(self.frames) else self.started_at_seconds

    @property
    def error(self) -> StudioError | None:
        """Why it failed; None when it did not."""
        terminal = self.terminal
        if isinstance(terminal, Failed):
            return PhoneError(terminal.message, remedy=terminal.remedy, details=terminal.details)
        if self.status is RunStatus.CRASHED:
            kept = (
                "What was recorded until then is kept."
                if self.is_streaming
                else "No frame had come back."
            )
            return PhoneError(
                "The session ended without a word: its process was killed or crashed.",
                remedy=f"{kept} Deploy again.",
            )
        return None

    def take(self, events: Iterable[AnyEvent]) -> None:
        """Take in what the log says next."""
        for event in events:
            match event:
                case PhoneFrame():
                    self.frames.add(event)
                case MaskCompared():
                    self.frames.compare(event)
                case PhoneSample():
                    self.samples.append(event)
                case DeployStep():
                    self.steps[event.name] = event
                case PhoneFound():
                    self.found = event
                case PhoneState():
                    # The same state for another reason has not begun anew.
                    if self.state is None or self.state.state != event.state:
                        self.state_since_seconds = event.at_seconds
                    self.state = event
                case PhoneDoubt():
                    self._take_doubt(event)
                case Warned():
                    self.warnings.append(event)
                case Started():
                    self.started_at_seconds = self.started_at_seconds or event.at_seconds
                case _ if isinstance(event, Terminal):
                    self.terminal = event
                case _:
                    pass
            self.last_at_seconds = event.at_seconds

    def _take_doubt(self, doubt: PhoneDoubt) -> None:
        if doubt.is_over:
            self.doubts.pop(doubt.code, None)
        else:
            self.doubts[doubt.code] = doubt

    def sample_at(self, at_seconds: float) -> PhoneSample | None:
        """The phone's condition as it was last known then."""
        found = bisect.bisect_right(self.samples, at_seconds, key=lambda each: each.at_seconds)
        return self.samples[found - 1] if found else None
