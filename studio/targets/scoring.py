"""A session that can lend the network's scores instead of making a mask of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from studio.inference.model import ModelInfo
from studio.inference.network import Output
from studio.targets.target import Mask, SegmentedFrame
from studio.temporal.step import Placement, Scores
from studio.video.frame import Frame


@dataclass(frozen=True, slots=True, eq=False)
class NetworkWord:
    """What the network said of a frame, and what it took.

    Attributes:
        scores: at the network's own resolution.
        preprocess_millis: from the frame to the network's input.
        invoke_millis: the network.
    """

    scores: Scores
    preprocess_millis: float
    invoke_millis: float

    @property
    def millis(self) -> float:
        """Both together."""
        return self.preprocess_millis + self.invoke_millis


class ScoringSession(Protocol):
    """A session of a model on this computer, see `Session`, that also gives scores."""

    @property
    def info(self) -> ModelInfo:
        """The opened model."""
        ...

    def segment(self, frame: Frame, out: Mask | None = None) -> SegmentedFrame:
        """Segment one frame; see `Session.segment`."""
        ...

    def segment_all(self, frames: Iterable[Frame]) -> Iterator[SegmentedFrame]:
        """Segment frames in order."""
        ...

    def ask(self, frame: Frame) -> NetworkWord:
        """Run the network on one frame, without making a mask of its scores.

        Raises:
            ModelError: the model refuses to run.
        """
        ...

    def close(self) -> None:
        """Let go of the model. A second call does nothing."""
        ...


def word_from_output(output: Output) -> NetworkWord:
    """The network's output as the temporal engine takes it."""
    return NetworkWord(
        scores=Scores(
            values=output.values,
            scale=output.scale,
            zero_point=output.zero_point,
            classes=output.classes,
            rows=Placement(output.rows.scale, output.rows.offset),
            columns=Placement(output.columns.scale, output.columns.offset),
        ),
        preprocess_millis=output.preprocess_millis,
        invoke_millis=output.invoke_millis,
    )
