"""What the runner refuses, and in which words; nothing wrong is ever answered with silence."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from studio.targets.phone.wire import (
    Close,
    Hello,
    Open,
    Opened,
    Play,
    Probe,
    Refused,
    Result,
    encode,
)
from tests.device_runner.build import HASH
from tests.device_runner.client import RunnerClient, frame_message
from tests.device_runner.messages import open_message, write_model

Start = Callable[..., RunnerClient]

_PICTURE = np.random.default_rng(2).integers(0, 256, (20, 30, 3), np.uint8)


def _refusal(runner: RunnerClient) -> tuple[int, str]:
    refused = runner.expect(Refused)
    assert runner.receive() is None
    runner.hang_up()
    assert runner.exit_code() == 0
    return refused.code, refused.text


_HELLO = encode(Hello(HASH))


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (encode(Hello(HASH, version=3)), 1, "computer speaks version 3 of the protocol"),
        (encode(Hello(bytes(32))), 2, "built from other sources"),
        (b"GET / HTTP/1.1\r\n\r\n", 8, "bytes came"),
        (struct.pack("<IB", 39, 1) + b"XXXX" + bytes(34), 8, "did not say HELLO"),
        (encode(Close()), 8, "instead of HELLO"),
        (_HELLO + _HELLO, 8, "no place here"),
        (_HELLO + encode(Play("x", 1)), 8, "no place here"),
        (_HELLO + encode(frame_message(0, (1, 1), (1, 1), b"abc")), 8, "no place here"),
        (_HELLO + struct.pack("<IB", 1, 99), 8, "type 99"),
        (_HELLO + struct.pack("<IB", 0, 5), 8, "0 bytes came"),
        (_HELLO + struct.pack("<IB", (1 << 26) + 1, 3), 8, "67108865 bytes came"),
        (_HELLO + struct.pack("<IB", 1 << 20, 2), 8, "came with 1048575 bytes"),
        (_HELLO + struct.pack("<IB", 3, 5) + b"ab", 8, "PROBE message is too short"),
        (_HELLO + encode(Probe(1, (1 << 24) + 1)), 8, "wants 16777217 bytes back"),
        (_HELLO + struct.pack("<IB", 2, 6) + b"x", 8, "CLOSE message came with a body"),
    ],
)
def test_what_the_protocol_does_not_allow_is_refused_in_words(
    start_runner: Start, said: bytes, code: int, words: str
) -> None:
    runner = start_runner().connect()
    runner.send(said)
    if said.startswith(_HELLO):
        assert runner.receive() is not None  # READY
    refused = _refusal(runner)
    assert refused[0] == code
    assert words in refused[1]


@pytest.mark.parametrize(
    ("message", "code", "words"),
    [
        (open_message("nowhere.tflite"), 3, "nowhere.tflite cannot be read"),
        (open_message("runner"), 3, "not a TFLite model"),
        (open_message("plain"), 3, "not a TFLite model"),
        (open_message(threads=0), 4, "0 threads"),
        (open_message(flags=8), 4, "Flags 0x08"),
        (open_message(""), 4, "empty"),
        (open_message("a\0b"), 4, "NUL"),
        (open_message("x" * 5000), 4, "5000 bytes"),
        (open_message(input_size=(0, 8)), 4, "8 x 0"),
        (open_message(input_size=(8, 9000)), 4, "9000 x 8"),
        (open_message(grid_size=(9000, 8)), 4, "grid of 8 x 9000"),
        (open_message(classes=0), 4, "0 classes"),
        (open_message(classes=256), 4, "256 classes"),
        (open_message(input_size=(7, 8)), 4, "input is not [1, 7, 8, 3]"),
        (open_message(channels_first=True), 4, "input is not [1, 3, 8, 8]"),
        (open_message(table=np.zeros((256, 3), np.float32)), 4, "values of type 3, not 1"),
        (open_message(output_index=1), 4, "number 1 was asked for"),
        (open_message(grid_size=(8, 7)), 4, "192 bytes instead of 168"),
        (open_message(grid_size=(8192, 8192), classes=255), 4, "192 bytes instead of 17112760320"),
        (open_message(classes=4), 4, "192 bytes instead of 256"),
        (open_message(output="labels"), 4, "192 bytes instead of 64"),
        (open_message("small"), 4, "191 bytes instead of 192"),
        (open_message("fails"), 7, "failed while it ran"),
    ],
)
def test_a_model_or_options_that_do_not_fit_are_refused_in_words(
    start_runner: Start, tmp_path: Path, message: Open, code: int, words: str
) -> None:
    names = {
        "model": write_model(tmp_path),
        "small": write_model(tmp_path, kind="small"),
        "fails": write_model(tmp_path, kind="fails"),
        "plain": __file__,
    }
    runner = start_runner()
    runner.greet()
    fields = {name: getattr(message, name) for name in Open.__slots__}
    runner.send(Open(**{**fields, "model": names.get(message.model, message.model)}))
    if code == 7:  # nothing runs before the first frame without a warm-up
        runner.expect(Opened)
        runner.send(frame_message(0, (20, 30), (8, 8), _PICTURE.tobytes()))
    refused = _refusal(runner)
    assert refused[0] == code, refused
    assert words in refused[1]


@pytest.mark.parametrize(
    ("place", "value"), [(12, 2), (13, 0), (13, 5), (14, 2), (15, 3), (16, 2), (17, 9)]
)
def test_values_that_mean_nothing_are_refused(start_runner: Start, place: int, value: int) -> None:
    body = bytearray(open_message().body())
    body[place] = value
    runner = start_runner()
    runner.greet()
    runner.send(struct.pack("<IB", len(body) + 1, 2) + bytes(body))
    assert _refusal(runner)[0] == 4


@pytest.mark.parametrize(
    ("size", "fitted", "encoding", "flags", "words"),
    [
        ((20, 29), (8, 8), 1, 0, "29 x 20 has 1800 bytes instead of 1740"),
        ((0, 30), (8, 8), 1, 0, "30 x 0"),
        ((20, 9000), (8, 8), 1, 0, "9000 x 20"),
        ((20, 30), (0, 8), 1, 0, "fill 8 x 0"),
        ((20, 30), (8, 9), 1, 0, "fill 9 x 8"),
        ((20, 30), (8, 8), 3, 0, "encoding 3"),
        ((20, 30), (8, 8), 1, 8, "flags 0x08"),
        ((20, 30), (8, 8), 2, 0, "JPEG"),
    ],
)
def test_a_wrong_frame_is_lost_alone_and_answered_in_its_turn(
    start_runner: Start,
    tmp_path: Path,
    size: tuple[int, int],
    fitted: tuple[int, int],
    encoding: int,
    flags: int,
    words: str,
) -> None:
    runner = start_runner()
    runner.open(open_message(write_model(tmp_path, delay_millis=20)))
    picture = _PICTURE.tobytes()
    runner.send(
        frame_message(0, (20, 30), (8, 8), picture),
        frame_message(1, size, fitted, picture, encoding=encoding, flags=flags),
        frame_message(2, (20, 30), (8, 8), picture),
    )
    assert runner.expect(Result).sequence == 0
    refused = runner.expect(Refused)
    assert refused.code == 5
    assert words in refused.text
    assert runner.expect(Result).sequence == 2


def test_without_the_library_the_words_say_so(
    start_runner: Start, runner_program: Path, tmp_path: Path
) -> None:
    runner = start_runner(folder=tmp_path).connect()  # the library lies beside the program only
    runner.send(Hello(HASH))
    code, words = _refusal(runner)
    assert code == 3
    assert "LiteRT library cannot be loaded" in words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        (b"", "holds no frames"),
        (encode(Close()), "message of type 6"),
        (b"\1\0", "cut off"),
        (encode(frame_message(0, (20, 30), (8, 8), _PICTURE.tobytes()))[:-1], "cut off"),
        (struct.pack("<IB", 0, 3), "0 bytes came"),
        (struct.pack("<IB", 5, 3) + b"abcd", "FRAME message is too short"),
    ],
)
def test_a_damaged_clip_is_refused_in_words(
    start_runner: Start, tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "damaged.clip"
    if content is not None:
        path.write_bytes(content)
    runner = start_runner()
    runner.open(open_message(write_model(tmp_path)))
    runner.send(Play(str(path), 2))
    code, text = _refusal(runner)
    assert code in (4, 8)
    assert words in text
