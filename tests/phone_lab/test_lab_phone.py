"""What a lab phone is like to the genuine adb server and to adbutils."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import adbutils
import pytest

from tests.phone_lab.model import Conditions, Model
from tests.phone_lab.phone import LabPhone
from tests.phone_lab.server import AdbServer
from tests.support.waiting import wait_until


@pytest.fixture
def device(adb_server: AdbServer, lab_phone: LabPhone) -> adbutils.AdbDevice:
    return adb_server.client.device(lab_phone.serial)


def _output(device: adbutils.AdbDevice, command: str) -> str:
    """What a command prints; it must succeed and complain of nothing."""
    result = device.shell2(command, v2=True)
    assert (result.returncode, result.stderr) == (0, "")
    return str(result.stdout)


def test_its_shell_is_an_aarch64_pixel_2(device: adbutils.AdbDevice) -> None:
    said = _output(device, "id -un; uname -mr; hostname; getprop ro.product.model; getprop no.such")
    assert said == "shell\n4.4.210 aarch64\nlocalhost\nPixel 2\n\n"


def test_all_properties_read_as_android_prints_them(device: adbutils.AdbDevice) -> None:
    lines = _output(device, "getprop").splitlines()
    assert "[ro.product.cpu.abi]: [arm64-v8a]" in lines
    assert "[ro.build.version.sdk]: [30]" in lines
    assert "[ro.jejunet.lab]: [1]" in lines


def test_the_server_knows_its_model(adb_server: AdbServer, lab_phone: LabPhone) -> None:
    (line,) = (
        line for line in adb_server.client.list(extended=True) if line.serial == lab_phone.serial
    )
    assert (line.tags["model"], line.tags["device"]) == ("Pixel_2", "walleye")


def test_the_shell_writes_to_its_own_folder_and_nowhere_else(device: adbutils.AdbDevice) -> None:
    _output(device, "echo x > /data/local/tmp/x && echo x > /sdcard/x && rm /sdcard/x")
    for place in ("/x", "/system/x", "/data/x", "/data/local/x", "/dev/x", "/sys/x", "/storage/x"):
        result = device.shell2(f"echo x > {place}", v2=True)
        assert result.returncode != 0, place
    assert device.shell2("ls /data", v2=True).returncode != 0
    # To the kernel the lab's shell is whoever runs the tests.
    assert device.shell2("echo 1 > /proc/sys/vm/drop_caches", v2=True).returncode != 0
    assert device.shell2("echo 0 > /proc/self/oom_score_adj", v2=True).returncode != 0


def test_a_push_is_bound_by_the_same_rights(
    adb_server: AdbServer, device: adbutils.AdbDevice, lab_phone: LabPhone, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"abc")
    device.sync.push(file, "/data/local/tmp/new/folder/file")
    assert (lab_phone.root / "data/local/tmp/new/folder/file").read_bytes() == b"abc"
    for place, why in (
        ("/system/file", "couldn't create file: Read-only file system"),
        ("/data/file", "couldn't create file: Permission denied"),
        ("/data/new/file", "secure_mkdirs failed: Permission denied"),
    ):
        result = adb_server.adb(lab_phone.serial, "push", str(file), place)
        assert result.returncode != 0
        assert f"remote {why}" in result.stderr


def test_it_sees_nothing_of_this_computer(device: adbutils.AdbDevice) -> None:
    assert os.getpid() > 1
    assert "home" not in _output(device, "ls /").split()
    processes = _output(device, "ps -A -o PID,NAME").splitlines()
    assert [line.split()[1] for line in processes[1:3]] == ["init", "adbd"]
    assert len(processes) < 10
    assert "glibc" not in _output(
        device, "find / -name 'libc.so*' -not -path '*/proc/*' 2>/dev/null; true"
    )


def test_there_is_no_glibc_where_a_program_would_look(device: adbutils.AdbDevice) -> None:
    """What is deployed must bring its own, as on a phone."""
    for place in ("/lib", "/lib64", "/usr/lib", "/lib/ld-linux-aarch64.so.1", "/etc/ld.so.cache"):
        assert device.shell2(f"ls {place}", v2=True).returncode != 0, place


def test_its_eight_cores_have_their_clocks(device: adbutils.AdbDevice, lab_phone: LabPhone) -> None:
    folder = "/sys/devices/system/cpu"
    highest = _output(device, f"cat {folder}/cpu?/cpufreq/cpuinfo_max_freq").split()
    assert highest == ["1900800"] * 4 + ["2457600"] * 4
    lab_phone.set_conditions(Conditions(big_khz=1_056_000))
    assert _output(device, f"cat {folder}/cpu7/cpufreq/scaling_cur_freq") == "1056000\n"
    assert _output(device, "grep -c ^processor /proc/cpuinfo; grep Hardware /proc/cpuinfo") == (
        "8\nHardware\t: Qualcomm Technologies, Inc MSM8998\n"
    )


def test_thermal_zones_are_hidden_unless_ordered(
    device: adbutils.AdbDevice, lab_phone: LabPhone
) -> None:
    read = "cat /sys/class/thermal/thermal_zone?/temp"
    refused = device.shell2(read, v2=True)
    assert refused.returncode != 0
    assert device.shell2("ls /sys/class/thermal", v2=True).stderr.endswith("Permission denied\n")
    lab_phone.set_conditions(Conditions(zones_readable=True, cpu_celsius=41.5, battery_celsius=29))
    assert _output(device, read) == "415\n29000\n31\n"


def test_battery_and_temperatures_are_told_in_androids_words(
    device: adbutils.AdbDevice, lab_phone: LabPhone
) -> None:
    lab_phone.set_conditions(
        Conditions(battery_percent=41, battery_celsius=31.5, skin_celsius=40.5)
    )
    battery = _output(device, "dumpsys battery")
    for line in ("  USB powered: false", "  status: 3", "  level: 41", "  temperature: 315"):
        assert line in battery.splitlines()
    assert "Skin temperatures: [40.5]\n" in _output(device, "dumpsys hardware_properties")
    thermal = _output(device, "dumpsys thermalservice")
    assert "Thermal Status: 2\n" in thermal
    assert "Temperature{mValue=40.5, mType=3, mName=skin, mStatus=2}" in thermal
    lab_phone.set_conditions(Conditions(is_charging=True))
    assert "  status: 2\n" in _output(device, "dumpsys battery")
    assert _output(device, "dumpsys nonsense") == "Can't find service: nonsense\n"


@pytest.mark.parametrize(("abi", "machine"), [("armeabi-v7a", "armv8l"), ("x86_64", "x86_64")])
def test_it_can_claim_another_architecture(
    device: adbutils.AdbDevice, lab_phone: LabPhone, abi: str, machine: str
) -> None:
    lab_phone.set_conditions(replace(Conditions(), abi=abi))  # type: ignore[arg-type]
    assert _output(device, "getprop ro.product.cpu.abi; uname -m") == f"{abi}\n{machine}\n"
    assert "arm64" not in _output(device, "getprop ro.product.cpu.abilist")


def test_a_second_phone_of_another_kind_and_android_8(
    adb_server: AdbServer, lab_phone: LabPhone, more_phones: Callable[[Model], LabPhone]
) -> None:
    old = more_phones(Model("Pixel XL", "marlin", hardware_serial="HT6AB0200002", android="8"))
    listed = {info.serial for info in adb_server.client.list() if info.state == "device"}
    assert listed >= {lab_phone.serial, old.serial}
    device = adb_server.client.device(old.serial)
    assert "ls_v2" not in device.get_features()
    said = _output(device, "getprop ro.product.model; getprop ro.serialno; dumpsys thermalservice")
    assert said == "Pixel XL\nHT6AB0200002\nCan't find service: thermalservice\n"
    old.unplug()
    assert adb_server.state_of(old.serial) is None
    assert adb_server.state_of(lab_phone.serial) == "device"


def test_a_program_ends_with_its_client(device: adbutils.AdbDevice, lab_phone: LabPhone) -> None:
    connection = device.shell("echo on; exec sleep 91", stream=True)
    wait_until(lambda: any("sleep 91" in line for line in lab_phone.processes()))
    ended = time.monotonic()
    connection.close()
    wait_until(lambda: not any("sleep 91" in line for line in lab_phone.processes()))
    assert time.monotonic() - ended < 2.0  # at most 1 s on an idle machine


def test_a_program_that_ignores_the_hang_up_lives_on(
    device: adbutils.AdbDevice, lab_phone: LabPhone
) -> None:
    """As on a phone, where only the program itself can see to its end."""
    connection = device.shell("trap '' HUP; echo on; sleep 92; sleep 93", stream=True)
    wait_until(lambda: any("bin/sleep 92" in line for line in lab_phone.processes()))
    connection.close()
    time.sleep(0.3)
    # Not its sleep: whether that one hears, is qemu's whim.
    assert any("sh -c trap" in line for line in lab_phone.processes())
    assert lab_phone.kill_processes("sleep 9") > 0


def test_a_terminal_echoes_and_is_one(adb_server: AdbServer, lab_phone: LabPhone) -> None:
    device = adb_server.client.device(lab_phone.serial)
    connection = device.open_transport()
    connection.send_command("shell,pty:read x; tty; echo $COLUMNS; echo end")
    connection.check_okay()
    connection.conn.sendall(b"a line\r")
    received = b""
    while b"end\r\n" not in received:
        received += connection.conn.recv(4096)
    connection.close()
    assert received.startswith(b"a line\r\n/dev/pts/")
    assert received.endswith(b"\r\nend\r\n")


def test_quoting_reaches_the_shell_untouched(device: adbutils.AdbDevice) -> None:
    text = "a 'b' \"c\" $d `e` \\f äö"
    assert _output(device, f"printf %s {shlex.quote(text)}") == text
