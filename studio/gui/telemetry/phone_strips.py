"""Which strips a phone has, and the curves in them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from studio.gui.telemetry.lines import Line
from studio.gui.telemetry.painting import short_number
from studio.gui.telemetry.phone_conditions import cpus_words
from studio.gui.telemetry.phone_session import PhoneSession
from studio.gui.telemetry.records import PhoneRecords
from studio.gui.telemetry.samples import (
    BATTERY_TEMPERATURE,
    TEMPERATURE,
    SampleBook,
    clock_name,
)
from studio.gui.telemetry.strip import StripSpec

_MEGA = 1e6
_MOST_TEMPERATURES = 4
_WARMEST_FIRST = ("skin", "cpu", "gpu", "battery")


def _whole(value: float) -> str:
    return f"{value:,.0f}".replace(",", "\u2009")


def _tenth(value: float) -> str:
    return f"{value:.1f}"


def _percent(value: float) -> str:
    return f"{value:.2f}" if value >= 99 else f"{value:.1f}"


STRIPS: dict[str, StripSpec] = {
    "clock": StripSpec(
        "CPU clock",
        "MHz",
        "Clock of each cluster of CPUs, by their numbers. It falls when the phone throttles.",
        _whole,
        500.0,
        from_zero=True,
        colour=0,
    ),
    "temperature": StripSpec(
        "Heat",
        "°C",
        "Temperature by sensor; sensors that differ only in their number show the hottest. A "
        "phone throttles by the temperature of its skin.",
        _tenth,
        4.0,
        colour=1,
    ),
    "rate": StripSpec(
        "Rate",
        "FPS",
        "Frames a second by the phone's own clock. Click a dip to see its frame.",
        short_number,
        10.0,
        from_zero=True,
        colour=4,
        gap_seconds=1.0,
    ),
    "link": StripSpec(
        "Link",
        "ms",
        "Both ways over the cable, and waiting. It is no work of the phone, and counts in no "
        "other number.",
        short_number,
        1.0,
        from_zero=True,
        colour=5,
        gap_seconds=1.0,
    ),
    "agreement": StripSpec(
        "Agreement",
        "%",
        "Share of the pixels that have the same class in this computer's mask of the same frame.",
        _percent,
        0.5,
        most=100.0,
        colour=2,
        gap_seconds=5.0,
    ),
    "battery": StripSpec(
        "Battery",
        "%",
        "Charge of the battery.",
        _whole,
        4.0,
        most=100.0,
        colour=6,
        gap_seconds=10.0,
    ),
    "memory": StripSpec(
        "Runner",
        "MB",
        "Memory of the runner on the phone. It should not grow.",
        _tenth,
        4.0,
        colour=4,
        gap_seconds=1.0,
    ),
    "free": StripSpec(
        "Free memory", "MB", "Memory of the phone that programs can use.", _whole, 50.0, colour=3
    ),
    "busy": StripSpec(
        "Busy",
        "%",
        "How busy all CPUs of the phone are together, and how much of it is not the runner.",
        _whole,
        10.0,
        from_zero=True,
        most=100.0,
        colour=7,
    ),
}
"""By key, the most telling first."""


def strip_lines(session: PhoneSession, records: PhoneRecords, key: str) -> list[Line]:
    """The curves of a strip.

    Args:
        session: whose samples are drawn.
        records: those of its frames that are in view.
        key: in `STRIPS`.
    """
    samples = session.samples
    frames_at = records.shown_at_seconds
    if key == "clock":
        return _clocks(session, samples)
    if key == "temperature":
        return _temperatures(samples)
    if key == "rate":
        return [Line("", frames_at, np.float32(1) / records.interval_seconds)]
    if key == "link":
        return [Line("", frames_at, records.link_millis)]
    if key == "agreement":
        return [Line("", frames_at, records.agreement * np.float32(100))]
    if key == "memory":
        known = np.where(records.memory_bytes > 0, records.memory_bytes / _MEGA, np.nan)
        return [Line("", frames_at, known)]
    at = samples.at_seconds
    if key == "battery":
        return [Line("", at, samples.values("battery_percent"))]
    if key == "free":
        return [Line("", at, samples.values("memory_available_bytes") / _MEGA)]
    names = (("all", "busy_percent"), ("others", "others_busy_percent"))
    return [Line(words, at, samples.values(name)) for words, name in names]


def strip_note(session: PhoneSession, key: str) -> str:
    """Words after a strip's values."""
    if key != "battery":
        return ""
    charging = session.samples.values("is_charging")
    if not len(charging) or np.isnan(charging[-1]):
        return ""
    return "charging" if charging[-1] else "not charging"


def _clocks(session: PhoneSession, samples: SampleBook) -> list[Line]:
    found = session.conditions.found
    clusters = () if found is None else found.clusters
    if not clusters:
        cpus = [name for name in samples.names if re.fullmatch(r"cpu\d+_khz", name)]
        return [Line("fastest", samples.at_seconds, _greatest(samples, cpus) / 1e3)]
    return [
        Line(
            cpus_words(cluster),
            samples.at_seconds,
            _greatest(samples, [clock_name(cpu) for cpu in cluster]) / 1e3,
        )
        for cluster in clusters
    ]


def _temperatures(samples: SampleBook) -> list[Line]:
    groups: dict[str, list[str]] = {}
    before, after = TEMPERATURE
    for name in samples.names:
        if name.startswith(before) and name.endswith(after):
            groups.setdefault(sensor_group(name[len(before) : -len(after)]), []).append(name)
    if BATTERY_TEMPERATURE in samples.names and "battery" not in groups:
        groups["battery"] = [BATTERY_TEMPERATURE]
    chosen = sorted(groups, key=_importance)[:_MOST_TEMPERATURES]
    return [Line(group, samples.at_seconds, _greatest(samples, groups[group])) for group in chosen]


def sensor_group(sensor: str) -> str:
    """What sensors that differ only in their number have in common: `cpu` of `CPU3`."""
    return re.sub(r"[-_ ]?\d+$", "", sensor.lower()) or sensor


def _importance(group: str) -> tuple[int, str]:
    for place, word in enumerate(_WARMEST_FIRST):
        if word in group:
            return place, group
    return len(_WARMEST_FIRST), group


def _greatest(samples: SampleBook, names: Sequence[str]) -> NDArray[np.float64]:
    """The greatest known value of some columns at each moment."""
    greatest = np.full(len(samples), np.nan)
    for name in names:
        np.fmax(greatest, samples.values(name), out=greatest)
    return greatest
