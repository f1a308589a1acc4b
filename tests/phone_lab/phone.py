"""A lab phone, held by a test: started, plugged, put into trouble, ended."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from tests.phone_lab.device.control import Control, ControlError
from tests.phone_lab.device.faults import Faults
from tests.phone_lab.model import Conditions, Model, write_state
from tests.phone_lab.packages import UnavailableError
from tests.phone_lab.server import UserAdbServer
from tests.phone_lab.userland import provide_userland

_ANSWER_SECONDS = 20.0
_END_SECONDS = 5.0
_CHECKOUT = Path(__file__).resolve().parents[2]
# Above what the adb server probes for emulators, below what systems give to clients.
_PORTS = range(21000, 30000)
_EMULATORS = ("qemu-aarch64-static", "qemu-aarch64")
_CPU = "cortex-a53"
_KERNEL = "4.4.210"


def _free_port() -> int:
    for port in random.sample(_PORTS, 50):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise UnavailableError("no free port for the lab phone")


def _emulator() -> Path:
    for name in _EMULATORS:
        if found := shutil.which(name):
            return Path(found)
    raise UnavailableError("needs qemu for aarch64 (Debian's qemu-user-static)")


class LabPhone:
    """A phone in a process of its own; starts plugged into the adb server.

    Args:
        server: the adb server at the other end of its cable.
        model: what kind of phone.
        is_plugged: whether the cable is in from the start.

    Raises:
        UnavailableError: this machine cannot play one; the message says why.
    """

    def __init__(
        self, server: UserAdbServer, model: Model | None = None, *, is_plugged: bool = True
    ) -> None:
        self.model = Model() if model is None else model
        self._server = server
        self._port = _free_port()
        self._conditions = Conditions()
        self._faults = Faults()
        emulator, system = _emulator(), provide_userland()
        if shutil.which("unshare") is None:
            raise UnavailableError("needs `unshare` of util-linux")
        self._folder = Path(tempfile.mkdtemp(prefix="jejunet-lab-phone-"))
        try:
            write_state(self._folder, self.model, self._conditions)
            self._start(emulator, system)
        except BaseException:
            self._remove_folder()
            raise
        if is_plugged:
            self.plug()

    @property
    def serial(self) -> str:
        """By which adb calls it."""
        return f"127.0.0.1:{self._port}"

    @property
    def root(self) -> Path:
        """What the phone calls `/`, as long as it runs."""
        return Path(f"/proc/{self._daemon_pid()}/root")

    @property
    def faults(self) -> Faults:
        """What was ordered to be wrong."""
        return self._faults

    @property
    def conditions(self) -> Conditions:
        """How it is doing."""
        return self._conditions

    @property
    def is_plugged(self) -> bool:
        """Whether the cable is in; a fault can pull it."""
        return bool(self._adbd.order("is-plugged"))

    def plug(self) -> None:
        """Put the cable in and wait until adb lists the phone."""
        self._adbd.order("plug")
        if not (self._faults.unauthorized or self._faults.offline):
            self._server.wait_for_state(self.serial, "device")

    def unplug(self) -> None:
        """Pull the cable; the phone vanishes from adb's list."""
        self._adbd.order("unplug")

    def set_faults(self, faults: Faults) -> None:
        """Have these faults and no others."""
        self._faults = faults
        self._adbd.order("faults", **asdict(faults))

    def set_conditions(self, conditions: Conditions) -> None:
        """Be like this from now on."""
        self._conditions = conditions
        write_state(self._folder, self.model, conditions)

    def fill_storage(self, free_bytes: int) -> None:
        """Leave room for so many bytes of files, rounded up to whole pages."""
        self._init.order("storage", free_bytes=free_bytes)

    def processes(self) -> list[str]:
        """Command lines of all programs on the phone, without its own daemon."""
        lines: list[str] = self._init.order("processes")
        return lines

    def kill_processes(self, pattern: str) -> int:
        """Kill every program whose command line has this text, such as `./runner`.

        Returns:
            How many there were.
        """
        return int(self._init.order("kill", pattern=pattern))

    def reset(self) -> None:
        """Be as new: no faults, nothing pushed, nothing running, plugged in."""
        self.set_faults(Faults())
        self.set_conditions(Conditions())
        self._init.order("storage", free_bytes=None)
        self._init.order("wipe")
        self.plug()

    def close(self) -> None:
        """Pull the cable and end the phone with all that runs on it. May be called twice."""
        with contextlib.suppress(ControlError):
            self._adbd.order("unplug")
        self._end()

    def __enter__(self) -> LabPhone:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _start(self, emulator: Path, system: Path) -> None:
        init_ours, init_theirs = socket.socketpair()
        adbd_ours, adbd_theirs = socket.socketpair()
        identity = {
            "port": self._port,
            "server_port": self._server.port,
            "banner": self.model.banner,
            "environment": {"QEMU_CPU": _CPU, "QEMU_UNAME": _KERNEL},
        }
        order = {
            "folder": str(self._folder),
            "system": str(system),
            "emulator": str(emulator),
            "identity": identity,
            "init_line": init_theirs.fileno(),
            "adbd_line": adbd_theirs.fileno(),
        }
        command = ["unshare", "--user", "--map-root-user", "--mount", "--uts", "--pid", "--fork"]
        command += ["--kill-child", sys.executable, "-m", "tests.phone_lab.device.init"]
        self._log = (self._folder / "log").open("w+b")
        self._process = subprocess.Popen(
            [*command, json.dumps(order)],
            cwd=_CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            pass_fds=(init_theirs.fileno(), adbd_theirs.fileno()),
            start_new_session=True,
        )
        init_theirs.close()
        adbd_theirs.close()
        self._init = Control(init_ours, _ANSWER_SECONDS)
        self._adbd = Control(adbd_ours, _ANSWER_SECONDS)
        try:
            self._init.answer()
            self._adbd.answer()
        except ControlError as error:
            said = (self._folder / "log").read_text(errors="replace").strip().splitlines()
            self._end()
            why = said[-1] if said else str(error)
            raise UnavailableError(f"the lab phone does not start here: {why}") from error

    def _daemon_pid(self) -> int:
        """The daemon's number on this computer: the one child of the phone's first process."""
        pid = self._process.pid
        for _ in range(2):
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
            pid = int(children.split()[0])
        return pid

    def _end(self) -> None:
        self._adbd.close()
        self._init.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        self._remove_folder()

    def _remove_folder(self) -> None:
        thermal = self._folder / "sys/class/thermal"
        if thermal.exists():
            thermal.chmod(0o755)
        shutil.rmtree(self._folder, ignore_errors=True)
