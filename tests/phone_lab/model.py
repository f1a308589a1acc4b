"""What kind of phone the lab plays, and how that phone is doing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Abi = Literal["arm64-v8a", "armeabi-v7a", "x86_64"]

_MACHINES: dict[Abi, str] = {"arm64-v8a": "aarch64", "armeabi-v7a": "armv8l", "x86_64": "x86_64"}
_FEATURES = {
    "8": ("cmd", "shell_v2", "stat_v2"),
    "11": (
        "shell_v2",
        "cmd",
        "stat_v2",
        "ls_v2",
        "fixed_push_mkdir",
        "apex",
        "abb",
        "fixed_push_symlink_timestamp",
        "abb_exec",
        "remount_shell",
        "track_app",
        "sendrecv_v2",
    ),
}
_SDK = {"8": 26, "11": 30}
_SKIN_LIMIT_CELSIUS = 40.0
_LITTLE_KHZ, _BIG_KHZ, _LOWEST_KHZ = 1_900_800, 2_457_600, 300_000
_LITTLE_CPUS, _CPUS = 4, 8


@dataclass(frozen=True)
class Model:
    """A kind of phone.

    Attributes:
        model: as people call it.
        device: its code name.
        maker: of the phone.
        hardware_serial: what the phone itself says; adb calls it by its address here.
        android: version.
    """

    model: str = "Pixel 2"
    device: str = "walleye"
    maker: str = "Google"
    hardware_serial: str = "FA7LAB1A00001"
    android: Literal["8", "11"] = "11"

    @property
    def banner(self) -> str:
        """What its daemon says of it to the adb server."""
        facts = f"ro.product.name={self.device};ro.product.model={self.model};"
        # The second edition of file transfer is left out: the daemon speaks the first.
        features = [name for name in _FEATURES[self.android] if name != "sendrecv_v2"]
        return f"device::{facts}ro.product.device={self.device};features={','.join(features)}"

    @property
    def sdk(self) -> int:
        """The level of its programming interface."""
        return _SDK[self.android]


@dataclass(frozen=True)
class Conditions:
    """How a phone is doing.

    Attributes:
        abi: which programs it says it runs.
        is_charging: over the cable.
        battery_percent: how full.
        battery_celsius: temperature of the battery.
        skin_celsius: temperature of the case; a Pixel 2 throttles at 40.
        cpu_celsius: temperature of the processor.
        zones_readable: whether the shell may read `/sys/class/thermal`.
        big_khz: clock of the fast cores now.
    """

    abi: Abi = "arm64-v8a"
    is_charging: bool = False
    battery_percent: int = 87
    battery_celsius: float = 28.0
    skin_celsius: float = 30.9
    cpu_celsius: float = 34.2
    zones_readable: bool = False
    big_khz: int = _BIG_KHZ


def write_state(folder: Path, model: Model, conditions: Conditions) -> None:
    """Write what the phone's own programs read: properties, conditions, `/sys`, `cpuinfo`.

    Args:
        folder: of the phone; `state` and `sys` are made in it.
        model: the kind of phone.
        conditions: how it is doing.
    """
    state = folder / "state"
    state.mkdir(exist_ok=True)
    properties = "".join(f"{key}={value}\n" for key, value in _properties(model, conditions))
    _put(state / "properties", properties)
    _put(state / "conditions", _assignments(model, conditions))
    _put(state / "cpuinfo", _cpuinfo())
    _write_cpus(folder / "sys/devices/system/cpu", conditions)
    _write_thermal(folder / "sys/class/thermal", conditions)


def _put(path: Path, text: str) -> None:
    # In place: a mount shows this very file, not whatever is put under its name later.
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _properties(model: Model, conditions: Conditions) -> list[tuple[str, str]]:
    sizes = {"32": "armeabi-v7a,armeabi", "64": "arm64-v8a"}
    abis = f"{sizes['64']},{sizes['32']}"
    if conditions.abi == "armeabi-v7a":
        abis = sizes["32"]
    elif conditions.abi == "x86_64":
        abis = "x86_64,x86"
    fingerprint = f"google/{model.device}/{model.device}:{model.android}/LAB/1:user/release-keys"
    return [
        ("ro.build.fingerprint", fingerprint),
        ("ro.build.version.release", "11" if model.android == "11" else "8.0.0"),
        ("ro.build.version.sdk", str(model.sdk)),
        ("ro.debuggable", "0"),
        ("ro.hardware", model.device),
        ("ro.jejunet.lab", "1"),
        ("ro.product.brand", model.maker.lower()),
        ("ro.product.cpu.abi", conditions.abi),
        ("ro.product.cpu.abilist", abis),
        ("ro.product.device", model.device),
        ("ro.product.manufacturer", model.maker),
        ("ro.product.model", model.model),
        ("ro.product.name", model.device),
        ("ro.board.platform", "msm8998"),
        ("ro.serialno", model.hardware_serial),
        ("sys.boot_completed", "1"),
    ]


def _assignments(model: Model, conditions: Conditions) -> str:
    facts = {
        "machine": _MACHINES[conditions.abi],
        "sdk": model.sdk,
        "battery_percent": conditions.battery_percent,
        "battery_celsius": conditions.battery_celsius,
        "battery_decicelsius": round(conditions.battery_celsius * 10),
        "battery_status": 2 if conditions.is_charging else 3,
        "usb_powered": "true" if conditions.is_charging else "false",
        "charging_microamperes": 500_000 if conditions.is_charging else 0,
        "skin_celsius": conditions.skin_celsius,
        "cpu_celsius": conditions.cpu_celsius,
        "gpu_celsius": conditions.cpu_celsius - 1.5,
        "thermal_status": 2 if conditions.skin_celsius >= _SKIN_LIMIT_CELSIUS else 0,
    }
    return "".join(f"{key}={value}\n" for key, value in facts.items())


def _cpuinfo() -> str:
    """As the Snapdragon 835 shows itself; qemu would show the computer's own processors."""
    cores = []
    for number in range(_CPUS):
        part = "0x801" if number < _LITTLE_CPUS else "0x800"
        cores.append(
            f"processor\t: {number}\nBogoMIPS\t: 38.40\n"
            "Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32\n"
            "CPU implementer\t: 0x51\nCPU architecture: 8\nCPU variant\t: 0xa\n"
            f"CPU part\t: {part}\nCPU revision\t: 4\n\n"
        )
    return (
        "Processor\t: AArch64 Processor rev 4 (aarch64)\n"
        + "".join(cores)
        + "Hardware\t: Qualcomm Technologies, Inc MSM8998\n"
    )


def _write_cpus(cpu: Path, conditions: Conditions) -> None:
    for name in ("online", "possible", "present"):
        _put(cpu / name, f"0-{_CPUS - 1}\n")
    for number in range(_CPUS):
        is_big = number >= _LITTLE_CPUS
        highest = _BIG_KHZ if is_big else _LITTLE_KHZ
        now = conditions.big_khz if is_big else _LITTLE_KHZ
        folder = cpu / f"cpu{number}"
        _put(folder / "online", "1\n")
        facts = {
            "affected_cpus": "4 5 6 7" if is_big else "0 1 2 3",
            "cpuinfo_max_freq": highest,
            "cpuinfo_min_freq": _LOWEST_KHZ,
            "related_cpus": "4 5 6 7" if is_big else "0 1 2 3",
            "scaling_cur_freq": now,
            "scaling_governor": "schedutil",
            "scaling_max_freq": highest,
            "scaling_min_freq": _LOWEST_KHZ,
        }
        for name, value in facts.items():
            _put(folder / "cpufreq" / name, f"{value}\n")


def _write_thermal(thermal: Path, conditions: Conditions) -> None:
    """Zones with the scales that walleye's have; SELinux hides them from the shell."""
    thermal.mkdir(parents=True, exist_ok=True)
    thermal.chmod(0o755)
    zones = {
        "tsens_tz_sensor1": round(conditions.cpu_celsius * 10),
        "battery": round(conditions.battery_celsius * 1000),
        "back_therm": round(conditions.skin_celsius),
    }
    for number, (kind, value) in enumerate(zones.items()):
        _put(thermal / f"thermal_zone{number}/type", f"{kind}\n")
        _put(thermal / f"thermal_zone{number}/temp", f"{value}\n")
    if not conditions.zones_readable:
        thermal.chmod(0)
