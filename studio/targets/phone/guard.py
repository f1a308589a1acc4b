"""What makes a session's numbers untrustworthy, from what the phone tells of itself.

Reference:
    https://source.android.com/docs/core/power/thermal-mitigation: a thermal status of 1 and more
    means that the phone throttles, and skin temperature is what vendors steer by; walleye's own
    policy begins at a skin temperature of 40 °C.
"""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec

from studio.runs.phone_events import PhoneDoubt, PhoneFrame, PhoneSample

THROTTLING_SKIN_CELSIUS = 40.0

HOT_AT_START_CELSIUS: Mapping[str, float] = {"skin": 36.0, "battery": 35.0, "cpu": 60.0}
"""From here on a phone is warm from something else. 4 K below the skin temperature at which a
Pixel 2 begins to throttle; an idle phone in a room of 25 °C stays well below all of them."""

SENSORS: Mapping[str, tuple[str, ...]] = {
    "skin": ("skin", "back_therm"),
    "battery": ("battery",),
    "cpu": ("cpu", "tsens"),
}
"""Parts of sensors' names by what they measure: Android's own, and those of a Pixel 2's kernel."""

LITTLE_SHARE = 0.2
"""Of the last frames. The scheduler may visit slow cores; a pinned runner does so never."""

FEWEST_FRAMES = 100
"""p99 and the 1 % low need a hundred frames to be more than the slowest one."""

LOW_BATTERY_PERCENT = 20.0
"""Below, phones offer or begin to save power, which lowers their clocks."""

SLOWED_CLOCK_SHARE = 0.75
"""Of the highest clock seen, under load: no governor goes that low while work waits."""

LOADED_SHARE = 0.9
"""Of the time that the runner works. Android's governor `schedutil` lowers the clock until work
that comes at a pace takes 70 to 80 % of the time; only work that nearly fills it waits."""

_RECENT_FRAMES = 60
_RECENT_SAMPLES = 5
_LEAST_FRAMES_FOR_CORES = 10


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a session; all that doubts are drawn from.

    Attributes:
        is_lab: the phone says of itself that it is emulated.
        clusters: CPUs that share a clock, slow ones first.
        first: the first sample, with temperatures and battery as they were first told; None
            before it came.
        latest: the latest sample; None before it came.
        others_busy_percent: of all CPUs by anything but the runner, lately; None if not told.
        measured: frames after the warm-up.
        little_share: of the last frames, those that ended on a slow core.
        load: share of the time that the runner worked lately.
        clock_share: of the highest clock seen, the fast cores lately; None if not told.
    """

    is_lab: bool = False
    clusters: tuple[tuple[int, ...], ...] = ()
    first: PhoneSample | None = None
    latest: PhoneSample | None = None
    others_busy_percent: float | None = None
    measured: int = 0
    little_share: float = 0.0
    load: float = 0.0
    clock_share: float | None = None


def find_doubts(facts: Facts) -> dict[str, str]:
    """What to doubt the numbers for.

    Args:
        facts: what is known.

    Returns:
        Words by code; see `PhoneDoubt`.
    """
    doubts: dict[str, str] = {}
    if facts.is_lab:
        doubts["lab"] = "This phone is emulated: its speeds mean nothing."
    if facts.measured < FEWEST_FRAMES:
        doubts["few-frames"] = (
            f"Fewer than {FEWEST_FRAMES} frames were measured: percentiles say little."
        )
    if facts.little_share > LITTLE_SHARE:
        doubts["little-cores"] = (
            f"{facts.little_share:.0%} of the last frames ran on the slow cores."
        )
    cpus = sum(map(len, facts.clusters))
    busy = facts.others_busy_percent
    if busy is not None and cpus and busy * cpus >= 100.0:
        doubts["busy"] = (
            f"Other programs on the phone take {busy * cpus / 100:.1f} of its {cpus} cores."
        )
    throttled = why_throttled(facts)
    if throttled:
        doubts["throttled"] = throttled
    if facts.first is not None:
        _doubt_start(facts.first, doubts)
    if facts.latest is not None:
        _doubt_power(facts.latest, doubts)
    return doubts


def why_throttled(facts: Facts) -> str:
    """Whether the phone slows itself down, in words; empty when it does not."""
    sample = facts.latest
    if sample is not None and (sample.thermal_status or 0) >= 1:
        return f"The phone says that it throttles (thermal status {sample.thermal_status})."
    skin = None if sample is None else _hottest(sample, "skin")
    if skin is not None and skin >= THROTTLING_SKIN_CELSIUS:
        return (
            f"The phone's skin has {skin:.0f} °C; from {THROTTLING_SKIN_CELSIUS:.0f} °C on it"
            " throttles."
        )
    share = facts.clock_share
    if share is not None and share < SLOWED_CLOCK_SHARE and facts.load >= LOADED_SHARE:
        return f"The fast cores run at {share:.0%} of their highest clock although work waits."
    return ""


@dataclass
class Guard:
    """Draws the facts from frames and samples as they come. Bounded; not thread-safe.

    Attributes:
        facts: what is known now.
    """

    facts: Facts = field(default_factory=Facts)

    def __post_init__(self) -> None:
        self._frames: deque[tuple[int, float, float]] = deque(maxlen=_RECENT_FRAMES)
        self._others: deque[float] = deque(maxlen=_RECENT_SAMPLES)
        self._highest_khz = 0
        self._told: dict[str, str] = {}

    @property
    def doubts(self) -> dict[str, str]:
        """Those that hold, words by code."""
        return dict(self._told)

    def frame(self, frame: PhoneFrame) -> None:
        """Take a frame in; `news` draws the conclusions."""
        if frame.is_warm_up:
            return
        work_millis = (
            frame.preprocess_millis
            + frame.invoke_millis
            + frame.propagate_millis
            + frame.postprocess_millis
        )
        self._frames.append((frame.cpu, work_millis, frame.interval_millis))
        self.facts = replace(self.facts, measured=self.facts.measured + 1)

    def sample(self, sample: PhoneSample) -> None:
        """Take the phone's condition in; `news` draws the conclusions."""
        if sample.others_busy_percent is not None:
            self._others.append(sample.others_busy_percent)
        clocks = [clock for cpu, clock in enumerate(sample.clocks_khz) if self._is_fast(cpu)]
        clock = max(clocks, default=0)
        self._highest_khz = max(self._highest_khz, clock)
        self.facts = replace(
            self.facts,
            first=_complete(self.facts.first, sample),
            latest=sample,
            others_busy_percent=statistics.median(self._others) if self._others else None,
            clock_share=clock / self._highest_khz if clock else None,
        )

    def unwatched(self) -> None:
        """The phone's condition is not told any more: what it was last is no fact now."""
        self._others.clear()
        self.facts = replace(self.facts, latest=None, others_busy_percent=None, clock_share=None)

    def news(self) -> list[PhoneDoubt]:
        """Doubts that came up, changed their kind, or passed since the last call."""
        little = set(self.facts.clusters[0]) if len(self.facts.clusters) > 1 else set()
        cpus = [cpu for cpu, _, _ in self._frames]
        work = sum(work for _, work, _ in self._frames)
        time = sum(interval for _, _, interval in self._frames)
        self.facts = replace(
            self.facts,
            little_share=(
                sum(cpu in little for cpu in cpus) / len(cpus)
                if len(cpus) >= _LEAST_FRAMES_FOR_CORES
                else 0.0
            ),
            load=min(1.0, work / time) if time else 0.0,
        )
        found = find_doubts(self.facts)
        news = [
            PhoneDoubt(code=code, message=words)
            for code, words in found.items()
            if code not in self._told
        ]
        news += [
            PhoneDoubt(code=code, message=words, is_over=True)
            for code, words in self._told.items()
            if code not in found
        ]
        self._told = found
        return news

    def _is_fast(self, cpu: int) -> bool:
        clusters = self.facts.clusters
        return len(clusters) < 2 or cpu in clusters[-1]


def _complete(first: PhoneSample | None, sample: PhoneSample) -> PhoneSample:
    """Fill what the first sample did not tell, and this one does; services may answer late."""
    if first is None:
        return sample
    if not first.temperatures_celsius and sample.temperatures_celsius:
        first = msgspec.structs.replace(first, temperatures_celsius=sample.temperatures_celsius)
    for name in ("battery_celsius", "battery_percent", "is_charging"):
        told = getattr(sample, name)
        if getattr(first, name) is None and told is not None:
            first = msgspec.structs.replace(first, **{name: told})
    return first


def _doubt_start(first: PhoneSample, doubts: dict[str, str]) -> None:
    for sensor, limit in HOT_AT_START_CELSIUS.items():
        celsius = _hottest(first, sensor)
        if celsius is not None and celsius >= limit:
            doubts["hot-at-start"] = (
                f"The phone was warm before it began: {sensor} {celsius:.0f} °C"
                f" ({limit:.0f} °C is too much)."
            )
            return


def _doubt_power(latest: PhoneSample, doubts: dict[str, str]) -> None:
    if latest.is_charging:
        doubts["charging"] = "The cable charges the phone, which warms it."
    percent = latest.battery_percent
    if percent is not None and percent <= LOW_BATTERY_PERCENT:
        doubts["low-battery"] = (
            f"The battery has {percent:.0f} %; phones save power from"
            f" {LOW_BATTERY_PERCENT:.0f} % on."
        )


def _hottest(sample: PhoneSample, sensor: str) -> float | None:
    """The highest temperature among the sensors of a kind."""
    found = [
        celsius
        for name, celsius in sample.temperatures_celsius.items()
        if any(part in name.lower() for part in SENSORS[sensor])
    ]
    if sensor == "battery" and sample.battery_celsius is not None:
        found.append(sample.battery_celsius)
    return max(found, default=None)
