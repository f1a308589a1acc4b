"""This computer's mask of the very pictures that the phone segments, beside the phone's."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.errors import PhoneError, StudioError
from studio.inference.segmenter import Segmenter
from studio.runs.phone_events import MaskCompared
from studio.targets.phone.pictures import SentPicture
from studio.targets.phone.recorder import Recorder
from studio.targets.phone.recording import COMPUTER_MASK
from studio.targets.phone.runs import decode_runs, encode_runs


@dataclass(frozen=True, slots=True)
class Comparable:
    """A frame that came back.

    Attributes:
        sequence: of the frame.
        picture: that was sent.
        mask_size: height and width of the phone's mask.
        runs: of the phone's mask.
    """

    sequence: int
    picture: SentPicture
    mask_size: tuple[int, int]
    runs: bytes


def computer_mask(
    segmenter: Segmenter, picture: SentPicture, *, at_model_size: bool
) -> NDArray[np.uint8]:
    """The mask that the phone should make.

    Args:
        segmenter: the same model, here.
        picture: that the phone gets.
        at_model_size: the label map of the network's output instead of a mask of frame size.

    Returns:
        uint8 [H, W].
    """
    mask, _ = segmenter.segment(picture.as_seen())
    return segmenter.wiring.label_map(segmenter.output()) if at_model_size else mask


def agreement(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Share of pixels with the same class, 0..1; 0 for masks of different sizes."""
    if one.shape != other.shape or not one.size:
        return 0.0
    return float(np.mean(one == other))


class Comparer:
    """Segments in a thread of its own; when it cannot keep up, the newest frame is next.

    Args:
        segmenter: the same model, here; nobody else uses it meanwhile.
        emit: hears of each comparison.
        recorder: keeps the masks.
        at_model_size: masks are label maps of the network's output.
    """

    def __init__(
        self,
        segmenter: Segmenter,
        emit: Callable[[MaskCompared], None],
        recorder: Recorder | None,
        *,
        at_model_size: bool,
    ) -> None:
        self._segmenter = segmenter
        self._emit = emit
        self._recorder = recorder
        self._at_model_size = at_model_size
        self._next: Comparable | None = None
        self._changed = threading.Condition()
        self._is_closed = False
        self.error: StudioError | None = None
        self._thread = threading.Thread(target=self._work, name="comparer", daemon=True)
        self._thread.start()

    def offer(self, frame: Comparable) -> None:
        """Give a frame; one that was given before and not begun is forgotten."""
        with self._changed:
            self._next = frame
            self._changed.notify()

    def close(self, *, finishes: bool = True) -> None:
        """Stop. A second call does nothing.

        Args:
            finishes: the frame that waits is compared first.
        """
        with self._changed:
            self._is_closed = True
            if not finishes:
                self._next = None
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                while self._next is None:
                    if self._is_closed:
                        return
                    self._changed.wait()
                frame, self._next = self._next, None
            try:
                self._compare(frame)
            except StudioError as error:
                self.error = error
                return
            except Exception as error:  # noqa: BLE001 - told by who reads `error`; no one else would
                self.error = PhoneError(
                    f"{type(error).__name__}: {error}".rstrip(": ").rstrip(".") + ".",
                    remedy="The phone's masks are not concerned; deploy again to compare them.",
                    details=traceback.format_exc(),
                )
                return

    def _compare(self, frame: Comparable) -> None:
        began = time.perf_counter()
        mask = computer_mask(self._segmenter, frame.picture, at_model_size=self._at_model_size)
        millis = (time.perf_counter() - began) * 1e3
        of_phone = decode_runs(frame.runs, frame.mask_size)
        self._emit(
            MaskCompared(
                sequence=frame.sequence,
                agreement=agreement(mask, of_phone),
                computer_millis=millis,
            )
        )
        if self._recorder is not None:
            size = (mask.shape[0], mask.shape[1])
            self._recorder.mask(COMPUTER_MASK, frame.sequence, size, encode_runs(mask))
