from __future__ import annotations

import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.targets.phone import wire
from studio.targets.phone.temporal_wire import pack_temporal
from studio.targets.phone.wire import (
    Close,
    Decoder,
    FrameMessage,
    Hello,
    Open,
    Opened,
    Output,
    Play,
    Probe,
    Probed,
    Ready,
    Refused,
    Result,
    WireError,
    encode,
)
from studio.temporal.spec import TemporalSpec
from studio.temporal.step import Trigger


def _message(kind: int, body: bytes) -> bytes:
    return struct.pack("<IB", len(body) + 1, kind) + body


READY = _message(129, struct.pack("<H32sIHH", 2, b"h" * 32, 77, 8, 5) + b"2.0.3")
OPENED = _message(130, struct.pack("<ffBBIII", 12.5, 3.0, 1, 0, 2048, 196608, 6069))
RESULT = _message(
    131,
    struct.pack(
        "<IQQQQfffffffffBBIIHH",
        *(5, 1, 2, 3, 4),
        *(0.5, 1.0, 30.0, 0.25, 0.5, 0.75, 0.125, 1.25, 2.0),
        *(7, 6, 2457600, 9, 3, 2),
    )
    + b"\x00\x06",
)
REFUSED = _message(132, struct.pack("<H", 3) + "no model at /data/ü".encode())
PROBED = _message(133, struct.pack("<IQ", 9, 123) + bytes(10))
OUTPUT = _message(134, struct.pack("<I", 5) + b"tensor")
MEANT = [
    Ready(2, b"h" * 32, 77, 8, "2.0.3"),
    Opened(12.5, 3.0, True, False, 2048 * 1024, 196608, 6069),
    Result(
        *(5, 1, 2, 3, 4),
        *(0.5, 1.0, 30.0, 0.25, 0.5, 0.75, 0.125, 1.25, 2.0),
        Trigger.RESIDUAL,
        *(6, 2457600, 9216),
        (2, 3),
        b"\x00\x06",
    ),
    Refused(3, "no model at /data/ü"),
    Probed(9, 123, 10),
    Output(5, b"tensor"),
]
STREAM = READY + OPENED + RESULT + REFUSED + PROBED + OUTPUT


@given(st.lists(st.integers(0, len(STREAM)), max_size=6))
def test_messages_come_out_whole_however_the_stream_is_cut(cuts: list[int]) -> None:
    decoder = Decoder()
    places = [0, *sorted(cuts), len(STREAM)]
    replies = [
        reply
        for start, stop in itertools.pairwise(places)
        for reply in decoder.feed(STREAM[start:stop])
    ]
    assert replies == MEANT


@pytest.mark.parametrize(
    "stream",
    [
        struct.pack("<IB", 0, 129),
        struct.pack("<IB", wire.MOST_MESSAGE_BYTES + 1, 129),
        _message(7, b""),
        _message(129, READY[5:-1]),
        _message(129, READY[5:9]),
        _message(130, OPENED[5:] + b"x"),
        _message(131, RESULT[5:20]),
        _message(132, b"\x01\x00\xff\xfe"),
        _message(133, b"\x01"),
        _message(134, b""),
    ],
)
def test_what_the_protocol_does_not_allow_is_told_in_words(stream: bytes) -> None:
    with pytest.raises(WireError, match="The runner on the phone sent a message"):
        Decoder().feed(stream)


@given(st.binary(max_size=200))
def test_noise_is_read_or_refused_and_nothing_else(noise: bytes) -> None:
    try:
        Decoder().feed(noise)
    except WireError:
        return


def test_commands_are_written_as_the_protocol_says() -> None:
    assert encode(Hello(b"h" * 32)) == _message(1, b"JNRP" + struct.pack("<H", 2) + b"h" * 32)
    assert encode(Play("/c", 3)) == _message(4, struct.pack("<IH", 3, 2) + b"/c")
    assert encode(Probe(4, 10, b"xy")) == _message(5, struct.pack("<II", 4, 10) + b"xy")
    assert encode(Close()) == _message(6, b"")
    frame = FrameMessage(7, 99, (2, 3), (1, 2), 1, wire.WITH_OUTPUT, bytes(range(18)), 3, 0.125)
    assert encode(frame) == _message(
        3, struct.pack("<IQIdHHHHBB", 7, 99, 3, 0.125, 3, 2, 2, 1, 1, 2) + bytes(range(18))
    )
    assert frame.head() + bytes(frame.picture) == frame.body()


def test_a_model_is_described_to_the_runner_field_by_field() -> None:
    command = Open(
        model="/m",
        threads=4,
        flags=wire.XNNPACK,
        cpu_mask=0xF0,
        warm_up=3,
        channels_first=False,
        input_type=wire.INPUT_TYPES["uint8"],
        swaps=True,
        output_kind=wire.OUTPUT_KINDS["logits"],
        output_channels_first=False,
        align_corners=True,
        input_size=(257, 129),
        output_index=1,
        grid_size=(17, 9),
        classes=21,
        threshold=0.5,
        table=bytes(768),
        padding=b"\x80",
        scale=0.25,
        zero_point=-4,
        temporal=TemporalSpec(mode="per_frame", past_weight=0.75),
    )
    fields = (4, 1, 0xF0, 3, 0, 2, 1, 0, 0, 1, 257, 129, 1, 17, 9, 21, 0.5)
    body = struct.pack("<BBQHBBBBBBHHHHHHf", *fields) + struct.pack("<fi", 0.25, -4)
    body += pack_temporal(command.temporal) + bytes(768) + b"\x80\x02\x00/m"
    assert encode(command) == _message(2, body)


def test_a_message_that_is_too_long_is_refused_before_it_is_sent() -> None:
    with pytest.raises(WireError, match="64 MiB") as refused:
        wire.header(3, wire.MOST_MESSAGE_BYTES)
    assert "smaller" in refused.value.remedy
    assert wire.header(3, wire.MOST_MESSAGE_BYTES - 1)
