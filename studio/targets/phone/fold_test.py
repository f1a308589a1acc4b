"""Does the phone's temporal engine do what this computer's does? A few frames through both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np

from studio.errors import PhoneError
from studio.inference.segmenter import Segmenter
from studio.targets.phone.comparison import agreement
from studio.targets.phone.connection import RunnerConnection, host_micros
from studio.targets.phone.fold import Fold, FoldedFrame
from studio.targets.phone.pictures import pack
from studio.targets.phone.refusals import ConnectionLostError
from studio.targets.phone.runs import decode_runs
from studio.targets.phone.self_test import (
    Reference,
    SelfTest,
    compute_reference,
    reference_picture,
    run_self_test,
)
from studio.targets.phone.spec import PhoneOptions
from studio.targets.phone.wire import FrameMessage, Refused, Result
from studio.temporal.step import StepResult, Trigger
from studio.video.frame import Image

FRAMES = 6
LEAST_FLOAT_AGREEMENT = 0.995
"""Of the pixels, of networks whose scores differ in their last bits: what is carried keeps that."""

_FIRST_SEQUENCE = 0xFFFFFF00
_PIXELS_PER_FRAME = 3
_FRAMES_PER_SECOND = 30


class Follower(Protocol):
    """Does here what the phone does; see `Fold`."""

    def follow(self, frame: FoldedFrame) -> StepResult | None:
        """Fold the next frame."""
        ...


def run_whole_test(
    connection: RunnerConnection,
    segmenter: Segmenter,
    model_sha256: str,
    options: PhoneOptions,
    fit: Callable[[tuple[int, int]], tuple[int, int]],
    seconds: float,
) -> SelfTest:
    """Compare the network's answer, and what the temporal engine makes of it where it is on.

    Args:
        connection: to a runner whose model is open.
        segmenter: the same model, here.
        model_sha256: of its file.
        options: how the runner runs.
        fit: from a frame's height and width to those of the part of the input that it fills.
        seconds: to wait for each frame.

    Raises:
        PhoneError: the runner failed or said no.
    """
    picture = reference_picture()
    fitted = fit((picture.shape[0], picture.shape[1]))
    if options.temporal.mode == "off":
        at_model_size = options.masks_at_model_size
        return run_self_test(
            connection,
            picture,
            fitted,
            lambda: compute_reference(
                segmenter, model_sha256, picture, at_model_size=at_model_size
            ),
            seconds,
        )
    fold = Fold(segmenter, options.temporal)
    report = run_self_test(
        connection, picture, fitted, lambda: first_reference(fold, segmenter, picture), seconds
    )
    return run_fold_test(connection, picture, fitted, fold, report, seconds)


def first_reference(fold: Follower, segmenter: Segmenter, picture: Image) -> Reference:
    """This computer's answer to the picture with which the phone's engine begins.

    Args:
        fold: has seen nothing.
        segmenter: that it asks.
        picture: uint8 [H, W, 3] BGR.
    """
    result = fold.follow(FoldedFrame(0, 0.0, picture, Trigger.FIRST))
    assert result is not None
    return Reference(result.mask, segmenter.output())


def run_fold_test(
    connection: RunnerConnection,
    picture: Image,
    fitted_size: tuple[int, int],
    fold: Follower,
    report: SelfTest,
    seconds: float,
) -> SelfTest:
    """Let the picture wander and compare what comes back.

    Args:
        connection: to a runner that has seen the picture.
        picture: uint8 [H, W, 3] BGR.
        fitted_size: of the picture on the network's input.
        fold: has seen it as well.
        report: on the picture itself.
        seconds: to wait for each frame.

    Returns:
        The report, with these frames.

    Raises:
        PhoneError: the runner failed or said no.
        ModelError: the model refuses to run here.
    """
    least, same_decisions = 1.0, True
    for number in range(1, FRAMES + 1):
        image = np.ascontiguousarray(np.roll(picture, number * _PIXELS_PER_FRAME, axis=1))
        time_seconds = number / _FRAMES_PER_SECOND
        _send(connection, image, fitted_size, number, time_seconds)
        result = _receive(connection, seconds)
        expected = fold.follow(FoldedFrame(number, time_seconds, image, result.trigger))
        if expected is None:
            same_decisions = False
            break
        same = agreement(expected.mask, decode_runs(result.runs, result.mask_size))
        least = min(least, same)
        same_decisions = same_decisions and expected.decision.trigger is result.trigger
    is_float = np.dtype(report.dtype).kind == "f"
    is_equal = least >= LEAST_FLOAT_AGREEMENT if is_float else least == 1.0 and same_decisions
    decisions = "the same" if same_decisions else "other"
    return replace(
        report,
        is_equal=report.is_equal and is_equal,
        agreement=min(report.agreement, least),
        words=f"{report.words}; {least:.3%} of {FRAMES} masks after it, {decisions} key frames",
    )


def _send(
    connection: RunnerConnection,
    image: Image,
    fitted_size: tuple[int, int],
    number: int,
    time_seconds: float,
) -> None:
    packed = pack(image, "bgr")
    connection.send_frame(
        FrameMessage(
            sequence=_FIRST_SEQUENCE + number,
            host_micros=host_micros(),
            size=packed.size,
            fitted_size=fitted_size,
            encoding=packed.code,
            flags=0,
            picture=packed.data,
            index=number,
            time_seconds=time_seconds,
        )
    )


def _receive(connection: RunnerConnection, seconds: float) -> Result:
    while True:
        arrival = connection.receive(seconds)
        if arrival is None:
            raise ConnectionLostError(
                f"The phone did not finish a frame of the self-test within {seconds:.0f} s.",
                remedy="Unplug the phone, plug it in again, and deploy anew.",
            )
        reply = arrival.reply
        if isinstance(reply, Refused):
            raise PhoneError(
                f"The runner refused a frame of the self-test: {reply.text}",
                remedy="Deploy again; if it stays so, run `jejunet clean-phone` first.",
            )
        if isinstance(reply, Result):
            return reply
