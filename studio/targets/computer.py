"""This computer as a target: a model runs in the calling process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, overload

from studio.errors import ModelError
from studio.inference.model import ModelInfo, SessionOptions
from studio.inference.segmenter import Segmenter
from studio.targets.scoring import NetworkWord, word_from_output
from studio.targets.target import Mask, SegmentedFrame
from studio.temporal.spec import TemporalSpec
from studio.video.frame import Frame

if TYPE_CHECKING:
    from studio.targets.temporal_session import TemporalSession


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
        mask, millis = self._opened().segment(frame.image, out)
        return SegmentedFrame(frame=frame, mask=mask, millis=millis)

    def ask(self, frame: Frame) -> NetworkWord:
        """Run the network on one frame, without making a mask of its scores.

        Raises:
            ModelError: the model refuses to run.
        """
        return word_from_output(self._opened().scores(frame.image))

    def segment_all(self, frames: Iterable[Frame]) -> Iterator[SegmentedFrame]:
        """Segment frames in order, one after the other."""
        for frame in frames:
            yield self.segment(frame)

    def close(self) -> None:
        """Let go of the model. A second call does nothing."""
        self._segmenter = None

    def _opened(self) -> Segmenter:
        if self._segmenter is None:
            raise ModelError(f"The model {self._info.name} is closed.", remedy="Open it again.")
        return self._segmenter


class ComputerTarget:
    """Runs models on this computer's processor."""

    @property
    def name(self) -> str:
        """As shown to the user."""
        return "This computer"

    @overload
    def open(
        self, model: Path, options: SessionOptions, temporal: None = None
    ) -> ComputerSession: ...

    @overload
    def open(
        self, model: Path, options: SessionOptions, temporal: TemporalSpec
    ) -> TemporalSession: ...

    @overload
    def open(
        self, model: Path, options: SessionOptions, temporal: TemporalSpec | None
    ) -> ComputerSession | TemporalSession: ...

    def open(
        self, model: Path, options: SessionOptions, temporal: TemporalSpec | None = None
    ) -> ComputerSession | TemporalSession:
        """Load a model; see `Target.open`.

        Args:
            model: path of the .tflite file.
            options: how to run it.
            temporal: how the redundancy between frames is used; None segments each by itself.
        """
        session = ComputerSession(Segmenter(model, options))
        if temporal is None:
            return session
        # Here, because its compiled kernels take a moment to load.
        from studio.targets.temporal_session import TemporalSession

        return TemporalSession(session, temporal)
