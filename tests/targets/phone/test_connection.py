"""The computer's end of the wire: every wait is bounded, every end is told in words."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from studio.errors import PhoneError
from studio.targets.phone import connection as module
from studio.targets.phone.connection import Arrival, RunnerConnection, connect, host_micros
from studio.targets.phone.refusals import ConnectionLostError, RunnerRefusedError
from studio.targets.phone.runs import decode_runs
from studio.targets.phone.wire import (
    NO_MASK,
    PROTOCOL_VERSION,
    WITH_OUTPUT,
    FrameMessage,
    Open,
    Output,
    Refused,
    Result,
    WireError,
)
from tests.support.fake_runner import HASH, FakeRunner, Faults
from tests.support.waiting import wait_until

OPEN = Open(
    model="/data/local/tmp/jejunet/models/m.tflite",
    threads=4,
    flags=1,
    cpu_mask=0xF0,
    warm_up=3,
    channels_first=False,
    input_type=3,
    swaps=True,
    output_kind=0,
    output_channels_first=False,
    align_corners=False,
    input_size=(65, 65),
    output_index=0,
    grid_size=(13, 13),
    classes=21,
    threshold=0.0,
    table=bytes(768),
    padding=b"\0",
)


@pytest.fixture
def runner() -> Iterator[FakeRunner]:
    with FakeRunner() as fake:
        yield fake


@pytest.fixture
def wire(runner: FakeRunner) -> Iterator[RunnerConnection]:
    with closing(connect(runner.port)) as connection:
        yield connection


def a_frame(sequence: int, flags: int = 0) -> FrameMessage:
    image = np.zeros((6, 8, 3), np.uint8)
    image[:, : 1 + sequence % 7] = 255
    return FrameMessage(sequence, host_micros(), (6, 8), (6, 8), 1, flags, image.data)


def next_arrival(wire: RunnerConnection) -> Arrival:
    arrival = wire.receive(5.0)
    assert arrival is not None
    return arrival


def test_the_right_runner_is_greeted_and_opened(wire: RunnerConnection, runner: FakeRunner) -> None:
    ready = wire.hello(HASH)
    assert (ready.litert_version, ready.cpus, ready.pid) == ("2.0.3", 8, 4242)
    opened = wire.open(OPEN)
    assert opened.has_xnnpack
    assert opened.memory_bytes == 4096 * 1024
    assert runner.opens == [OPEN.body()]


def test_frames_come_back_in_order_with_their_masks(wire: RunnerConnection) -> None:
    wire.hello(HASH)
    for sequence in range(5):
        wire.send_frame(a_frame(sequence))
    before = time.time()
    for sequence in range(5):
        arrival = next_arrival(wire)
        result = arrival.reply
        assert isinstance(result, Result)
        assert result.sequence == sequence
        mask = decode_runs(result.runs, result.mask_size)
        assert mask.sum() == 6 * (1 + sequence % 7)
        assert abs(arrival.at_seconds - before) < 5
        assert result.host_micros <= arrival.at_micros


def test_an_output_follows_its_result(wire: RunnerConnection) -> None:
    wire.hello(HASH)
    wire.send_frame(a_frame(3, WITH_OUTPUT | NO_MASK))
    result = next_arrival(wire).reply
    assert isinstance(result, Result)
    assert result.mask_size == (0, 0)
    output = next_arrival(wire).reply
    assert isinstance(output, Output)
    assert output.sequence == 3
    assert len(output.tensor) == 16


def test_a_picture_larger_than_all_buffers_arrives_whole(
    wire: RunnerConnection, runner: FakeRunner
) -> None:
    wire.hello(HASH)
    image = np.random.default_rng(1).integers(0, 256, (1500, 2000, 3), np.uint8)
    message = FrameMessage(0, 0, (1500, 2000), (65, 65), 1, 0, image.data)
    wire.send_frame(message)
    result = next_arrival(wire).reply
    assert isinstance(result, Result)
    np.testing.assert_array_equal(
        decode_runs(result.runs, result.mask_size), image.max(axis=2) > 127
    )


@pytest.mark.parametrize(
    "faults",
    [Faults(hash=bytes(32)), Faults(version=PROTOCOL_VERSION + 1)],
    ids=["hash", "version"],
)
def test_another_runner_is_refused_with_the_way_out(faults: Faults) -> None:
    with FakeRunner(faults=faults) as runner, closing(connect(runner.port)) as wire:
        with pytest.raises(RunnerRefusedError, match="not the one that belongs") as caught:
            wire.hello(HASH)
        assert "clean-phone" in caught.value.remedy


def test_a_model_that_the_runner_cannot_use_is_told_in_its_words() -> None:
    faults = Faults(refuse_open="the model has no input.")
    with FakeRunner(faults=faults) as runner, closing(connect(runner.port)) as wire:
        wire.hello(HASH)
        with pytest.raises(RunnerRefusedError, match="the model has no input"):
            wire.open(OPEN)


def test_a_refused_frame_is_lost_alone() -> None:
    faults = Faults(refuses_frames=frozenset({0}))
    with FakeRunner(faults=faults) as runner, closing(connect(runner.port)) as wire:
        wire.hello(HASH)
        wire.send_frame(a_frame(0))
        wire.send_frame(a_frame(1))
        assert isinstance(next_arrival(wire).reply, Refused)
        result = next_arrival(wire).reply
        assert isinstance(result, Result)
        assert result.sequence == 1


def test_what_came_before_the_end_can_still_be_taken(
    wire: RunnerConnection, runner: FakeRunner
) -> None:
    runner.faults.dies_at = 2
    wire.hello(HASH)
    for sequence in range(2):
        wire.send_frame(a_frame(sequence))
    wire.send_frame(a_frame(2))
    wait_until(lambda: wire.error is not None, what="the end of the wire")
    assert isinstance(next_arrival(wire).reply, Result)
    assert isinstance(next_arrival(wire).reply, Result)
    with pytest.raises(ConnectionLostError, match="broke"):
        wire.receive(5.0)


def test_probes_tell_how_far_the_clocks_are_apart(wire: RunnerConnection) -> None:
    wire.hello(HASH)
    echo = wire.probe(payload=bytes(1000), reply_bytes=100_000)
    assert abs(echo.offset_micros - 1_000_000_000) < 1e6 * echo.seconds + 1000
    assert 0 < echo.seconds < 5


def test_a_silent_runner_is_given_up_in_time() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        closing(connect(silent.getsockname()[1])) as wire,
    ):
        began = time.monotonic()
        with pytest.raises(ConnectionLostError, match=r"within 0.3 s \(Ready was expected"):
            wire.hello(HASH, seconds=0.3)
        assert time.monotonic() - began < 2.0
        assert wire.receive(0.05) is None


def test_one_that_takes_nothing_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEND_STALLED_SECONDS", 0.3)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        closing(connect(silent.getsockname()[1])) as wire,
    ):
        picture = np.zeros((4000, 4000, 3), np.uint8).data
        message = FrameMessage(0, 0, (4000, 4000), (65, 65), 1, 0, picture)
        with pytest.raises(ConnectionLostError, match="taken no data"):
            wire.send_frame(message)


def test_a_closed_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(ConnectionLostError, match="does not answer"):
        connect(port)


@pytest.mark.parametrize("garbage", [b"\0\0\0\0\0", b"\x02\0\0\0\x63\0", b"\xff\xff\xff\xff\x81"])
def test_what_is_no_message_breaks_the_wire(garbage: bytes) -> None:
    with (
        FakeRunner(faults=Faults(garbage=garbage)) as runner,
        closing(connect(runner.port)) as wire,
    ):
        wire.hello(HASH)
        wire.send_frame(a_frame(0))
        with pytest.raises(WireError):
            wire.receive(5.0)


def test_closing_twice_is_as_good_as_once_and_ends_the_sending(wire: RunnerConnection) -> None:
    wire.hello(HASH)
    wire.close()
    wire.close()
    with pytest.raises(PhoneError):
        wire.send_frame(replace(a_frame(0), sequence=1))


def message(kind: int, body: bytes) -> bytes:
    return struct.pack("<IB", len(body) + 1, kind) + body


def ready(runner_hash: bytes, version: int = PROTOCOL_VERSION) -> bytes:
    return message(129, struct.pack("<H32sIHH", version, runner_hash, 1, 8, 0))


@pytest.fixture
def pair() -> Iterator[tuple[RunnerConnection, socket.socket]]:
    """A wire whose other end the test speaks for."""
    ours, theirs = socket.socketpair()
    with theirs, closing(RunnerConnection(ours)) as wire:
        yield wire, theirs


@pytest.mark.parametrize("said", [ready(bytes(32)), ready(HASH, version=PROTOCOL_VERSION + 1)])
def test_a_runner_that_is_ready_but_another_one_is_refused(
    pair: tuple[RunnerConnection, socket.socket], said: bytes
) -> None:
    wire, theirs = pair
    theirs.sendall(said)
    with pytest.raises(RunnerRefusedError, match="not the one that belongs"):
        wire.hello(HASH)


def test_an_answer_to_another_question_is_refused(
    pair: tuple[RunnerConnection, socket.socket],
) -> None:
    wire, theirs = pair
    theirs.sendall(message(133, struct.pack("<IQ", 1, 5)))
    with pytest.raises(WireError, match="answered Hello with Probed"):
        wire.hello(HASH)
    theirs.sendall(message(133, struct.pack("<IQ", 77, 5)))
    with pytest.raises(WireError, match="answered probe 77 when 1 was asked"):
        wire.probe()


def test_a_runner_that_gives_up_in_mid_stream_says_why(
    pair: tuple[RunnerConnection, socket.socket],
) -> None:
    wire, theirs = pair
    theirs.sendall(message(132, struct.pack("<H", 7) + b"the network failed"))
    with pytest.raises(RunnerRefusedError, match="the network failed"):
        wire.receive(5.0)


def test_answers_that_nobody_asked_for_do_not_pile_up(
    pair: tuple[RunnerConnection, socket.socket],
) -> None:
    wire, theirs = pair
    theirs.sendall(ready(HASH) * 50)
    with pytest.raises(ConnectionLostError) as caught:
        wire.receive(5.0)
    assert "nobody asked" in caught.value.details


def test_results_that_nobody_takes_make_the_phone_wait(
    pair: tuple[RunnerConnection, socket.socket],
) -> None:
    wire, theirs = pair
    theirs.settimeout(0.5)
    result = message(131, struct.pack("<IQQQQfffffffffBBIIHH", *([0] * 4), 1, *([0] * 15)))
    with pytest.raises(TimeoutError):
        theirs.sendall(result * 200_000)
    assert wire.receive(1.0) is not None
