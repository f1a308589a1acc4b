"""Frames painted in class colours, and a session whose network names the colours."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import ModelError
from studio.inference.model import ModelInfo, SessionOptions
from studio.targets.computer import ComputerTarget
from studio.targets.scoring import NetworkWord, ScoringSession
from studio.targets.target import Mask, SegmentedFrame
from studio.video.frame import Frame
from tests.support.models import logits_model, picture

SIDE = 130
_CELL = 10
_CELLS = SIDE // _CELL


def painted(index: int, labels: NDArray[np.int64]) -> Frame:
    """A frame of 25 a second, painted in the colours of its labels."""
    cell = SIDE // labels.shape[0]
    return Frame(index, index / 25, picture(labels, cell), decode_millis=0.0)


def moving_square(index: int, label: int = 8, ground: int = 0) -> NDArray[np.int64]:
    """Labels of a frame in which a square goes to the right by half a cell a frame."""
    labels = np.full((2 * _CELLS, 2 * _CELLS), ground, np.int64)
    labels[8:18, index % 14 : index % 14 + 10] = label
    return labels


def square_video(count: int) -> list[Frame]:
    """A square that moves, in front of a background."""
    return [painted(index, moving_square(index)) for index in range(count)]


def shown(mask: Mask, labels: NDArray[np.int64]) -> float:
    """Which part of a mask shows the labels that its frame was painted in."""
    cell = mask.shape[0] // labels.shape[0]
    return float((mask == labels.repeat(cell, axis=0).repeat(cell, axis=1)).mean())


def painted_session(folder: Path) -> ScoringSession:
    """A model on this computer that names the colours of painted frames."""
    folder.mkdir(parents=True, exist_ok=True)
    path = logits_model(folder / "painted.tflite", input_size=SIDE, grid=26)
    return ComputerTarget().open(path, SessionOptions())


@dataclass
class Watched:
    """A session that notes what its network was asked, and can be made slow or to fail.

    Attributes:
        session: that does the work.
        seconds: that each call of the network takes at least.
        failures: how many calls from now on fail.
        asked: index of each frame that the network was asked about.
        threads: in which it was asked.
    """

    session: ScoringSession
    seconds: float = 0.0
    failures: int = 0
    asked: list[int] = field(default_factory=list)
    threads: list[str] = field(default_factory=list)
    _is_running: bool = False

    @property
    def info(self) -> ModelInfo:
        """The opened model."""
        return self.session.info

    def segment(self, frame: Frame, out: Mask | None = None) -> SegmentedFrame:
        """Segment one frame."""
        assert not self._is_running, "the network is used by two at once"
        return self.session.segment(frame, out)

    def segment_all(self, frames: Iterable[Frame]) -> Iterator[SegmentedFrame]:
        """Segment frames in order."""
        return self.session.segment_all(frames)

    def ask(self, frame: Frame) -> NetworkWord:
        """Run the network on one frame."""
        assert not self._is_running, "the network is used by two at once"
        self._is_running = True
        try:
            self.asked.append(frame.index)
            self.threads.append(threading.current_thread().name)
            time.sleep(self.seconds)
            if self.failures:
                self.failures -= 1
                raise ModelError("The network refused.", remedy="Try another.")
            return self.session.ask(frame)
        finally:
            self._is_running = False

    def close(self) -> None:
        """Let go of the model."""
        self.session.close()
