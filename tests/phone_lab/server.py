"""Genuine adb servers: one of the tests' own, and the one that the user has."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import adbutils

_START_SECONDS = 15.0
_STATE_SECONDS = 15.0
_COMMAND_SECONDS = 30.0
_END_SECONDS = 5.0
_POLL_SECONDS = 0.02
# Tests that are killed leave no server behind.
_ENDS_WITH_US = ("setpriv", "--pdeathsig", "KILL")
_USUAL_PORT = 5037
_PORTS = range(15000, 20900)


class UserAdbServer:
    """The adb server that the studio itself would use; left running.

    Args:
        port: where it listens; None: what the environment says, or adb's own.
    """

    def __init__(self, port: int | None = None) -> None:
        self.port = port or int(os.environ.get("ANDROID_ADB_SERVER_PORT", _USUAL_PORT))

    @property
    def program(self) -> Path:
        """The adb that adbutils' wheel brings."""
        return Path(adbutils.__file__).parent / "binaries/adb"

    @property
    def client(self) -> adbutils.AdbClient:
        """Of this server."""
        return adbutils.AdbClient("127.0.0.1", self.port, socket_timeout=_STATE_SECONDS)

    @property
    def is_running(self) -> bool:
        """Whether somebody answers on its port."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1.0).close()
        except OSError:
            return False
        return True

    def start(self) -> None:
        """Start it, unless it runs.

        Raises:
            RuntimeError: it does not start.
        """
        command = [str(self.program), "-P", str(self.port), "start-server"]
        if not self.is_running and subprocess.run(command, check=False).returncode != 0:
            raise RuntimeError("the adb server does not start")

    def adb(self, serial: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the adb command on a phone.

        Args:
            serial: of the phone.
            *words: of the command, such as `push`.

        Raises:
            subprocess.TimeoutExpired: it takes too long.
        """
        command = [str(self.program), "-P", str(self.port), "-s", serial, *words]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=_COMMAND_SECONDS, check=False
        )

    def state_of(self, serial: str) -> str | None:
        """How the server lists a phone, such as `device` or `offline`; None when it does not."""
        for info in self.client.list():
            if info.serial == serial:
                return str(info.state)
        return None

    def wait_for_state(self, serial: str, state: str | None) -> None:
        """Wait until the server lists a phone so.

        Raises:
            TimeoutError: it does not.
        """
        deadline = time.monotonic() + _STATE_SECONDS
        while (found := self.state_of(serial)) != state:
            if time.monotonic() > deadline:
                raise TimeoutError(f"adb lists {serial} as {found}, not as {state}")
            time.sleep(_POLL_SECONDS)


class AdbServer(UserAdbServer):
    """A server of the tests' own, on a port where no other looks for it.

    Its keys lie in a folder of its own, and it looks for no devices on USB, nor on the network.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="jejunet-lab-adb-")
        self._process: subprocess.Popen[bytes] | None = None
        super().__init__(random.choice(_PORTS))
        self.start()

    @property
    def environment(self) -> dict[str, str]:
        """For programs that shall use this server."""
        return os.environ | {
            "ADB_LIBUSB": "0",
            "ADB_MDNS": "0",
            "ADB_MDNS_AUTO_CONNECT": "0",
            "ANDROID_ADB_SERVER_PORT": str(self.port),
            "HOME": self._folder.name,
            "TMPDIR": self._folder.name,
        }

    def start(self) -> None:
        """Start it, unless it runs, and wait until it answers.

        Raises:
            RuntimeError: it does not.
        """
        if self.is_running:
            return
        self._reap()
        self._process = subprocess.Popen(
            [*_ENDS_WITH_US, self.program, "-P", str(self.port), "server", "nodaemon"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self.is_running:
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError("the adb server does not start")
            time.sleep(_POLL_SECONDS)

    def kill(self) -> None:
        """End it without a word, as a crash does."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._reap()

    def close(self) -> None:
        """End it and remove its keys. May be called twice."""
        self.kill()
        self._folder.cleanup()

    def _reap(self) -> None:
        if self._process is not None:
            self._process.wait(_END_SECONDS)
            self._process = None
