"""Does the phone compute what this computer computes? One picture through both."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import PhoneError, StudioError
from studio.inference.segmenter import Segmenter
from studio.opencv import cv2
from studio.paths import sample_clip, workspace_dir
from studio.targets.phone.comparison import agreement, computer_mask
from studio.targets.phone.connection import RunnerConnection, host_micros
from studio.targets.phone.pictures import pack
from studio.targets.phone.refusals import ConnectionLostError
from studio.targets.phone.runs import decode_runs
from studio.targets.phone.wire import RESTART, WITH_OUTPUT, FrameMessage, Output, Refused, Result
from studio.video.frame import Image
from studio.video.source import open_video

FLOAT_TOLERANCE = 1e-3
"""Of the output's largest magnitude. Libraries for ARM and x86 add in another order; measured over
13 float models, the outputs differ by up to 1.7e-4 of it."""

LEAST_FLOAT_AGREEMENT = 0.999
"""Of the pixels: where two classes are as good as equal, the last bits decide."""

_LONGEST_SIDE = 320
_SAMPLE_FRAME = 40
_SEQUENCE = 0xFFFFFFFF

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SelfTest:
    """How the phone's answer compares.

    Attributes:
        is_equal: within what may be expected: to the last bit for integers.
        agreement: share of the mask's pixels with the same class, 0..1.
        largest_difference: of the output tensor, in stored units.
        relative_difference: the same, as a share of the largest magnitude.
        dtype: of the output.
        frame_millis: that the phone worked.
        words: for the user.
    """

    is_equal: bool
    agreement: float
    largest_difference: float
    relative_difference: float
    dtype: str
    frame_millis: float
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """This computer's answer.

    Attributes:
        mask: uint8 [H, W].
        output: the output tensor.
    """

    mask: NDArray[np.uint8]
    output: NDArray[np.generic]


def reference_picture() -> Image:
    """A frame of the sample clip, made small; uint8 [H, W, 3] BGR."""
    try:
        source = open_video(sample_clip())
        try:
            source.seek(_SAMPLE_FRAME)
            frame = source.read()
        finally:
            source.close()
    except StudioError as error:
        _log.warning("The sample clip cannot be read: %s", error)
        frame = None
    image = _drawn() if frame is None else frame.image
    scale = _LONGEST_SIDE / max(image.shape[:2])
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def compute_reference(
    segmenter: Segmenter, model_sha256: str, picture: Image, *, at_model_size: bool
) -> Reference:
    """This computer's answer, from the workspace when it was computed before.

    Args:
        segmenter: the opened model.
        model_sha256: of its file, in hexadecimal digits.
        picture: uint8 [H, W, 3] BGR.
        at_model_size: masks are label maps of the network's output.
    """
    path = _place(segmenter, model_sha256, picture, at_model_size=at_model_size)
    stored = _load(path)
    if stored is not None:
        return stored
    mask = computer_mask(segmenter, pack(picture, "bgr"), at_model_size=at_model_size)
    reference = Reference(mask, segmenter.output())
    _store(path, reference)
    return reference


def run_self_test(
    connection: RunnerConnection,
    picture: Image,
    fitted_size: tuple[int, int],
    reference: Callable[[], Reference],
    seconds: float,
) -> SelfTest:
    """Send the picture and compare what comes back.

    Args:
        connection: to a runner whose model is open.
        picture: uint8 [H, W, 3] BGR.
        fitted_size: of the picture on the network's input.
        reference: this computer's answer; asked for once the phone is at work.
        seconds: to wait for the phone.

    Raises:
        PhoneError: the runner failed or said no.
    """
    packed = pack(picture, "bgr")
    connection.send_frame(
        FrameMessage(
            sequence=_SEQUENCE,
            host_micros=host_micros(),
            size=packed.size,
            fitted_size=fitted_size,
            encoding=packed.code,
            flags=WITH_OUTPUT | RESTART,
            picture=packed.data,
        )
    )
    expected = reference()
    result: Result | None = None
    while True:
        arrival = connection.receive(seconds)
        if arrival is None:
            raise ConnectionLostError(
                f"The phone did not finish the self-test within {seconds:.0f} s.",
                remedy="Unplug the phone, plug it in again, and deploy anew.",
            )
        reply = arrival.reply
        if isinstance(reply, Refused):
            raise PhoneError(
                f"The runner refused the picture of the self-test: {reply.text}",
                remedy="Deploy again; if it stays so, run `jejunet clean-phone` first.",
            )
        if isinstance(reply, Result):
            result = reply
        elif isinstance(reply, Output) and result is not None:
            return judge(expected, result, reply.tensor)


def judge(expected: Reference, result: Result, tensor: bytes) -> SelfTest:
    """Compare the phone's answer with this computer's.

    Args:
        expected: this computer's.
        result: the phone's, with its mask.
        tensor: the phone's output, as stored.
    """
    same = agreement(expected.mask, decode_runs(result.runs, result.mask_size))
    dtype = expected.output.dtype
    difference = relative = float("inf")
    if len(tensor) == expected.output.nbytes:
        here = expected.output.reshape(-1).astype(np.float64)
        there = np.frombuffer(tensor, dtype).astype(np.float64)
        difference = float(np.abs(here - there).max(initial=0.0))
        relative = difference / max(float(np.abs(here).max(initial=0.0)), 1e-12)
    if dtype.kind == "f":
        is_equal = relative <= FLOAT_TOLERANCE and same >= LEAST_FLOAT_AGREEMENT
        how = f"outputs differ by {relative:.1e} of their range"
    else:
        is_equal = difference == 0.0 and same == 1.0
        how = "outputs equal" if difference == 0.0 else f"outputs differ by {difference:g} steps"
    return SelfTest(
        is_equal=is_equal,
        agreement=same,
        largest_difference=difference,
        relative_difference=relative,
        dtype=dtype.name,
        frame_millis=(result.finished_micros - result.started_micros) / 1e3,
        words=f"{same:.3%} of the mask as on this computer, {how}",
    )


def _drawn() -> Image:
    """A picture with borders of all directions, for a studio without its clip."""
    rows, columns = np.mgrid[0:240, 0:320]
    waves = [np.sin(rows / (7 + 4 * k)) * np.cos(columns / (11 + 3 * k)) for k in range(3)]
    picture: Image = np.round(127.5 + 127.5 * np.stack(waves, axis=2)).astype(np.uint8)
    return picture


def _place(segmenter: Segmenter, model_sha256: str, picture: Image, *, at_model_size: bool) -> Path:
    wiring = segmenter.wiring
    choices = wiring.choices
    parts = (
        segmenter.info.runtime,
        segmenter.info.runtime_version,
        choices.output_index,
        choices.output,
        choices.fit,
        choices.logits_grid,
        choices.channel_order,
        at_model_size,
        hashlib.sha256(wiring.table.tobytes() + wiring.padding.tobytes()).hexdigest(),
        hashlib.sha256(picture.tobytes()).hexdigest(),
    )
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()
    return workspace_dir() / "phone" / "references" / f"{model_sha256[:16]}-{digest[:16]}.npz"


def _load(path: Path) -> Reference | None:
    try:
        with path.open("rb") as file, np.load(file) as stored:
            return Reference(stored["mask"], stored["output"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _store(path: Path, reference: Reference) -> None:
    """Keep it for the next time; where that fails it is computed again."""
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            np.savez(file, mask=reference.mask, output=reference.output)
        part.replace(path)
    except OSError as error:
        _log.info("The reference is not kept: %s", error)
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
