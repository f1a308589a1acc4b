"""The first process of a lab phone: it mounts, starts the adb daemon, and reaps what is left.

Started by `tests.phone_lab.phone` in namespaces of its own for users, mounts and processes, so
that everything of the phone ends with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from tests.phone_lab.device.adbd import Identity, run_adbd
from tests.phone_lab.device.control import done, failed
from tests.phone_lab.device.kernel import (
    become_user,
    die_with_parent,
    drop_capabilities,
    rename_process,
    unmount,
)
from tests.phone_lab.device.mounts import (
    NoEmulationError,
    Places,
    build_root,
    emulate,
    limit_storage,
)

SHELL_USER = 2000
_WAKE_SECONDS = 0.2


def _start_adbd(places: Places, identity: Identity, line: socket.socket) -> int:
    """Fork the daemon, as Android's shell user with the phone's file system around it."""
    child = os.fork()
    if child:
        line.close()
        return child
    try:
        die_with_parent()
        rename_process(["/apex/com.android.adbd/bin/adbd", "--root_seclabel=u:r:su:s0"])
        become_user(SHELL_USER)
        os.chroot(places.root)
        os.chdir("/")
        os.umask(0)
        drop_capabilities()
        run_adbd(identity, line)
    finally:
        os._exit(0)


def _command_lines(proc: Path) -> dict[int, str]:
    """What runs on the phone, but for its own two processes."""
    found: dict[int, str] = {}
    for folder in proc.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            raw = (folder / "cmdline").read_bytes()
            found[int(folder.name)] = raw.replace(b"\0", b" ").decode(errors="replace").strip()
    return found


class Init:
    """Obeys the test as long as it holds the line.

    Args:
        places: of the phone.
        daemon: process of the adb daemon.
    """

    def __init__(self, places: Places, daemon: int) -> None:
        self._places = places
        self._daemon = daemon

    def order(self, order: dict[str, Any]) -> Any:
        """Carry out an order of the test."""
        do = order.pop("do")
        if do == "storage":
            limit_storage(self._places, order["free_bytes"])
        elif do == "processes":
            return sorted(line for line in self._others().values() if line)
        elif do == "kill":
            victims = [pid for pid, line in self._others().items() if order["pattern"] in line]
            for pid in victims:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return len(victims)
        elif do == "wipe":
            self._wipe()
        else:
            raise ValueError(f"unknown order {do}")
        return None

    def _others(self) -> dict[int, str]:
        lines = _command_lines(self._places.root / "proc")
        return {pid: line for pid, line in lines.items() if pid not in (1, self._daemon)}

    def _wipe(self) -> None:
        """Kill what runs and remove what was pushed."""
        for pid in self._others():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for name in ("data/local/tmp", "data/media/0"):
            for path in (self._places.root / name).iterdir():
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)

    def run(self, line: socket.socket) -> None:
        """Serve until the test hangs up or the daemon has ended."""
        reader = line.makefile("rb")
        waiting = selectors.DefaultSelector()
        waiting.register(line, selectors.EVENT_READ)
        while self._reap():
            if not waiting.select(_WAKE_SECONDS):
                continue
            text = reader.readline()
            if not text:
                return
            try:
                answer = done(self.order(json.loads(text)))
            except Exception as error:  # noqa: BLE001 - told to the test, which raises it
                answer = failed(error)
            line.sendall(answer)

    def _reap(self) -> bool:
        """Fetch the exit codes of orphans; False when the daemon is among the dead."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, _ = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return True
                if pid == self._daemon:
                    return False
        return False


def main() -> None:
    """Be a phone: the one argument is JSON with everything that it must know."""
    order = json.loads(sys.argv[1])
    # What `nohup` runs ignores it, and so would the programs that shells leave behind here.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    # Programs on the phone that look for others by their command lines must not find this one.
    rename_process(["/system/bin/init", "second_stage"])
    socket.sethostname("localhost")
    places = Places(*(Path(order[name]) for name in ("folder", "system", "emulator")))
    identity = Identity(**order["identity"])
    line = socket.socket(fileno=order["init_line"])
    signal.set_wakeup_fd(-1)
    try:
        emulate(places)
        build_root(places)
    except (OSError, NoEmulationError) as error:
        line.sendall(failed(error))
        return
    daemon = _start_adbd(places, identity, socket.socket(fileno=order["adbd_line"]))
    line.sendall(done({"daemon": daemon}))
    try:
        Init(places, daemon).run(line)
    finally:
        with contextlib.suppress(OSError):
            unmount(places.root)
            unmount(places.folder / "binfmt")
            # The test does this too, unless it was killed.
            shutil.rmtree(places.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
