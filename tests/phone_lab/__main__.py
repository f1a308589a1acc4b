"""A lab phone by hand, for trying the studio: `python -m tests.phone_lab`, until Ctrl-C.

It is shown to the adb server that the studio would use (port 5037, or `ANDROID_ADB_SERVER_PORT`),
which is started if there is none. Whatever it measures says nothing about a real phone.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import time
from dataclasses import replace
from typing import get_args

from tests.phone_lab.device.faults import Faults
from tests.phone_lab.model import Abi, Conditions, Model
from tests.phone_lab.packages import UnavailableError
from tests.phone_lab.phone import LabPhone
from tests.phone_lab.server import UserAdbServer

_FAULTS = {
    "unauthorized": "the phone asks whether to allow debugging and nobody answers",
    "offline": "adb lists the phone and it does not answer",
    "unplug=N": "the cable is pulled after N bytes of files",
    "slow=N": "a link of N bytes a second",
    "full=N": "room for N bytes of files",
    "hang[=REGEX]": "commands are accepted and never answered",
    "loose=N": "the cable is out for 3 s every N seconds",
    "abi=NAME": "arm64-v8a, armeabi-v7a or x86_64",
    "zones": "thermal zones may be read",
    "charging": "the cable charges it",
    "battery=N": "percent",
    "skin=N": "degrees Celsius; it throttles from 40 on",
}
_OUT_SECONDS = 3.0


def _parser() -> argparse.ArgumentParser:
    faults = "\n".join(f"  {name:14}{meaning}" for name, meaning in _FAULTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m tests.phone_lab",
        description=__doc__,
        epilog=f"faults:\n{faults}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--fault", action="append", default=[], metavar="NAME[=VALUE]")
    parser.add_argument("--model", default="Pixel 2", help="what it says it is")
    parser.add_argument("--android", choices=("8", "11"), default="11")
    return parser


class _Wanted:
    """The faults that were asked for, by who plays them."""

    def __init__(self, words: list[str]) -> None:
        self.faults = Faults()
        self.conditions = Conditions()
        self.free_bytes: int | None = None
        self.loose_seconds: float | None = None
        for word in words:
            name, _, value = word.partition("=")
            self._take(name, value)

    def _take(self, name: str, value: str) -> None:
        abis = {abi: abi for abi in get_args(Abi)}
        if name == "unauthorized":
            self.faults = replace(self.faults, unauthorized=True)
        elif name == "offline":
            self.faults = replace(self.faults, offline=True)
        elif name == "unplug":
            self.faults = replace(self.faults, unplug_after_bytes=int(value))
        elif name == "slow":
            self.faults = replace(self.faults, bytes_per_second=int(value))
        elif name == "hang":
            self.faults = replace(self.faults, hang_shell_on=value)
        elif name == "full":
            self.free_bytes = int(value)
        elif name == "loose":
            self.loose_seconds = float(value)
        elif name == "zones":
            self.conditions = replace(self.conditions, zones_readable=True)
        elif name == "charging":
            self.conditions = replace(self.conditions, is_charging=True)
        elif name == "battery":
            self.conditions = replace(self.conditions, battery_percent=int(value))
        elif name == "skin":
            self.conditions = replace(self.conditions, skin_celsius=float(value))
        elif name == "abi" and value in abis:
            self.conditions = replace(self.conditions, abi=abis[value])
        else:
            raise ValueError(f"there is no fault {name}={value}")


def main(words: list[str] | None = None) -> int:
    """Play a phone until Ctrl-C."""
    parser = _parser()
    arguments = parser.parse_args(words)
    try:
        wanted = _Wanted(arguments.fault)
    except ValueError as error:
        parser.error(str(error))
    # A window that is closed, or a service that is stopped, ends the phone as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server = UserAdbServer()
    try:
        server.start()
        phone = LabPhone(server, Model(model=arguments.model, android=arguments.android))
    except (UnavailableError, RuntimeError) as error:
        print(f"No lab phone here: {error}.", file=sys.stderr)
        return 1
    with phone, contextlib.suppress(KeyboardInterrupt):
        phone.set_conditions(wanted.conditions)
        if wanted.free_bytes is not None:
            phone.fill_storage(wanted.free_bytes)
        phone.set_faults(wanted.faults)
        print(f"{phone.serial} is on the cable of the adb server at port {server.port}.")
        print(f"Try: jejunet devices; jejunet deploy --serial {phone.serial}; the studio's phone")
        print("panel. What it measures is this computer's emulation, not a phone. Ctrl-C ends it.")
        sys.stdout.flush()
        while True:
            time.sleep(wanted.loose_seconds or 3600.0)
            if wanted.loose_seconds is not None:
                phone.unplug()
                time.sleep(_OUT_SECONDS)
                phone.plug()
    return 0


if __name__ == "__main__":
    sys.exit(main())
