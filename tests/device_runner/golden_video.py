"""The golden video: small, of known bytes, with all that happens to a temporal engine.

`python -m tests.device_runner.golden_video` writes what the studio's engine makes of it. What comes
of it is to be looked at before it is committed.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.targets.phone.runs import decode_runs, encode_runs
from studio.targets.phone.wire import Open
from studio.temporal.spec import TemporalSpec
from studio.temporal.step import Trigger
from tests.device_runner.folding import Made, Shot, StudiosFold
from tests.device_runner.messages import open_message

GOLDEN = Path(__file__).parents[1] / "golden" / "temporal"

FRAMES = 40
_SIZE = (36, 48)
_GRID = (7, 9)
_CLASSES = 4
_INPUT = (49, 65)
_CUT_AT, _BLACK_AT, _FLASH_AT, _SIZE_AT, _DROPPED_AT = 18, 24, 25, 30, 34
_STILL = range(10, 15)

_BASE = TemporalSpec(
    mode="key_frames",
    plane_pixels=9216,
    canvas_pixels=25600,
    flow_iterations=12,
    shortest_gap=1,
    longest_gap=6,
    longest_gap_seconds=math.inf,
    still_gap=60,
    still_level=8.0,
    difference_limit=math.inf,
    residual_limit=math.inf,
    flow_limit=math.inf,
    area_limit=math.inf,
    forward_backward_limit=math.inf,
    disagreement_limit=math.inf,
    doubtful_gap=4,
    triggers_needed=1,
    cut_level=28.0,
    carries="logits",
    confidence_decay=8.0,
    past_weight=0.5,
    uncertainty_share=0.0,
    refine_gain=0.0,
    refine_radius=3,
    refine_contrast=7.0,
    anchor_gap=240,
)
"""Whole, so that no default's change is felt here."""

SPECS: dict[str, TemporalSpec] = {
    "balanced": replace(_BASE, difference_limit=30.0, anchor_gap=0),
    "per_frame": replace(
        _BASE, mode="per_frame", past_weight=0.7, uncertainty_share=1.0, anchor_gap=37
    ),
    "all_limits": replace(
        _BASE,
        longest_gap=12,
        shortest_gap=2,
        still_gap=4,
        difference_limit=40.0,
        residual_limit=25.0,
        flow_limit=20.0,
        area_limit=0.5,
        forward_backward_limit=0.4,
        disagreement_limit=0.6,
        triggers_needed=2,
    ),
    "labels": replace(_BASE, carries="labels", residual_limit=6.0, past_weight=0.9),
    "objects": replace(_BASE, area_limit=0.08, flow_limit=4.0, longest_gap=20),
    "refined": replace(_BASE, longest_gap=4, refine_gain=1.0, canvas_pixels=900),
}
"""By the name of their file; they stay as they are, whatever becomes of the presets."""


def _waves(at: float) -> NDArray[np.float64]:
    """Soft stripes that wander, each colour its own way."""
    rows, columns = np.mgrid[0 : _SIZE[0], 0 : _SIZE[1]].astype(np.float64)
    periods = np.array([17.0, 23.0, 31.0])
    phases = (columns[..., None] * 2 + rows[..., None] * 3 - at * 2) % (2 * periods)
    triangle: NDArray[np.float64] = np.abs(phases - periods) / periods
    return triangle


def _image(index: int) -> NDArray[np.uint8]:
    if index in (_BLACK_AT, _FLASH_AT):
        return np.full((*_SIZE, 3), 0 if index == _BLACK_AT else 255, np.uint8)
    moving = min(index, _STILL.start) + max(0, index - _STILL.stop + 1)
    waves = _waves(0.75 * moving + (400 if index >= _CUT_AT else 0))
    if index >= _CUT_AT:
        waves = 1.0 - waves[..., ::-1] * waves
    # Frames are made of whole numbers, so that no other rounding makes another video.
    noise = np.random.default_rng(0 if index in _STILL else index).integers(-3, 4, waves.shape)
    image: NDArray[np.uint8] = np.clip(np.floor(waves * 250.0) + noise, 0, 255).astype(np.uint8)
    return image[: _SIZE[0] - 6, :40].copy() if index >= _SIZE_AT else image


def shots() -> list[Shot]:
    """Its frames, and what an 8-bit network would say of them."""
    random = np.random.default_rng(7)
    logits = random.integers(-60, 61, (*_GRID, _CLASSES))
    made = []
    for number in range(FRAMES):
        if number == _CUT_AT:
            logits = random.integers(-60, 61, logits.shape)
        logits = np.clip(logits + random.integers(-9, 10, logits.shape), -128, 127)
        index = number + (3 if number >= _DROPPED_AT else 0)
        made.append(Shot(index, index / 32, _image(number), logits.astype(np.int8)))
    return made


def message_of(spec: TemporalSpec) -> Open:
    """What opens a model for it."""
    return open_message(
        input_size=_INPUT,
        grid_size=_GRID,
        classes=_CLASSES,
        align_corners=True,
        scale=0.125,
        zero_point=-3,
        temporal=spec,
    )


def read(name: str) -> list[Made]:
    """What the studio's engine made of it when the file was written."""
    with np.load(GOLDEN / f"{name}.npz") as stored:
        triggers = [Trigger(word) for word in stored["triggers"].tolist()]
        ends = np.cumsum(stored["lengths"])
        runs = [
            stored["runs"][end - length : end].tobytes()
            for end, length in zip(ends, stored["lengths"], strict=True)
        ]
        sizes = [(int(height), int(width)) for height, width in stored["sizes"]]
    return [
        Made(trigger, decode_runs(data, size))
        for trigger, data, size in zip(triggers, runs, sizes, strict=True)
    ]


def write(name: str) -> None:
    """Write what the studio's engine makes of it now."""
    fold = StudiosFold(message_of(SPECS[name]))
    made = [fold.step(shot) for shot in shots()]
    runs = [encode_runs(each.mask) for each in made]
    GOLDEN.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        GOLDEN / f"{name}.npz",
        triggers=np.array([each.trigger.value for each in made]),
        sizes=np.array([each.mask.shape for each in made], np.uint16),
        lengths=np.array([len(data) for data in runs], np.uint32),
        runs=np.frombuffer(b"".join(runs), np.uint8),
    )


if __name__ == "__main__":
    for each in SPECS:
        write(each)
