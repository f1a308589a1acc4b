"""A runner on a phone: its process over a shell stream, and the wire to it."""

from __future__ import annotations

import contextlib
import secrets
import shlex
import time
from typing import Protocol

from studio.errors import PhoneError
from studio.targets.phone.adb import AdbPhone
from studio.targets.phone.connection import RunnerConnection, connect
from studio.targets.phone.paths import SOCKET_PREFIX
from studio.targets.phone.refusals import RunnerRefusedError, died_error
from studio.targets.phone.shell import ShellStream
from studio.targets.phone.wire import Ready, WireError

START_SECONDS = 15.0
_LAST_WORDS_SECONDS = 0.4
_LISTENING = "listening"


class Runner(Protocol):
    """A runner that was greeted."""

    @property
    def connection(self) -> RunnerConnection:
        """The wire to it."""
        ...

    @property
    def ready(self) -> Ready:
        """What it said of itself."""
        ...

    def check(self) -> None:
        """Find out whether it still lives; hardly waits.

        Raises:
            RunnerDiedError: its process ended.
            PhoneGoneError: phone, cable or adb went away.
        """
        ...

    def blame(self, error: PhoneError) -> PhoneError:
        """Find out why the wire broke: cable, adb, or the runner itself.

        Args:
            error: as the wire tells it.
        """
        ...

    def close(self) -> None:
        """End it. A second call does nothing."""
        ...


class AdbRunner:
    """A runner started through adb; it ends with this object.

    Args:
        phone: where it runs.
        bundle_dir: of the bundle on the phone.
        runner_hash: of its sources, 32 bytes.
        seconds: that the start may take.

    Raises:
        RunnerDiedError: it ended at once.
        RunnerRefusedError: it is another one.
        PhoneError: the phone, its cable or adb is in trouble.
    """

    def __init__(
        self,
        phone: AdbPhone,
        bundle_dir: str,
        runner_hash: bytes,
        seconds: float = START_SECONDS,
    ) -> None:
        self._phone = phone
        self._port: int | None = None
        self._connection: RunnerConnection | None = None
        self._stream = _start(
            phone, bundle_dir, name := f"{SOCKET_PREFIX}{secrets.token_hex(8)}", seconds
        )
        try:
            self._port = phone.forward(name)
            self._await_listening(seconds)
            self._connection = connect(self._port)
            self._ready = self._connection.hello(runner_hash)
        except PhoneError as error:
            cause = self.blame(error)
            self.close()
            if cause is error:
                raise
            raise cause from error
        except BaseException:
            self.close()
            raise

    @property
    def connection(self) -> RunnerConnection:
        """The wire to it."""
        assert self._connection is not None
        return self._connection

    @property
    def ready(self) -> Ready:
        """What it said of itself."""
        return self._ready

    def check(self) -> None:
        """Find out whether it still lives; see `Runner.check`."""
        code = self._stream.wait(0.0)
        if code is not None:
            raise died_error(code, self._stream.err)

    def blame(self, error: PhoneError) -> PhoneError:
        """Find out why the wire broke; see `Runner.blame`."""
        if isinstance(error, RunnerRefusedError | WireError):
            return error  # the runner ends after it has said why
        try:
            code = self._stream.wait(_LAST_WORDS_SECONDS)
        except PhoneError as gone:
            return gone
        told = None if self._connection is None else self._connection.error
        if isinstance(told, RunnerRefusedError | WireError):
            return told
        if code is not None:
            return died_error(code, self._stream.err)
        return error

    def close(self) -> None:
        """End it. A second call does nothing."""
        if self._connection is not None:
            self._connection.close()
        self._stream.close()
        if self._port is not None:
            port, self._port = self._port, None
            with contextlib.suppress(PhoneError):  # it goes with the phone
                self._phone.remove_forward(port, timeout_seconds=1.0)

    def _await_listening(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            line = self._stream.read_line(left)
            if line is None:
                if self._stream.exit_code is not None:
                    raise died_error(self._stream.exit_code, self._stream.err)
            elif line.strip() == _LISTENING:
                return
        raise PhoneError(
            f"The runner on the phone did not come up within {seconds:g} s.",
            remedy="Restart the phone, then deploy again.",
            details=self._stream.err,
        )


def _start(phone: AdbPhone, bundle_dir: str, name: str, seconds: float) -> ShellStream:
    command = (
        f"cd {shlex.quote(bundle_dir)} &&"
        f" exec ./ld-linux-aarch64.so.1 --library-path . ./runner --socket {name}"
    )
    return phone.open_shell_stream(command, seconds, "the runner was at work")
