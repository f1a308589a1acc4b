"""Two threads that fill the ring: one decodes, the other segments, so that both cores work."""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import msgspec

from studio.errors import StudioError
from studio.opencv import cv2
from studio.playback.deck import Deck, DeckFrame
from studio.playback.messages import (
    AnyCommand,
    CloseModel,
    CloseVideo,
    Cue,
    EndReached,
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
from studio.playback.ring import FrameRing
from studio.targets.target import Mask, Session
from studio.video.source import open_video

_VideoCommand = OpenVideo | CloseVideo | Cue


def _open_session(command: OpenModel) -> Session:
    # Imported here, so that a video without a model is on screen before the runtimes are loaded.
    from studio.targets.computer import ComputerTarget

    return ComputerTarget().open(Path(command.path), command.options)


def _class_pixels(mask: Mask, classes: int) -> list[int]:
    from studio.inference.postprocess import class_pixels

    counts: list[int] = class_pixels(mask, classes).tolist()
    return counts


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


class Producer:
    """Obeys commands and sends replies from its own threads.

    Args:
        send: called with each reply, from any thread.
    """

    def __init__(self, send: Callable[[Reply], None]) -> None:
        self._send = send
        self._changed = threading.Condition()
        self._video_commands: list[_VideoCommand] = []
        self._deck: Deck | None = None
        self._closing = False
        self._to_segment: queue.SimpleQueue[
            DeckFrame | EndReached | OpenModel | CloseModel | SetTemporal | None
        ] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._decode_forever, name="decode", daemon=True),
            threading.Thread(target=self._segment_forever, name="segment", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def obey(self, command: AnyCommand) -> None:
        """Take a command; returns at once."""
        match command:
            case OpenModel() | CloseModel() | SetTemporal():
                self._to_segment.put(command)
            case Release():
                with self._changed:
                    if self._deck is not None and self._deck.ring_id == command.ring:
                        self._deck.free.extend(command.slots)
                        self._changed.notify_all()
            case RingAttached():
                with self._changed:
                    if self._deck is not None:
                        self._deck.ring.forget_name()
            case OpenVideo() | CloseVideo() | Cue():
                with self._changed:
                    self._video_commands.append(command)
                    self._changed.notify_all()

    def close(self) -> None:
        """Stop both threads and let go of video and model."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._to_segment.put(None)
        for thread in self._threads:
            thread.join()

    def _decode_forever(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._closing or self._video_commands or self._can_decode()
                )
                if self._closing:
                    self._close_deck()
                    return
                commands, self._video_commands = self._video_commands, []
                slot = -1
                if not commands:
                    assert self._deck is not None
                    slot = self._deck.free.popleft()
            if commands:
                self._obey_video(commands)
            else:
                self._decode_into(slot)

    def _can_decode(self) -> bool:
        return self._deck is not None and not self._deck.at_end and bool(self._deck.free)

    def _obey_video(self, commands: list[_VideoCommand]) -> None:
        # Of several jumps that piled up (a hand on the slider) only the newest matters.
        newest = max((i for i, c in enumerate(commands) if isinstance(c, Cue)), default=-1)
        for i, command in enumerate(commands):
            if isinstance(command, Cue) and i != newest:
                continue
            about = "video" if isinstance(command, OpenVideo) else "reading"
            try:
                self._obey_one(command)
            except Exception as error:  # noqa: BLE001 - whatever it was, the GUI must hear of it
                if self._deck is not None:
                    self._deck.at_end = True
                self._report(about, error, getattr(command, "generation", 0))

    def _obey_one(self, command: _VideoCommand) -> None:
        match command:
            case OpenVideo():
                self._close_deck()
                source = open_video(command.location)
                try:
                    ring = FrameRing.create(
                        command.ring_name, source.info.width, source.info.height
                    )
                except StudioError:
                    source.close()
                    raise
                times = source.times_seconds
                deck = Deck(source, ring, command.generation)
                deck.cue(command.generation, 0, 0, None)
                # Before it is announced: an answer or the end may come at once.
                with self._changed:
                    self._deck = deck
                self._send(
                    VideoOpened(
                        info=source.info,
                        times_seconds=[] if times is None else times.tolist(),
                        ring_path=str(ring.path),
                        slots=ring.slots,
                        generation=command.generation,
                    )
                )
            case CloseVideo():
                self._close_deck()
            case Cue() if self._deck is not None:
                self._deck.cue(
                    command.generation, command.index, command.loop_start, command.loop_end
                )

    def _close_deck(self) -> None:
        with self._changed:
            deck, self._deck = self._deck, None
        if deck is not None:
            deck.source.close()
            deck.ring.forget_name()

    def _decode_into(self, slot: int) -> None:
        deck = self._deck
        assert deck is not None
        try:
            frame = deck.read(slot)
        except Exception as error:  # noqa: BLE001 - reported; the process lives on
            deck.at_end = True
            self._free(deck, slot)
            self._report("reading", error, deck.generation)
            return
        if frame is None:
            self._free(deck, slot)
            # Behind the last frames, which may still wait for the network.
            self._to_segment.put(EndReached(generation=deck.generation))
        else:
            self._to_segment.put(frame)

    def _free(self, deck: Deck, slot: int) -> None:
        with self._changed:
            deck.free.append(slot)
            self._changed.notify_all()

    def _segment_forever(self) -> None:
        session: Session | None = None
        while (item := self._to_segment.get()) is not None:
            if isinstance(item, DeckFrame):
                if item.generation == item.deck.generation:
                    session = self._deliver(item, session)
                else:
                    self._free(item.deck, item.slot)
                continue
            if isinstance(item, EndReached):
                self._send(item)
                continue
            if isinstance(item, SetTemporal):
                continue
            if session is not None:
                session.close()
                session = None
            if isinstance(item, OpenModel):
                try:
                    session = _open_session(item)
                    self._send(ModelOpened(info=session.info))
                except Exception as error:  # noqa: BLE001 - reported; the process lives on
                    self._report("model", error)
        if session is not None:
            session.close()

    def _deliver(self, item: DeckFrame, session: Session | None) -> Session | None:
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
        if session is None:
            self._send(_with_view(ready, item, has_mask=False))
            return None
        try:
            result = session.segment(frame, item.deck.ring.mask(item.slot))
        except Exception as error:  # noqa: BLE001 - reported; the video goes on without masks
            self._report("segmenting", error, item.generation)
            session.close()
            self._send(_with_view(ready, item, has_mask=False))
            return None
        self._send(
            msgspec.structs.replace(
                _with_view(ready, item, has_mask=True),
                preprocess_millis=result.millis.preprocess,
                invoke_millis=result.millis.invoke,
                postprocess_millis=result.millis.postprocess,
                class_pixels=_class_pixels(result.mask, len(session.info.labels)),
            )
        )
        return session

    def _report(self, about: str, error: Exception, generation: int = 0) -> None:
        if isinstance(error, StudioError):
            trouble = Trouble(
                about=about,
                kind=type(error).__name__,
                message=error.message,
                remedy=error.remedy,
                details=error.details,
                generation=generation,
            )
        else:
            trouble = Trouble(
                about=about,
                kind="StudioError",
                message=f"An unexpected problem came up: {error}.",
                remedy="The details say where; please report them.",
                details="".join(traceback.format_exception(error)),
                generation=generation,
            )
        self._send(trouble)
