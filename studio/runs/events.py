"""What a run tells the world: one JSON object a line in `events.jsonl`.

Readers are forgiving, because a log is read while it is written, after a crash, and by older
programs than the one that wrote it: a torn last line waits for its rest, and a line that is not
understood is skipped and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from studio.runs.event import Event
from studio.runs.phone_events import (
    DeployStep,
    MaskCompared,
    PhoneDoubt,
    PhoneFound,
    PhoneFrame,
    PhoneSample,
    PhoneState,
)
from studio.runs.plain import to_plain


class Started(Event, frozen=True, kw_only=True):
    """The worker is up and begins, or goes on with a run that had ended: nothing is final.

    Attributes:
        job: name of the job.
        pid: process id of the worker.
    """

    job: str
    pid: int


class Resumed(Event, frozen=True, kw_only=True):
    """The job goes on from what it had saved. Comes after a `Started` that is not the first.

    Points of a greater step that were logged before are superseded: they will be made again.

    Attributes:
        step: optimizer steps done, as saved.
    """

    step: int


class Progress(Event, frozen=True, kw_only=True):
    """How far the run has come.

    Attributes:
        done: units done.
        total: units in all; None when nobody knows.
        unit: what is counted, in the plural.
        message: what is being done, in words; may be empty.
    """

    done: int
    total: int | None = None
    unit: str = "frames"
    message: str = ""


class EpochMetrics(Event, frozen=True, kw_only=True):
    """Measures of a training run.

    Attributes:
        epoch: 1 for the first; 0 for what was measured before it.
        step: optimizer steps since the beginning.
        metrics: value by name; None where it was not a finite number.
    """

    epoch: int
    step: int
    metrics: dict[str, float | None]


class FrameTiming(Event, frozen=True, kw_only=True):
    """What one frame cost, by stage.

    Attributes:
        index: of the frame in the video.
        time_seconds: presentation time.
        decode_millis: 0 where the stage did not run, here and below.
        preprocess_millis: resize and normalize.
        invoke_millis: the network.
        postprocess_millis: logits to a mask.
        draw_millis: overlay.
        is_key_frame: whether the network's word on this very frame went into the mask; None where
            frames are segmented by themselves, here and in the next four.
        trigger: why the network was asked, see `studio.temporal.step.Trigger`; `none` where the
            mask was carried along.
        late_frames: how old the network's word was that came in with this frame.
        propagate_millis: carrying the past along: luma plane, flow, warp, policy. It is part of
            `postprocess_millis`, as is the next.
        fuse_millis: joining the network's word with the past.
    """

    index: int
    time_seconds: float
    decode_millis: float = 0.0
    preprocess_millis: float = 0.0
    invoke_millis: float = 0.0
    postprocess_millis: float = 0.0
    draw_millis: float = 0.0
    is_key_frame: bool | None = None
    trigger: str | None = None
    late_frames: int | None = None
    propagate_millis: float | None = None
    fuse_millis: float | None = None


class Artifact(Event, frozen=True, kw_only=True):
    """A file or folder that the run made.

    Attributes:
        name: as shown to the user.
        path: relative to the run folder, or absolute when it lies elsewhere.
        kind: `video`, `image`, `images` (a folder), `model`, `table`, `text` or `file`.
    """

    name: str
    path: str
    kind: str = "file"


class Warned(Event, frozen=True, kw_only=True):
    """Something the user should know, though the run goes on.

    Attributes:
        message: what is the matter.
        remedy: how to mend it; may be empty.
    """

    message: str
    remedy: str = ""


class Finished(Event, frozen=True, kw_only=True):
    """The run did all it should. Terminal.

    Attributes:
        summary: the job's result.
        artifacts: all that the run made.
    """

    summary: dict[str, Any]
    artifacts: tuple[Artifact, ...] = ()


class Failed(Event, frozen=True, kw_only=True):
    """The run could not go on. Terminal.

    Attributes:
        message: what was expected, what came instead.
        remedy: how to mend it; may be empty.
        details: technical background.
        exit_code: of the worker.
        artifacts: what was made before.
    """

    message: str
    remedy: str = ""
    details: str = ""
    exit_code: int = 1
    artifacts: tuple[Artifact, ...] = ()


class Stopped(Event, frozen=True, kw_only=True):
    """The run ended early because it was asked to. Terminal.

    Attributes:
        reason: who asked, in words.
        summary: the job's result so far.
        artifacts: what was made until then.
    """

    reason: str
    summary: dict[str, Any] = msgspec.field(default_factory=dict)
    artifacts: tuple[Artifact, ...] = ()


Terminal = Finished | Failed | Stopped
AnyEvent = (
    Started
    | Resumed
    | Progress
    | EpochMetrics
    | FrameTiming
    | DeployStep
    | PhoneFound
    | PhoneState
    | PhoneFrame
    | MaskCompared
    | PhoneSample
    | PhoneDoubt
    | Artifact
    | Warned
    | Finished
    | Failed
    | Stopped
)

_ENCODER = msgspec.json.Encoder(enc_hook=to_plain)
_DECODER: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


@dataclass(frozen=True, slots=True)
class DecodedLines:
    """What a stretch of a log holds.

    Attributes:
        events: in the order they were written.
        rest: the torn last line; put it before the next stretch.
        skipped: lines that were not understood.
    """

    events: list[AnyEvent]
    rest: bytes
    skipped: int


def encode(event: AnyEvent) -> bytes:
    """Write an event as one line, newline included.

    Raises:
        TypeError: a summary holds something that JSON cannot express.
    """
    return _ENCODER.encode(event) + b"\n"


def decode_lines(data: bytes) -> DecodedLines:
    """Read a stretch of a log that begins at the start of a line.

    Args:
        data: any bytes; what follows the last newline is not read.

    Returns:
        The events, the torn last line, and how many lines were skipped.
    """
    whole, newline, rest = data.rpartition(b"\n")
    if not newline:
        return DecodedLines([], data, 0)
    try:
        return DecodedLines(_DECODER.decode_lines(whole), rest, 0)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        events, skipped = _decode_each(whole)
        return DecodedLines(events, rest, skipped)


def _decode_each(whole: bytes) -> tuple[list[AnyEvent], int]:
    """Read line by line, for a log that holds lines which are not understood."""
    events: list[AnyEvent] = []
    skipped = 0
    for line in whole.split(b"\n"):
        if not line.strip():
            continue
        try:
            events.append(_DECODER.decode(line))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            skipped += 1
    return events, skipped
