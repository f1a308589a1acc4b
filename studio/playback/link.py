"""The GUI's hold on playback: the process, its ring, and the number of the current jump."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.playback.client import Died, PlaybackClient
from studio.playback.messages import (
    AnyReply,
    Command,
    Cue,
    FrameReady,
    OpenVideo,
    Release,
    RingAttached,
    SetTemporal,
    VideoOpened,
)
from studio.playback.ring import FrameRing, remove_ring
from studio.targets.target import Mask
from studio.video.frame import Image


@dataclass(frozen=True, slots=True)
class HeldFrame:
    """A frame to show: views of its slot in the ring.

    Attributes:
        image: uint8 [H, W, 3] BGR.
        mask: uint8 [H, W]; None for a frame without a model.
        view_image: the picture at the size of the view; None when nobody asked in time.
        view_mask: the mask at the size of the view; None likewise.
    """

    image: Image
    mask: Mask | None
    view_image: Image | None
    view_mask: Mask | None


class PlaybackLink:
    """Starts the playback process when it is first needed, and again when it is gone.

    Args:
        wake: called from another thread when something has arrived; must return at once.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._client: PlaybackClient | None = None
        self._ring: FrameRing | None = None
        self._ring_id = 0
        self._ring_name = ""
        self._view_size = (0, 0)
        self._held_slot: int | None = None
        self._temporal = SetTemporal()
        self.generation = 0

    @property
    def pid(self) -> int | None:
        """Of the process; None while there is none."""
        return None if self._client is None else self._client.pid

    def take(self) -> list[AnyReply | Died]:
        """Everything that has arrived."""
        return [] if self._client is None else self._client.take()

    def send(self, command: Command) -> None:
        """Pass a command on. A process that takes none is ended, and its death is reported."""
        if self._client is None:
            self._client = PlaybackClient(self._wake)
            if self._temporal != SetTemporal():
                self._client.send(self._temporal)
        if not self._client.send(command) and not isinstance(command, Release):
            self._client.kill("it took no commands any more")

    def open_video(self, location: str) -> int:
        """Ask for a video; returns the generation of its first frames."""
        self.generation += 1
        self.forget_ring()
        self._ring_name = f"jejunet-ring-{os.getpid()}-{secrets.token_hex(4)}"
        self.send(
            OpenVideo(location=location, generation=self.generation, ring_name=self._ring_name)
        )
        return self.generation

    def set_temporal(self, command: SetTemporal) -> None:
        """Have this process and each that follows it use the redundancy between frames so."""
        self._temporal = command
        if self._client is not None:
            self.send(command)

    def attach(self, opened: VideoOpened) -> None:
        """Map the ring of an opened video.

        Raises:
            OSError: it is not there any more.
        """
        info = opened.info
        self._ring = FrameRing(Path(opened.ring_path), info.width, info.height, opened.slots)
        self._ring_id = opened.generation
        self._ring.set_view_size(*self._view_size)
        self.send(RingAttached())

    def cue(
        self,
        index: int,
        loop_start: int,
        loop_end: int | None,
        *,
        quick: bool = False,
        again: bool = False,
    ) -> int:
        """Jump; returns the generation of the frames from there on."""
        self.generation += 1
        self.send(
            Cue(
                generation=self.generation,
                index=index,
                loop_start=loop_start,
                loop_end=loop_end,
                quick=quick,
                again=again,
            )
        )
        return self.generation

    def release(self, frames: tuple[FrameReady, ...]) -> None:
        """Give back the slots of frames that will not be shown (any more)."""
        # Slots of an older ring are gone with it; their numbers mean others now.
        slots = [frame.slot for frame in frames if frame.generation >= self._ring_id]
        if slots and self._ring is not None:
            self.send(Release(ring=self._ring_id, slots=slots))

    def hold(self, frame: FrameReady) -> HeldFrame | None:
        """The picture and mask of a frame to show; the one held before goes back.

        Returns:
            Views of the ring, valid until the next call; None when the ring is gone.
        """
        if self._ring is None:
            return None
        previous, self._held_slot = self._held_slot, frame.slot
        if previous is not None:
            self.send(Release(ring=self._ring_id, slots=[previous]))
        ring, slot = self._ring, frame.slot
        size = frame.view_width, frame.view_height
        has_mask = frame.class_pixels is not None
        return HeldFrame(
            image=ring.image(slot),
            mask=ring.mask(slot) if has_mask else None,
            view_image=ring.scaled_image(slot, *size) if frame.view_width else None,
            view_mask=ring.scaled_mask(slot, *size) if frame.view_width and has_mask else None,
        )

    def tell_view_size(self, width: int, height: int) -> None:
        """Let the process know the size of the view, so that it scales frames to it."""
        self._view_size = width, height
        if self._ring is not None:
            self._ring.set_view_size(width, height)

    def tell_clock(self, seconds: float) -> None:
        """Let the process know the playing position (-inf: stands), so it skips late frames."""
        if self._ring is not None:
            self._ring.clock_seconds = seconds

    def kill(self, reason: str) -> None:
        """End a process that hangs; its death is reported with this reason."""
        if self._client is not None:
            self._client.kill(reason)

    def forget_ring(self) -> None:
        """Let go of the ring; what was shown stays readable as long as someone holds it."""
        self._ring = None
        self._held_slot = None

    def close(self) -> None:
        """End the process within 0.1 s; the next command starts another."""
        self.forget_ring()
        if self._client is not None:
            self._client.close()
            self._client = None
        if self._ring_name:
            remove_ring(self._ring_name)


def class_counts(frame: FrameReady) -> np.ndarray[tuple[int], np.dtype[np.int64]] | None:
    """Pixels of each class, int64 [classes]; None for a frame without a mask."""
    return None if frame.class_pixels is None else np.array(frame.class_pixels, np.int64)
