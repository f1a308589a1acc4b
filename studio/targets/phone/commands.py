"""What the computer says to the runner.

Reference:
    `resources/device_runner/protocol.md`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar

from studio.targets.phone.protocol import (
    HEADER,
    MAGIC,
    MOST_MESSAGE_BYTES,
    PROTOCOL_VERSION,
    WireError,
)
from studio.targets.phone.temporal_wire import pack_temporal
from studio.temporal.spec import OFF, TemporalSpec

_HELLO = struct.Struct("<4sH32s")
_OPEN = struct.Struct("<BBQHBBBBBBHHHHHHf")
_SCALE = struct.Struct("<fi")
_FRAME = struct.Struct("<IQIdHHHHBB")
_PROBE = struct.Struct("<II")


@dataclass(frozen=True, slots=True)
class Hello:
    """Who calls.

    Attributes:
        runner_hash: SHA-256 of the runner's sources, 32 bytes.
        version: of the protocol.
    """

    kind: ClassVar[int] = 1

    runner_hash: bytes
    version: int = PROTOCOL_VERSION

    def body(self) -> bytes:
        """As sent."""
        return _HELLO.pack(MAGIC, self.version, self.runner_hash)


@dataclass(frozen=True, slots=True)
class Open:
    """The model to load, and how its input and output are meant.

    Attributes:
        model: path on the phone.
        threads: for inference.
        flags: `XNNPACK`, `MASKS_AT_MODEL_SIZE`.
        cpu_mask: one bit a CPU; 0 leaves the choice to the phone.
        warm_up: runs before the first frame.
        channels_first: layout of the input.
        input_type: value of `INPUT_TYPES`.
        swaps: whether the network wants RGB; frames are BGR.
        output_kind: value of `OUTPUT_KINDS`.
        output_channels_first: layout of the output.
        align_corners: where logits lie on the input.
        input_size: height and width.
        output_index: which output segments.
        grid_size: height and width of the output.
        classes: of the output.
        threshold: of a binary output, in stored units.
        table: 256 x 3 input values in the network's channel order, as bytes.
        padding: one input value, as bytes.
        scale: logit per stored unit of the output.
        zero_point: stored value of the output that stands for 0.
        temporal: how the redundancy between frames is used.
    """

    kind: ClassVar[int] = 2

    model: str
    threads: int
    flags: int
    cpu_mask: int
    warm_up: int
    channels_first: bool
    input_type: int
    swaps: bool
    output_kind: int
    output_channels_first: bool
    align_corners: bool
    input_size: tuple[int, int]
    output_index: int
    grid_size: tuple[int, int]
    classes: int
    threshold: float
    table: bytes
    padding: bytes
    scale: float = 1.0
    zero_point: int = 0
    temporal: TemporalSpec = OFF

    def body(self) -> bytes:
        """As sent."""
        head = _OPEN.pack(
            self.threads,
            self.flags,
            self.cpu_mask,
            self.warm_up,
            self.channels_first,
            self.input_type,
            self.swaps,
            self.output_kind,
            self.output_channels_first,
            self.align_corners,
            *self.input_size,
            self.output_index,
            *self.grid_size,
            self.classes,
            self.threshold,
        )
        temporal = _SCALE.pack(self.scale, self.zero_point) + pack_temporal(self.temporal)
        return head + temporal + self.table + self.padding + _text16(self.model)


@dataclass(frozen=True, slots=True)
class FrameMessage:
    """A picture to segment.

    Attributes:
        sequence: number of the frame in this session.
        host_micros: the computer's clock; comes back with the result.
        size: height and width of the picture.
        fitted_size: height and width of the part of the input that it fills.
        encoding: value of `ENCODINGS`.
        flags: `NO_MASK`, `WITH_OUTPUT`, `RESTART` (the temporal engine forgets what came before).
        picture: pixels or JPEG.
        index: of the frame in the video.
        time_seconds: presentation time.
    """

    kind: ClassVar[int] = 3

    sequence: int
    host_micros: int
    size: tuple[int, int]
    fitted_size: tuple[int, int]
    encoding: int
    flags: int
    picture: bytes | memoryview
    index: int = 0
    time_seconds: float = 0.0

    def head(self) -> bytes:
        """As sent, without the picture, which need not be copied."""
        return _FRAME.pack(
            self.sequence,
            self.host_micros,
            self.index,
            self.time_seconds,
            self.size[1],
            self.size[0],
            self.fitted_size[1],
            self.fitted_size[0],
            self.encoding,
            self.flags,
        )

    def body(self) -> bytes:
        """As sent."""
        return self.head() + bytes(self.picture)


@dataclass(frozen=True, slots=True)
class Play:
    """Work through frames that lie on the phone.

    Attributes:
        path: of a file of frame messages on the phone.
        repeats: rounds, 1 or more.
    """

    kind: ClassVar[int] = 4

    path: str
    repeats: int

    def body(self) -> bytes:
        """As sent."""
        return struct.pack("<I", self.repeats) + _text16(self.path)


@dataclass(frozen=True, slots=True)
class Probe:
    """Measure the link.

    Attributes:
        token: comes back.
        reply_bytes: how many bytes the answer should carry.
        payload: bytes to carry there.
    """

    kind: ClassVar[int] = 5

    token: int
    reply_bytes: int = 0
    payload: bytes = b""

    def body(self) -> bytes:
        """As sent."""
        return _PROBE.pack(self.token, self.reply_bytes) + self.payload


@dataclass(frozen=True, slots=True)
class Close:
    """The end."""

    kind: ClassVar[int] = 6

    def body(self) -> bytes:
        """As sent."""
        return b""


Command = Hello | Open | FrameMessage | Play | Probe | Close


def header(kind: int, body_bytes: int) -> bytes:
    """What stands before a body.

    Raises:
        WireError: the message would be too long.
    """
    if body_bytes + 1 > MOST_MESSAGE_BYTES:
        raise WireError(
            f"A message to the phone may have {MOST_MESSAGE_BYTES // 2**20} MiB;"
            f" this one has {body_bytes / 2**20:.0f}.",
            remedy="Use smaller frames.",
        )
    return HEADER.pack(body_bytes + 1, kind)


def encode(command: Command) -> bytes:
    """A whole message.

    Raises:
        WireError: it would be too long.
    """
    body = command.body()
    return header(command.kind, len(body)) + body


def _text16(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<H", len(data)) + data
