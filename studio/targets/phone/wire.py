"""The runner's wire protocol: what computer and phone say to each other.

Reference:
    `resources/device_runner/protocol.md`, of which this is the computer's half.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar

from studio.errors import PhoneError

PROTOCOL_VERSION = 1
MAGIC = b"JNRP"
MOST_MESSAGE_BYTES = 1 << 26
MOST_PROBE_BYTES = 1 << 24

INPUT_TYPES: dict[str, int] = {"float32": 1, "uint8": 2, "int8": 3, "int16": 4}
OUTPUT_KINDS: dict[str, int] = {"logits": 0, "labels": 1, "binary": 2}
ENCODINGS: dict[str, int] = {"bgr": 1, "jpeg": 2}

XNNPACK = 1
MASKS_AT_MODEL_SIZE = 2
NO_MASK = 1
WITH_OUTPUT = 2

_HEADER = struct.Struct("<IB")
_HELLO = struct.Struct("<4sH32s")
_OPEN = struct.Struct("<BBQHBBBBBBHHHHHHf")
_FRAME = struct.Struct("<IQHHHHBB")
_READY = struct.Struct("<H32sIH")
_OPENED = struct.Struct("<ffBBIII")
_RESULT = struct.Struct("<IQQQQfffffBBIIHH")
_PROBE = struct.Struct("<II")
_PROBED = struct.Struct("<IQ")


class WireError(PhoneError):
    """The runner said something that the protocol does not allow."""


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
        return head + self.table + self.padding + _text16(self.model)


@dataclass(frozen=True, slots=True)
class FrameMessage:
    """A picture to segment.

    Attributes:
        sequence: number of the frame in this session.
        host_micros: the computer's clock; comes back with the result.
        size: height and width of the picture.
        fitted_size: height and width of the part of the input that it fills.
        encoding: value of `ENCODINGS`.
        flags: `NO_MASK`, `WITH_OUTPUT`.
        picture: pixels or JPEG.
    """

    kind: ClassVar[int] = 3

    sequence: int
    host_micros: int
    size: tuple[int, int]
    fitted_size: tuple[int, int]
    encoding: int
    flags: int
    picture: bytes | memoryview

    def head(self) -> bytes:
        """As sent, without the picture, which need not be copied."""
        return _FRAME.pack(
            self.sequence,
            self.host_micros,
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


@dataclass(frozen=True, slots=True)
class Ready:
    """The runner is the right one.

    Attributes:
        version: of the protocol.
        runner_hash: 32 bytes.
        pid: of its process.
        cpus: of the phone.
        litert_version: of its library.
    """

    version: int
    runner_hash: bytes
    pid: int
    cpus: int
    litert_version: str


@dataclass(frozen=True, slots=True)
class Opened:
    """The model is loaded and warm.

    Attributes:
        load_millis: reading and planning.
        warm_up_millis: all warm-up runs together.
        has_xnnpack: whether the delegate took the model.
        has_cpu_mask: whether the phone allowed the choice of CPUs.
        memory_bytes: resident.
        input_bytes: of the input tensor.
        output_bytes: of the output tensor.
    """

    load_millis: float
    warm_up_millis: float
    has_xnnpack: bool
    has_cpu_mask: bool
    memory_bytes: int
    input_bytes: int
    output_bytes: int


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a frame.

    Attributes:
        sequence: of the frame.
        host_micros: as in the frame.
        received_micros: the runner's clock when the frame had arrived.
        started_micros: when work on it began.
        finished_micros: when its mask was done.
        decode_millis: 0 for decoded pictures.
        preprocess_millis: resize and table.
        invoke_millis: the network.
        propagate_millis: temporal engine.
        postprocess_millis: logits to mask.
        is_key_frame: whether the network ran.
        cpu: that it ended on.
        clock_khz: of that CPU; 0 where the phone does not tell.
        memory_bytes: resident.
        mask_size: height and width; 0, 0 without a mask.
        runs: of the mask, see `studio.targets.phone.runs`.
    """

    sequence: int
    host_micros: int
    received_micros: int
    started_micros: int
    finished_micros: int
    decode_millis: float
    preprocess_millis: float
    invoke_millis: float
    propagate_millis: float
    postprocess_millis: float
    is_key_frame: bool
    cpu: int
    clock_khz: int
    memory_bytes: int
    mask_size: tuple[int, int]
    runs: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """The runner cannot do it.

    Attributes:
        code: 1 version, 2 hash, 3 model, 4 options, 5 frame, 6 memory, 7 invoke, 8 message.
        text: why, in words.
    """

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Probed:
    """Answer to a probe.

    Attributes:
        token: of the probe.
        runner_micros: the runner's clock.
        bytes: how many it carried.
    """

    token: int
    runner_micros: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Output:
    """An output tensor.

    Attributes:
        sequence: of the frame.
        tensor: as stored.
    """

    sequence: int
    tensor: bytes


Reply = Ready | Opened | Result | Refused | Probed | Output


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
    return _HEADER.pack(body_bytes + 1, kind)


def encode(command: Command) -> bytes:
    """A whole message.

    Raises:
        WireError: it would be too long.
    """
    body = command.body()
    return header(command.kind, len(body)) + body


class Decoder:
    """Cuts a stream of bytes into the runner's messages."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[Reply]:
        """Take in what has arrived.

        Args:
            data: any stretch of the stream.

        Returns:
            The messages that are complete now.

        Raises:
            WireError: the stream is not what the protocol allows.
        """
        self._pending += data
        replies: list[Reply] = []
        at = 0
        while len(self._pending) - at >= _HEADER.size:
            length, kind = _HEADER.unpack_from(self._pending, at)
            if not 1 <= length <= MOST_MESSAGE_BYTES:
                raise _broken(f"a message of {length} bytes")
            end = at + 4 + length
            if len(self._pending) < end:
                break
            replies.append(decode(kind, bytes(memoryview(self._pending)[at + 5 : end])))
            at = end
        del self._pending[:at]
        return replies


def decode(kind: int, body: bytes) -> Reply:
    """Read one message of the runner.

    Raises:
        WireError: it is not one.
    """
    reader = _READERS.get(kind)
    if reader is None:
        raise _broken(f"a message of type {kind}")
    try:
        return reader(body)
    except (struct.error, UnicodeDecodeError, ValueError) as error:
        raise _broken(f"a message of type {kind} that is damaged ({error})") from error


def _ready(body: bytes) -> Ready:
    version, runner_hash, pid, cpus = _READY.unpack_from(body)
    (size,) = struct.unpack_from("<H", body, _READY.size)
    text = body[_READY.size + 2 :]
    if len(text) != size:
        raise ValueError(f"{len(text)} bytes of text instead of {size}")
    return Ready(version, runner_hash, pid, cpus, text.decode())


def _opened(body: bytes) -> Opened:
    load, warm_up, xnnpack, cpu_mask, memory, inputs, outputs = _OPENED.unpack(body)
    return Opened(load, warm_up, bool(xnnpack), bool(cpu_mask), memory * 1024, inputs, outputs)


def _result(body: bytes) -> Result:
    values = _RESULT.unpack_from(body)
    return Result(
        *values[:10],
        is_key_frame=bool(values[10]),
        cpu=values[11],
        clock_khz=values[12],
        memory_bytes=values[13] * 1024,
        mask_size=(values[15], values[14]),
        runs=body[_RESULT.size :],
    )


def _refused(body: bytes) -> Refused:
    (code,) = struct.unpack_from("<H", body)
    return Refused(code, body[2:].decode())


def _probed(body: bytes) -> Probed:
    token, micros = _PROBED.unpack_from(body)
    return Probed(token, micros, len(body) - _PROBED.size)


def _output(body: bytes) -> Output:
    (sequence,) = struct.unpack_from("<I", body)
    return Output(sequence, body[4:])


_READERS = {129: _ready, 130: _opened, 131: _result, 132: _refused, 133: _probed, 134: _output}


def _text16(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<H", len(data)) + data


def _broken(what: str) -> WireError:
    return WireError(
        f"The runner on the phone sent {what}.",
        remedy="Deploy again; if it stays so, run `jejunet clean-phone` first.",
    )
