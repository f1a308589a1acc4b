"""Under which conditions a phone was measured, in words and for a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from studio.gui.telemetry.conditions import threads_words
from studio.runs.phone_events import PhoneFound, PhoneSample

_ENCODING_WORDS = {
    "bgr": "pictures sent as pixels",
    "jpeg": "pictures sent as JPEG",
    "clip": "pictures pushed ahead",
}


def cpus_words(cpus: Sequence[int]) -> str:
    """Numbers of CPUs, neighbours joined: `4–7`, `0, 2`."""
    runs: list[list[int]] = []
    for cpu in sorted(cpus):
        if runs and runs[-1][-1] == cpu - 1:
            runs[-1].append(cpu)
        else:
            runs.append([cpu])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def mask_words(cpu_mask: int) -> str:
    """The CPUs of a mask: `CPUs 4–7`; empty for 0."""
    cpus = [cpu for cpu in range(cpu_mask.bit_length()) if cpu_mask >> cpu & 1]
    return f"CPU{'s' if len(cpus) > 1 else ''} {cpus_words(cpus)}" if cpus else ""


def hottest_outside(sample: PhoneSample) -> tuple[str, float] | None:
    """The sensor that tells best how warm the phone is: its skin, else battery, else the hottest.

    The skin's temperature is what a phone throttles by.
    """
    told = sample.temperatures_celsius
    for sensor, celsius in told.items():
        if "skin" in sensor.lower():
            return sensor, celsius
    if sample.battery_celsius is not None:
        return "battery", sample.battery_celsius
    return max(told.items(), key=lambda item: item[1]) if told else None


@dataclass(frozen=True, slots=True)
class PhoneConditions:
    """Which phone ran what, and how.

    Attributes:
        name: of the phone, as the session was begun with.
        run_name: of the run that keeps the session.
        is_recorded: whether it is shown from a recording.
        started_at_seconds: unix time of the session's begin.
        found: what the session says of the phone; None until it is known.
        start_sensor: which sensor told the temperature at the start; empty until one did.
        start_celsius: temperature there at the start; None until it was told.
    """

    name: str
    run_name: str
    is_recorded: bool
    started_at_seconds: float
    found: PhoneFound | None = None
    start_sensor: str = ""
    start_celsius: float | None = None

    def same_setup(self, found: PhoneFound) -> bool:
        """Whether numbers before and after this announcement belong together."""

        def setup(item: PhoneFound) -> tuple[object, ...]:
            return (
                item.serial,
                item.model_sha256,
                item.model_name,
                item.threads,
                item.cpu_mask,
                item.encoding,
                item.video,
            )

        return self.found is None or setup(self.found) == setup(found)

    @property
    def words(self) -> str:
        """One line: `Pixel 2 · Android 11 · my model · 4 threads on CPUs 4–7 · …`."""
        parts = [self.name]
        found = self.found
        if found is not None:
            parts[0] = found.model or self.name
            if found.is_lab:
                parts[0] += " (emulated)"
            if found.android:
                parts.append(f"Android {found.android}")
            if found.model_name:
                parts.append(found.model_name)
            if found.threads:
                mask = mask_words(found.cpu_mask)
                parts.append(threads_words(found.threads) + (f" on {mask}" if mask else ""))
            parts += [word for word in (_ENCODING_WORDS.get(found.encoding, ""),) if word]
        if self.start_celsius is not None:
            parts.append(f"{self.start_celsius:.0f} °C at the start")
        return " · ".join(parts)

    @property
    def details(self) -> str:
        """All of it, a line each, for a tool tip."""
        began = datetime.fromtimestamp(self.started_at_seconds)
        lines = [("Session", f"{self.run_name}, begun {began:%Y-%m-%d %H:%M:%S}")]
        found = self.found
        if found is not None:
            phone = found.model + (f" ({found.product})" if found.product else "")
            lines += [
                ("Phone", phone + (", emulated" if found.is_lab else "")),
                ("Serial", found.serial),
                ("Android", found.android),
                ("Kernel", found.kernel),
                ("CPUs", f"{found.cpus} {found.abi}".strip() if found.cpus else found.abi),
                ("Model", found.model_name),
                ("Input", f"{found.width} × {found.height}" if found.width else ""),
                ("LiteRT", found.litert_version),
                ("Threads", str(found.threads or "")),
                ("CPUs asked for", mask_words(found.cpu_mask)),
                ("Pictures", _ENCODING_WORDS.get(found.encoding, found.encoding)),
                ("Video", found.video),
            ]
        if self.start_celsius is not None:
            lines.append(("At the start", f"{self.start_celsius:.1f} °C ({self.start_sensor})"))
        return "\n".join(f"{name}: {value}" for name, value in lines if value)

    def as_plain(self) -> dict[str, Any]:
        """For a file."""
        found = None if self.found is None else msgspec.to_builtins(self.found)
        if found is not None:
            for name in ("event", "at_seconds", "labels", "palette"):
                found.pop(name, None)
        return {
            "run": self.run_name,
            "is_recorded": self.is_recorded,
            "started_at_unix_seconds": self.started_at_seconds,
            "start_sensor": self.start_sensor,
            "start_celsius": self.start_celsius,
            "phone": found,
        }
