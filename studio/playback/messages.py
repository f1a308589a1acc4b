"""What the GUI and the playback process say to each other: one JSON object a line.

Commands go down the process's standard input, replies come up a private copy of its standard
output. Pictures and masks never travel here: they lie in the shared ring, and messages name the
slot. A `generation` numbers every jump, so that replies to an older one are recognised.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from studio.inference.model import ModelInfo, SessionOptions
from studio.runs.plain import name_infinities, read_infinities
from studio.temporal.report import TemporalReport
from studio.temporal.spec import OFF, TemporalSpec
from studio.video.frame import VideoInfo


class Command(msgspec.Struct, frozen=True, tag=True):
    """From the GUI to the playback process."""


class OpenVideo(Command, frozen=True):
    """Open a video and start a ring for its frames.

    Attributes:
        location: path, or `camera:N`.
        generation: number of this jump.
        ring_name: for the ring's file; chosen here, so that the GUI can remove it whatever happens.
    """

    location: str
    generation: int
    ring_name: str


class RingAttached(Command, frozen=True):
    """The GUI has mapped the ring; its name on disk may go."""


class CloseVideo(Command, frozen=True):
    """Let go of the video and its ring."""


class OpenModel(Command, frozen=True):
    """Load a model; frames from the next `Cue` on carry its masks."""

    path: str
    options: SessionOptions


class CloseModel(Command, frozen=True):
    """Let go of the model; frames carry no masks any more."""


FieldView = Literal["none", "flow", "confidence", "residual", "computed"]
"""What is sent beside each mask: the flow field, the confidence in what was carried along, the
residual of the warp, or the mask that the network gives for this frame alone."""


class SetTemporal(Command, frozen=True):
    """Use the redundancy between frames from now on in this way.

    Attributes:
        spec: how.
        view: what to send beside each mask.
        compare: run the network on every frame as well, by itself, and say how the masks compare.
    """

    spec: TemporalSpec = OFF
    view: FieldView = "none"
    compare: bool = False


class Cue(Command, frozen=True):
    """Jump: drop what is prepared and go on from frame `index`.

    Attributes:
        generation: number of this jump.
        index: first frame to deliver.
        loop_start: first frame of the loop.
        loop_end: last frame of the loop, included; None means play to the end and stop.
        quick: deliver the frame at once, even where the temporal engine is to be exact: its masks
            are not until the next anchor.
        again: the frame, or the one before it, is on screen: its mask is to follow from what led
            there, if that is still known, even where a jump begins anew.
    """

    generation: int
    index: int
    loop_start: int = 0
    loop_end: int | None = None
    quick: bool = False
    again: bool = False


class Release(Command, frozen=True):
    """The GUI is done with these slots of the ring.

    Attributes:
        ring: generation of the `OpenVideo` that made the ring.
        slots: numbers of the slots.
    """

    ring: int
    slots: list[int]


class Reply(msgspec.Struct, frozen=True, tag=True):
    """From the playback process to the GUI."""


class VideoOpened(Reply, frozen=True):
    """A video is open and frame 0 is on its way.

    Attributes:
        info: the video.
        times_seconds: presentation time of each frame; empty for a camera.
        ring_path: file to map.
        slots: places for frames in the ring.
        generation: of the `OpenVideo` that asked for it.
    """

    info: VideoInfo
    times_seconds: list[float]
    ring_path: str
    slots: int
    generation: int


class ModelOpened(Reply, frozen=True):
    """A model is loaded."""

    info: ModelInfo


class ModelChanged(Reply, frozen=True):
    """The open model runs otherwise from the next frame on: its input follows the frames.

    Attributes:
        info: the same model, with the input that is used now, or a warning why it is not.
    """

    info: ModelInfo


class FieldPicture(msgspec.Struct, frozen=True):
    """What the temporal engine saw, as a small picture.

    Attributes:
        view: which.
        width: in pixels.
        height: in pixels.
        rgb: width * height * 3 bytes, row by row.
        largest: what full colour stands for, in pixels of the frame (flow) or grey levels.
    """

    view: FieldView
    width: int
    height: int
    rgb: bytes
    largest: float = 0.0


class Comparison(msgspec.Struct, frozen=True):
    """How the temporal engine's mask compares with the network's for the frame alone.

    Attributes:
        agreement: part of the pixels on which both agree, 0 to 1.
        flicker: part of the pixels whose class changed since the frame before although the
            picture there did not, in the engine's masks; None for the first frame.
        flicker_alone: the same of the network's masks.
        j: of the foreground against ground truth; None without any.
        j_alone: the same of the network's mask.
        network_millis: what the network's mask cost, for the speed-up.
    """

    agreement: float
    flicker: float | None = None
    flicker_alone: float | None = None
    j: float | None = None
    j_alone: float | None = None
    network_millis: float = 0.0


class FrameReady(Reply, frozen=True):
    """A frame, and its mask if a model is open, lie in a slot.

    Attributes:
        generation: of the jump that it belongs to.
        slot: where it lies.
        index: in the video.
        time_seconds: presentation time.
        timeline_seconds: seconds of playing (at speed 1) since the jump; grows through loops.
        duration_seconds: how long it is to stay on screen at speed 1.
        skipped: frames left out just before it, because they were late.
        decode_millis: 0 where the stage did not run, here and below.
        preprocess_millis: resize and normalize.
        invoke_millis: the network.
        postprocess_millis: logits to mask.
        class_pixels: pixels of each class; None without a model.
        view_width: of the scaled picture and mask in the slot; 0 for none.
        view_height: likewise.
        view_millis: what scaling them cost.
        temporal: what the temporal engine did; None where it is off.
        field: the view that was asked for.
        comparison: if one was asked for.
        is_exact: whether the mask is the one that this frame always has. It is not where the
            temporal engine came to it over a gap (after a quick jump, or frames left out), or where
            its network runs beside.
    """

    generation: int
    slot: int
    index: int
    time_seconds: float
    timeline_seconds: float
    duration_seconds: float
    skipped: int
    decode_millis: float
    preprocess_millis: float = 0.0
    invoke_millis: float = 0.0
    postprocess_millis: float = 0.0
    class_pixels: list[int] | None = None
    view_width: int = 0
    view_height: int = 0
    view_millis: float = 0.0
    temporal: TemporalReport | None = None
    field: FieldPicture | None = None
    comparison: Comparison | None = None
    is_exact: bool = True


class Rebuilding(Reply, frozen=True):
    """Frames before the one that was asked for are being gone through, so that its mask is exact.

    Attributes:
        generation: of the jump.
        done: frames gone through.
        total: of how many.
    """

    generation: int
    done: int
    total: int


class Preparing(Reply, frozen=True):
    """The temporal engine is being made ready; compiling it, once a computer, takes a while."""


class EndReached(Reply, frozen=True):
    """There is no frame after the last one delivered."""

    generation: int


class Trouble(Reply, frozen=True):
    """Something could not be done; the process lives on.

    Attributes:
        about: what it concerns: opening a video, opening a model, reading, or segmenting.
        kind: class name of the error.
        message: for the user.
        remedy: for the user.
        details: for a report.
        generation: of the jump, where it matters.
    """

    about: str
    kind: str
    message: str
    remedy: str = ""
    details: str = ""
    generation: int = 0


AnyCommand = (
    OpenVideo | RingAttached | CloseVideo | OpenModel | CloseModel | SetTemporal | Cue | Release
)
AnyReply = (
    VideoOpened
    | ModelOpened
    | ModelChanged
    | FrameReady
    | Rebuilding
    | Preparing
    | EndReached
    | Trouble
)

_SET_TEMPORAL = b'{"type":"SetTemporal"'
_encoder = msgspec.json.Encoder()
_commands: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)
_replies: msgspec.json.Decoder[AnyReply] = msgspec.json.Decoder(AnyReply)


def encode(message: Command | Reply) -> bytes:
    """One line, with its end."""
    if isinstance(message, SetTemporal):  # limits that are not used are infinite
        return _encoder.encode(name_infinities(msgspec.to_builtins(message))) + b"\n"
    return _encoder.encode(message) + b"\n"


def decode_command(line: bytes) -> AnyCommand:
    """Read a line that `encode` made of a command."""
    if line.startswith(_SET_TEMPORAL):
        return msgspec.convert(read_infinities(msgspec.json.decode(line)), SetTemporal)
    return _commands.decode(line)


def decode_reply(line: bytes) -> AnyReply:
    """Read a line that `encode` made of a reply."""
    return _replies.decode(line)
