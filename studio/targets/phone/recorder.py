"""Keeps pictures and masks of a session, less of them as the disk fills, and never in its way."""

from __future__ import annotations

import queue
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

from studio.errors import OutputError, PhoneError
from studio.targets.phone.pictures import SentPicture, kept_jpeg
from studio.targets.phone.recording import PICTURE, RecordingWriter

LIMIT_BYTES = 1 << 30
_MASKS_LIMIT = 1.5
_THINNING = ((0.5, 2), (0.75, 5), (1.0, 0))
"""From which share of the limit on only one picture in so many is kept; 0 for none."""

_SCARCE_BYTES = 512 << 20
_VERY_SCARCE_BYTES = 128 << 20
_LOOK_SECONDS = 2.0
_RETRY_SECONDS = 5.0
_MOST_WAITING = 6

Warn = Callable[[str, str], None]


class Recorder:
    """Writes a recording from several threads; pictures are compressed in one of its own.

    Args:
        path: of the recording.
        warn: hears, in words and with a remedy, what is left out.
        limit_bytes: from which size on no pictures are kept.

    Raises:
        OutputError: the recording cannot be begun.
    """

    def __init__(self, path: Path, warn: Warn, limit_bytes: int = LIMIT_BYTES) -> None:
        self._path = path
        self._warn = warn
        self._limit_bytes = limit_bytes
        self._writer = RecordingWriter(path)
        self._mutex = threading.Lock()
        self._keeps_one_in = 1
        self._keeps_masks = True
        self._looked_at = -_LOOK_SECONDS
        self._broken_until = 0.0
        self._has_told_full = False
        self._has_told_left_out = False
        self._skipped = 0
        self._pictures: queue.Queue[tuple[int, SentPicture] | None] = queue.Queue(_MOST_WAITING)
        self._thread = threading.Thread(target=self._compress, name="recorder", daemon=True)
        self._thread.start()

    @property
    def size_bytes(self) -> int:
        """Written so far."""
        return self._writer.size_bytes

    def wants_picture(self, sequence: int) -> bool:
        """Whether the picture of a frame would be kept."""
        self._look()
        return bool(self._keeps_one_in) and sequence % self._keeps_one_in == 0

    def picture(self, sequence: int, picture: SentPicture) -> None:
        """Keep a picture, unless too many wait already.

        Args:
            sequence: of its frame.
            picture: as sent; not written to afterwards.
        """
        try:
            self._pictures.put_nowait((sequence, picture))
        except queue.Full:
            self._skipped += 1

    def mask(self, kind: int, sequence: int, size: tuple[int, int], runs: bytes) -> None:
        """Keep a mask.

        Args:
            kind: `PHONE_MASK` or `COMPUTER_MASK`.
            sequence: of its frame.
            size: height and width of the mask.
            runs: of the mask.
        """
        self._look()
        if self._keeps_masks and size[0]:
            self._write(kind, sequence, size, runs)

    def close(self) -> None:
        """Write what waits, then close. A second call does nothing."""
        if self._thread.is_alive():
            self._pictures.put(None)
            self._thread.join()
        self._writer.close()

    def _compress(self) -> None:
        while (item := self._pictures.get()) is not None:
            sequence, picture = item
            try:
                self._write(PICTURE, sequence, picture.size, kept_jpeg(picture.image))
            except PhoneError:  # larger than any JPEG
                continue
            except Exception as error:  # noqa: BLE001 - told; who dies here would stop `close`
                self._tell_left_out(error)

    def _tell_left_out(self, error: Exception) -> None:
        if self._has_told_left_out:
            return
        self._has_told_left_out = True
        words = f"{type(error).__name__}: {error}".rstrip(": ").rstrip(".")
        self._warn(
            f"A picture could not be kept: {words}. Such ones are left out; measuring goes on.",
            "Close other programs if memory is short.",
        )

    def _write(self, kind: int, sequence: int, size: tuple[int, int], data: bytes) -> None:
        with self._mutex:
            if time.monotonic() < self._broken_until:
                return
            try:
                self._writer.write(kind, sequence, size, data)
            except OutputError as error:
                self._broken_until = time.monotonic() + _RETRY_SECONDS
                is_new, self._has_told_full = not self._has_told_full, True
                message = f"{error.message} Pictures and masks are left out; measuring goes on."
                remedy = error.remedy
            else:
                return
        if is_new:
            self._warn(message, remedy)

    def _look(self) -> None:
        """See, now and then, how much may be kept."""
        now = time.monotonic()
        if now - self._looked_at < _LOOK_SECONDS and self._writer.size_bytes < self._limit_bytes:
            return
        self._looked_at = now
        share = self._writer.size_bytes / self._limit_bytes
        keeps = next((one_in for limit, one_in in reversed(_THINNING) if share >= limit), 1)
        keeps_masks = share < _MASKS_LIMIT
        why = f"The recording has {self._writer.size_bytes / 2**20:.0f} MiB"
        free = _free_bytes(self._path)
        if free < _SCARCE_BYTES:
            why = f"The disk has only {free / 2**20:.0f} MiB left"
            if keeps:
                keeps = max(keeps, 5)
            if free < _VERY_SCARCE_BYTES:
                keeps, keeps_masks = 0, False
        with self._mutex:
            is_less = (keeps == 0, keeps, not keeps_masks) > (
                self._keeps_one_in == 0,
                self._keeps_one_in,
                not self._keeps_masks,
            )
            self._keeps_one_in, self._keeps_masks = keeps, keeps_masks
        if is_less:
            self._warn(f"{why}: {_what_is_kept(keeps, keeps_masks)}", "Free some space.")


def _what_is_kept(keeps: int, keeps_masks: bool) -> str:
    if not keeps_masks:
        return "neither pictures nor masks are kept any more; measuring goes on."
    if not keeps:
        return "no pictures are kept any more; measuring goes on."
    return f"only one picture in {keeps} is kept; measuring goes on."


def _free_bytes(path: Path) -> int:
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:
        return 0
