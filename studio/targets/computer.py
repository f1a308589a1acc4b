"""This computer as a target: a model runs in the calling process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from studio.errors import ModelError
from studio.inference.model import ModelInfo, SessionOptions
from studio.inference.segmenter import Segmenter
from studio.targets.target import Mask, SegmentedFrame
from studio.video.frame import Frame


class ComputerSession:
    """A model opened on this computer.

    Args:
        segmenter: the opened model.
    """

    def __init__(self, segmenter: Segmenter) -> None:
        self._info = segmenter.info
        self._segmenter: Segmenter | None = segmenter

    @property
    def info(self) -> ModelInfo:
        """The opened model; known after closing, too."""
        if self._segmenter is not None:
            self._info = self._segmenter.info  # its input may follow the frames
        return self._info

    def segment(self, frame: Frame, out: Mask | None = None) -> SegmentedFrame:
        """Segment one frame; see `Session.segment`."""
        if self._segmenter is None:
            raise ModelError(f"The model {self._info.name} is closed.", remedy="Open it again.")
        mask, millis = self._segmenter.segment(frame.image, out)
        return SegmentedFrame(frame=frame, mask=mask, millis=millis)

    def segment_all(self, frames: Iterable[Frame]) -> Iterator[SegmentedFrame]:
        """Segment frames in order, one after the other."""
        for frame in frames:
            yield self.segment(frame)

    def close(self) -> None:
        """Let go of the model. A second call does nothing."""
        self._segmenter = None


class ComputerTarget:
    """Runs models on this computer's processor."""

    @property
    def name(self) -> str:
        """As shown to the user."""
        return "This computer"

    def open(self, model: Path, options: SessionOptions) -> ComputerSession:
        """Load a model; see `Target.open`."""
        return ComputerSession(Segmenter(model, options))
