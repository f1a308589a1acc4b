"""The lab's adb daemon does what Android's does, as the genuine server and client see it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import adbutils
import pytest

from tests.phone_lab.conformance import real_adbd
from tests.phone_lab.packages import UnavailableError
from tests.phone_lab.phone import LabPhone
from tests.phone_lab.server import AdbServer
from tests.support.waiting import wait_until

_CHECKOUT = Path(__file__).resolve().parents[3]
_MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Daemon:
    """A daemon that is held to the cases.

    Attributes:
        server: that lists it.
        serial: by which the server calls it.
        folder: on the device, empty, for files of the test.
        echoes: what leads to servers on the device that echo: `tcp:...`, `localabstract:...`.
    """

    server: AdbServer
    serial: str
    folder: str
    echoes: dict[str, str]

    @property
    def device(self) -> adbutils.AdbDevice:
        return self.server.client.device(self.serial)

    def adb(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.server.adb(self.serial, *words)

    def feed(self, data: bytes, *words: str) -> bytes:
        """Run the adb command with input; give its output."""
        command = [str(self.server.program), "-P", str(self.server.port), "-s", self.serial]
        ended = subprocess.run(
            [*command, *words], input=data, capture_output=True, timeout=30, check=True
        )
        return ended.stdout


@contextlib.contextmanager
def _neighbour(*adbd: str) -> Iterator[dict[str, int | str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.phone_lab.conformance.neighbour", *adbd],
        cwd=_CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        if not line:
            raise UnavailableError(process.stderr.read().strip().splitlines()[-1])
        yield json.loads(line)
        assert process.stdin is not None
        process.stdin.close()


def _echoes(said: dict[str, int | str]) -> dict[str, str]:
    return {kind: f"{kind}:{said[kind]}" for kind in ("tcp", "localabstract")}


@pytest.fixture(scope="session")
def adbd_command() -> list[str] | str:
    """How to start Android's daemon, or why it cannot be had; asked once, for it takes a while."""
    try:
        return real_adbd.command()
    except UnavailableError as error:
        return str(error)


@pytest.fixture(params=["lab", "android"])
def daemon(
    request: pytest.FixtureRequest,
    adb_server: AdbServer,
    lab_phone: LabPhone,
    adbd_command: list[str] | str,
    tmp_path: Path,
) -> Iterator[Daemon]:
    if request.param == "lab":
        with _neighbour() as said:
            yield Daemon(adb_server, lab_phone.serial, "/data/local/tmp", _echoes(said))
        return
    if isinstance(adbd_command, str):
        pytest.skip(f"no real adbd: {adbd_command}")
    try:
        with _neighbour(*adbd_command) as said:
            serial = f"127.0.0.1:{said['port']}"
            adb_server.client.connect(serial)
            adb_server.wait_for_state(serial, "device")
            folder = tmp_path / "device"
            folder.mkdir()
            yield Daemon(adb_server, serial, str(folder), _echoes(said))
            adb_server.client.disconnect(serial)
    except UnavailableError as error:
        pytest.skip(f"no real adbd: {error}")


def _random(count: int) -> bytes:
    return os.urandom(count)


def test_a_shell_tells_output_errors_and_exit_code_apart(daemon: Daemon) -> None:
    result = daemon.device.shell2("echo out; echo err >&2; exit 7", v2=True)
    assert (result.stdout, result.stderr, result.returncode) == ("out\n", "err\n", 7)
    assert daemon.device.shell2("kill -9 $$", v2=True).returncode == 137
    assert daemon.device.shell2("no-such-program", v2=True).returncode == 127
    assert daemon.device.shell2("printf '\\000\\377'", v2=True, encoding=None).stdout == b"\0\xff"
    assert daemon.adb("shell", "exit 3").returncode == 3


def test_the_first_shell_protocol_mixes_them(daemon: Daemon) -> None:
    assert daemon.device.shell("echo out; echo err >&2; exit 7") == "out\nerr"


def test_input_reaches_the_program_and_ends(daemon: Daemon) -> None:
    data = _random(3 * _MEBIBYTE)
    assert daemon.feed(data, "shell", "cat") == data
    assert daemon.feed(data, "shell", "wc -c").split() == [b"%d" % len(data)]
    # One that takes no input must not hold the rest up.
    assert daemon.feed(data, "shell", "exec <&-; echo on") == b"on\n"


def test_output_without_a_protocol_is_untouched(daemon: Daemon, tmp_path: Path) -> None:
    data = _random(3 * _MEBIBYTE)
    (tmp_path / "file").write_bytes(data)
    assert daemon.adb("push", str(tmp_path / "file"), f"{daemon.folder}/file").returncode == 0
    assert daemon.feed(b"", "exec-out", f"cat {daemon.folder}/file") == data


def test_a_long_output_waits_for_its_reader(daemon: Daemon) -> None:
    """Nobody keeps 20 MB that are not wanted yet."""
    connection = daemon.device.shell(f"head -c {20 * _MEBIBYTE} /dev/zero", stream=True)
    time.sleep(0.2)
    count = 0
    while chunk := connection.conn.recv(_MEBIBYTE):
        count += len(chunk)
    connection.close()
    assert count == 20 * _MEBIBYTE


def test_a_program_ends_with_its_client(daemon: Daemon) -> None:
    connection = daemon.device.shell("echo $$; exec sleep 96", stream=True)
    pid = int(connection.conn.recv(100))
    alive = f"kill -0 {pid} 2>/dev/null && echo alive"
    assert daemon.device.shell(alive) == "alive"
    connection.close()
    wait_until(lambda: daemon.device.shell(alive) == "", 5.0)


def test_files_keep_content_mode_and_time(daemon: Daemon, tmp_path: Path) -> None:
    data = _random(12 * _MEBIBYTE + 3)
    file, place = tmp_path / "file", f"{daemon.folder}/a b/file"
    file.write_bytes(data)
    os.utime(file, (1_600_000_000, 1_600_000_000))
    file.chmod(0o755)
    assert daemon.adb("push", str(file), place).returncode == 0
    info = daemon.device.sync.stat(place)
    assert (info.size, info.mode & 0o170777) == (len(data), 0o100777)
    assert info.mtime is not None
    assert info.mtime.timestamp() == 1_600_000_000
    digest = daemon.device.shell(f"sha256sum '{place}'").split()[0]
    assert digest == hashlib.sha256(data).hexdigest()
    assert daemon.device.sync.read_bytes(place) == data
    assert daemon.adb("pull", place, str(tmp_path / "back")).returncode == 0
    assert (tmp_path / "back").read_bytes() == data


def test_a_push_replaces_what_is_there(daemon: Daemon, tmp_path: Path) -> None:
    place = f"{daemon.folder}/file"
    for data in (b"a" * 100_000, b"b", b""):
        (tmp_path / "file").write_bytes(data)
        daemon.device.sync.push(tmp_path / "file", place)
        assert daemon.device.sync.read_bytes(place) == data


def test_a_running_program_can_be_replaced(daemon: Daemon, tmp_path: Path) -> None:
    place = f"{daemon.folder}/program"
    (tmp_path / "script").write_text("#!/bin/sh\necho first\n")
    daemon.device.shell(f"cp $(command -v sh) {place}")
    connection = daemon.device.shell(f"exec {place} -c 'echo on; sleep 95; :'", stream=True)
    assert connection.conn.recv(10) == b"on\n"
    time.sleep(0.2)
    pushed = daemon.adb("push", str(tmp_path / "script"), place)
    connection.close()
    assert pushed.returncode == 0, pushed.stderr
    assert daemon.device.sync.read_bytes(place).startswith(b"#!/bin/sh")


def test_folders_go_there_and_back(daemon: Daemon, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for name in ("a", "b/c", "b/d ü"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(name)
    assert daemon.adb("push", str(tree), daemon.folder).returncode == 0
    listed = {info.path for info in daemon.device.sync.list(f"{daemon.folder}/tree/b")}
    assert listed - {".", ".."} == {"c", "d ü"}
    assert daemon.adb("pull", f"{daemon.folder}/tree", str(tmp_path / "back")).returncode == 0
    for name in ("a", "b/c", "b/d ü"):
        assert (tmp_path / "back" / name).read_text() == name


def test_what_is_not_there_is_told(daemon: Daemon, tmp_path: Path) -> None:
    missing = f"{daemon.folder}/missing"
    assert daemon.device.sync.stat(missing).mode == 0
    assert [info.path for info in daemon.device.sync.list(missing)] == []
    pulled = daemon.adb("pull", missing, str(tmp_path / "x"))
    assert pulled.returncode != 0
    assert "No such file or directory" in pulled.stderr
    (tmp_path / "file").write_bytes(b"x")
    daemon.device.sync.push(tmp_path / "file", f"{daemon.folder}/file")
    pushed = daemon.adb("push", str(tmp_path / "file"), f"{daemon.folder}/file/below")
    assert pushed.returncode != 0
    assert "Not a directory" in pushed.stderr


def _connect(daemon: Daemon, spec: str) -> socket.socket:
    port = daemon.device.forward_port(spec)
    return socket.create_connection(("127.0.0.1", port), timeout=10.0)


def _round_trip(connection: socket.socket, data: bytes) -> bytes:
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(connection.sendall, data)
        back = bytearray()
        while len(back) < len(data) and (chunk := connection.recv(_MEBIBYTE)):
            back += chunk
        sending.result()
    return bytes(back)


@pytest.mark.parametrize("kind", ["tcp", "localabstract"])
def test_forwarded_connections_carry_both_ways(daemon: Daemon, kind: str) -> None:
    data = _random(8 * _MEBIBYTE)
    with _connect(daemon, daemon.echoes[kind]) as connection:
        assert _round_trip(connection, b"x") == b"x"
        assert _round_trip(connection, data) == data
    daemon.adb("forward", "--remove-all")


def test_a_connection_to_nobody_ends_at_once(daemon: Daemon) -> None:
    with _connect(daemon, "localabstract:nobody-listens-here") as connection:
        assert connection.recv(1) == b""
    daemon.adb("forward", "--remove-all")


def test_many_streams_at_once_do_not_mix(daemon: Daemon) -> None:
    def talk(number: int) -> bool:
        data = bytes([number]) * 300_000
        with _connect(daemon, daemon.echoes["localabstract"]) as connection:
            return _round_trip(connection, data) == data

    with ThreadPoolExecutor(16) as pool:
        shells = [pool.submit(daemon.device.shell, f"echo {number}") for number in range(24)]
        assert all(pool.map(talk, range(24)))
        assert [shell.result() for shell in shells] == [str(number) for number in range(24)]
    daemon.adb("forward", "--remove-all")


def test_reversed_connections_lead_back_to_the_computer(daemon: Daemon) -> None:
    with socket.create_server(("127.0.0.1", 0)) as here:
        here.settimeout(10.0)
        made = daemon.adb("reverse", "tcp:0", f"tcp:{here.getsockname()[1]}")
        assert made.returncode == 0, made.stderr
        spec = f"tcp:{made.stdout.strip()}"
        assert spec in daemon.adb("reverse", "--list").stdout
        with _connect(daemon, spec) as from_device:
            arrived, _ = here.accept()
            with arrived:
                from_device.sendall(b"there")
                assert arrived.recv(10) == b"there"
                arrived.sendall(b"back")
                assert from_device.recv(10) == b"back"
        assert daemon.adb("reverse", "--remove", spec).returncode == 0
        assert daemon.adb("reverse", "--remove", spec).returncode != 0
        assert daemon.adb("reverse", "--remove-all").returncode == 0
        assert daemon.adb("reverse", "--list").stdout.strip() == ""
    daemon.adb("forward", "--remove-all")
