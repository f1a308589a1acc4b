"""How the temporal engine's masks compare with the network's for each frame alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.inference.model import ModelInfo, StageMillis
from studio.opencv import cv2
from studio.playback.ground_truth import GroundTruth, score
from studio.playback.messages import Comparison
from studio.targets.target import Mask
from studio.temporal.plane import luma_plane, plane_size
from studio.video.frame import Frame

_PLANE_PIXELS = 9216
_STILL_LEVEL = 3  # grey levels; noise of a still picture stays below, averaged over a box


@dataclass(frozen=True, slots=True, eq=False)
class _Small:
    """A frame, its luma and both masks on the plane."""

    index: int
    plane: NDArray[np.uint8]
    mask: Mask
    alone: Mask

    def follows(self, before: _Small) -> bool:
        return self.index == before.index + 1 and self.plane.shape == before.plane.shape


class Comparer:
    """Compares masks frame by frame. One video, one model.

    Flicker is the share of the positions of a plane of 9216 pixels that have another class than in
    the frame before, of those where the picture stood: its luma, averaged over a position's box,
    differs by 3 grey levels at most. Where nothing stands nobody can say.

    Args:
        model: that gives both masks.
        truth: of the video; None where it has none.
    """

    def __init__(self, model: ModelInfo, truth: GroundTruth | None) -> None:
        self._truth = truth
        self._table = None if truth is None else truth.table(model)
        self._before: _Small | None = None

    def compare(
        self, frame: Frame, mask: Mask, alone: Mask, alone_millis: StageMillis
    ) -> Comparison:
        """Compare the masks of a frame.

        Args:
            frame: the frame.
            mask: uint8 [H, W], the engine's.
            alone: uint8 [H, W], the network's.
            alone_millis: what that cost.
        """
        height, width = mask.shape
        rows, columns = plane_size((height, width), _PLANE_PIXELS)
        plane = luma_plane(frame.image, (rows, columns))
        small = _Small(
            frame.index, plane, _sampled(mask, columns, rows), _sampled(alone, columns, rows)
        )
        before, self._before = self._before, small
        flicker: tuple[float | None, float | None] = (None, None)
        if before is not None and small.follows(before):
            still = cv2.absdiff(plane, before.plane) <= _STILL_LEVEL
            flicker = (
                _flicker(before.mask, small.mask, still),
                _flicker(before.alone, small.alone, still),
            )
        j, j_alone = self._scores(frame.index, mask, alone)
        return Comparison(
            agreement=float(np.count_nonzero(mask == alone)) / mask.size,
            flicker=flicker[0],
            flicker_alone=flicker[1],
            j=j,
            j_alone=j_alone,
            network_millis=alone_millis.total,
        )

    def _scores(self, index: int, mask: Mask, alone: Mask) -> tuple[float | None, float | None]:
        if self._truth is None or self._table is None or not self._table.any():
            return None, None
        truth = self._truth.foreground(index)
        if truth is None:
            return None, None
        return score(truth, mask, self._table), score(truth, alone, self._table)


def _sampled(mask: Mask, width: int, height: int) -> Mask:
    small = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(small, np.uint8)


def _flicker(before: Mask, now: Mask, still: NDArray[np.bool_]) -> float | None:
    count = np.count_nonzero(still)
    return float(np.count_nonzero((before != now) & still)) / count if count else None
