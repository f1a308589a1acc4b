"""What can be wrong with a lab phone, as its adb daemon plays it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Faults:
    """What is wrong now; nothing by default.

    Attributes:
        unauthorized: the phone asks whether to allow debugging and nobody answers.
        offline: adb lists the phone, and it does not answer.
        unplug_after_bytes: the cable is pulled when so many bytes of files have been pushed.
        bytes_per_second: the speed of the link in each direction; None: as fast as it goes.
        hang_shell_on: commands in which this regular expression is found are accepted and never
            answered; the empty one is found in every command.
    """

    unauthorized: bool = False
    offline: bool = False
    unplug_after_bytes: int | None = None
    bytes_per_second: int | None = None
    hang_shell_on: str | None = None
