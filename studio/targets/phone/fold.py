"""The phone's temporal engine, followed here: the same fold over the same frames."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.inference.segmenter import Segmenter
from studio.targets.scoring import word_from_output
from studio.temporal import engine
from studio.temporal.spec import TemporalSpec
from studio.temporal.state import State
from studio.temporal.step import Scores, StepResult, TemporalFrame, Trigger

_WITHOUT_PAST = frozenset({Trigger.FIRST, Trigger.ANCHOR, Trigger.SIZE})
"""The phone knew nothing of what came before: here, too, one can begin."""


@dataclass(frozen=True, slots=True, eq=False)
class FoldedFrame:
    """A frame that the phone has folded.

    Attributes:
        index: of the frame in the video.
        time_seconds: presentation time.
        image: uint8 [H, W, 3] BGR, as the phone saw it.
        trigger: why the phone's network was asked, or not.
    """

    index: int
    time_seconds: float
    image: NDArray[np.uint8]
    trigger: Trigger


class Fold:
    """Does here what the phone does. Not thread-safe.

    Args:
        segmenter: the same model, here; nobody else uses it meanwhile.
        spec: as the phone has it.
    """

    def __init__(self, segmenter: Segmenter, spec: TemporalSpec) -> None:
        self._segmenter = segmenter
        self._spec = spec
        self._state: State | None = None

    def lose(self) -> None:
        """A frame was left out: nothing can be said until the phone forgets its past."""
        self._state = None

    def follow(self, frame: FoldedFrame) -> StepResult | None:
        """Fold the next frame.

        Args:
            frame: that came after the one before, on the phone.

        Returns:
            What the phone should have made of it; None while the phone's past is not known here.

        Raises:
            ModelError: the model refuses to run.
        """
        begins = frame.trigger is Trigger.FIRST or (
            self._state is None and frame.trigger in _WITHOUT_PAST
        )
        if begins:
            self._state = engine.init(self._spec)
        if self._state is None:
            return None
        asked = TemporalFrame(frame.index, frame.time_seconds, frame.image)
        self._state, result = engine.step(self._spec, self._state, asked, self._segment)
        if begins:  # for the engine here it is the first; the phone knew that it was not
            return replace(result, decision=replace(result.decision, trigger=frame.trigger))
        return result

    def _segment(self, frame: TemporalFrame) -> Scores:
        return word_from_output(self._segmenter.scores(frame.image)).scores
