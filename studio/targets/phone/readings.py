"""What Android prints about its condition, read without trusting any of it.

Reference:
    AOSP, frameworks/base/services: HardwarePropertiesManagerService, BatteryService,
    ThermalManagerService (their `dump`); proc(5).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# Absolute zero in tenths, which sensors that are off say, must not pass for -27 degrees.
_COOLEST_CELSIUS = -25.0
_HOTTEST_CELSIUS = 150.0
# Millidegrees begin above any tenths of a degree that a phone survives.
_LEAST_MILLIS = 1500
_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_HARDWARE = re.compile(
    r"^\s*(?P<part>CPU|GPU|Battery|Skin) temperatures: \[(?P<values>[^]]*)\]", re.MULTILINE
)
_THERMAL = re.compile(
    rf"Temperature\{{mValue=(?P<value>{_NUMBER}), mType=(?P<type>-?\d+), mName=(?P<name>[^,}}]*)"
)
_STATUS = re.compile(r"^\s*Thermal Status:\s*(?P<status>\d+)", re.MULTILINE)
_BATTERY = re.compile(r"^\s*(?P<key>[A-Za-z ]+): (?P<value>\S+)\s*$", re.MULTILINE)
_POWERED = ("AC powered", "USB powered", "Wireless powered", "Dock powered")
_MOST_STATUS = 6


@dataclass(frozen=True, slots=True)
class Battery:
    """What `dumpsys battery` tells; None where it does not.

    Attributes:
        percent: charge, 0..100.
        celsius: temperature.
        is_charging: whether a cable feeds the phone, even if the battery is full.
    """

    percent: float | None = None
    celsius: float | None = None
    is_charging: bool | None = None


@dataclass(frozen=True, slots=True)
class CpuTimes:
    """The first line of /proc/stat: ticks of all CPUs together since the phone started.

    Attributes:
        busy: at work.
        total: at work or idle.
    """

    busy: int
    total: int


def parse_battery(text: str) -> Battery:
    """Read what `dumpsys battery` prints."""
    found = {match["key"].strip(): match["value"] for match in _BATTERY.finditer(text)}
    level, scale = _integer(found.get("level")), _integer(found.get("scale"))
    percent = None
    if level is not None and level >= 0:
        percent = min(100.0 * level / (scale if scale and scale > 0 else 100), 100.0)
    tenths = _integer(found.get("temperature"))
    powered = [found[key] == "true" for key in _POWERED if found.get(key) in ("true", "false")]
    return Battery(
        percent=percent,
        celsius=None if tenths is None else _plausible(tenths / 10),
        is_charging=any(powered) if powered else None,
    )


def parse_hardware_properties(text: str) -> dict[str, float]:
    """Read the temperatures that `dumpsys hardware_properties` prints (Android 7 to 10).

    Returns:
        Degrees Celsius by part: `CPU 0`, `CPU 1` ..., `GPU`, `Battery`, `Skin`.
    """
    temperatures: dict[str, float] = {}
    for match in _HARDWARE.finditer(text):
        values = [_celsius(value) for value in match["values"].split(",")]
        for number, value in enumerate(values):
            if value is not None:
                several = match["part"] == "CPU" or len(values) > 1
                temperatures[f"{match['part']} {number}" if several else match["part"]] = value
    return temperatures


def parse_thermal_service(text: str) -> tuple[dict[str, float], int | None]:
    """Read what `dumpsys thermalservice` prints (since Android 10).

    Returns:
        Degrees Celsius by sensor, and Android's thermal status from 0 (none) to 6 (shutdown).
    """
    match = _STATUS.search(text)
    status = int(match["status"]) if match else None
    if status is not None and status > _MOST_STATUS:
        status = None
    # The list that the hardware gives now, if there is one, is newer than the cached one.
    cached, _, rest = text.partition("Current temperatures from HAL")
    current = rest.partition("Current cooling devices")[0]
    return _sensors(current) or _sensors(cached), status


def parse_cpu_times(line: str) -> CpuTimes | None:
    """Read the first line of /proc/stat, such as `cpu  4705 356 584 3699 23 0 29 0 0 0`."""
    words = line.split()
    if len(words) < 5 or words[0] != "cpu" or not all(word.isdigit() for word in words[1:]):
        return None
    # user nice system idle iowait irq softirq steal; guests are counted in user already
    ticks = [int(word) for word in words[1:9]]
    idle = ticks[3] + (ticks[4] if len(ticks) > 4 else 0)
    return CpuTimes(busy=sum(ticks) - idle, total=sum(ticks))


def parse_process_ticks(line: str) -> int | None:
    """Read from /proc/PID/stat how long a process was at work (utime + stime)."""
    # The name stands in brackets and may hold blanks and brackets itself.
    words = line.rpartition(")")[2].split()
    if len(words) < 13 or not (words[11].isdigit() and words[12].isdigit()):
        return None
    return int(words[11]) + int(words[12])


def busy_percent(before: CpuTimes | None, now: CpuTimes | None) -> float | None:
    """How busy the CPUs were between two readings, 0..100."""
    if before is None or now is None or now.total <= before.total:
        return None
    return _percent(now.busy - before.busy, now.total - before.total)


def others_percent(
    before: tuple[CpuTimes | None, int | None], now: tuple[CpuTimes | None, int | None]
) -> float | None:
    """How busy anything but the runner kept the CPUs between two readings, 0..100.

    Args:
        before: the phone's and the runner's times.
        now: likewise, later.
    """
    (times, ticks), (now_times, now_ticks) = before, now
    if times is None or now_times is None or ticks is None or now_ticks is None:
        return None
    if now_times.total <= times.total or now_ticks < ticks:
        return None
    busy = now_times.busy - times.busy - (now_ticks - ticks)
    return _percent(busy, now_times.total - times.total)


def parse_available_bytes(line: str) -> int | None:
    """Read a line of /proc/meminfo, such as `MemAvailable:    1234 kB`."""
    words = line.split()
    return int(words[1]) * 1024 if len(words) > 1 and words[1].isdigit() else None


def zone_temperatures(zones: Mapping[str, str]) -> dict[str, float]:
    """Normalise what thermal zones say, whose scales differ from zone to zone.

    Args:
        zones: what `temp` holds, by what `type` holds.

    Returns:
        Degrees Celsius by zone; zones that are off or absurd are left out.
    """
    found = {name: zone_celsius(text) for name, text in zones.items()}
    return {name: value for name, value in found.items() if value is not None}


def zone_celsius(text: str) -> float | None:
    """Degrees from a zone that counts in thousandths, tenths, or whole degrees.

    Args:
        text: a whole number; 31000, 310 and 31 all mean 31 degrees.
    """
    value = _integer(text.strip())
    if value is None:
        return None
    size = abs(value)
    if size >= _LEAST_MILLIS:
        return _plausible(value / 1000)
    if size > _HOTTEST_CELSIUS:
        return _plausible(value / 10)
    return _plausible(float(value))


def _sensors(text: str) -> dict[str, float]:
    found = {match["name"]: _celsius(match["value"]) for match in _THERMAL.finditer(text)}
    return {name: value for name, value in found.items() if value is not None and name}


def _celsius(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return _plausible(value)


def _plausible(celsius: float) -> float | None:
    """Sensors that are off say 0, -40, -274 or the lowest number there is."""
    if celsius == 0.0 or not _COOLEST_CELSIUS < celsius < _HOTTEST_CELSIUS:
        return None
    return celsius


def _percent(part: int, whole: int) -> float:
    return min(max(100.0 * part / whole, 0.0), 100.0)


def _integer(text: str | None) -> int | None:
    if text is None or not re.fullmatch(r"-?[0-9]{1,18}", text):
        return None
    return int(text)
