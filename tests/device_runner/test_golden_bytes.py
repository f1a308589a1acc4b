"""Both sides of the wire are held to the same bytes, which lie in files.

They change with the version of the protocol only: `python -m tests.device_runner.write_golden`.
"""

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
from studio.temporal.spec import TemporalSpec
from studio.temporal.step import Trigger
from tests.device_runner.build import HASH
from tests.device_runner.messages import open_message

GOLDEN = Path(__file__).parents[1] / "golden" / "wire"
_TABLE = np.random.default_rng(1).integers(0, 256, (256, 3)).astype(np.int8)
_TABLE_SUM = sum(int(value) * (index % 251 + 1) for index, value in enumerate(_TABLE.tobytes()))

TEMPORAL = TemporalSpec(
    mode="key_frames",
    plane_pixels=1001,
    canvas_pixels=1002,
    flow_iterations=13,
    shortest_gap=2,
    longest_gap=7,
    longest_gap_seconds=0.25,
    still_gap=61,
    still_level=0.75,
    difference_limit=43.5,
    residual_limit=44.5,
    flow_limit=45.5,
    area_limit=0.5,
    disagreement_limit=0.875,
    doubtful_gap=5,
    triggers_needed=3,
    cut_level=28.5,
    carries="labels",
    confidence_decay=8.25,
    past_weight=0.625,
    uncertainty_share=0.375,
    refine_gain=1.25,
    refine_radius=6,
    refine_contrast=7.5,
    anchor_gap=241,
)
"""Every number another, so that none can change places with another; one limit is infinite."""

OPEN = Open(
    model="/data/local/tmp/jejunet/models/ü.tflite",
    threads=4,
    flags=1,
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
    scale=0.125,
    zero_point=-7,
    temporal=TEMPORAL,
)

COMMANDS: dict[str, tuple[Command, str]] = {
    "hello": (Hello(HASH), "hello"),
    "open": (
        OPEN,
        "threads 4 flags 1 cpus f0 warm 300 input 257x513 type 3 first 1 swaps 1 kind 2 first 1"
        f" corners 1 index 1 grid 33x65 classes 2 threshold -0x1.8p-1 table {_TABLE_SUM}"
        " padding 253 scale 0x1p-3 zero -7 mode 2 carries 1 plane 1001 canvas 1002 iterations 13"
        " gaps 2 7 61 doubtful 5 needed 3 anchor 241 seconds 0.25"
        " still 0.75 limits 43.5 44.5 45.5 0.5 inf 0.875"
        " cut 28.5 decay 8.25 weight 0.625 share 0.375 gain 1.25 radius 6 contrast 7.5"
        " path /data/local/tmp/jejunet/models/ü.tflite",
    ),
    "frame": (
        FrameMessage(7, 0x1122334455667788, (2, 3), (171, 257), 1, 6, bytes(range(18)), 9, 0.375),
        f"sequence 7 host {0x1122334455667788} index 9 time 0.375 size 2x3 fitted 171x257"
        " encoding 1 flags 6"
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
    "ready": Ready(2, b"h" * 32, 77, 8, "2.0.3"),
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
        0.125,
        0.25,
        0.375,
        0.625,
        0.75,
        2.5,
        Trigger.DIFFERENCE,
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
    return (GOLDEN / f"{name}.bin").read_bytes()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_computer_says_the_golden_bytes(name: str) -> None:
    assert encode(COMMANDS[name][0]) == _golden(name)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_runner_understands_the_golden_bytes(parts_library: ctypes.CDLL, name: str) -> None:
    message = _golden(name)
    words = ctypes.create_string_buffer(800)
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
        words = ctypes.create_string_buffer(800)
        code = parts_library.shim_describe(message, ctypes.c_size_t(len(message)), HASH, words)
        assert code == 8, words.value


def test_every_cut_of_a_message_is_refused_in_words(parts_library: ctypes.CDLL) -> None:
    body = open_message().body()
    for end in range(0, len(body), 7):
        message = (end + 1).to_bytes(4, "little") + b"\2" + body[:end]
        words = ctypes.create_string_buffer(800)
        code = parts_library.shim_describe(message, ctypes.c_size_t(len(message)), HASH, words)
        assert code == 8
        assert words.value == b"The OPEN message is too short."
