"""Both engines are held to the same key frames and masks, which lie in files.

They change when the studio's engine is meant to do something else, and only then:
`python -m tests.device_runner.golden_video`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import numpy as np
import pytest

from studio.temporal.step import Trigger
from tests.device_runner.folding import Made, RunnersFold, Shot, StudiosFold
from tests.device_runner.golden_video import FRAMES, SPECS, message_of, read, shots

SHOTS = shots()


def _compare(name: str, step: Callable[[Shot], Made]) -> None:
    golden = read(name)
    made = [step(shot) for shot in SHOTS]
    assert [each.trigger for each in made] == [each.trigger for each in golden]
    for got, expected in zip(made, golden, strict=True):
        np.testing.assert_array_equal(got.mask, expected.mask)


@pytest.mark.parametrize("name", SPECS)
def test_the_studio_makes_the_golden_masks(name: str) -> None:
    _compare(name, StudiosFold(message_of(SPECS[name])).step)


@pytest.mark.parametrize("name", SPECS)
def test_the_runner_makes_the_golden_masks(parts_library: ctypes.CDLL, name: str) -> None:
    with RunnersFold(parts_library, message_of(SPECS[name])) as fold:
        _compare(name, fold.step)


def test_much_happens_in_the_golden_video() -> None:
    triggers = {name: [made.trigger for made in read(name)] for name in SPECS}
    assert all(len(each) == FRAMES for each in triggers.values())
    fired = {trigger for each in triggers.values() for trigger in each}
    assert fired >= {
        Trigger.NONE,
        Trigger.FIRST,
        Trigger.ANCHOR,
        Trigger.SIZE,
        Trigger.CUT,
        Trigger.INTERVAL,
        Trigger.DIFFERENCE,
        Trigger.RESIDUAL,
        Trigger.FLOW,
        Trigger.AREA,
        Trigger.DISAGREEMENT,
        Trigger.EVERY,
    }
    assert all(len(np.unique(made.mask)) > 1 for made in read("balanced"))
