"""States of the temporal engine that are kept, so that a jump need not go through many frames."""

from __future__ import annotations

import dataclasses
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from studio.targets.anchors import first_to_fold
from studio.temporal.spec import OFF, TemporalSpec
from studio.temporal.state import Drawn, State

_RECENT_BYTES = 32 * 2**20
_SPREAD_BYTES = 64 * 2**20
_SPREAD_GAP = 16  # frames


@dataclass(frozen=True, slots=True)
class Entry:
    """How the temporal engine comes to a frame that does not follow the one before.

    Attributes:
        context: what the state belongs to; see `Snapshots.plan`.
        state: after the frame before; None begins anew.
        is_exact: whether that state is the one that there always is after that frame.
    """

    context: tuple[int, int]
    state: State | None = None
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Lead:
    """The way to a frame.

    Attributes:
        start: first frame to go through; those before the wanted one are not delivered.
        entry: into that first one.
    """

    start: int
    entry: Entry


class _Kept:
    """States by the index of their frame, the least used ones forgotten first.

    They are kept and given without the mask that they remember, which would grow past the budget
    behind its back: it is as large as a frame, and comes with the second drawing.

    Args:
        budget_bytes: what they may take together; the newest one is kept whatever it takes.
    """

    def __init__(self, budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self._states: OrderedDict[int, tuple[State, bool]] = OrderedDict()
        self._sizes: dict[int, int] = {}
        self._bytes = 0

    def put(self, index: int, state: State, is_exact: bool) -> None:
        self._bytes -= self._sizes.pop(index, 0)
        self._states.pop(index, None)
        self._states[index] = (dataclasses.replace(state, drawn=Drawn()), is_exact)
        self._sizes[index] = _size_bytes(state)
        self._bytes += self._sizes[index]
        while self._bytes > self._budget_bytes and len(self._states) > 1:
            forgotten, _ = self._states.popitem(last=False)
            self._bytes -= self._sizes.pop(forgotten)

    def last(self, first: int, before: int) -> int | None:
        """The largest index from `first` on that lies before another."""
        return max((index for index in self._states if first <= index < before), default=None)

    def entry(self, context: tuple[int, int], index: int) -> Entry:
        """Behind a frame that is kept."""
        self._states.move_to_end(index)
        state, is_exact = self._states[index]
        return Entry(context, dataclasses.replace(state, drawn=Drawn()), is_exact)

    def clear(self) -> None:
        self._states.clear()
        self._sizes.clear()
        self._bytes = 0


class Snapshots:
    """Knows the way to any frame. Thread-safe.

    Two stores, each within its bytes: the last states, for steps back, and every 16th, for jumps.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spec = OFF
        self._has_model = False
        self._epoch = 0
        self._context = (0, 0)
        self._recent = _Kept(_RECENT_BYTES)
        self._spread = _Kept(_SPREAD_BYTES)

    def use(self, spec: TemporalSpec) -> int:
        """Plan for another spec.

        Returns:
            The number of what masks depend on from now on; it grows with each change.
        """
        with self._lock:
            if spec != self._spec:
                self._spec = spec
                self._renew()
            return self._epoch

    def use_model(self, is_open: bool) -> int:
        """Plan for another model, or none; see `use`."""
        with self._lock:
            self._has_model = is_open
            self._renew()
            return self._epoch

    def forget_model(self, epoch: int) -> None:
        """Plan for no model, unless another one was asked for since `epoch`."""
        with self._lock:
            if epoch == self._epoch:
                self._has_model = False

    def plan(self, video: int, index: int, *, quick: bool = False, again: bool = False) -> Lead:
        """Find the way to a frame.

        Args:
            video: number of the video; grows with each.
            index: of the frame.
            quick: do without a lead, so that masks are not exact.
            again: see `Cue`.

        Returns:
            The lead; its entry's context is the video's number and what masks depend on.
        """
        with self._lock:
            context = (video, self._epoch)
            self._turn_to(context)
            first = index if quick or not self._has_model else first_to_fold(self._spec, index)
            # Where a jump begins anew, only the state right before the frame leads on to it.
            furthest = min(first, index - 1) if again else first
            best: tuple[int, _Kept] | None = None
            for kept in (self._recent, self._spread):
                found = kept.last(furthest, index)
                if found is not None and (best is None or found > best[0]):
                    best = (found, kept)
            if best is None:
                return Lead(first, Entry(context))
            return Lead(best[0] + 1, best[1].entry(context, best[0]))

    def put(
        self, context: tuple[int, int], index: int, state: State, *, is_exact: bool = True
    ) -> None:
        """Keep the state after a frame.

        Args:
            context: of the entry that led there.
            index: of the frame.
            state: after it.
            is_exact: whether it is the one that there always is; others are kept only where
                nothing is to be exact.
        """
        with self._lock:
            if context[1] != self._epoch or context < self._context:
                return  # of a setting or a video that is gone
            if self._spec.asynchronous or not (is_exact or self._spec.seek == "fast"):
                return
            self._turn_to(context)
            self._recent.put(index, state, is_exact)
            if index % _SPREAD_GAP == _SPREAD_GAP - 1:
                self._spread.put(index, state, is_exact)

    def _renew(self) -> None:
        self._epoch += 1
        self._clear()

    def _turn_to(self, context: tuple[int, int]) -> None:
        if context != self._context:
            self._context = context
            self._clear()

    def _clear(self) -> None:
        self._recent.clear()
        self._spread.clear()


def _size_bytes(value: object) -> int:
    """What the arrays in a state take."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if dataclasses.is_dataclass(value):
        return sum(_size_bytes(getattr(value, each.name)) for each in dataclasses.fields(value))
    return 0
