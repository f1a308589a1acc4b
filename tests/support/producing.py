"""The playback process's inner part in this process, with a window that takes every frame."""

from __future__ import annotations

import queue
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from studio.inference.model import SessionOptions
from studio.playback.messages import (
    Cue,
    EndReached,
    FieldView,
    FrameReady,
    ModelOpened,
    OpenModel,
    OpenVideo,
    Release,
    Reply,
    RingAttached,
    SetTemporal,
    Trouble,
    VideoOpened,
)
from studio.playback.producer import Producer
from studio.playback.ring import FrameRing
from studio.targets.target import Mask
from studio.temporal.spec import TemporalSpec

_TIMEOUT_SECONDS = 30.0

_Kind = TypeVar("_Kind", bound=Reply)


@dataclass(frozen=True, slots=True)
class Taken:
    """A frame as it came.

    Attributes:
        ready: what was said of it.
        mask: a copy; None without a model.
    """

    ready: FrameReady
    mask: Mask | None


class Window:
    """Stands in for the window. A context manager, which ends the threads."""

    def __init__(self) -> None:
        self.others: list[Reply] = []
        self.ring: FrameRing | None = None
        self._ring_id = 0
        self._inbox: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        self._generation = 0
        self.producer = Producer(self._inbox.put)

    def __enter__(self) -> Window:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.producer.close()

    def open_video(self, location: Path) -> None:
        """Open a video and wait for it."""
        self._generation += 1
        self._ring_id = self._generation
        name = f"jejunet-ring-test-{secrets.token_hex(4)}"
        self.producer.obey(OpenVideo(str(location), self._generation, name))
        opened = self.wait_for(VideoOpened)
        info = opened.info
        self.ring = FrameRing(Path(opened.ring_path), info.width, info.height, opened.slots)
        self.producer.obey(RingAttached())

    def open_model(self, path: Path) -> None:
        """Open a model and wait for it."""
        self.producer.obey(OpenModel(str(path), SessionOptions()))
        self.wait_for(ModelOpened)

    def set_temporal(
        self, spec: TemporalSpec, view: FieldView = "none", compare: bool = False
    ) -> None:
        """Set how the redundancy between frames is used."""
        self.producer.obey(SetTemporal(spec, view, compare))

    def cue(
        self, index: int, loop_start: int = 0, loop_end: int | None = None, quick: bool = False
    ) -> None:
        """Jump."""
        self._generation += 1
        self.producer.obey(Cue(self._generation, index, loop_start, loop_end, quick))

    def take(self, *, keeps_slot: bool = False) -> Taken | None:
        """The next frame of the last jump; None at the end. Its slot is given back, or kept."""
        while True:
            reply = self._next()
            match reply:
                case FrameReady():
                    taken = self._taken(reply, keeps_slot=keeps_slot)
                    if reply.generation == self._generation:
                        return taken
                case EndReached() if reply.generation == self._generation:
                    return None
                case Trouble():
                    raise AssertionError(f"{reply.message} {reply.details}")
                case _:
                    self.others.append(reply)

    def take_some(self, count: int) -> list[Taken]:
        """The next frames, fewer at the end."""
        taken: list[Taken] = []
        while len(taken) < count and (found := self.take()) is not None:
            taken.append(found)
        return taken

    def wait_for(self, kind: type[_Kind], holds: Callable[[_Kind], bool] | None = None) -> _Kind:
        """The next reply of a kind; frames that come before are given back."""
        while True:
            reply = self._next()
            if isinstance(reply, kind) and (holds is None or holds(reply)):
                return reply
            if isinstance(reply, FrameReady):
                self._taken(reply)
            else:
                self.others.append(reply)

    def give_back(self, ready: FrameReady) -> None:
        """Release a frame's slot."""
        self.producer.obey(Release(self._ring_id, [ready.slot]))

    def _taken(self, ready: FrameReady, *, keeps_slot: bool = False) -> Taken:
        mask = None
        if ready.class_pixels is not None and self.ring is not None:
            mask = self.ring.mask(ready.slot).copy()
        if not keeps_slot or ready.generation != self._generation:
            self.give_back(ready)
        return Taken(ready, mask)

    def _next(self) -> Reply:
        began = time.monotonic()
        try:
            return self._inbox.get(timeout=_TIMEOUT_SECONDS)
        except queue.Empty:
            waited = time.monotonic() - began
            raise AssertionError(
                f"nothing came for {waited:.0f} s; before: {self.others}"
            ) from None
