"""The runner's temporal engine and the studio's, fed with the same frames and the same words."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.inference.geometry import Geometry
from studio.targets.phone.temporal_wire import trigger_of
from studio.targets.phone.wire import FrameMessage, Open
from studio.temporal import engine
from studio.temporal.step import Mask, Placement, Scores, TemporalFrame, Trigger
from tests.device_runner.messages import TFLITE_TYPES


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A frame of a video, and what the network would say of it.

    Attributes:
        index: in the video.
        time_seconds: presentation time.
        image: uint8 [H, W, 3] BGR.
        output: the network's output: [h, w, C] logits of any type, or [h, w] labels.
    """

    index: int
    time_seconds: float
    image: NDArray[np.uint8]
    output: NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What an engine made of a frame.

    Attributes:
        trigger: why the network was asked, or not.
        mask: uint8 [H, W].
    """

    trigger: Trigger
    mask: Mask


def geometry_of(message: Open, size: tuple[int, int]) -> Geometry:
    """How a frame lies on the network that a message opens."""
    return Geometry(
        size,
        message.input_size,
        message.grid_size,
        "letterbox",
        "align_corners" if message.align_corners else "half_pixel",
    )


def scores_of(message: Open, shot: Shot) -> Scores:
    """The network's word as the studio takes it."""
    geometry = geometry_of(message, (shot.image.shape[0], shot.image.shape[1]))
    values = shot.output
    if values.ndim == 2:
        values = np.where((values < 0) | (values >= message.classes), 255, values).astype(np.uint8)
    rows, columns = (Placement(*geometry.placement(axis)) for axis in (0, 1))
    return Scores(values, message.scale, message.zero_point, message.classes, rows, columns)


class RunnersFold:
    """The runner's engine in this process.

    Args:
        library: the runner's modules.
        message: that opens the model.
    """

    def __init__(self, library: ctypes.CDLL, message: Open) -> None:
        self._library = library
        self._message = message
        self._words = ctypes.create_string_buffer(400)
        body = message.body()
        library.shim_fold_open.restype = ctypes.c_void_p
        opened = library.shim_fold_open(body, ctypes.c_size_t(len(body)), self._words)
        assert opened, self._words.value
        self._fold = ctypes.c_void_p(opened)
        self._word: NDArray[Any] | None = None

    def __enter__(self) -> RunnersFold:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._library.shim_fold_close(self._fold)

    def restart(self) -> None:
        """Forget what came before."""
        self._library.shim_fold_restart(self._fold)

    def step(self, shot: Shot) -> Made:
        """Go through one frame."""
        size = (shot.image.shape[0], shot.image.shape[1])
        fitted = geometry_of(self._message, size).fitted
        head = FrameMessage(0, 0, size, fitted, 1, 0, b"", shot.index, shot.time_seconds).body()
        image = np.ascontiguousarray(shot.image)
        trigger = ctypes.c_int()
        self._check(
            self._library.shim_fold_advance(
                self._fold, head, _pointer(image), ctypes.byref(trigger), self._words
            )
        )
        if trigger.value:
            self._word = np.ascontiguousarray(shot.output)
            self._check(
                self._library.shim_fold_absorb(
                    self._fold,
                    _pointer(self._word),
                    ctypes.c_size_t(self._word.nbytes),
                    TFLITE_TYPES[self._word.dtype.name],
                    self._words,
                )
            )
        mask = np.full(size, 77, np.uint8)
        self._check(self._library.shim_fold_draw(self._fold, _pointer(mask), self._words))
        return Made(trigger_of(trigger.value), mask)

    def _check(self, code: int) -> None:
        assert code == 0, self._words.value


def _pointer(array: NDArray[Any]) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)


class StudiosFold:
    """The studio's engine.

    Args:
        message: that opens the model.
    """

    def __init__(self, message: Open) -> None:
        self._message = message
        self._state = engine.init(message.temporal)

    def restart(self) -> None:
        """Forget what came before."""
        self._state = engine.init(self._message.temporal)

    def step(self, shot: Shot) -> Made:
        """Go through one frame."""
        frame = TemporalFrame(shot.index, shot.time_seconds, shot.image)
        self._state, result = engine.step(
            self._message.temporal, self._state, frame, lambda _: scores_of(self._message, shot)
        )
        return Made(result.decision.trigger, result.mask)
