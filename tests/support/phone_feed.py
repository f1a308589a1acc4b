"""A session with a phone that never was: events at an even pace, for tests and pictures.

The numbers are made up; they say nothing about any phone.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from studio.runs.events import AnyEvent
from studio.runs.phone_events import (
    MaskCompared,
    PhoneDoubt,
    PhoneFound,
    PhoneFrame,
    PhoneSample,
    PhoneState,
)

BEGAN = 1_795_000_000.0
"""Unix time of the first event."""

FOUND = PhoneFound(
    serial="FA7AB1A00001",
    model="Pixel 2",
    product="walleye",
    android="11",
    abi="arm64-v8a",
    kernel="4.4.223",
    cpus=8,
    clusters=((0, 1, 2, 3), (4, 5, 6, 7)),
    model_name="JejuNet fast 289",
    model_sha256="0" * 64,
    litert_version="2.0.3",
    width=289,
    height=289,
    threads=4,
    cpu_mask=0xF0,
    encoding="jpeg",
    video="sample.mp4",
    at_seconds=BEGAN,
)


def a_state(
    state: str, at_seconds: float = BEGAN, message: str = "", remedy: str = ""
) -> PhoneState:
    """A state with its words."""
    return PhoneState(state=state, message=message, remedy=remedy, at_seconds=at_seconds)


def a_frame(sequence: int, at_seconds: float, **changes: float) -> PhoneFrame:
    """A frame of 20 ms: 1 + 3 + 12 + 0 + 4; 40 ms after the one before."""
    told: dict[str, float] = {
        "decode_millis": 1.0,
        "preprocess_millis": 3.0,
        "invoke_millis": 12.0,
        "postprocess_millis": 4.0,
        "link_millis": 6.0,
        "interval_millis": 40.0,
        "cpu": 5,
        "clock_khz": 2_457_600,
        "memory_bytes": 61_000_000,
    }
    told.update(changes)
    return PhoneFrame(
        sequence=sequence,
        index=sequence % 250,
        time_seconds=sequence % 250 / 25,
        sent_at_seconds=at_seconds - 0.03,
        at_seconds=at_seconds,
        **told,  # type: ignore[arg-type]
    )


def a_sample(at_seconds: float, skin_celsius: float = 33.0, **changes: object) -> PhoneSample:
    """A sample of a phone that tells everything."""
    told: dict[str, object] = {
        "clocks_khz": (1_900_800,) * 4 + (2_457_600,) * 4,
        "temperatures_celsius": {
            **{f"CPU{cpu}": skin_celsius + 16 + cpu for cpu in range(8)},
            "GPU": skin_celsius + 12,
            "SKIN": skin_celsius,
        },
        "battery_percent": 81.0,
        "battery_celsius": skin_celsius - 2,
        "is_charging": True,
        "memory_available_bytes": 1_204_000_000,
        "busy_percent": 52.0,
        "others_busy_percent": 4.0,
    }
    told.update(changes)
    return PhoneSample(at_seconds=at_seconds, **told)  # type: ignore[arg-type]


def steady_frames(count: int, frames_per_second: float = 25.0, start: int = 0) -> list[PhoneFrame]:
    """Frames at an even pace whose invoke time runs through 12, 13, ... 21 ms."""
    interval = 1.0 / frames_per_second
    return [
        a_frame(
            sequence,
            BEGAN + 1 + sequence * interval,
            invoke_millis=12.0 + sequence % 10,
            interval_millis=1000 * interval if sequence else 0.0,
        )
        for sequence in range(start, start + count)
    ]


def lively_session(
    seconds: float, frames_per_second: float = 30.0, seed: int = 1
) -> Iterator[AnyEvent]:
    """A session with warm-up, noise, key frames, heat, throttling, an unplugged cable and doubts.

    Args:
        seconds: how long it is.
        frames_per_second: of the video.
        seed: of the noise.
    """
    random = np.random.default_rng(seed)
    yield a_state("connecting", BEGAN, "Looking for the phone.")
    yield FOUND
    yield PhoneDoubt(
        code="charging", message="The phone is charging, which warms it.", at_seconds=BEGAN
    )
    yield a_state("running", BEGAN + 2)
    gone = (0.55 * seconds, 0.60 * seconds)
    throttled = 0.75 * seconds
    is_throttled = is_gone = False
    next_sample = 0.0
    sequence, at, since = 0, 2.0, 0.0
    while at < seconds:
        share = at / seconds
        skin = 29 + 11.5 * share + 0.2 * np.sin(at / 3)
        if gone[0] <= at < gone[1]:
            if not is_gone:
                is_gone = True
                yield a_state(
                    "disconnected",
                    BEGAN + at,
                    "The phone went away.",
                    "Plug it in again; the session goes on by itself.",
                )
            at += 0.05
            since = 0.0
            continue
        if is_gone:
            is_gone = False
            yield a_state("running", BEGAN + at)
        if not is_throttled and at > throttled:
            is_throttled = True
            yield a_state("throttled", BEGAN + at, "The skin is at 40.1 °C, and clocks fell.")
            yield PhoneDoubt(
                code="throttled", message="The phone throttles at 40.1 °C.", at_seconds=BEGAN + at
            )
        slow = 1.35 if is_throttled else 1.0
        if at >= next_sample:
            next_sample = at + 1.0
            fast = int(2_457_600 / slow)
            yield a_sample(
                BEGAN + at,
                float(skin),
                clocks_khz=(1_900_800,) * 4 + (fast,) * 4,
                battery_percent=81.0 + 2 * share,
                memory_available_bytes=int(1.2e9 - 5e7 * share + 8e6 * random.normal()),
                busy_percent=float(48 + 6 * random.normal()),
                others_busy_percent=float(abs(4 + 2 * random.normal())),
            )
        is_warm_up = sequence < 5
        is_key = sequence % 6 == 0
        network = (24 + 2.5 * random.normal()) * slow * (2.6 if is_warm_up else 1.0)
        if random.random() < 0.004:
            network *= 1.9
        work = {
            "decode_millis": float(abs(2.2 + 0.2 * random.normal())) * slow,
            "preprocess_millis": float(abs(3.1 + 0.3 * random.normal())) * slow,
            "invoke_millis": float(network) if is_key or is_warm_up else 0.0,
            "propagate_millis": 0.0 if is_key or is_warm_up else float(11 + random.normal()) * slow,
            "postprocess_millis": float(abs(4.5 + 0.4 * random.normal())) * slow,
        }
        pace = max(1 / frames_per_second, sum(work.values()) / 1000)
        yield a_frame(
            sequence,
            BEGAN + at,
            **work,
            interval_millis=since * 1000,
            link_millis=float(abs(6 + 1.5 * random.normal())),
            is_key_frame=is_key or is_warm_up,
            is_warm_up=is_warm_up,
            clock_khz=int(2_457_600 / slow),
            memory_bytes=int(61e6 + 2e5 * random.normal()),
            dropped_before=int(random.random() < 0.01 * slow),
        )
        if sequence % 3 == 0:
            agreement = 1.0 - abs(float(random.normal())) * 0.0012
            yield MaskCompared(
                sequence=sequence, agreement=agreement, computer_millis=9.0, at_seconds=BEGAN + at
            )
        sequence += 1
        since = pace
        at += pace
