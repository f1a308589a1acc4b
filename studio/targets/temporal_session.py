"""A session that uses the redundancy between frames: the network runs on some, masks come on all.

Frames are to come in the order of the video. Whoever jumps calls `reset` first, or `restore` with
a state that was kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from studio.errors import ModelError
from studio.inference.model import ModelInfo, StageMillis
from studio.targets.asynchronous import MakeExecutor, NetworkBeside, network_thread
from studio.targets.rehearsal import rehearse
from studio.targets.scoring import NetworkWord, ScoringSession
from studio.targets.stage_clock import StageClock
from studio.targets.target import Mask, SegmentedFrame
from studio.temporal import engine
from studio.temporal.spec import TemporalSpec
from studio.temporal.state import State
from studio.temporal.step import Decision, Fields, Scores, TemporalFrame, Trigger
from studio.video.frame import Frame

_NEW_SCENE = (Trigger.FIRST, Trigger.SIZE, Trigger.CUT)
# What decides of what kind the past is; all else may change without its being forgotten.
_KIND = ("mode", "plane_pixels", "canvas_pixels", "carries", "asynchronous")


class TemporalSession:
    """Implements `Session` around a model on this computer.

    With asynchronous key frames the caller waits for the network at the first frame alone, as
    there is nothing to show before its first word. After a cut it does not wait: what was known is
    shown until the network has spoken of the new scene, a few frames later.

    Args:
        session: of the model; closed with this one.
        spec: how the redundancy is used.
        make_executor: makes the thread of asynchronous key frames.
    """

    def __init__(
        self,
        session: ScoringSession,
        spec: TemporalSpec,
        make_executor: MakeExecutor = network_thread,
    ) -> None:
        self._session = session
        self._spec = spec
        self._config = _config(spec)
        self._state: State | None = None
        self._beside = NetworkBeside(session.ask, make_executor)
        self._is_due = False
        self._word_index = 0
        self._prepare()

    @property
    def info(self) -> ModelInfo:
        """The opened model."""
        return self._session.info

    @property
    def spec(self) -> TemporalSpec:
        """How the redundancy is used."""
        return self._spec

    @spec.setter
    def spec(self, spec: TemporalSpec) -> None:
        """Go on in another way; what is known is kept where it stays of the same kind."""
        previous, self._spec = self._spec, spec
        self._config = _config(spec)
        if any(getattr(spec, name) != getattr(previous, name) for name in _KIND):
            self.reset()
        self._prepare()

    @property
    def state(self) -> State | None:
        """What is carried to the next frame, to be kept for `restore`; None at the start."""
        return self._state

    def restore(self, state: State | None) -> None:
        """Go back to what was carried once, under the same spec."""
        self._beside.forget()
        self._is_due = False
        self._state = state
        # The frame that the network was last asked about, whose word had come if none was awaited.
        self._word_index = 0 if state is None else state.index - state.gap

    def reset(self) -> None:
        """Forget all that was seen; the next frame is a first one."""
        self.restore(None)

    def fields(self) -> Fields | None:
        """What the engine saw in the last frame; None where it has seen nothing."""
        if self._state is None or self._spec.mode == "off":
            return None
        return engine.fields(self._config, self._state)

    def segment(self, frame: Frame, out: Mask | None = None) -> SegmentedFrame:
        """Segment the next frame; see `Session.segment`.

        Raises:
            ModelError: the model refuses to run, or refused to on an earlier frame beside.
        """
        if self._spec.mode == "off":
            return self.segment_alone(frame, out)
        return (self._beside_step if self._spec.asynchronous else self._step)(frame, out)

    def segment_alone(self, frame: Frame, out: Mask | None = None) -> SegmentedFrame:
        """Segment one frame by itself, whatever was before; nothing of it is kept.

        Raises:
            ModelError: the model refuses to run.
        """
        self._beside.join()  # there is one network, and it may be at work
        return self._session.segment(frame, out)

    def segment_all(self, frames: Iterable[Frame]) -> Iterator[SegmentedFrame]:
        """Segment frames in order, one after the other."""
        for frame in frames:
            yield self.segment(frame)

    def close(self) -> None:
        """Let go of the model, and end its thread. A second call does nothing."""
        self._beside.close()
        self._session.close()
        self._state = None

    def _prepare(self) -> None:
        if self._spec.mode != "off":
            rehearse(self._config, self._session.info)

    def _step(self, frame: Frame, out: Mask | None) -> SegmentedFrame:
        clock = StageClock()
        words: list[NetworkWord] = []

        def ask(_frame: TemporalFrame) -> Scores:
            self._beside.join()  # a change from asynchronous key frames may leave it at work
            words.append(self._session.ask(frame))
            return words[-1].scores

        state = self._state or engine.init(self._config)
        self._state, result = engine.step(self._config, state, _temporal(frame), ask, out, clock)
        word = words[0] if words else None
        report = clock.report(
            result.decision,
            is_key=result.decision.is_key,
            network_millis=word.millis if word else 0.0,
        )
        return SegmentedFrame(frame, result.mask, _millis(report.total_millis, word), report)

    def _first_beside(self, frame: Frame, out: Mask | None) -> SegmentedFrame:
        """The first frame of asynchronous key frames, which waits for the network."""
        clock, config = StageClock(), self._config
        state, decision = engine.advance(config, engine.init(config), _temporal(frame), clock)
        self._beside.join()
        word = self._session.ask(frame)
        clock("network")
        state = engine.absorb(config, state, word.scores, clock)
        mask = engine.draw(config, state, _size(frame), out, clock)
        self._state, self._word_index = state, frame.index
        report = clock.report(decision, is_key=True, network_millis=word.millis)
        return SegmentedFrame(frame, mask, _millis(report.total_millis, word), report)

    def _beside_step(self, frame: Frame, out: Mask | None) -> SegmentedFrame:
        if self._state is None:
            return self._first_beside(frame, out)
        clock, config, beside = StageClock(), self._config, self._beside
        late, error = None, None
        try:
            late = beside.take()
        except ModelError as refusal:
            error = refusal
        # Each millisecond that the network starts earlier may bring its word a frame earlier.
        is_asked = error is None and beside.is_idle and (self._is_due or self._state.has_moved)
        if is_asked:
            beside.hand_over(frame)
        state, decision = engine.advance(config, self._state, _temporal(frame), clock)
        self._state = state  # also where the network has an error to tell
        if error is not None:
            self._is_due = True  # what it was asked is still to be answered
            raise error
        if decision.trigger in _NEW_SCENE and not is_asked:
            beside.forget()
        if late is not None:
            if state.pending is not None:  # else it speaks of another scene, and is not used
                self._word_index = late.frame_index
            state = engine.absorb_late(config, state, late.word.scores, clock)
        mask = engine.draw(config, state, _size(frame), out, clock)
        if not is_asked and decision.is_key and beside.is_idle:
            beside.hand_over(frame)
            is_asked = True
        if is_asked:
            state = engine.request(config, state)
            self._is_due = False
        self._state = state
        report = clock.report(
            _reported(decision, frame.index - self._word_index, is_asked=is_asked),
            is_key=False,
            network_millis=late.word.millis if late else 0.0,
            late_frames=frame.index - late.frame_index if late else 0,
        )
        return SegmentedFrame(frame, mask, _millis(report.total_millis, None), report)


def _config(spec: TemporalSpec) -> TemporalSpec:
    """Anchors let jumps be exact; beside, when a word comes in is chance, and they only hurt."""
    return replace(spec, anchor_gap=0) if spec.asynchronous else spec


def _reported(decision: Decision, age: int, *, is_asked: bool) -> Decision:
    """What is told of a frame where the network works beside.

    Args:
        decision: of the engine, to which each moving frame is one to ask about.
        age: in frames, of the word that the mask rests on.
        is_asked: whether the network was really given the frame; it may have been at work, or been
            given it before the engine found that nothing moves in it.
    """
    if not is_asked:
        return replace(decision, trigger=Trigger.NONE, gap=age)
    return replace(
        decision, trigger=decision.trigger if decision.is_key else Trigger.EVERY, gap=age
    )


def _temporal(frame: Frame) -> TemporalFrame:
    return TemporalFrame(frame.index, frame.time_seconds, frame.image)


def _size(frame: Frame) -> tuple[int, int]:
    return frame.image.shape[0], frame.image.shape[1]


def _millis(total: float, word: NetworkWord | None) -> StageMillis:
    """The frame's time; what is not the network counts as making the mask."""
    preprocess, invoke = (word.preprocess_millis, word.invoke_millis) if word else (0.0, 0.0)
    return StageMillis(preprocess, invoke, max(0.0, total - preprocess - invoke))
