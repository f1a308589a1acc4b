"""The phone's condition over time: about one sample a second, of whatever the phone tells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.runs.phone_events import PhoneSample

FOUR_HOURS_SAMPLES = 4 * 3600
MOST_NAMES = 128
"""Phones have dozens of sensors, none has hundreds; a broken one must not fill the memory."""

TEMPERATURE = ("temperature_", "_celsius")
BATTERY_TEMPERATURE = "battery_celsius"


def clock_name(cpu: int) -> str:
    """Under which name the clock of a CPU is kept."""
    return f"cpu{cpu}_khz"


def temperature_name(sensor: str) -> str:
    """Under which name the temperature at a sensor is kept."""
    return sensor.join(TEMPERATURE)


def plain_sample(sample: PhoneSample) -> dict[str, float]:
    """What a sample tells, by name; without what it does not tell.

    Names say their unit and are those of exported columns.
    """
    told: dict[str, float | None] = {
        clock_name(cpu): khz or None for cpu, khz in enumerate(sample.clocks_khz)
    }
    for sensor, celsius in sample.temperatures_celsius.items():
        told[temperature_name(sensor)] = celsius
    told["battery_percent"] = sample.battery_percent
    told[BATTERY_TEMPERATURE] = sample.battery_celsius
    told["is_charging"] = sample.is_charging
    told["memory_available_bytes"] = sample.memory_available_bytes
    told["busy_percent"] = sample.busy_percent
    told["others_busy_percent"] = sample.others_busy_percent
    told["thermal_status"] = sample.thermal_status
    return {name: float(value) for name, value in told.items() if value is not None}


class SampleBook:
    """The newest samples, each name a column; what a sample did not tell is NaN.

    Like the ring of frames, the columns are twice as long as the capacity.

    Args:
        capacity: how many samples are kept, 1 or more.
    """

    def __init__(self, capacity: int = FOUR_HOURS_SAMPLES) -> None:
        self._capacity = capacity
        self._at_seconds = np.empty(2 * capacity, np.float64)
        self._columns: dict[str, NDArray[np.float64]] = {}
        self._end = 0

    def __len__(self) -> int:
        return min(self._end, self._capacity)

    @property
    def names(self) -> tuple[str, ...]:
        """Of all that was ever told, in the order in which it came."""
        return tuple(self._columns)

    @property
    def at_seconds(self) -> NDArray[np.float64]:
        """float64 [N], unix time, ascending; a view."""
        return self._at_seconds[self._kept]

    def values(self, name: str) -> NDArray[np.float64]:
        """float64 [N], a view, NaN where unknown; all NaN for a name that was never told."""
        column = self._columns.get(name)
        return np.full(len(self), np.nan) if column is None else column[self._kept]

    @property
    def _kept(self) -> slice:
        return slice(max(0, self._end - self._capacity), self._end)

    def append(self, sample: PhoneSample) -> None:
        """Add the newest sample."""
        if self._end == 2 * self._capacity:
            for column in (self._at_seconds, *self._columns.values()):
                column[: self._capacity] = column[self._capacity :]
            self._end = self._capacity
        at = self._end
        told = plain_sample(sample)
        for name in [name for name in told if name not in self._columns]:
            if len(self._columns) < MOST_NAMES:
                self._columns[name] = np.full(2 * self._capacity, np.nan)
        for name, column in self._columns.items():
            column[at] = told.get(name, np.nan)
        # Readers search this column, so it must ascend even when a clock is set back.
        before = self._at_seconds[at - 1] if at else sample.at_seconds
        self._at_seconds[at] = max(sample.at_seconds, before)
        self._end = at + 1

    def clear(self) -> None:
        """Forget every sample."""
        self._end = 0
        self._columns.clear()
