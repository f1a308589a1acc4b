"""Every conversation with a phone ends in time, and what went wrong is told in words."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import adbutils
import pytest

from studio.errors import PhoneError
from studio.targets.phone import adb_server as server_module
from studio.targets.phone.adb import AdbPhone
from studio.targets.phone.adb_server import ask_server, start_server
from studio.targets.phone.conversation import server_port
from studio.targets.phone.devices import choose_phone, examined_phones, list_phones
from studio.targets.phone.paths import ROOT
from studio.targets.phone.troubles import PhoneGoneError, PhoneTimeoutError
from tests.phone_lab.device.faults import Faults
from tests.phone_lab.model import Conditions, Model
from tests.phone_lab.phone import LabPhone
from tests.phone_lab.server import AdbServer
from tests.support.waiting import wait_until


def test_a_command_tells_its_output_errors_and_exit_code(lab_phone: LabPhone) -> None:
    result = AdbPhone(lab_phone.serial).shell("echo out; echo err >&2; cat; exit 7")
    assert (result.out, result.err, result.exit_code) == ("out\n", "err\n", 7)


def test_words_reach_the_phone_as_they_are(lab_phone: LabPhone) -> None:
    words = ["it's", "$HOME", "`id`", "a  b", "é\n;", "", "*"]
    result = AdbPhone(lab_phone.serial).shell(["printf", "[%s]", *words])
    assert result.out == "".join(f"[{word}]" for word in words)


def test_a_hung_shell_is_given_up_in_time(lab_phone: LabPhone) -> None:
    lab_phone.set_faults(Faults(hang_shell_on="."))
    begun = time.monotonic()
    with pytest.raises(PhoneTimeoutError, match="reading the battery") as caught:
        AdbPhone(lab_phone.serial).shell("dumpsys battery", 0.5, "reading the battery")
    assert time.monotonic() - begun < 2.0
    assert caught.value.remedy


def test_a_command_that_drips_does_not_outlast_its_time(lab_phone: LabPhone) -> None:
    begun = time.monotonic()
    with pytest.raises(PhoneTimeoutError):
        AdbPhone(lab_phone.serial).shell("while :; do echo x; sleep 0.1; done", 0.7)
    assert time.monotonic() - begun < 2.0
    wait_until(lambda: not any("sleep" in line for line in lab_phone.processes()))


def test_a_cable_pulled_in_mid_command_is_told(lab_phone: LabPhone) -> None:
    pulling = threading.Timer(0.3, lab_phone.unplug)
    pulling.start()
    with pytest.raises(PhoneGoneError, match=lab_phone.serial) as caught:
        AdbPhone(lab_phone.serial).shell("sleep 30", 10.0)
    pulling.join()
    assert "Plug it in" in caught.value.remedy


def test_a_phone_that_is_not_there_is_told(lab_phone: LabPhone) -> None:
    with pytest.raises(PhoneGoneError, match="not connected"):
        AdbPhone("FA7NOTHERE").shell("true")


def test_an_unauthorized_phone_is_told(adb_server: AdbServer, lab_phone: LabPhone) -> None:
    lab_phone.set_faults(Faults(unauthorized=True))
    adb_server.wait_for_state(lab_phone.serial, "unauthorized")
    (phone,) = examined_phones()
    assert phone.trouble is not None
    assert phone.trouble.code == "unauthorized"
    for use in (
        lambda: AdbPhone(lab_phone.serial).shell("true"),
        lambda: choose_phone(None),
        lambda: choose_phone(lab_phone.serial),
    ):
        with pytest.raises(PhoneError, match="allowed") as caught:
            use()
        assert "Allow" in caught.value.remedy


def test_an_offline_phone_is_told(adb_server: AdbServer, lab_phone: LabPhone) -> None:
    lab_phone.set_faults(Faults(offline=True))
    adb_server.wait_for_state(lab_phone.serial, "offline")
    (phone,) = examined_phones()
    assert phone.trouble is not None
    assert phone.trouble.code == "offline"
    with pytest.raises(PhoneGoneError, match="does not answer"):
        AdbPhone(lab_phone.serial).shell("true")


def test_a_killed_adb_server_is_told_and_started_again(
    lab_phone: LabPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(AdbServer()) as server, LabPhone(server) as lab:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        killing = threading.Timer(0.3, server.kill)
        killing.start()
        with pytest.raises(PhoneGoneError, match="adb server"):
            AdbPhone(lab.serial).shell("sleep 30", 10.0)
        killing.join()
        assert not server.is_running
        list_phones()
        server.wait_for_state(lab.serial, "device")
        assert choose_phone(lab.serial).serial == lab.serial
        server.client.server_kill()  # the one that the studio started
        wait_until(lambda: not server.is_running)


def test_a_phone_is_examined(lab_phone: LabPhone) -> None:
    phone = choose_phone("pixel 2")
    assert (phone.serial, phone.model, phone.trouble) == (lab_phone.serial, "Pixel 2", None)
    details = phone.details
    assert details is not None
    assert details.is_lab
    assert (details.android, details.abi, details.cpus) == ("11", "arm64-v8a", 8)
    assert details.clusters == ((0, 1, 2, 3), (4, 5, 6, 7))
    assert details.free_bytes is not None


def test_a_phone_of_the_wrong_kind_is_told(lab_phone: LabPhone) -> None:
    lab_phone.set_conditions(Conditions(abi="armeabi-v7a"))
    with pytest.raises(PhoneError, match="armeabi-v7a") as caught:
        choose_phone(None)
    assert "64-bit" in caught.value.remedy


def test_a_phone_without_space_is_told(lab_phone: LabPhone) -> None:
    lab_phone.fill_storage(5 << 20)
    with pytest.raises(PhoneError, match="5 MiB") as caught:
        choose_phone(None)
    assert "clean-phone" in caught.value.remedy


def test_a_phone_that_hangs_is_in_trouble_and_others_are_not(
    lab_phone: LabPhone, more_phones: Callable[[Model], LabPhone]
) -> None:
    second = more_phones(Model(model="Pixel 2 XL", device="taimen", android="8"))
    lab_phone.set_faults(Faults(hang_shell_on="."))
    phones = {phone.serial: phone for phone in examined_phones(1.0)}
    assert len(phones) == 2
    hung, ready = phones[lab_phone.serial], phones[second.serial]
    assert hung.trouble is not None
    assert hung.trouble.code == "silent"
    assert ready.trouble is None
    assert ready.details is not None
    assert ready.details.android == "8.0.0"
    lab_phone.set_faults(Faults())
    with pytest.raises(PhoneError, match="not clear"):
        choose_phone(None)
    assert choose_phone("taimen").serial == second.serial
    assert choose_phone(lab_phone.serial).serial == lab_phone.serial


def test_a_stream_speaks_and_listens_until_its_command_ends(lab_phone: LabPhone) -> None:
    phone = AdbPhone(lab_phone.serial)
    with phone.open_shell_stream("echo ready; cat; echo bad >&2; exit 3") as stream:
        assert stream.read_line(5.0) == "ready"
        assert stream.read_line(0.05) is None
        stream.write(b"one\ntwo")
        assert stream.read_line(5.0) == "one"
        stream.close_stdin()
        assert stream.wait(5.0) == 3
        assert stream.read_line(5.0) == "two"
        assert stream.read_line(5.0) is None
        assert (stream.exit_code, stream.err) == (3, "bad\n")


def test_a_closed_streams_command_ends_on_the_phone(lab_phone: LabPhone) -> None:
    stream = AdbPhone(lab_phone.serial).open_shell_stream("echo on; exec sleep 77")
    assert stream.read_line(5.0) == "on"
    wait_until(lambda: any("bin/sleep 77" in line for line in lab_phone.processes()))
    stream.close()
    wait_until(lambda: not any("sleep 77" in line for line in lab_phone.processes()))


def test_closing_wakes_whoever_waits(lab_phone: LabPhone) -> None:
    phone = AdbPhone(lab_phone.serial)
    closing = threading.Timer(0.3, phone.close)
    closing.start()
    begun = time.monotonic()
    with pytest.raises(PhoneGoneError, match="Stopped"):
        phone.shell("sleep 30", 20.0)
    closing.join()
    assert time.monotonic() - begun < 3.0
    with pytest.raises(PhoneGoneError, match="Stopped"):
        phone.shell("true")


def test_a_stream_tells_that_the_cable_was_pulled(lab_phone: LabPhone) -> None:
    with AdbPhone(lab_phone.serial).open_shell_stream("echo on; exec sleep 30") as stream:
        assert stream.read_line(5.0) == "on"
        wait_until(lambda: any("bin/sleep 30" in line for line in lab_phone.processes()))
        lab_phone.unplug()
        with pytest.raises(PhoneGoneError, match="not connected"):
            stream.wait(5.0)


def test_a_forward_carries_and_is_removed(lab_phone: LabPhone) -> None:
    phone = AdbPhone(lab_phone.serial)
    port = phone.forward("jejunet-test")
    assert phone.forwards() == {port: "jejunet-test"}
    assert AdbPhone("another").forwards() == {}
    phone.remove_forward(port)
    assert phone.forwards() == {}
    with pytest.raises(PhoneError, match="removing a forward"):
        phone.remove_forward(port)


def test_properties_are_read(lab_phone: LabPhone) -> None:
    assert AdbPhone(lab_phone.serial).properties()["ro.product.device"] == "walleye"


def test_a_file_is_written_with_progress(lab_phone: LabPhone, tmp_path: Path) -> None:
    content = bytes(range(256)) * 1000
    heard: list[int] = []
    phone = AdbPhone(lab_phone.serial)
    assert phone.push(io.BytesIO(content), f"{ROOT}/a b", on_bytes=heard.append)
    assert heard[-1] == len(content)
    assert heard == sorted(heard)
    assert (lab_phone.root / ROOT[1:] / "a b").read_bytes() == content


def test_a_file_where_none_may_be_written_is_refused(lab_phone: LabPhone) -> None:
    with pytest.raises(PhoneError, match="refused copying x"):
        AdbPhone(lab_phone.serial).push(io.BytesIO(b"x" * 200_000), "/system/x")


def test_another_program_on_the_port_is_no_adb_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(other.getsockname()[1]))

        def answer() -> None:
            connection, _ = other.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.recv(100)

        answering = threading.Thread(target=answer)
        answering.start()
        with pytest.raises(PhoneError, match="something else answers") as caught:
            list_phones()
        answering.join()
        assert "ANDROID_ADB_SERVER_PORT" in caught.value.remedy


def test_a_silent_server_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(silent.getsockname()[1]))
        begun = time.monotonic()
        with pytest.raises(PhoneTimeoutError, match="adb server"):
            ask_server("host:devices-l", "listing the phones", timeout_seconds=0.3)
        assert time.monotonic() - begun < 2.0


@pytest.mark.parametrize("port", ["x", "0", "65536", "-1", "１"])
def test_a_port_that_is_none_is_refused(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", port)
    with pytest.raises(PhoneError, match="ANDROID_ADB_SERVER_PORT"):
        list_phones()


def test_without_a_chosen_port_adbs_own_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANDROID_ADB_SERVER_PORT", raising=False)
    assert server_port() == 5037


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server runs, and none listens on the port that is looked at."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(port))


def test_without_adb_the_remedy_says_what_to_install(
    nobody: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> str:
        raise adbutils.AdbError("No adb exe could be found")

    monkeypatch.setattr(adbutils, "adb_path", none)
    with pytest.raises(PhoneError, match="was not found") as caught:
        list_phones()
    assert "Install" in caught.value.remedy


@pytest.mark.parametrize(
    ("script", "words"),
    [("echo cannot bind >&2; exit 1", "cannot bind"), ("exec sleep 30", "no end within")],
)
def test_an_adb_that_cannot_start_a_server_is_told(
    script: str, words: str, nobody: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "adb"
    program.write_text(f"#!/bin/sh\n[ $1 = version ] && exit 0\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("ADBUTILS_ADB_PATH", str(program))
    with pytest.raises(PhoneError, match="could not be started") as caught:
        start_server(0.5)
    assert words in caught.value.details


def test_two_threads_start_one_server(nobody: None, monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[str] = []
    listening: list[socket.socket] = []

    def start(program: str, timeout_seconds: float) -> None:
        starts.append(program)
        time.sleep(0.1)
        listening.append(socket.create_server(("127.0.0.1", server_port())))

    monkeypatch.setattr(server_module, "_start", start)
    threads = [threading.Thread(target=start_server) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listening[0].close()
    assert len(starts) == 1
