"""What a session adds up to: bounded memory however long it runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from studio.inference.statistics import summarize
from studio.runs.phone_events import MaskCompared, PhoneFrame, PhoneSample

STAGES = ("decode", "preprocess", "invoke", "propagate", "postprocess", "link")
TEMPORAL_STAGES = ("plane", "flow", "warp", "decide", "fuse")
"""What `propagate` consists of."""

_INTERVAL = len(STAGES)
_FIRST_TEMPORAL = _INTERVAL + 1
_MOST_ROWS = 1 << 18


class Measures:
    """Collects frames, comparisons and samples; not thread-safe.

    Args:
        most_rows: frames of which all figures are kept; of longer sessions every second, every
            fourth, and so on.
    """

    def __init__(self, most_rows: int = _MOST_ROWS) -> None:
        self._rows: NDArray[np.float32] = np.zeros(
            (1024, _FIRST_TEMPORAL + len(TEMPORAL_STAGES)), np.float32
        )
        self._most_rows = most_rows
        self._count = 0
        self._stride = 1
        self._seen = 0
        self._interval_sum = 0.0
        self._intervals = 0
        self.frames = 0
        self.dropped = 0
        self.memory_bytes = 0
        self._agreement_sum = 0.0
        self._agreement_least = 1.0
        self._compared = 0
        self._other_decisions = 0
        self._key_frames = 0
        self._triggers: Counter[str] = Counter()
        self._has_temporal = False
        self._temperatures: dict[str, tuple[float, float, float]] = {}

    @property
    def measured(self) -> int:
        """Frames that count: those after the warm-up."""
        return self._seen

    def frame(self, frame: PhoneFrame) -> None:
        """Take a frame in."""
        self.frames += 1
        self.dropped += frame.dropped_before
        self.memory_bytes = max(self.memory_bytes, frame.memory_bytes)
        self._key_frames += frame.is_key_frame
        self._triggers[frame.trigger] += 1
        self._has_temporal |= frame.plane_millis > 0 or not frame.is_key_frame
        if frame.is_warm_up:
            return
        if frame.interval_millis > 0:
            self._interval_sum += frame.interval_millis
            self._intervals += 1
        if self._seen % self._stride == 0:
            self._append(frame)
        self._seen += 1

    def comparison(self, compared: MaskCompared) -> None:
        """Take a comparison in."""
        self._compared += 1
        self._other_decisions += not compared.is_same_decision
        self._agreement_sum += compared.agreement
        self._agreement_least = min(self._agreement_least, compared.agreement)

    def sample(self, sample: PhoneSample) -> None:
        """Take the phone's condition in."""
        told = dict(sample.temperatures_celsius)
        if sample.battery_celsius is not None:
            told.setdefault("battery", sample.battery_celsius)
        for name, celsius in told.items():
            first, highest, _ = self._temperatures.get(name, (celsius, celsius, celsius))
            self._temperatures[name] = (first, max(highest, celsius), celsius)

    @property
    def frames_per_second(self) -> float:
        """Mean, by the phone's clock; 0 before two frames came."""
        return 1e3 * self._intervals / self._interval_sum if self._interval_sum else 0.0

    def summary(self) -> dict[str, object]:
        """The figures, as part of a run's summary; what was not measured is None or left out."""
        rows = self._rows[: self._count]
        intervals = rows[:, _INTERVAL]
        intervals = intervals[intervals > 0]
        slowest = float(np.percentile(intervals, 99)) if len(intervals) else None
        millis: dict[str, object] = {}
        if self._count:
            for number, stage in enumerate(STAGES):
                millis[stage] = _figures(rows[:, number])
            millis["total"] = _figures(rows[:, : STAGES.index("link")].sum(axis=1))
        return {
            "frames": self.frames,
            "measured": self.measured,
            "dropped": self.dropped,
            "fps": {
                "mean": round(self.frames_per_second, 3) if self._intervals else None,
                "p1_low": round(1e3 / slowest, 3) if slowest else None,
            },
            "millis": millis,
            "temporal": self._temporal(),
            "memory_bytes": self.memory_bytes,
            "agreement": {
                "mean": round(self._agreement_sum / self._compared, 6) if self._compared else None,
                "min": round(self._agreement_least, 6) if self._compared else None,
                "frames": self._compared,
            },
            "temperatures_celsius": {
                name: {"start": first, "max": highest, "end": last}
                for name, (first, highest, last) in sorted(self._temperatures.items())
            },
        }

    def _temporal(self) -> dict[str, object] | None:
        """What the temporal engine did; None where it was off."""
        if not self._has_temporal:
            return None
        rows = self._rows[: self._count, _FIRST_TEMPORAL:]
        millis = {
            stage: _figures(rows[:, number])
            for number, stage in enumerate(TEMPORAL_STAGES)
            if self._count
        }
        same = 1.0 - self._other_decisions / self._compared if self._compared else None
        return {
            "network_runs_ratio": round(self._key_frames / self.frames, 6),
            "key_frames": self._key_frames,
            "triggers": dict(sorted(self._triggers.items())),
            "same_decisions": same,
            "millis": millis,
        }

    def _append(self, frame: PhoneFrame) -> None:
        if self._count == self._most_rows:
            self._rows[: self._count // 2] = self._rows[: self._count : 2].copy()
            self._count //= 2
            self._stride *= 2
            if self._seen % self._stride:
                return
        if self._count == len(self._rows):
            grown = np.zeros((min(2 * self._count, self._most_rows), self._rows.shape[1]))
            grown[: self._count] = self._rows
            self._rows = grown.astype(np.float32)
        self._rows[self._count] = (
            frame.decode_millis,
            frame.preprocess_millis,
            frame.invoke_millis,
            frame.propagate_millis,
            frame.postprocess_millis,
            frame.link_millis,
            frame.interval_millis,
            frame.plane_millis,
            frame.flow_millis,
            frame.warp_millis,
            frame.decide_millis,
            frame.fuse_millis,
        )
        self._count += 1


def _figures(values: NDArray[np.float32]) -> dict[str, float]:
    told = asdict(summarize(values.tolist()))
    return {key: round(told[key], 4) for key in ("p50", "p90", "p99", "mean")}
