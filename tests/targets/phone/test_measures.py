"""Figures of a session: right, without the warm-up, and in bounded memory."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from studio.runs.phone_events import MaskCompared, PhoneFrame, PhoneSample
from studio.targets.phone.measures import Measures


def frame(
    number: int, interval: float, *, invoke: float = 10.0, warm_up: bool = False
) -> PhoneFrame:
    return PhoneFrame(
        sequence=number,
        index=number,
        time_seconds=0.0,
        sent_at_seconds=0.0,
        preprocess_millis=1.0,
        invoke_millis=invoke,
        postprocess_millis=2.0,
        link_millis=5.0,
        interval_millis=interval,
        is_warm_up=warm_up,
        memory_bytes=1000 + number,
        dropped_before=number % 2,
    )


def summary(measures: Measures) -> Any:
    return measures.summary()


def test_rates_come_from_the_phones_clock_without_the_warm_up() -> None:
    measures = Measures()
    measures.frame(frame(0, 0.0, invoke=500.0, warm_up=True))
    measures.frame(frame(1, 900.0, invoke=500.0, warm_up=True))
    for number in range(2, 102):
        measures.frame(frame(number, 100.0 if number == 50 else 20.0))
    told = summary(measures)
    assert told["frames"] == 102
    assert told["measured"] == 100
    assert told["dropped"] == 51
    assert told["fps"]["mean"] == pytest.approx(1e3 / 20.8, rel=1e-3)
    intervals = [100.0] + [20.0] * 99
    assert told["fps"]["p1_low"] == pytest.approx(1e3 / np.percentile(intervals, 99), rel=1e-3)
    assert told["millis"]["invoke"] == {"p50": 10.0, "p90": 10.0, "p99": 10.0, "mean": 10.0}
    assert told["millis"]["total"]["mean"] == 13.0
    assert told["millis"]["link"]["mean"] == 5.0
    assert told["memory_bytes"] == 1101


def test_long_sessions_keep_every_second_then_every_fourth() -> None:
    measures = Measures(most_rows=64)
    for number in range(1000):
        measures.frame(frame(number, 10.0 + number / 100, invoke=float(number)))
    assert len(measures._rows) <= 1024
    assert measures._count <= 64
    told = summary(measures)
    assert told["measured"] == 1000
    assert told["millis"]["invoke"]["p50"] == pytest.approx(500, abs=40)
    assert told["fps"]["mean"] == pytest.approx(1e3 / 14.995, rel=1e-3)


def test_sessions_of_some_minutes_keep_every_frame() -> None:
    measures = Measures()
    for number in range(5000):
        measures.frame(frame(number, 10.0, invoke=float(number)))
    told = summary(measures)
    assert told["millis"]["invoke"]["p50"] == 2499.5
    assert told["millis"]["invoke"]["p99"] == pytest.approx(4949.01)


def test_agreement_and_temperatures() -> None:
    measures = Measures()
    for value in (1.0, 0.5, 0.9):
        measures.comparison(MaskCompared(sequence=0, agreement=value))
    for celsius in (30.0, 41.0, 38.0):
        measures.sample(
            PhoneSample(temperatures_celsius={"skin": celsius}, battery_celsius=celsius - 5)
        )
    told = summary(measures)
    assert told["agreement"] == {"mean": 0.8, "min": 0.5, "frames": 3}
    assert told["temperatures_celsius"] == {
        "battery": {"start": 25.0, "max": 36.0, "end": 33.0},
        "skin": {"start": 30.0, "max": 41.0, "end": 38.0},
    }


def test_nothing_measured_is_told_as_such() -> None:
    told = summary(Measures())
    assert told["frames"] == 0
    assert told["fps"] == {"mean": None, "p1_low": None}
    assert told["agreement"] == {"mean": None, "min": None, "frames": 0}
    assert told["millis"] == {}


def test_the_temporal_engine_is_told_where_it_was_on() -> None:
    measures = Measures()
    assert summary(measures)["temporal"] is None
    measures.frame(frame(0, 0.0))
    assert summary(measures)["temporal"] is None
    triggers = ("first", "none", "none", "difference")
    for number, trigger in enumerate(triggers):
        is_key = trigger != "none"
        told = msgspec.structs.replace(
            frame(number, 20.0, invoke=10.0 * is_key),
            trigger=trigger,
            is_key_frame=is_key,
            plane_millis=0.5,
            flow_millis=1.0,
            warp_millis=0.25,
            fuse_millis=2.0 * is_key,
        )
        measures.frame(told)
        measures.comparison(MaskCompared(sequence=number, agreement=1.0, is_same_decision=is_key))
    told_of = summary(measures)["temporal"]
    assert told_of["key_frames"] == 3  # the one before did without the engine
    assert told_of["network_runs_ratio"] == 0.6
    assert told_of["triggers"] == {"": 1, "difference": 1, "first": 1, "none": 2}
    assert told_of["same_decisions"] == 0.5
    assert told_of["millis"]["flow"]["p99"] == 1.0
    assert told_of["millis"]["plane"]["mean"] == pytest.approx(0.4)
