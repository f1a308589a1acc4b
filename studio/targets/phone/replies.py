"""What the runner says to the computer.

Reference:
    `resources/device_runner/protocol.md`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from studio.targets.phone.protocol import HEADER, MOST_MESSAGE_BYTES, broken
from studio.targets.phone.temporal_wire import trigger_of
from studio.temporal.step import Trigger

_READY = struct.Struct("<H32sIH")
_OPENED = struct.Struct("<ffBBIII")
_RESULT = struct.Struct("<IQQQQfffffffffBBIIHH")
_PROBED = struct.Struct("<IQ")


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
        plane_millis: shrinking the frame to its luma plane; 0 where the temporal engine is off,
            here and in the next four.
        flow_millis: optical flow.
        warp_millis: carrying the past along.
        decide_millis: whether the network is asked.
        fuse_millis: joining the network's word with the past.
        postprocess_millis: drawing the mask.
        trigger: why the network was asked; `NONE` where it was not.
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
    plane_millis: float
    flow_millis: float
    warp_millis: float
    decide_millis: float
    fuse_millis: float
    postprocess_millis: float
    trigger: Trigger
    cpu: int
    clock_khz: int
    memory_bytes: int
    mask_size: tuple[int, int]
    runs: bytes

    @property
    def is_key_frame(self) -> bool:
        """Whether the network ran."""
        return self.trigger is not Trigger.NONE

    @property
    def propagate_millis(self) -> float:
        """All of the temporal engine but the drawing."""
        return (
            self.plane_millis
            + self.flow_millis
            + self.warp_millis
            + self.decide_millis
            + self.fuse_millis
        )


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
        while len(self._pending) - at >= HEADER.size:
            length, kind = HEADER.unpack_from(self._pending, at)
            if not 1 <= length <= MOST_MESSAGE_BYTES:
                raise broken(f"a message of {length} bytes")
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
        raise broken(f"a message of type {kind}")
    try:
        return reader(body)
    except (struct.error, UnicodeDecodeError, ValueError) as error:
        raise broken(f"a message of type {kind} that is damaged ({error})") from error


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
    *numbers, trigger, cpu, clock_khz, memory_kib, width, height = _RESULT.unpack_from(body)
    sequence, host, received, started, finished, *millis = numbers
    decode_millis, preprocess_millis, invoke_millis, *temporal_millis, postprocess_millis = millis
    plane_millis, flow_millis, warp_millis, decide_millis, fuse_millis = temporal_millis
    return Result(
        sequence=sequence,
        host_micros=host,
        received_micros=received,
        started_micros=started,
        finished_micros=finished,
        decode_millis=decode_millis,
        preprocess_millis=preprocess_millis,
        invoke_millis=invoke_millis,
        plane_millis=plane_millis,
        flow_millis=flow_millis,
        warp_millis=warp_millis,
        decide_millis=decide_millis,
        fuse_millis=fuse_millis,
        postprocess_millis=postprocess_millis,
        trigger=trigger_of(trigger),
        cpu=cpu,
        clock_khz=clock_khz,
        memory_bytes=memory_kib * 1024,
        mask_size=(height, width),
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


_READERS: dict[int, Callable[[bytes], Reply]] = {
    129: _ready,
    130: _opened,
    131: _result,
    132: _refused,
    133: _probed,
    134: _output,
}
