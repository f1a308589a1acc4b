"""How frames get to the runner: one by one over the cable, or from a clip on the phone."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from studio.errors import StudioError
from studio.targets.phone.clip import Clip
from studio.targets.phone.connection import RunnerConnection, host_micros
from studio.targets.phone.feed import FrameFeed
from studio.targets.phone.pictures import SentPicture, pack
from studio.targets.phone.wire import RESTART, FrameMessage, Play, WireError

Fit = Callable[[tuple[int, int]], tuple[int, int]]
"""From a frame's height and width to those of the part of the input that it fills."""

_ENDLESS = 0xFFFFFFFF
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class SentFrame:
    """A frame that the runner was given.

    Attributes:
        sequence: of the frame in the session.
        index: of the frame in the video.
        time_seconds: presentation time.
        sent_at_seconds: unix time when it left.
        dropped_before: frames of the video that were skipped.
        picture: as sent.
        is_on_phone: it did not come over the cable.
    """

    sequence: int
    index: int
    time_seconds: float
    sent_at_seconds: float
    dropped_before: int
    picture: SentPicture
    is_on_phone: bool = False


class Sender(Protocol):
    """Keeps a runner busy through one connection after another."""

    def begin(self, connection: RunnerConnection) -> None:
        """Start giving frames to a runner that was opened."""
        ...

    def take(self, sequence: int) -> SentFrame | None:
        """The frame to which a result belongs; None for one that was not sent.

        Args:
            sequence: as the runner told it.
        """
        ...

    def take_oldest(self) -> SentFrame | None:
        """The frame that the runner must be at, for when it says no to it."""
        ...

    @property
    def waits_since(self) -> float | None:
        """When the frame was sent that the runner must be at (monotonic); None without."""
        ...

    @property
    def is_done(self) -> bool:
        """Whether all frames were given and came back."""
        ...

    def end(self) -> None:
        """Give no more. A second call does nothing.

        Raises:
            StudioError: sending failed.
        """
        ...


class CableSender:
    """Sends a feed's frames from a thread of its own, a few at a time.

    Args:
        feed: the frames.
        fit: how a frame lies on the network's input.
        encoding: `bgr` or `jpeg`.
        most_in_flight: frames sent whose results have not come.
        flags: of each frame message.
    """

    def __init__(
        self, feed: FrameFeed, fit: Fit, encoding: str, most_in_flight: int, flags: int = 0
    ) -> None:
        self._feed = feed
        self._fit = fit
        self._encoding = encoding
        self._most = most_in_flight
        self._flags = flags
        self._changed = threading.Condition()
        self._sent: dict[int, tuple[SentFrame, float]] = {}
        self._next = 0
        self._last_index: int | None = None
        self._lost = 0
        self._ends = threading.Event()
        self._thread: threading.Thread | None = None
        self._error: StudioError | None = None

    def begin(self, connection: RunnerConnection) -> None:
        """Start sending; frames of a connection before count as dropped."""
        with self._changed:
            self._lost += len(self._sent)
            self._sent.clear()
        self._last_index = None
        self._error = None
        self._ends.clear()
        self._feed.begin()
        self._thread = threading.Thread(
            target=self._work, args=(connection,), name="phone sender", daemon=True
        )
        self._thread.start()

    def take(self, sequence: int) -> SentFrame | None:
        """The frame to which a result belongs; see `Sender.take`."""
        with self._changed:
            found = self._sent.pop(sequence, None)
            self._changed.notify()
        return found[0] if found else None

    def take_oldest(self) -> SentFrame | None:
        """The frame that the runner must be at; see `Sender.take_oldest`."""
        with self._changed:
            oldest = next(iter(self._sent), None)
        return None if oldest is None else self.take(oldest)

    @property
    def waits_since(self) -> float | None:
        """When the oldest frame in flight was sent."""
        with self._changed:
            return next((at for _, at in self._sent.values()), None)

    @property
    def is_done(self) -> bool:
        """Whether sending has ended; a feed has no end of its own."""
        return self._error is not None

    def end(self) -> None:
        """Stop sending; see `Sender.end`."""
        self._ends.set()
        with self._changed:
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _work(self, connection: RunnerConnection) -> None:
        try:
            while self._wait_for_room():
                fed = self._feed.next(self._ends.wait)
                if fed is None:
                    return
                picture = pack(fed.frame.image, self._encoding)
                sent = SentFrame(
                    sequence=self._next,
                    index=fed.frame.index,
                    time_seconds=fed.frame.time_seconds,
                    sent_at_seconds=time.time(),
                    dropped_before=fed.dropped_before + self._lost,
                    picture=picture,
                )
                self._lost = 0
                self._next += 1
                with self._changed:
                    self._sent[sent.sequence] = (sent, time.monotonic())
                message = FrameMessage(
                    sequence=sent.sequence,
                    host_micros=host_micros(),
                    size=picture.size,
                    fitted_size=self._fit(picture.size),
                    encoding=picture.code,
                    flags=self._flags | self._restart(sent.index),
                    picture=picture.data,
                    index=sent.index,
                    time_seconds=sent.time_seconds,
                )
                connection.send_frame(message)
        except StudioError as error:
            self._error = error
        except Exception as error:  # noqa: BLE001 - raised again by `end`; a thread has no one else
            self._error = _sending_failed(error)

    def _restart(self, index: int) -> int:
        """The flag of a frame that follows no other: the first, and that of every new round."""
        last, self._last_index = self._last_index, index
        return RESTART if last is None or index <= last else 0

    def _wait_for_room(self) -> bool:
        with self._changed:
            while not self._ends.is_set():
                if len(self._sent) < self._most:
                    return True
                self._changed.wait(_POLL_SECONDS)
        return False


class ClipSender:
    """Has the runner play a clip that was pushed ahead.

    Args:
        clip: as made here.
        remote: its place on the phone.
        is_endless: play it again and again; else once in all.
    """

    def __init__(self, clip: Clip, remote: str, *, is_endless: bool) -> None:
        self._clip = clip
        self._remote = remote
        self._is_endless = is_endless
        self._base = 0  # of the sequence numbers of this connection
        self._last = -1
        self._came_at = 0.0
        self._began_at = 0.0
        self._has_ended = False

    def begin(self, connection: RunnerConnection) -> None:
        """Let it play from the start."""
        self._has_ended = False
        self._base = self._last + 1
        self._came_at = time.monotonic()
        self._began_at = time.time()
        connection.play(Play(self._remote, _ENDLESS if self._is_endless else 1))

    def take(self, sequence: int) -> SentFrame | None:
        """The frame to which a result belongs; see `Sender.take`."""
        self._came_at = time.monotonic()
        number = self._base + sequence
        self._last = max(self._last, number)
        entry = self._clip.entries[sequence % len(self._clip.entries)]
        return SentFrame(
            sequence=number,
            index=entry.index,
            time_seconds=entry.time_seconds,
            sent_at_seconds=self._began_at,
            dropped_before=0,
            picture=self._clip.picture(entry),
            is_on_phone=True,
        )

    def take_oldest(self) -> SentFrame | None:
        """The frame after the last one that came."""
        return self.take(self._last + 1 - self._base)

    @property
    def waits_since(self) -> float | None:
        """When the last result came."""
        return None if self.is_done or self._has_ended else self._came_at

    @property
    def is_done(self) -> bool:
        """Whether the clip was played once, if once is enough."""
        return not self._is_endless and self._last - self._base + 1 >= len(self._clip.entries)

    def end(self) -> None:
        """Wait for no more: the runner stops playing when the wire ends."""
        self._has_ended = True


def _sending_failed(error: Exception) -> WireError:
    """Put what nobody foresaw into words; a flow that ends so again and again is not begun anew."""
    return WireError(
        "This computer could not send any more frames to the phone:"
        f" {type(error).__name__}: {error}".rstrip(": ").rstrip(".")
        + ".",
        remedy="Deploy again; if it stays so, try another video.",
        details="".join(traceback.format_exception(error)),
    )
