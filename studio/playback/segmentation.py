"""The thread that gives frames their masks and sends them."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from studio.inference.model import ModelInfo
from studio.opencv import cv2
from studio.playback.deck import Deck, DeckFrame
from studio.playback.masks import MaskMaker
from studio.playback.messages import (
    CloseModel,
    EndReached,
    FrameReady,
    ModelChanged,
    ModelOpened,
    OpenModel,
    Preparing,
    Rebuilding,
    Reply,
    SetTemporal,
)
from studio.playback.snapshots import Snapshots
from studio.playback.troubles import trouble_of

_TELL_SECONDS = 0.25  # between words on how far a lead has come

_Setting = OpenModel | CloseModel | SetTemporal


@dataclass(frozen=True, slots=True)
class _Change:
    """A command, and the number of what masks depend on once it is obeyed."""

    command: _Setting
    epoch: int


class Segmentation:
    """Takes decoded frames and settings in order; sends frames with their masks.

    Args:
        send: called with each reply.
        free: called with the slot of each frame that is not sent.
        snapshots: knows the way to any frame, and keeps states for it.
    """

    def __init__(
        self,
        send: Callable[[Reply], None],
        free: Callable[[Deck, int], None],
        snapshots: Snapshots,
    ) -> None:
        self._send = send
        self._free = free
        self._snapshots = snapshots
        self._masks = MaskMaker(snapshots, lambda: send(Preparing()))
        self._told_info: ModelInfo | None = None
        self._told_at_seconds = 0.0
        self._inbox: queue.SimpleQueue[DeckFrame | EndReached | _Change | None] = (
            queue.SimpleQueue()
        )
        self._thread = threading.Thread(target=self._work, name="segment", daemon=True)
        self._thread.start()

    def put(self, item: DeckFrame | EndReached) -> None:
        """Take what has been decoded."""
        self._inbox.put(item)

    def obey(self, command: _Setting) -> None:
        """Take a setting; what is planned from now on heeds it already."""
        match command:
            case OpenModel():
                epoch = self._snapshots.use_model(True)
            case CloseModel():
                epoch = self._snapshots.use_model(False)
            case SetTemporal():
                epoch = self._snapshots.use(command.spec)
        self._inbox.put(_Change(command, epoch))

    def close(self) -> None:
        """Stop the thread and let go of the model."""
        self._inbox.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (item := self._inbox.get()) is not None:
            match item:
                case DeckFrame() if item.generation != item.deck.generation:
                    self._free(item.deck, item.slot)
                case DeckFrame() if item.lead_total:
                    self._pass(item)
                case DeckFrame():
                    self._deliver(item)
                case EndReached():
                    self._send(item)
                case _Change():
                    self._change(item.command, item.epoch)
        self._masks.close()

    def _change(self, command: _Setting, epoch: int) -> None:
        try:
            match command:
                case OpenModel():
                    self._told_info = self._masks.open(command, epoch)
                    self._send(ModelOpened(info=self._told_info))
                case CloseModel():
                    self._masks.close()
                case SetTemporal():
                    self._masks.set_temporal(command, epoch)
        except Exception as error:  # noqa: BLE001 - reported; the process lives on
            about = "model" if isinstance(command, OpenModel) else "segmenting"
            self._give_up(about, error, 0)

    def _pass(self, item: DeckFrame) -> None:
        """Go through a frame that is not delivered."""
        if item.entry is not None:
            self._told_at_seconds = time.monotonic()
        try:
            self._masks.go_through(item)
            self._tell_of_change()
        except Exception as error:  # noqa: BLE001 - reported; the video goes on without masks
            self._give_up("segmenting", error, item.generation)
        self._free(item.deck, item.slot)
        now = time.monotonic()
        if now - self._told_at_seconds > _TELL_SECONDS:
            self._told_at_seconds = now
            self._send(Rebuilding(item.generation, item.lead_done, item.lead_total))

    def _deliver(self, item: DeckFrame) -> None:
        """Segment a frame if there is a model, and send it either way."""
        frame = item.frame
        ready = FrameReady(
            generation=item.generation,
            slot=item.slot,
            index=frame.index,
            time_seconds=frame.time_seconds,
            timeline_seconds=item.timeline_seconds,
            duration_seconds=item.duration_seconds,
            skipped=item.skipped,
            decode_millis=frame.decode_millis,
        )
        try:
            made = self._masks.make(item)
            self._tell_of_change()
        except Exception as error:  # noqa: BLE001 - reported; the video goes on without masks
            self._give_up("segmenting", error, item.generation)
            made = None
        ready = _with_view(ready, item, has_mask=made is not None)
        if made is not None:
            ready = msgspec.structs.replace(
                ready,
                preprocess_millis=made.millis.preprocess,
                invoke_millis=made.millis.invoke,
                postprocess_millis=made.millis.postprocess,
                class_pixels=made.class_pixels,
                temporal=made.temporal,
                field=made.field,
                comparison=made.comparison,
                is_exact=made.is_exact,
            )
        self._send(ready)

    def _tell_of_change(self) -> None:
        """Say so if the network has another input than was told."""
        info = self._masks.info
        # The same object while nothing changes: comparing its tensors would cost each frame.
        if info is not None and info is not self._told_info:
            self._told_info = info
            self._send(ModelChanged(info=info))

    def _give_up(self, about: str, error: Exception, generation: int) -> None:
        """Say what went wrong and go on without a model."""
        self._send(trouble_of(about, error, generation))
        self._snapshots.forget_model(self._masks.epoch)
        self._masks.close()


def _with_view(ready: FrameReady, item: DeckFrame, *, has_mask: bool) -> FrameReady:
    """Scale the frame, and its mask, to the view on screen."""
    ring = item.deck.ring
    width, height = ring.view_size
    if not width:
        return ready
    began = time.perf_counter()
    cv2.resize(
        item.frame.image,
        (width, height),
        dst=ring.scaled_image(item.slot, width, height),
        interpolation=cv2.INTER_LINEAR,
    )
    if has_mask:
        cv2.resize(
            ring.mask(item.slot),
            (width, height),
            dst=ring.scaled_mask(item.slot, width, height),
            interpolation=cv2.INTER_NEAREST_EXACT,
        )
    return msgspec.structs.replace(
        ready,
        view_width=width,
        view_height=height,
        view_millis=(time.perf_counter() - began) * 1000.0,
    )
