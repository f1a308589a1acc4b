"""What goes on in a session, told to the log, the statistics and the guard at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from studio.runs.events import AnyEvent
from studio.runs.phone_events import MaskCompared, PhoneFrame, PhoneSample, PhoneState
from studio.targets.phone.guard import Guard, why_throttled
from studio.targets.phone.measures import Measures

_NEWS_SECONDS = 1.0


class Scene:
    """Takes in what several threads tell. Thread-safe.

    Args:
        emit: the run's log.
        guard: knows the phone already.
    """

    def __init__(self, emit: Callable[[AnyEvent], None], guard: Guard) -> None:
        self._emit = emit
        self._mutex = threading.RLock()
        self._state = ""
        self._reason = ("", "")
        self._news_at = 0.0
        self.guard = guard
        self.measures = Measures()
        self.interruptions = 0

    def frame(self, frame: PhoneFrame) -> None:
        """A frame came back: first of all, it is told."""
        self._emit(frame)
        with self._mutex:
            self.measures.frame(frame)
            self.guard.frame(frame)
            if self._state not in ("running", "throttled"):
                self._enter("running")
            if time.monotonic() >= self._news_at:
                self._tell_news()

    def compared(self, compared: MaskCompared) -> None:
        """This computer made its mask of a frame."""
        self._emit(compared)
        with self._mutex:
            self.measures.comparison(compared)

    def sample(self, sample: PhoneSample) -> None:
        """The phone told its condition."""
        self._emit(sample)
        with self._mutex:
            self.measures.sample(sample)
            self.guard.sample(sample)
            self._tell_news()

    def unwatched(self) -> None:
        """The phone does not tell its condition any more."""
        with self._mutex:
            self.guard.unwatched()
            self._tell_news()

    def connecting(self) -> None:
        """The first connection is being made."""
        with self._mutex:
            self._enter("connecting")
            self._tell_news()

    def disconnected(self, message: str, remedy: str) -> None:
        """The session lost its phone and waits for it; told again when the reason changes."""
        with self._mutex:
            if self._state != "disconnected":
                self.interruptions += 1
            elif (message, remedy) == self._reason:
                return
            self._reason = (message, remedy)
            self._enter("disconnected", message, remedy)

    def ended(self) -> None:
        """Nothing more comes."""
        with self._mutex:
            self._tell_news()
            self._enter("ended")

    @property
    def summary(self) -> dict[str, object]:
        """The figures, as part of a run's summary."""
        with self._mutex:
            return {
                **self.measures.summary(),
                "doubts": self.guard.doubts,
                "interruptions": self.interruptions,
            }

    def _tell_news(self) -> None:
        self._news_at = time.monotonic() + _NEWS_SECONDS
        for doubt in self.guard.news():
            self._emit(doubt)
        if self._state in ("running", "throttled"):
            words = why_throttled(self.guard.facts)
            self._enter("throttled" if words else "running", words)

    def _enter(self, state: str, message: str = "", remedy: str = "") -> None:
        if state != self._state or state == "disconnected":
            self._state = state
            self._emit(PhoneState(state=state, message=message, remedy=remedy))
