"""This computer's mask of the very pictures that the phone segments, beside the phone's."""

from __future__ import annotations

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.errors import PhoneError, StudioError
from studio.inference.segmenter import Segmenter
from studio.runs.phone_events import MaskCompared
from studio.targets.phone.fold import Fold, FoldedFrame
from studio.targets.phone.pictures import SentPicture
from studio.targets.phone.recorder import Recorder
from studio.targets.phone.recording import COMPUTER_MASK
from studio.targets.phone.runs import decode_runs, encode_runs
from studio.temporal.spec import OFF, TemporalSpec
from studio.temporal.step import Trigger

_MOST_WAITING = 24
"""Frames that the temporal engine here may lag behind the phone's; each waits with its picture."""


@dataclass(frozen=True, slots=True)
class Comparable:
    """A frame that came back.

    Attributes:
        sequence: of the frame.
        picture: that was sent.
        mask_size: height and width of the phone's mask.
        runs: of the phone's mask.
        index: of the frame in the video.
        time_seconds: presentation time.
        trigger: why the phone's network ran, or not.
    """

    sequence: int
    picture: SentPicture
    mask_size: tuple[int, int]
    runs: bytes
    index: int = 0
    time_seconds: float = 0.0
    trigger: Trigger = Trigger.EVERY


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

    With the temporal engine a mask depends on all frames before it, so that they are folded in
    their order, and some may wait. When too many do, nothing is compared until the phone's engine
    forgets its past.

    Args:
        segmenter: the same model, here; nobody else uses it meanwhile.
        emit: hears of each comparison.
        recorder: keeps the masks.
        at_model_size: masks are label maps of the network's output.
        temporal: how the phone uses the redundancy between frames.
    """

    def __init__(
        self,
        segmenter: Segmenter,
        emit: Callable[[MaskCompared], None],
        recorder: Recorder | None,
        *,
        at_model_size: bool,
        temporal: TemporalSpec = OFF,
    ) -> None:
        self._fold = None if temporal.mode == "off" else Fold(segmenter, temporal)
        self._segmenter = segmenter
        self._emit = emit
        self._recorder = recorder
        self._at_model_size = at_model_size
        self._waiting: deque[Comparable | None] = deque()  # None: some were left out here
        self._changed = threading.Condition()
        self._is_closed = False
        self.error: StudioError | None = None
        self._thread = threading.Thread(target=self._work, name="comparer", daemon=True)
        self._thread.start()

    def offer(self, frame: Comparable) -> None:
        """Give a frame; what was given before and not begun may be forgotten."""
        with self._changed:
            if self._fold is None:
                self._waiting.clear()
            elif len(self._waiting) >= _MOST_WAITING:
                self._waiting.clear()
                self._waiting.append(None)
            self._waiting.append(frame)
            self._changed.notify()

    def close(self, *, finishes: bool = True) -> None:
        """Stop. A second call does nothing.

        Args:
            finishes: what waits is compared first.
        """
        with self._changed:
            self._is_closed = True
            if not finishes:
                self._waiting.clear()
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    if self._is_closed:
                        return
                    self._changed.wait()
                frame = self._waiting.popleft()
            try:
                if frame is not None:
                    self._compare(frame)
                elif self._fold is not None:
                    self._fold.lose()
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
        made = self._make(frame)
        if made is None:
            return
        mask, is_same_decision = made
        millis = (time.perf_counter() - began) * 1e3
        of_phone = decode_runs(frame.runs, frame.mask_size)
        self._emit(
            MaskCompared(
                sequence=frame.sequence,
                agreement=agreement(mask, of_phone),
                computer_millis=millis,
                is_same_decision=is_same_decision,
            )
        )
        if self._recorder is not None:
            size = (mask.shape[0], mask.shape[1])
            self._recorder.mask(COMPUTER_MASK, frame.sequence, size, encode_runs(mask))

    def _make(self, frame: Comparable) -> tuple[NDArray[np.uint8], bool] | None:
        """The mask that the phone should have made, and whether it asked its network rightly.

        Returns:
            None while it cannot be known.
        """
        if self._fold is None:
            picture = frame.picture
            mask = computer_mask(self._segmenter, picture, at_model_size=self._at_model_size)
            return mask, True
        result = self._fold.follow(
            FoldedFrame(frame.index, frame.time_seconds, frame.picture.as_seen(), frame.trigger)
        )
        if result is None:
            return None
        return result.mask, result.decision.trigger is frame.trigger
