"""What little contrast there is in the dark is taken for as much as it would be in daylight."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.temporal.contrast import contrast_gain, level_at
from studio.temporal.spec import PRESETS
from studio.temporal.step import Scores, TemporalFrame, Trigger
from tests.support.scenes import SIZE, Network, fold, iou, logits_of, picture, truth, with_changes


def _dark(index: int, scene: int = 0, part: float = 0.1) -> NDArray[np.uint8]:
    """A frame of the scene of little light: what it shows spans some twenty levels."""
    dim: NDArray[np.uint8] = (picture(index, scene=scene) * part + 8).astype(np.uint8)
    return dim


def _shown(images: list[NDArray[np.uint8]]) -> list[TemporalFrame]:
    return [TemporalFrame(i, i / 25, image) for i, image in enumerate(images)]


@given(st.integers(0, 1000), st.integers(0, 255), st.integers(0, 255))
def test_the_gain_lifts_a_deviation_to_an_ordinary_one_and_never_lowers_it(
    seed: int, one: int, other: int
) -> None:
    random = np.random.default_rng(seed)
    plane = random.integers(min(one, other), max(one, other) + 1, (9, 16)).astype(np.uint8)
    gain = contrast_gain(plane)
    deviation = np.abs(plane - float(int(plane.astype(int).sum()) // plane.size)).mean()
    assert 1.0 <= gain <= 8.0
    assert gain * 16 == int(gain * 16)
    if 1.0 < gain < 8.0:
        assert gain * deviation == pytest.approx(20.0, abs=deviation / 16 + 1e-9)
    elif gain == 1.0:
        assert deviation * 17 > 20.0 * 16 or deviation < 2.0
    else:
        assert deviation <= 20.0 / 8 + 1e-9


@pytest.mark.parametrize("noise", [0, 1])
def test_one_grey_with_its_noise_is_no_dark_picture(noise: int) -> None:
    plane = np.full((4, 6), 90, np.uint8)
    plane[:, ::2] += np.uint8(noise)
    assert contrast_gain(plane) == 1.0


@pytest.mark.parametrize(
    ("gain", "level", "expected"), [(1.0, 8.0, 8.0), (2.0, 8.0, 4.0), (8.0, 8.0, 2.0), (8.0, 0, 0)]
)
def test_noise_stays_noise(gain: float, level: float, expected: float) -> None:
    assert level_at(gain, level) == expected


@pytest.mark.parametrize("name", ["balanced", "fast"])
def test_motion_in_the_dark_is_followed(name: str) -> None:
    config = with_changes(PRESETS[name], anchor_gap=0)
    dark = fold(config, _shown([_dark(i) for i in range(30)]))
    bright = fold(config, _shown([picture(i) for i in range(30)]))
    assert len(dark.keys) >= len(bright.keys) - 1
    for i in range(30):
        lost = iou(bright.masks[i], truth(i), 3) - iou(dark.masks[i], truth(i), 3)
        assert lost < 0.15


def test_a_cut_in_the_dark_is_recognised() -> None:
    images = [_dark(i) for i in range(4)]
    # Another scene, a little brighter: ten grey levels, as a hundred would be by day.
    images += [np.add(_dark(i, scene=5)[::-1], 10, dtype=np.uint8) for i in range(4, 8)]

    def network(frame: TemporalFrame) -> Scores:
        if frame.index < 4:
            return Network().word(frame.index, SIZE)
        return logits_of(np.zeros(SIZE, np.uint8), frame.index)

    folded = fold(PRESETS["fast"], _shown(images), network)
    assert folded.triggers[4] is Trigger.CUT
    assert not any(mask.any() for mask in folded.masks[4:])


def test_ordinary_pictures_are_measured_as_they_are() -> None:
    folded = fold(PRESETS["balanced"], _shown([picture(i) for i in range(3)]))
    assert folded.state.contrast == 1.0
