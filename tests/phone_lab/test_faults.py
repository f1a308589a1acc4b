"""Each fault that a lab phone plays looks to the adb server as it does with a phone."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import adbutils
import psutil
import pytest

from tests.phone_lab import packages
from tests.phone_lab.__main__ import main
from tests.phone_lab.device.control import ControlError
from tests.phone_lab.device.faults import Faults
from tests.phone_lab.model import Model
from tests.phone_lab.phone import LabPhone
from tests.phone_lab.server import AdbServer
from tests.support.waiting import wait_until

_MEBIBYTE = 1 << 20


@pytest.fixture
def device(adb_server: AdbServer, lab_phone: LabPhone) -> adbutils.AdbDevice:
    return adb_server.client.device(lab_phone.serial)


@pytest.fixture
def own_server() -> Iterator[AdbServer]:
    """One that may be killed."""
    server = AdbServer()
    yield server
    server.close()


def test_unplugged_it_vanishes_and_comes_back_under_its_serial(
    adb_server: AdbServer, lab_phone: LabPhone, device: adbutils.AdbDevice
) -> None:
    lab_phone.unplug()
    assert adb_server.state_of(lab_phone.serial) is None
    assert "not found" in adb_server.adb(lab_phone.serial, "shell", "true").stderr
    lab_phone.plug()
    assert device.shell("getprop ro.serialno") == lab_phone.model.hardware_serial


def test_pulling_the_cable_ends_what_runs_over_it(
    lab_phone: LabPhone, device: adbutils.AdbDevice
) -> None:
    connection = device.shell("echo on; exec sleep 71", stream=True)
    wait_until(lambda: any("bin/sleep 71" in line for line in lab_phone.processes()))
    lab_phone.unplug()
    connection.conn.settimeout(5.0)
    while connection.conn.recv(100):
        pass
    connection.close()
    wait_until(lambda: not any("sleep 71" in line for line in lab_phone.processes()))


def test_unauthorized_until_somebody_allows_it(
    adb_server: AdbServer, lab_phone: LabPhone, device: adbutils.AdbDevice
) -> None:
    lab_phone.set_faults(Faults(unauthorized=True))
    adb_server.wait_for_state(lab_phone.serial, "unauthorized")
    assert "unauthorized" in adb_server.adb(lab_phone.serial, "shell", "true").stderr
    lab_phone.set_faults(Faults())
    adb_server.wait_for_state(lab_phone.serial, "device")
    assert device.shell("echo on") == "on"


def test_offline_and_back(adb_server: AdbServer, lab_phone: LabPhone) -> None:
    lab_phone.set_faults(Faults(offline=True))
    adb_server.wait_for_state(lab_phone.serial, "offline")
    lab_phone.set_faults(Faults())
    adb_server.wait_for_state(lab_phone.serial, "device")


def test_the_cable_is_pulled_in_the_middle_of_a_push(
    adb_server: AdbServer, lab_phone: LabPhone, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(8 * _MEBIBYTE))
    lab_phone.set_faults(Faults(unplug_after_bytes=3_000_001))
    result = adb_server.adb(lab_phone.serial, "push", str(file), "/data/local/tmp/file")
    assert result.returncode != 0
    adb_server.wait_for_state(lab_phone.serial, None)
    assert not lab_phone.is_plugged
    assert (lab_phone.root / "data/local/tmp/file").stat().st_size == 3_000_001
    lab_phone.plug()
    assert adb_server.adb(lab_phone.serial, "push", str(file), "/data/local/tmp/x").returncode == 0


def test_a_slow_link_takes_its_time_both_ways(
    lab_phone: LabPhone, device: adbutils.AdbDevice, tmp_path: Path
) -> None:
    lab_phone.set_faults(Faults(bytes_per_second=1_000_000))
    started = time.monotonic()
    (tmp_path / "file").write_bytes(bytes(700_000))
    device.sync.push(tmp_path / "file", "/data/local/tmp/file")
    pushed = time.monotonic()
    assert len(device.sync.read_bytes("/data/local/tmp/file")) == 700_000
    assert 0.6 < pushed - started < 5.0
    assert 0.6 < time.monotonic() - pushed < 5.0
    lab_phone.set_faults(Faults())


def test_full_storage_refuses_what_does_not_fit(
    adb_server: AdbServer, lab_phone: LabPhone, device: adbutils.AdbDevice, tmp_path: Path
) -> None:
    lab_phone.fill_storage(_MEBIBYTE)
    free_kibibytes = int(device.shell("df /data/local/tmp").splitlines()[1].split()[3])
    assert free_kibibytes == 1024
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(bytes(500_000))
    large.write_bytes(bytes(2 * _MEBIBYTE))
    result = adb_server.adb(lab_phone.serial, "push", str(large), "/data/local/tmp/large")
    assert result.returncode != 0
    assert "No space left on device" in result.stderr
    assert not (lab_phone.root / "data/local/tmp/large").exists()
    written = device.shell2("head -c 2000000 /dev/zero > /data/local/tmp/more", v2=True)
    assert written.returncode != 0
    assert "No space left on device" in written.stderr
    device.shell("rm /data/local/tmp/more")
    device.sync.push(small, "/data/local/tmp/small")


def test_a_shell_that_hangs_leaves_files_and_other_commands_alone(
    lab_phone: LabPhone, device: adbutils.AdbDevice
) -> None:
    lab_phone.set_faults(Faults(hang_shell_on="^dumpsys"))
    with pytest.raises(adbutils.AdbTimeout):
        device.shell("dumpsys battery", timeout=0.3)
    assert device.shell("echo on") == "on"
    assert device.sync.stat("/data/local/tmp").mode
    lab_phone.set_faults(Faults(hang_shell_on=""))
    with pytest.raises(adbutils.AdbTimeout):
        device.shell("echo on", timeout=0.3)


def test_a_killed_program_says_so(lab_phone: LabPhone, device: adbutils.AdbDevice) -> None:
    connection = device.open_shell("exec sleep 72")
    wait_until(lambda: any("bin/sleep 72" in line for line in lab_phone.processes()))
    assert lab_phone.kill_processes("bin/sleep 72") == 1
    connection.close()
    assert lab_phone.kill_processes("no such program") == 0
    # Killed by signal 9, as a shell counts.
    assert device.shell2("sh -c 'kill -9 $$'", v2=True).returncode == 137


def test_a_reset_phone_is_as_new(
    adb_server: AdbServer, lab_phone: LabPhone, device: adbutils.AdbDevice
) -> None:
    device.shell("mkdir -p /data/local/tmp/a/b; touch /data/local/tmp/a/b/c /sdcard/d")
    connection = device.shell("sleep 73", stream=True)
    lab_phone.fill_storage(0)
    lab_phone.set_faults(Faults(offline=True))
    lab_phone.unplug()
    lab_phone.reset()
    connection.close()
    assert adb_server.state_of(lab_phone.serial) == "device"
    assert device.shell("ls -A /data/local/tmp /sdcard/") == "/data/local/tmp:\n\n/sdcard:"
    assert lab_phone.processes() == []
    assert device.shell("df /data/local/tmp").splitlines()[1].split()[1] == "52734376"


def test_a_new_server_finds_the_plugged_phone_after_the_old_one_died(
    own_server: AdbServer, lab_phone: LabPhone
) -> None:
    with LabPhone(own_server) as phone:
        own_server.kill()
        assert not own_server.is_running
        own_server.start()
        own_server.wait_for_state(phone.serial, "device")


def test_it_leaves_no_process_mount_port_or_file_behind(
    own_server: AdbServer, lab_phone: LabPhone
) -> None:
    mounts = Path("/proc/mounts").read_text(encoding="utf-8")
    before = {process.pid for process in psutil.process_iter()}
    phone = LabPhone(own_server)
    device = own_server.client.device(phone.serial)
    device.shell("setsid sleep 74 </dev/null >/dev/null 2>&1 &")
    wait_until(lambda: any("sleep 74" in line for line in phone.processes()))
    folder, port = phone._folder, phone._port
    assert folder.is_dir()
    phone.close()
    phone.close()
    assert not folder.exists()
    assert Path("/proc/mounts").read_text(encoding="utf-8") == mounts
    new = [process for process in psutil.process_iter() if process.pid not in before]
    assert not [process for process in new if "sleep 74" in " ".join(_command_line(process))]
    with contextlib.closing(socket.create_server(("127.0.0.1", port))):
        assert own_server.state_of(phone.serial) is None


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def test_it_ends_when_the_tests_are_killed(
    own_server: AdbServer, lab_phone: LabPhone, tmp_path: Path
) -> None:
    """Nobody is left then to end it."""
    code = (
        "import sys, time\n"
        "from tests.phone_lab.phone import LabPhone\n"
        "from tests.phone_lab.server import UserAdbServer\n"
        "phone = LabPhone(UserAdbServer(int(sys.argv[1])))\n"
        "print(phone._daemon_pid(), phone._folder, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(own_server.port)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        pid, folder = holder.stdout.readline().split()
        assert psutil.pid_exists(int(pid))
        holder.kill()
    wait_until(lambda: not psutil.pid_exists(int(pid)), 5.0)
    wait_until(lambda: not Path(folder).exists(), 5.0)


def test_orders_that_fail_are_told(lab_phone: LabPhone) -> None:
    with pytest.raises(ControlError, match="unknown order"):
        lab_phone._adbd.order("dance")
    with pytest.raises(ControlError, match="unknown order"):
        lab_phone._init.order("dance")


def test_a_phone_that_cannot_start_says_why_and_leaves_nothing(
    adb_server: AdbServer, lab_phone: LabPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(packages.UnavailableError, match="qemu-user-static"):
        LabPhone(adb_server)


def test_where_namespaces_are_forbidden_the_reason_is_told(
    adb_server: AdbServer, lab_phone: LabPhone, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    forbidding = tmp_path / "unshare"
    forbidding.write_text("#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2; exit 1\n")
    forbidding.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(packages.UnavailableError, match="Operation not permitted"):
        LabPhone(adb_server)


@pytest.mark.parametrize("nonsense", [b"GET / HTTP/1.0\r\n\r\n" + bytes(20), b"CNXN", b""])
def test_nonsense_on_its_port_ends_only_that_connection(
    lab_phone: LabPhone, device: adbutils.AdbDevice, nonsense: bytes
) -> None:
    host, port = lab_phone.serial.split(":")
    with socket.create_connection((host, int(port)), timeout=5.0) as connection:
        connection.sendall(nonsense)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    assert device.shell("echo on") == "on"


def test_packages_that_cannot_be_fetched_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(packages.UnavailableError, match="no-such-package-at-all"):
        packages.fetch_packages(
            ["no-such-package-at-all"], "arm64", tmp_path, _empty(tmp_path / "sources.list")
        )
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(packages.UnavailableError, match="apt-get"):
        packages.fetch_packages(["mksh"], "arm64", tmp_path)


def _empty(path: Path) -> Path:
    path.touch()
    return path


def test_by_hand_it_plays_what_was_asked_for_until_interrupted(
    own_server: AdbServer, lab_phone: LabPhone, more_phones: Callable[[Model], LabPhone]
) -> None:
    command = [sys.executable, "-m", "tests.phone_lab", "--model", "Pixel 9"]
    command += ["--fault", "skin=41", "--fault", "abi=x86_64", "--fault", "full=4096"]
    env = own_server.environment
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as playing:
        assert playing.stdout is not None
        serial = playing.stdout.readline().split()[0]
        device = own_server.client.device(serial)
        assert device.shell("getprop ro.product.model; uname -m") == "Pixel 9\nx86_64"
        assert "Skin temperatures: [41.0]" in device.shell("dumpsys hardware_properties")
        playing.terminate()
        assert playing.wait(10) == 0
    assert own_server.state_of(serial) is None


@pytest.mark.parametrize("fault", ["nonsense", "battery=full", "abi=mips"])
def test_by_hand_a_fault_that_does_not_exist_is_refused(
    fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--fault", fault])
    assert "error:" in capsys.readouterr().err
