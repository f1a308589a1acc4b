"""Obeys commands; a thread here decodes into the ring, another one segments: both cores work."""

from __future__ import annotations

import threading
from collections.abc import Callable

from studio.errors import StudioError
from studio.playback.deck import Deck
from studio.playback.messages import (
    AnyCommand,
    CloseModel,
    CloseVideo,
    Cue,
    EndReached,
    OpenModel,
    OpenVideo,
    Release,
    Reply,
    RingAttached,
    SetTemporal,
    VideoOpened,
)
from studio.playback.ring import FrameRing
from studio.playback.segmentation import Segmentation
from studio.playback.snapshots import Snapshots
from studio.playback.troubles import trouble_of
from studio.video.source import open_video

_VideoCommand = OpenVideo | CloseVideo | Cue


class Producer:
    """Obeys commands and sends replies from threads of its own.

    Args:
        send: called with each reply, from any thread.
    """

    def __init__(self, send: Callable[[Reply], None]) -> None:
        self._send = send
        self._changed = threading.Condition()
        self._video_commands: list[_VideoCommand] = []
        self._deck: Deck | None = None
        self._closing = False
        self._snapshots = Snapshots()
        self._segmentation = Segmentation(send, self._free, self._snapshots)
        self._thread = threading.Thread(target=self._decode_forever, name="decode", daemon=True)
        self._thread.start()

    def obey(self, command: AnyCommand) -> None:
        """Take a command; returns at once."""
        match command:
            case OpenModel() | CloseModel() | SetTemporal():
                self._segmentation.obey(command)
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
        self._segmentation.close()
        self._thread.join()

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
                self._send(trouble_of(about, error, getattr(command, "generation", 0)))

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
                deck = Deck(source, ring, command.generation, self._snapshots)
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
                    command.generation,
                    command.index,
                    command.loop_start,
                    command.loop_end,
                    quick=command.quick,
                    again=command.again,
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
            self._send(trouble_of("reading", error, deck.generation))
            return
        if frame is None:
            self._free(deck, slot)
            # Behind the last frames, which may still wait for the network.
            self._segmentation.put(EndReached(generation=deck.generation))
        else:
            self._segmentation.put(frame)

    def _free(self, deck: Deck, slot: int) -> None:
        with self._changed:
            deck.free.append(slot)
            self._changed.notify_all()
