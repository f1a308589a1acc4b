"""What is sent beside masks: a view of what the engine saw, and how its masks compare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.classes import voc_palette
from studio.inference.model import ModelInfo
from studio.playback.comparing import Comparer
from studio.playback.deck import Deck, DeckFrame
from studio.playback.field_picture import (
    computed_picture,
    confidence_picture,
    flow_picture,
    residual_picture,
)
from studio.playback.ground_truth import find_ground_truth
from studio.playback.messages import Comparison, FieldPicture, SetTemporal
from studio.targets.target import SegmentedFrame
from studio.targets.temporal_session import TemporalSession
from studio.temporal.plane import plane_size


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is beside a mask.

    Attributes:
        field: the view that was asked for.
        comparison: if one was asked for.
    """

    field: FieldPicture | None = None
    comparison: Comparison | None = None


class Views:
    """Looks at each frame once it has its mask.

    Args:
        engine: that made the mask.
    """

    def __init__(self, engine: TemporalSession) -> None:
        self._engine = engine
        self._comparer: Comparer | None = None
        self._deck: Deck | None = None

    def look(self, item: DeckFrame, result: SegmentedFrame, setting: SetTemporal) -> Seen:
        """Make what was asked for.

        Args:
            item: the frame.
            result: its mask.
            setting: what was asked for.

        Raises:
            ModelError: the model refuses to run.
        """
        if setting.view == "none" and not setting.compare:
            return Seen()
        alone = None
        if setting.compare or setting.view == "computed":
            alone = self._engine.segment_alone(item.frame)
        field = self._field(item, setting, alone)
        if alone is None or not setting.compare:
            return Seen(field)
        comparer = self._comparer_of(item)
        return Seen(field, comparer.compare(item.frame, result.mask, alone.mask, alone.millis))

    def _field(
        self, item: DeckFrame, setting: SetTemporal, alone: SegmentedFrame | None
    ) -> FieldPicture | None:
        rows, columns = item.frame.image.shape[:2]
        if setting.view == "computed" and alone is not None:
            height, width = plane_size((rows, columns), setting.spec.plane_pixels)
            return computed_picture(alone.mask, _palette(self._engine.info), width, height)
        fields = self._engine.fields() if setting.view != "none" else None
        if fields is None:
            return None
        match setting.view:
            case "flow":
                return flow_picture(fields, columns)
            case "confidence":
                return confidence_picture(fields)
            case "residual":
                return residual_picture(fields)
            case _:
                return None

    def _comparer_of(self, item: DeckFrame) -> Comparer:
        if self._comparer is None or self._deck is not item.deck:
            self._deck = item.deck
            truth = find_ground_truth(item.deck.source.info.location)
            self._comparer = Comparer(self._engine.info, truth)
        return self._comparer


def _palette(model: ModelInfo) -> NDArray[np.uint8]:
    palette: NDArray[np.uint8] = voc_palette()
    palette[: len(model.palette)] = np.array(model.palette, np.uint8)
    return palette
