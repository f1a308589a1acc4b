"""Everything that one session with a phone told, live or recorded."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from studio.gui.telemetry.phone_conditions import PhoneConditions, hottest_outside
from studio.gui.telemetry.phone_ring import PhoneRing
from studio.gui.telemetry.records import PhoneRecords, Records
from studio.gui.telemetry.samples import SampleBook
from studio.gui.telemetry.source import ALL_SECONDS, TelemetrySource
from studio.gui.telemetry.span import TimeSpan
from studio.runs.events import AnyEvent
from studio.runs.phone_events import (
    DeployStep,
    MaskCompared,
    PhoneDoubt,
    PhoneFound,
    PhoneFrame,
    PhoneSample,
    PhoneState,
)

_LATENCIES = 36_000  # twenty minutes at 30 frames a second
_HISTORY = 1000
_SILENT_SECONDS = 2.5  # a phone may need a second for a frame, and samples come each second


@dataclass(frozen=True, slots=True)
class DoubtSpan:
    """A doubt and how long it lasted.

    Attributes:
        doubt: in words.
        until_seconds: unix time when it had passed; None while it lasts.
    """

    doubt: PhoneDoubt
    until_seconds: float | None = None


class PhoneSession(TelemetrySource):
    """Frames, samples, states and doubts of one session.

    Args:
        begun: which phone and run.
        ring: where frames are kept; an hour at 60 a second by default.
    """

    state_changed = Signal()
    doubts_changed = Signal()
    marked = Signal()
    frame_chosen = Signal(int)  # sequence

    def __init__(
        self,
        begun: PhoneConditions,
        ring: PhoneRing | None = None,
        parent: QObject | None = None,
    ) -> None:
        self._ring = ring if ring is not None else PhoneRing()
        super().__init__(self._ring, parent)
        self._samples = SampleBook()
        self._segment = 0
        self._conditions = {0: begun}
        self._states: deque[PhoneState] = deque(maxlen=_HISTORY)
        self._step: DeployStep | None = None
        self._doubts: dict[str, DoubtSpan] = {}
        self._past_doubts: deque[DoubtSpan] = deque(maxlen=_HISTORY)
        self._mark: int | None = None
        self._is_ended = False
        self._made_at_seconds = time.time()
        self._waiting: list[float] = []
        self._drawn: list[float] = []
        self._latencies: deque[float] = deque(maxlen=_LATENCIES)
        if begun.is_recorded:
            self.window_seconds = ALL_SECONDS

    # -- taking in -----------------------------------------------------------------------------

    def take(self, events: Sequence[AnyEvent]) -> None:
        """Take in events in their order; those that are none of a phone's are passed over."""
        frames: list[PhoneFrame] = []
        compared: list[MaskCompared] = []
        for event in events:
            if isinstance(event, PhoneFrame):
                frames.append(event)
            elif isinstance(event, MaskCompared):
                compared.append(event)
            elif isinstance(event, PhoneSample):
                self._take_sample(event)
            elif isinstance(event, PhoneFound | PhoneState):
                # Frames before and after it belong to different flows.
                self._take_frames(frames)
                frames = []
                if isinstance(event, PhoneFound):
                    self._take_found(event)
                else:
                    self._take_state(event)
            elif isinstance(event, PhoneDoubt):
                self._take_doubt(event)
            elif isinstance(event, DeployStep):
                self._step = event
                self.state_changed.emit()
        self._take_frames(frames)
        if compared:
            self._ring.compare(compared)
        if events:
            self._arrived += 1
            self.arrived_more.emit()

    def end(self) -> None:
        """Nothing more will come."""
        self._is_ended = True
        self._ring.end_flow()
        self.state_changed.emit()
        self.arrived_more.emit()

    def _take_frames(self, frames: list[PhoneFrame]) -> None:
        if frames:
            self._ring.append(frames, self._segment)
            if not self.conditions.is_recorded:
                # A session that goes on is told from its beginning: that part was never live.
                times = (frame.at_seconds for frame in frames)
                self._waiting += [at for at in times if at >= self._made_at_seconds]
                del self._waiting[:-_LATENCIES]

    def _take_sample(self, sample: PhoneSample) -> None:
        self._samples.append(sample)
        if self.conditions.start_celsius is None:
            told = hottest_outside(sample)
            if told is not None:
                self._set_conditions(
                    replace(self.conditions, start_sensor=told[0], start_celsius=told[1])
                )

    def _take_found(self, found: PhoneFound) -> None:
        if not self.conditions.same_setup(found):
            self._ring.end_flow()
            self._segment += 1
        before = self._conditions.get(self._segment, self._conditions[max(self._conditions)])
        self._set_conditions(replace(before, found=found))

    def _set_conditions(self, conditions: PhoneConditions) -> None:
        self._conditions[self._segment] = conditions
        self.conditions_changed.emit()

    def _take_state(self, state: PhoneState) -> None:
        if state.state in ("connecting", "disconnected", "ended"):
            self._ring.end_flow()
        if not self._states or _told(self._states[-1]) != _told(state):
            self._states.append(state)
            self.state_changed.emit()

    def _take_doubt(self, doubt: PhoneDoubt) -> None:
        raised = self._doubts.pop(doubt.code, None)
        if not doubt.is_over:
            # The words may change with the value; since when stays.
            since = doubt if raised is None else raised.doubt
            self._doubts[doubt.code] = DoubtSpan(
                PhoneDoubt(code=doubt.code, message=doubt.message, at_seconds=since.at_seconds)
            )
        elif raised is not None:
            self._past_doubts.append(replace(raised, until_seconds=doubt.at_seconds))
        self.doubts_changed.emit()

    # -- what it says --------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """Its name in the list of sources."""
        return self.conditions.name + (", recorded" if self.conditions.is_recorded else "")

    @property
    def origin_seconds(self) -> float:
        """When its first frame came; before that, when it began."""
        return self._oldest_seconds()

    @property
    def least_chart_seconds(self) -> float:
        """A phone's numbers are worth being seen as they come."""
        return 0.04

    @property
    def empty_words(self) -> str:
        """What to say while there are no frames."""
        if self._is_over:
            return "This session brought no frames."
        return "Waiting for the first frame from the phone."

    def describe(self, records: Records, position: int) -> str:
        """What is special about a record."""
        assert isinstance(records, PhoneRecords)
        words = ""
        agreement = float(records.agreement[position])
        if not math.isnan(agreement):
            words += f" · {100 * agreement:.2f} % as here"
        words += f" · CPU {records.cpu[position]}"
        if records.clock_khz[position]:
            words += f" at {records.clock_khz[position] / 1000:.0f} MHz"
        if not records.is_key_frame[position]:
            words += " · propagated"
        return words + super().describe(records, position)

    def away_spans(self, until_seconds: float) -> list[TimeSpan]:
        """When the phone was disconnected.

        Args:
            until_seconds: where the newest of them ends, if it lasts.
        """
        spans = []
        gone: float | None = None
        for state in self._states:
            if state.state == "disconnected" and gone is None:
                gone = state.at_seconds
            elif state.state in ("running", "throttled", "ended") and gone is not None:
                spans.append(TimeSpan(gone, state.at_seconds))
                gone = None
        if gone is not None:
            spans.append(TimeSpan(gone, max(until_seconds, gone)))
        return spans

    @property
    def is_live(self) -> bool:
        """Whether frames come in; samples alone mean that the runner has fallen silent."""
        state = self.state
        if self._is_over or state is None or state.state not in ("running", "throttled"):
            return False
        frame = super()._newest_seconds()
        return frame is None or self._newest_seconds() - frame <= _SILENT_SECONDS

    @property
    def _is_over(self) -> bool:
        return self._is_ended or self.conditions.is_recorded

    @property
    def is_ended(self) -> bool:
        """Whether `end` was told."""
        return self._is_ended

    @property
    def conditions(self) -> PhoneConditions:
        """Under which the newest records were measured."""
        return self._conditions[self._segment]

    @property
    def all_conditions(self) -> dict[int, PhoneConditions]:
        """By segment."""
        return dict(self._conditions)

    @property
    def state(self) -> PhoneState | None:
        """The newest that was told."""
        return self._states[-1] if self._states else None

    @property
    def states(self) -> list[PhoneState]:
        """All that were told, oldest first; a thousand at most."""
        return list(self._states)

    @property
    def step(self) -> DeployStep | None:
        """How far the deployment is."""
        return self._step

    @property
    def doubts(self) -> list[PhoneDoubt]:
        """What makes the numbers untrustworthy now, in the order in which it came up."""
        spans = sorted(self._doubts.values(), key=lambda span: span.doubt.at_seconds)
        return [span.doubt for span in spans]

    @property
    def doubt_spans(self) -> list[DoubtSpan]:
        """All that ever did, those that passed first; a thousand at most."""
        return [*self._past_doubts, *self._doubts.values()]

    @property
    def samples(self) -> SampleBook:
        """The phone's condition over time."""
        return self._samples

    def phone_records(self) -> PhoneRecords:
        """Every frame that is kept."""
        return self._ring.records()

    def _newest_seconds(self) -> float:
        return max(self._ends(-1), default=self.conditions.started_at_seconds)

    def _oldest_seconds(self) -> float:
        return min(self._ends(0), default=self.conditions.started_at_seconds)

    def _ends(self, place: int) -> list[float]:
        """When the first (0) or the last (-1) frame and sample came, as far as there are any."""
        columns = (self._ring.records().shown_at_seconds, self._samples.at_seconds)
        return [float(at_seconds[place]) for at_seconds in columns if len(at_seconds)]

    def clear(self) -> None:
        """Forget every record, and let the view follow again."""
        self._samples.clear()
        self._waiting.clear()
        self._drawn.clear()
        super().clear()

    # -- frames picked and marked --------------------------------------------------------------

    def choose(self, record: Records, position: int) -> None:
        """Tell which frame the user picked."""
        assert isinstance(record, PhoneRecords)
        self.frame_chosen.emit(int(record.sequence[position]))

    def mark(self, sequence: int | None) -> None:
        """Mark the frame that is shown elsewhere; None for none."""
        if sequence != self._mark:
            self._mark = sequence
            self.marked.emit()

    @property
    def marked_sequence(self) -> int | None:
        """The frame that is shown elsewhere."""
        return self._mark

    @property
    def marked_seconds(self) -> float | None:
        """When the marked frame came back; None without one, or when it is not kept."""
        if self._mark is None:
            return None
        records = self._ring.records()
        at = records.position_of(self._mark)
        return None if at is None else float(records.shown_at_seconds[at])

    # -- how long a frame takes to the chart ---------------------------------------------------

    def note_drawn(self) -> None:
        """Tell that the frames so far are part of the picture that is painted next."""
        self._drawn += self._waiting
        self._waiting.clear()

    def note_painted(self) -> None:
        """Tell that this picture is on the screen."""
        now = time.time()
        self._latencies.extend((now - at_seconds) * 1000.0 for at_seconds in self._drawn)
        self._drawn.clear()

    def note_unseen(self) -> None:
        """Tell that nobody looked at the chart when the frames so far came."""
        self._waiting.clear()
        self._drawn.clear()

    @property
    def shown_latency_millis(self) -> list[float]:
        """From the event of each live frame to its place on the chart; the newest 36,000."""
        return list(self._latencies)


def _told(state: PhoneState) -> tuple[str, str, str]:
    return state.state, state.message, state.remedy
