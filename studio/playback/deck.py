"""An open video with its ring: which frame comes next, and where it lies on the timeline."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from studio.playback.ring import FrameRing
from studio.playback.snapshots import Entry, Snapshots
from studio.video.frame import Frame, VideoSource

_LONGEST_SKIP = 60  # frames left out in one go, so that the picture moves on however slow it is


@dataclass(frozen=True, slots=True)
class DeckFrame:
    """A decoded frame in its slot, placed on the timeline of the current jump.

    Attributes:
        deck: whose ring holds it.
        generation: of the jump.
        slot: where its picture lies.
        frame: the frame; its image is the slot's view.
        timeline_seconds: playing time since the jump.
        duration_seconds: how long it stays on screen at speed 1.
        skipped: frames left out just before it.
        entry: how the temporal engine comes to it; None where it follows the frame before.
        lead_done: frames of the lead gone through, with this one.
        lead_total: frames before the wanted one that are gone through and not delivered; 0 for a
            frame that is delivered.
    """

    deck: Deck
    generation: int
    slot: int
    frame: Frame
    timeline_seconds: float
    duration_seconds: float
    skipped: int
    entry: Entry | None = None
    lead_done: int = 0
    lead_total: int = 0


class Deck:
    """The source, its ring, and the way through it. The free list has its owner's lock.

    Args:
        source: an open video; the deck closes it.
        ring: places for its frames.
        ring_id: number by which the other side names the ring.
        snapshots: knows from where on frames must be gone through.
    """

    def __init__(
        self, source: VideoSource, ring: FrameRing, ring_id: int, snapshots: Snapshots
    ) -> None:
        self.source = source
        self.ring = ring
        self.ring_id = ring_id
        self.free = deque(range(ring.slots))
        self.generation = ring_id
        self.at_end = False
        self._snapshots = snapshots
        self._times = source.times_seconds
        self._next = 0
        self._entry: Entry | None = None
        self._lead_start = 0
        self._wanted = 0
        self._offset_seconds = 0.0
        self._loop_start = 0
        self._loop_end: int | None = None

    def cue(
        self,
        generation: int,
        index: int,
        loop_start: int,
        loop_end: int | None,
        *,
        quick: bool = False,
        again: bool = False,
    ) -> None:
        """Go on from another frame, on a fresh timeline."""
        self.generation = generation
        self.at_end = False
        self.ring.clock_seconds = -float("inf")
        if self._times is None:  # a camera knows only now
            self._entry = self._snapshots.plan(self.ring_id, 0, quick=True).entry
            return
        last = len(self._times) - 1
        index = min(max(index, 0), last)
        self._loop_start = min(max(loop_start, 0), last)
        self._loop_end = None if loop_end is None else min(max(loop_end, self._loop_start), last)
        self._offset_seconds = -float(self._times[index])
        self._go_to(index, quick=quick, again=again)

    def read(self, slot: int) -> DeckFrame | None:
        """Decode the next frame that is not too late into a slot; None at the end.

        Raises:
            VideoError: the source broke.
        """
        skipped = self._skip_late()
        if self._times is not None and self._loop_end is not None and self._next > self._loop_end:
            self._wrap()
        frame = self.source.read(self.ring.image(slot))
        begins = self._next <= self._wanted and self._lead_start < self._wanted
        if frame is None and not begins and self._loop_end is not None and self._times is not None:
            self._wrap()  # the file ended before its index did
            frame = self.source.read(self.ring.image(slot))
        if frame is None:
            self.at_end = True
            return None
        self._next = frame.index + 1
        entry, self._entry = self._entry, None
        is_lead = frame.index < self._wanted
        return DeckFrame(
            deck=self,
            generation=self.generation,
            slot=slot,
            frame=frame,
            timeline_seconds=frame.time_seconds + self._offset_seconds,
            duration_seconds=self._duration_seconds(frame.index),
            skipped=skipped,
            entry=entry,
            lead_done=frame.index + 1 - self._lead_start if is_lead else 0,
            lead_total=self._wanted - self._lead_start if is_lead else 0,
        )

    def _duration_seconds(self, index: int) -> float:
        if self._times is not None and index + 1 < len(self._times):
            return float(self._times[index + 1] - self._times[index])
        return 1.0 / max(self.source.info.frames_per_second, 1.0)

    def _skip_late(self) -> int:
        """Leave out frames whose time on screen is over, but never the last before the end."""
        if self._times is None or self._next < self._wanted:
            return 0
        end = len(self._times) - 1 if self._loop_end is None else self._loop_end
        clock = self.ring.clock_seconds
        skipped = 0
        while skipped < _LONGEST_SKIP and self._next < end:
            over = float(self._times[self._next + 1]) + self._offset_seconds
            if over > clock or not self.source.skip():
                break
            self._next += 1
            skipped += 1
        return skipped

    def _wrap(self) -> None:
        assert self._times is not None
        last = min(self._next - 1, len(self._times) - 1)
        end = float(self._times[last]) + self._offset_seconds + self._duration_seconds(last)
        self._offset_seconds = end - float(self._times[self._loop_start])
        self._go_to(self._loop_start)

    def _go_to(self, index: int, *, quick: bool = False, again: bool = False) -> None:
        """Seek to a frame, or before it where its mask depends on those before."""
        lead = self._snapshots.plan(self.ring_id, index, quick=quick, again=again)
        self._wanted = index
        self._entry = lead.entry
        self._next = self._lead_start = lead.start
        self.source.seek(lead.start)
