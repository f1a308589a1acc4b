"""Orders from the test to the phone's processes: a line of JSON there, a line of JSON back."""

from __future__ import annotations

import json
import socket
from typing import Any

Order = dict[str, Any]


class ControlError(Exception):
    """The phone could not carry out an order; the message is the phone's own."""


class Control:
    """The test's end of a line to one of the phone's processes.

    Args:
        line: connected; closed by `close`.
        timeout_seconds: how long an answer may take.
    """

    def __init__(self, line: socket.socket, timeout_seconds: float) -> None:
        self._line = line
        self._line.settimeout(timeout_seconds)
        self._file = line.makefile("rb")

    def answer(self) -> Any:
        """Wait for the next answer.

        Raises:
            ControlError: the order failed, or the phone's process has ended or hangs.
        """
        try:
            line = self._file.readline()
        except OSError as error:
            raise ControlError("the phone's process does not answer") from error
        if not line:
            raise ControlError("the phone's process has ended")
        answer = json.loads(line)
        if "error" in answer:
            raise ControlError(answer["error"])
        return answer["done"]

    def order(self, do: str, **arguments: Any) -> Any:
        """Have an order carried out.

        Args:
            do: name of the order.
            **arguments: what it needs.

        Returns:
            What the phone answered.

        Raises:
            ControlError: it failed.
        """
        try:
            self._line.sendall(json.dumps({"do": do, **arguments}).encode() + b"\n")
        except OSError as error:
            raise ControlError("the phone's process has ended") from error
        return self.answer()

    def close(self) -> None:
        """Hang up, which ends the process at the other end."""
        self._file.close()
        self._line.close()


def done(result: Any = None) -> bytes:
    """The answer to an order that was carried out."""
    return json.dumps({"done": result}).encode() + b"\n"


def failed(error: Exception) -> bytes:
    """The answer to an order that failed."""
    return json.dumps({"error": f"{type(error).__name__}: {error}"}).encode() + b"\n"
