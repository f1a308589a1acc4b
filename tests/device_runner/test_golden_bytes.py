"""Both sides of the wire are held to the same bytes, which lie in files and never change."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
import pytest

from studio.targets.phone.wire import (
    Close,
    Command,
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
    Reply,
    Result,
    encode,
)
from tests.device_runner.build import HASH
from tests.device_runner.messages import open_message

_GOLDEN = Path(__file__).parents[1] / "golden" / "wire"
_TABLE = np.random.default_rng(1).integers(0, 256, (256, 3)).astype(np.int8)
_TABLE_SUM = sum(int(value) * (index % 251 + 1) for index, value in enumerate(_TABLE.tobytes()))

OPEN = Open(
    model="/data/local/tmp/jejunet/models/ü.tflite",
    threads=4,
    flags=3,
    cpu_mask=0xF0,
    warm_up=300,
    channels_first=True,
    input_type=3,
    swaps=True,
    output_kind=2,
    output_channels_first=True,
    align_corners=True,
    input_size=(257, 513),
    output_index=1,
    grid_size=(33, 65),
    classes=2,
    threshold=-0.75,
    table=_TABLE.tobytes(),
    padding=np.int8(-3).tobytes(),
)

COMMANDS: dict[str, tuple[Command, str]] = {
    "hello": (Hello(HASH), "hello"),
    "open": (
        OPEN,
        "threads 4 flags 3 cpus f0 warm 300 input 257x513 type 3 first 1 swaps 1 kind 2 first 1"
        f" corners 1 index 1 grid 33x65 classes 2 threshold -0x1.8p-1 table {_TABLE_SUM}"
        " padding 253 path /data/local/tmp/jejunet/models/ü.tflite",
    ),
    "frame": (
        FrameMessage(7, 0x1122334455667788, (2, 3), (171, 257), 1, 2, bytes(range(18))),
        f"sequence 7 host {0x1122334455667788} size 2x3 fitted 171x257 encoding 1 flags 2"
        " picture 18",
    ),
    "play": (
        Play("/data/local/tmp/jejunet/clips/1.clip", 70000),
        "repeats 70000 path /data/local/tmp/jejunet/clips/1.clip",
    ),
    "probe": (Probe(0xFEDCBA98, 65536, b"ping"), f"token {0xFEDCBA98} reply 65536 payload 4"),
    "close": (Close(), "close"),
}

REPLIES: dict[str, Reply] = {
    "ready": Ready(1, b"h" * 32, 77, 8, "2.0.3"),
    "opened": Opened(12.5, 3.25, True, False, 2048 * 1024, 196608, 6069),
    "result": Result(
        5,
        0x1122334455667788,
        2,
        3,
        4,
        0.5,
        1.25,
        30.0,
        0.0,
        2.5,
        True,
        6,
        2457600,
        9216,
        (2, 3),
        b"\x00\x06",
    ),
    "refused": Refused(3, "no model at /data"),
    "probed": Probed(9, 123, 10),
    "output": Output(5, b"tensor"),
}


def _golden(name: str) -> bytes:
    return (_GOLDEN / f"{name}.bin").read_bytes()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_computer_says_the_golden_bytes(name: str) -> None:
    assert encode(COMMANDS[name][0]) == _golden(name)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_runner_understands_the_golden_bytes(parts_library: ctypes.CDLL, name: str) -> None:
    message = _golden(name)
    words = ctypes.create_string_buffer(400)
    code = parts_library.shim_describe(message, ctypes.c_size_t(len(message)), HASH, words)
    assert (code, words.value.decode()) == (0, COMMANDS[name][1])


@pytest.mark.parametrize("name", REPLIES)
def test_the_runner_says_the_golden_bytes(parts_library: ctypes.CDLL, name: str) -> None:
    out = ctypes.create_string_buffer(600)
    kinds = dict(zip(REPLIES, range(129, 135), strict=True))
    used = parts_library.shim_reply(kinds[name], out)
    assert out.raw[:used] == _golden(name)


@pytest.mark.parametrize("name", REPLIES)
def test_the_computer_understands_the_golden_bytes(name: str) -> None:
    assert Decoder().feed(_golden(name)) == [REPLIES[name]]


@pytest.mark.parametrize("name", ["hello", "open", "play"])
def test_the_runner_refuses_golden_bytes_with_one_too_many_or_too_few(
    parts_library: ctypes.CDLL, name: str
) -> None:
    body = _golden(name)[5:]
    for damaged in (body[:-1], body + b"\0"):
        message = (len(damaged) + 1).to_bytes(4, "little") + _golden(name)[4:5] + damaged
        words = ctypes.create_string_buffer(400)
        code = parts_library.shim_describe(message, ctypes.c_size_t(len(message)), HASH, words)
        assert code == 8, words.value


def test_every_cut_of_a_message_is_refused_in_words(parts_library: ctypes.CDLL) -> None:
    body = open_message().body()
    for end in range(0, len(body), 7):
        message = (end + 1).to_bytes(4, "little") + b"\2" + body[:end]
        words = ctypes.create_string_buffer(400)
        code = parts_library.shim_describe(message, ctypes.c_size_t(len(message)), HASH, words)
        assert code == 8
        assert words.value == b"The OPEN message is too short."
