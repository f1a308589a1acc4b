"""Every wait in a conversation is bounded, and who hangs up may have said why."""

from __future__ import annotations

import contextlib
import io
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import PhoneError
from studio.targets.phone.adb import AdbPhone
from studio.targets.phone.conversation import Conversation
from studio.targets.phone.shell import ShellStream, run_to_end
from studio.targets.phone.troubles import PhoneGoneError, PhoneTimeoutError


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Conversation, socket.socket]]:
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", "1")  # where nobody listens
    ours, theirs = socket.socketpair()
    with Conversation(ours, "FA7", "talking", 0.3) as conversation, theirs:
        yield conversation, theirs


Line = tuple[Conversation, socket.socket]


@given(st.binary(min_size=1, max_size=50), st.integers(1, 50))
def test_bytes_come_however_they_are_cut(data: bytes, cut: int) -> None:
    ours, theirs = socket.socketpair()
    with Conversation(ours, None, "talking", 5.0) as conversation, theirs:
        theirs.sendall(data[:cut])
        sending = threading.Timer(0.0, theirs.sendall, [data[cut:]])
        sending.start()
        assert conversation.read_exactly(len(data)) == data
        sending.join()


def test_silence_ends_in_time(line: Line) -> None:
    begun = time.monotonic()
    with pytest.raises(PhoneTimeoutError, match=r"within 0.3 s while talking"):
        line[0].read_exactly(1)
    assert 0.25 < time.monotonic() - begun < 2.0


def test_what_nobody_takes_is_given_up_in_time(line: Line) -> None:
    with pytest.raises(PhoneTimeoutError):
        line[0].send(bytes(1 << 24))


def test_an_end_in_mid_word_is_told(line: Line) -> None:
    line[1].sendall(b"OK")
    line[1].close()
    with pytest.raises(PhoneGoneError, match="ended while talking"):
        line[0].expect_okay()


@pytest.mark.parametrize("digits", [b"zzzz", b"\x00\x00\x00\x00"])
def test_a_length_that_is_none_is_told(line: Line, digits: bytes) -> None:
    line[1].sendall(digits)
    with pytest.raises(PhoneError, match="unintelligible"):
        line[0].read_block()


def test_refusals_are_told_in_words(line: Line) -> None:
    line[1].sendall(b"FAIL000edevice offline")
    with pytest.raises(PhoneGoneError, match="FA7 cannot be used"):
        line[0].expect_okay()


def test_closing_wakes_a_reader_and_fails_a_writer(line: Line) -> None:
    line[0].allow(20.0)
    closing = threading.Timer(0.1, line[0].close)
    closing.start()
    begun = time.monotonic()
    with pytest.raises(PhoneGoneError, match="Stopped talking"):
        line[0].receive()
    closing.join()
    assert time.monotonic() - begun < 5.0
    with pytest.raises(PhoneGoneError, match="Stopped talking"):
        line[0].send(b"x")
    assert line[0].has_news()


def test_a_writers_patience_is_not_the_readers(line: Line) -> None:
    stream = ShellStream(line[0])
    found: list[bytes] = []
    reading = threading.Thread(target=lambda: found.append(stream.read(5.0)))
    reading.start()
    for _ in range(5):
        stream.write(b"x", timeout_seconds=0.01)
        time.sleep(0.02)
    line[1].sendall(struct.pack("<BI", 1, 2) + b"hi")
    reading.join()
    assert found == [b"hi"]


def test_a_phone_that_takes_no_input_is_given_up(line: Line) -> None:
    with pytest.raises(PhoneTimeoutError):
        ShellStream(line[0]).write(bytes(1 << 24), timeout_seconds=0.2)


def _send_while_heard(connection: socket.socket, data: bytes) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(data)


def test_a_line_without_an_end_is_refused(line: Line) -> None:
    stream = ShellStream(line[0])
    packet = struct.pack("<BI", 1, 1 << 16) + bytes(1 << 16)
    sending = threading.Thread(target=_send_while_heard, args=(line[1], packet * 20))
    sending.start()
    with pytest.raises(PhoneError, match="without an end"):
        stream.read_line(10.0)
    stream.close()
    sending.join()


def test_a_command_that_never_stops_talking_is_refused(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.targets.phone.shell.MOST_OUTPUT_BYTES", 1 << 18)
    packet = struct.pack("<BI", 1, 1 << 16) + bytes(1 << 16)
    sending = threading.Thread(target=_send_while_heard, args=(line[1], packet * 6))
    sending.start()
    with pytest.raises(PhoneError, match="wrote more than"):
        run_to_end(ShellStream(line[0]), 10.0)
    sending.join()


def test_only_the_end_of_many_errors_is_kept(line: Line) -> None:
    words = b"x" * 70_000 + b"the last ones"
    line[0].allow(5.0)
    line[1].sendall(struct.pack("<BI", 2, len(words)) + words + struct.pack("<BIB", 3, 1, 9))
    result = run_to_end(ShellStream(line[0]), 5.0)
    assert result.exit_code == 9
    assert result.err.endswith("the last ones")
    assert len(result.err) == 1 << 16


class RefusingServer:
    """Grants a file transfer, takes a little, says why it will not have the rest, hangs up."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            for _ in range(2):
                connection.recv(int(connection.recv(4, socket.MSG_WAITALL), 16))
                connection.sendall(b"OKAY")
            connection.recv(1 << 16)
            words = b"write failed: No space left on device"
            connection.sendall(b"FAIL" + struct.pack("<I", len(words)) + words)

    def close(self) -> None:
        self._thread.join()
        self._listener.close()


def test_a_phone_that_refuses_and_hangs_up_in_mid_push_is_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = RefusingServer()
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
    with pytest.raises(PhoneError, match="storage is full"):
        AdbPhone("FA7").push(io.BytesIO(bytes(1 << 24)), "/data/local/tmp/jejunet/a")
    server.close()
