"""The GUI's end of the playback process: start it, talk to it, notice its death. Never blocks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from studio.playback.messages import AnyReply, Command, decode_reply, encode


@dataclass(frozen=True, slots=True)
class Died:
    """The process ended without being asked to.

    Attributes:
        cause: in words, such as `SIGSEGV (segmentation fault)` or `exit code 1`.
        log_tail: the last lines it wrote.
    """

    cause: str
    log_tail: str


class PlaybackClient:
    """One playback process.

    Args:
        wake: called from the reader thread when something has arrived; must return at once.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._inbox: deque[AnyReply | Died] = deque()
        self._closing = False
        self._kill_reason = ""
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "studio.playback.engine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            bufsize=0,
        )
        assert self._process.stdin is not None
        os.set_blocking(self._process.stdin.fileno(), False)
        self._reader = threading.Thread(target=self._read, name="playback replies", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def send(self, command: Command) -> bool:
        """Pass a command on; False if the process no longer takes any."""
        assert self._process.stdin is not None
        line = encode(command)
        try:
            # Far below the pipe's capacity unless the process hangs: all of it or nothing.
            return self._process.stdin.write(line) == len(line)
        except (OSError, ValueError):
            return False

    def take(self) -> list[AnyReply | Died]:
        """Everything that has arrived since the last call."""
        taken = []
        while self._inbox:
            taken.append(self._inbox.popleft())
        return taken

    def close(self) -> None:
        """End the process, politely first; returns within 0.1 s. `Died` is not reported.

        Closing its standard input is the polite way; one that hangs or computes on is killed.
        """
        self._closing = True
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(0.08)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._log.close()

    def kill(self, reason: str) -> None:
        """End a process that hangs; `Died` gives the reason as its cause."""
        if self._process.poll() is None:
            self._kill_reason = reason
            self._process.kill()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with open(self._process.stdout.fileno(), "rb", closefd=False) as replies:
            for line in replies:
                try:
                    self._inbox.append(decode_reply(line))
                except msgspec.DecodeError:
                    continue  # the last line of a process that died while writing
                self._wake()
        if not self._closing:
            self._inbox.append(self._died())
            self._wake()

    def _died(self) -> Died:
        code = self._process.wait()
        if self._kill_reason:
            cause = self._kill_reason
        elif code < 0:
            try:
                name = signal.Signals(-code)
                cause = f"{name.name} ({signal.strsignal(name)})"
            except ValueError:
                cause = f"signal {-code}"
        else:
            cause = f"exit code {code}"
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - 4000))
        return Died(cause, self._log.read().decode(errors="replace"))
