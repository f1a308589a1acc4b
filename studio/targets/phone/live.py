"""The streaming loop: frames go to the runner, and what comes back is told at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from studio.errors import PhoneError
from studio.runs.phone_events import PhoneFrame
from studio.targets.phone.comparison import Comparable, Comparer
from studio.targets.phone.connection import Arrival
from studio.targets.phone.recorder import Recorder
from studio.targets.phone.recording import PHONE_MASK
from studio.targets.phone.refusals import ConnectionLostError
from studio.targets.phone.runner import Runner
from studio.targets.phone.senders import Sender, SentFrame
from studio.targets.phone.wire import Output, Refused, Result

WARM_UP_FRAMES = 5
"""First frames of a flow that statistics leave out: caches, clocks and queues are settling."""

_LEAST_PATIENCE_SECONDS = 2.0
_PATIENCE = 8.0
_WAIT_SECONDS = 0.1
_CHECK_SECONDS = 0.25
_DRAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Expectation:
    """How long a frame may take before the runner counts as hung.

    Attributes:
        frame_seconds: that one was seen to take.
        link_seconds: that the cable needs for the pictures in flight.
    """

    frame_seconds: float
    link_seconds: float = 0.0

    @property
    def patience_seconds(self) -> float:
        """To wait for the next result."""
        return max(_LEAST_PATIENCE_SECONDS, _PATIENCE * (self.frame_seconds + self.link_seconds))


class Live:
    """What goes on through all connections of a session.

    Args:
        sender: keeps the runner busy.
        on_frame: hears of each frame, first of all.
        recorder: keeps pictures and masks; None for none.
        comparer: segments here as well; None for none.
        warn: hears of frames that the runner refused.
    """

    def __init__(
        self,
        sender: Sender,
        on_frame: Callable[[PhoneFrame], None],
        recorder: Recorder | None,
        comparer: Comparer | None,
        warn: Callable[[str, str], None],
    ) -> None:
        self._sender = sender
        self._on_frame = on_frame
        self._recorder = recorder
        self._comparer = comparer
        self._warn = warn
        self._has_warned = False
        self._flow_frames = 0
        self._finished_micros = 0
        self._dropped = 0

    @property
    def flow_frames(self) -> int:
        """Results that came over the last connection."""
        return self._flow_frames

    def stream(
        self, runner: Runner, expected: Expectation, should_stop: Callable[[], bool]
    ) -> None:
        """Stream until told to stop, or until the clip was played.

        Args:
            runner: whose model is open.
            expected: how long a frame takes.
            should_stop: asked ten times a second or more.

        Raises:
            PhoneError: the phone, its cable, adb or the runner failed.
            VideoError: the video failed.
        """
        self._flow_frames = 0
        self._finished_micros = 0
        self._sender.begin(runner.connection)
        try:
            self._loop(runner, expected, should_stop)
        except BaseException:
            self._end_quietly()
            raise
        self._sender.end()
        self._drain(runner)

    def _end_quietly(self) -> None:
        try:
            self._sender.end()
        except PhoneError:
            return  # the receiving side has told already

    def _loop(self, runner: Runner, expected: Expectation, should_stop: Callable[[], bool]) -> None:
        connection = runner.connection
        check_at = 0.0
        came_at = time.monotonic()
        while not should_stop() and not self._sender.is_done:
            arrival = connection.receive(_WAIT_SECONDS)
            now = time.monotonic()
            if arrival is not None:
                took = now - came_at
                came_at = now
                if self._take(arrival) and self._flow_frames > 1:
                    seen = max(0.9 * expected.frame_seconds, min(took, expected.patience_seconds))
                    expected = Expectation(seen, expected.link_seconds)
            else:
                since = self._sender.waits_since
                if since is not None and now - max(since, came_at) > expected.patience_seconds:
                    raise ConnectionLostError(
                        "The phone has sent nothing for"
                        f" {expected.patience_seconds:.1f} s: it hangs, or its cable does.",
                        remedy="Unplug the phone and plug it in again.",
                    )
            if now >= check_at:
                check_at = now + _CHECK_SECONDS
                runner.check()

    def _drain(self, runner: Runner) -> None:
        """Take in what is still on its way."""
        deadline = time.monotonic() + _DRAIN_SECONDS
        try:
            while self._sender.waits_since is not None and time.monotonic() < deadline:
                arrival = runner.connection.receive(_WAIT_SECONDS)
                if arrival is not None:
                    self._take(arrival)
        except PhoneError:
            return  # it was to end anyway

    def _take(self, arrival: Arrival) -> bool:
        """Tell of what came; whether it was a result."""
        reply = arrival.reply
        if isinstance(reply, Output):
            return False
        if isinstance(reply, Refused):
            self._refused(reply)
            return False
        sent = self._sender.take(reply.sequence)
        if sent is None:
            return False
        self._on_frame(self._frame(arrival, reply, sent))
        self._flow_frames += 1
        self._keep(reply, sent)
        return True

    def _frame(self, arrival: Arrival, result: Result, sent: SentFrame) -> PhoneFrame:
        work_millis = (result.finished_micros - result.started_micros) / 1e3
        link_millis = 0.0
        if not sent.is_on_phone:
            whole_millis = (arrival.at_micros - result.host_micros) / 1e3
            link_millis = max(0.0, whole_millis - work_millis - result.decode_millis)
        interval_millis = 0.0
        if self._finished_micros:
            interval_millis = (result.finished_micros - self._finished_micros) / 1e3
        self._finished_micros = result.finished_micros
        dropped, self._dropped = self._dropped + sent.dropped_before, 0
        return PhoneFrame(
            at_seconds=arrival.at_seconds,
            sequence=sent.sequence,
            index=sent.index,
            time_seconds=sent.time_seconds,
            sent_at_seconds=sent.sent_at_seconds,
            link_millis=link_millis,
            decode_millis=result.decode_millis,
            preprocess_millis=result.preprocess_millis,
            invoke_millis=result.invoke_millis,
            propagate_millis=result.propagate_millis,
            postprocess_millis=result.postprocess_millis,
            plane_millis=result.plane_millis,
            flow_millis=result.flow_millis,
            warp_millis=result.warp_millis,
            decide_millis=result.decide_millis,
            fuse_millis=result.fuse_millis,
            interval_millis=interval_millis,
            is_key_frame=result.is_key_frame,
            trigger=result.trigger.value,
            is_warm_up=self._flow_frames < WARM_UP_FRAMES,
            cpu=result.cpu,
            clock_khz=result.clock_khz,
            memory_bytes=result.memory_bytes,
            dropped_before=dropped,
        )

    def _keep(self, result: Result, sent: SentFrame) -> None:
        if self._recorder is not None:
            self._recorder.mask(PHONE_MASK, sent.sequence, result.mask_size, result.runs)
            if self._recorder.wants_picture(sent.sequence):
                self._recorder.picture(sent.sequence, sent.picture)
        if self._comparer is not None and result.mask_size[0]:
            self._comparer.offer(
                Comparable(
                    sent.sequence,
                    sent.picture,
                    result.mask_size,
                    result.runs,
                    sent.index,
                    sent.time_seconds,
                    result.trigger,
                )
            )

    def _refused(self, refused: Refused) -> None:
        lost = self._sender.take_oldest()
        self._dropped += 1 + (lost.dropped_before if lost else 0)
        if not self._has_warned:
            self._has_warned = True
            self._warn(f"The runner refused a frame: {refused.text.rstrip('.')}.", "")
