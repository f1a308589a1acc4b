"""What a lab phone is like to the genuine adb server and to adbutils."""

from __future__ import annotations

from tests.phone_lab.phone import LabPhone
from tests.phone_lab.server import AdbServer


def test_its_shell_is_an_aarch64_pixel_2(adb_server: AdbServer, lab_phone: LabPhone) -> None:
    device = adb_server.client.device(lab_phone.serial)
    assert device.shell("id -u; uname -mr; getprop ro.product.model; nproc").split("\n")[:3] == [
        "2000",
        "4.4.210 aarch64",
        "Pixel 2",
    ]
