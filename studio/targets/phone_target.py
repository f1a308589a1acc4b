"""A phone on the cable as a target: frame by frame, masks as on this computer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from studio.errors import ModelError, PhoneError, SpecError
from studio.inference.model import ModelInfo, SessionOptions, StageMillis
from studio.runs.phone_events import DeployStep
from studio.targets.phone.connection import host_micros
from studio.targets.phone.deployment import Deployment
from studio.targets.phone.pictures import pack
from studio.targets.phone.refusals import ConnectionLostError
from studio.targets.phone.runner import Runner
from studio.targets.phone.runs import decode_runs
from studio.targets.phone.spec import PhoneOptions
from studio.targets.phone.steps import Steps
from studio.targets.phone.wire import RESTART, FrameMessage, Opened, Output, Refused, Result
from studio.targets.target import Mask, SegmentedFrame
from studio.video.frame import Frame

_IN_FLIGHT = 3
_FRAME_SECONDS = 30.0


class PhoneTarget:
    """Runs models on a phone.

    Args:
        serial: of the phone; None for the only one.
        options: how the runner runs.
        on_step: hears how a deployment goes, from several threads.

    Raises:
        SpecError: the options are for sessions that stream.
    """

    def __init__(
        self,
        serial: str | None = None,
        options: PhoneOptions | None = None,
        on_step: Callable[[DeployStep], None] = lambda _: None,
    ) -> None:
        options = options or PhoneOptions()
        if options.masks_at_model_size or options.is_pushed_ahead:
            raise SpecError(
                "A target gives masks at the size of the frames that it is handed one by one.",
                remedy="Use `jejunet deploy` for label maps and for clips that lie on the phone.",
            )
        self._serial = serial
        self._options = options
        self._on_step = on_step

    @property
    def name(self) -> str:
        """As shown to the user."""
        return f"Phone {self._serial}" if self._serial else "Phone"

    def open(self, model: Path, options: SessionOptions) -> PhoneSession:
        """Bring a model onto the phone and open it there; see `Target.open`.

        Raises:
            PhoneError: there is no phone that will do, or it cannot use the model.
        """
        if options.runtime != "litert":
            raise SpecError(
                f"Phones run LiteRT; {options.runtime} was asked for.",
                remedy="Choose the runtime litert.",
            )
        deployment = Deployment(model, self._serial, options, self._options, Steps(self._on_step))
        try:
            deployment.find()
            deployment.push()
            runner, opened = deployment.start()
        except BaseException:
            deployment.close()
            raise
        encoding = "jpeg" if self._options.encoding == "jpeg" else "bgr"
        return PhoneSession(deployment, runner, opened, options, encoding)


class PhoneSession:
    """A model opened on a phone.

    Args:
        deployment: that brought it there; ended with the session.
        runner: whose model is open; ended with the session.
        opened: what it said of the model.
        options: it was opened with.
        encoding: how pictures travel, `bgr` or `jpeg`.
    """

    def __init__(
        self,
        deployment: Deployment,
        runner: Runner,
        opened: Opened,
        options: SessionOptions,
        encoding: str,
    ) -> None:
        self._deployment = deployment
        self._runner: Runner | None = runner
        self._encoding = encoding
        self._sequence = 0
        self._info = replace(
            deployment.segmenter.info,
            threads=options.threads,
            runtime_version=deployment.bundle.litert_version,
            delegate="XNNPACK" if opened.has_xnnpack else "none",
            load_millis=opened.load_millis + opened.warm_up_millis,
        )

    @property
    def info(self) -> ModelInfo:
        """The opened model; known after closing, too."""
        return self._info

    def segment(self, frame: Frame, out: Mask | None = None) -> SegmentedFrame:
        """Segment one frame; see `Session.segment`.

        Raises:
            PhoneError: the phone, its cable or the runner failed.
        """
        self._send(frame)
        return self._receive(frame, out)

    def segment_all(self, frames: Iterable[Frame]) -> Iterator[SegmentedFrame]:
        """Segment frames in order; while one is worked on the next is on its way."""
        waiting: deque[Frame] = deque()
        for frame in frames:
            self._send(frame)
            waiting.append(frame)
            if len(waiting) >= _IN_FLIGHT:
                yield self._receive(waiting.popleft(), None)
        while waiting:
            yield self._receive(waiting.popleft(), None)

    def close(self) -> None:
        """End the runner. A second call does nothing."""
        if self._runner is not None:
            self._runner.close()
            self._runner = None
            self._deployment.close()

    def _open_runner(self) -> Runner:
        if self._runner is None:
            raise ModelError(f"The model {self._info.name} is closed.", remedy="Open it again.")
        return self._runner

    def _send(self, frame: Frame) -> None:
        runner = self._open_runner()
        picture = pack(frame.image, self._encoding)
        message = FrameMessage(
            sequence=self._sequence,
            host_micros=host_micros(),
            size=picture.size,
            fitted_size=self._deployment.fit(picture.size),
            encoding=picture.code,
            flags=0 if self._sequence else RESTART,
            picture=picture.data,
            index=frame.index,
            time_seconds=frame.time_seconds,
        )
        self._sequence += 1
        try:
            runner.connection.send_frame(message)
        except PhoneError as error:
            raise runner.blame(error) from error

    def _receive(self, frame: Frame, out: Mask | None) -> SegmentedFrame:
        result = self._result()
        mask = decode_runs(result.runs, result.mask_size)
        if out is not None:
            np.copyto(out, mask)
            mask = out
        millis = StageMillis(
            preprocess=result.decode_millis + result.preprocess_millis,
            invoke=result.invoke_millis,
            postprocess=result.propagate_millis + result.postprocess_millis,
        )
        return SegmentedFrame(frame=frame, mask=mask, millis=millis)

    def _result(self) -> Result:
        runner = self._open_runner()
        while True:
            try:
                arrival = runner.connection.receive(_FRAME_SECONDS)
            except PhoneError as error:
                raise runner.blame(error) from error
            if arrival is None:
                raise ConnectionLostError(
                    f"The phone did not finish a frame within {_FRAME_SECONDS:g} s.",
                    remedy="Unplug the phone, plug it in again, and open the model anew.",
                )
            reply = arrival.reply
            if isinstance(reply, Refused):
                raise PhoneError(
                    f"The runner refused a frame: {reply.text.rstrip('.')}.",
                    remedy="Send pixels instead of JPEG, or smaller frames.",
                )
            if not isinstance(reply, Output):
                return reply
