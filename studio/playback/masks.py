"""Masks for the frames of playback: by the model alone, or by the temporal engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from studio.inference.model import ModelInfo, StageMillis
from studio.playback.deck import DeckFrame
from studio.playback.messages import Comparison, FieldPicture, OpenModel, SetTemporal
from studio.playback.snapshots import Snapshots
from studio.playback.warming import warm_up
from studio.targets.anchors import anchor_of
from studio.targets.target import SegmentedFrame
from studio.temporal.report import TemporalReport

if TYPE_CHECKING:  # loaded when needed: a video without a model is on screen before the runtimes
    from studio.playback.views import Views
    from studio.targets.computer import ComputerSession
    from studio.targets.temporal_session import TemporalSession


@dataclass(frozen=True, slots=True)
class MadeMask:
    """What there is to say of a mask; itself it lies in the ring.

    Attributes:
        millis: by stage.
        class_pixels: pixels of each class.
        temporal: what the temporal engine did; None where it is off.
        field: the view that was asked for.
        comparison: if one was asked for.
        is_exact: see `FrameReady`.
    """

    millis: StageMillis
    class_pixels: list[int]
    temporal: TemporalReport | None = None
    field: FieldPicture | None = None
    comparison: Comparison | None = None
    is_exact: bool = True


class MaskMaker:
    """Holds the model and the temporal engine; one frame at a time.

    Args:
        snapshots: where states are kept for jumps.
        tell_of_preparing: called before the temporal engine is compiled.
    """

    def __init__(self, snapshots: Snapshots, tell_of_preparing: Callable[[], None]) -> None:
        self._snapshots = snapshots
        self._tell_of_preparing = tell_of_preparing
        self._model: ComputerSession | None = None
        self._engine: TemporalSession | None = None
        self._views: Views | None = None
        self._setting = SetTemporal()
        self._video = -1
        self._next_index = -1
        self._is_exact = False
        self._is_warm = False
        self.epoch = 0

    @property
    def info(self) -> ModelInfo | None:
        """The open model, as it ran on the last frame; None without one."""
        return None if self._model is None else self._model.info

    def open(self, command: OpenModel, epoch: int) -> ModelInfo:
        """Load a model in place of the one that is open.

        Args:
            command: which one, and how it is run.
            epoch: what masks depend on from now on, as `Snapshots` counts it.

        Raises:
            ModelError: it cannot be used.
            SpecError: the options cannot be met.
        """
        from studio.targets.computer import ComputerTarget

        self.close()
        self.epoch = epoch
        self._model = ComputerTarget().open(Path(command.path), command.options)
        self._start_engine()
        return self._model.info

    def set_temporal(self, setting: SetTemporal, epoch: int) -> None:
        """Use the redundancy between frames in another way.

        Args:
            setting: how, and what to tell of it.
            epoch: likewise.
        """
        if setting.spec != self._setting.spec:
            self._is_exact = False
        self._setting = setting
        self.epoch = epoch
        if self._engine is None:
            self._start_engine()
        else:
            self._engine.spec = setting.spec

    def close(self) -> None:
        """Let go of the model."""
        session = self._engine or self._model
        self._engine = self._model = self._views = None
        if session is not None:
            session.close()

    def go_through(self, item: DeckFrame) -> None:
        """Take a frame of a lead: nobody sees it."""
        if self._engine is not None:
            self._enter(self._engine, item)
            self._engine.segment(item.frame, item.deck.ring.mask(item.slot))
            self._keep(self._engine, item)

    def make(self, item: DeckFrame) -> MadeMask | None:
        """Write the mask of a frame to its slot.

        Returns:
            None without a model.

        Raises:
            ModelError: the model refuses to run.
        """
        if self._model is None:
            return None
        mask = item.deck.ring.mask(item.slot)
        if self._engine is None or self._setting.spec.mode == "off":
            return self._made(self._model.segment(item.frame, mask))
        self._enter(self._engine, item)
        result = self._engine.segment(item.frame, mask)
        self._keep(self._engine, item)
        return self._made(result, self._engine, item)

    def _start_engine(self) -> None:
        if self._model is None or self._setting.spec.mode == "off":
            return
        from studio.playback.views import Views
        from studio.targets.temporal_session import TemporalSession

        self._engine = TemporalSession(self._model, self._setting.spec)
        self._views = Views(self._engine)

    def _enter(self, engine: TemporalSession, item: DeckFrame) -> None:
        """Have the engine's state fit a frame, and find out whether its mask will be exact."""
        if not self._is_warm:
            self._tell_of_preparing()
            warm_up(engine, item.frame.image.shape[0], item.frame.image.shape[1])
            self._is_warm = True
        index, video, entry = item.frame.index, item.deck.ring_id, item.entry
        if entry is not None:
            fits = entry.context == (video, self.epoch) and not item.skipped
            state = entry.state if fits else None
            engine.restore(state)
            self._is_exact = fits and entry.is_exact
        elif video != self._video:
            engine.reset()
            self._is_exact = False
        elif index != self._next_index:
            self._is_exact = False
        spec = self._setting.spec
        if index == anchor_of(spec, index):
            self._is_exact = True
        if spec.asynchronous:
            self._is_exact = False
        self._video, self._next_index = video, index + 1

    def _keep(self, engine: TemporalSession, item: DeckFrame) -> None:
        if engine.state is not None:
            context = (item.deck.ring_id, self.epoch)
            index = item.frame.index
            self._snapshots.put(context, index, engine.state, is_exact=self._is_exact)

    def _made(
        self,
        result: SegmentedFrame,
        engine: TemporalSession | None = None,
        item: DeckFrame | None = None,
    ) -> MadeMask:
        from studio.inference.postprocess import class_pixels

        assert self._model is not None
        pixels: list[int] = class_pixels(result.mask, len(self._model.info.labels)).tolist()
        if engine is None or item is None or self._views is None:
            return MadeMask(result.millis, pixels)
        seen = self._views.look(item, result, self._setting)
        return MadeMask(
            result.millis, pixels, result.temporal, seen.field, seen.comparison, self._is_exact
        )
