"""What comes to rest is known soon where it rests, and what rests hardly needs the network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.temporal.spec import PRESETS
from studio.temporal.step import Mask, Scores, TemporalFrame, Trigger
from tests.support.scenes import SIZE, Network, fold, logits_of, picture


def _shown(frames: list[Mask]) -> list[TemporalFrame]:
    return [TemporalFrame(i, i / 25, image) for i, image in enumerate(frames)]


def _blank(index: int, size: tuple[int, int]) -> Scores:
    return logits_of(np.zeros(size, np.uint8), index)


@pytest.mark.parametrize("name", ["balanced", "fast"])
def test_what_comes_to_rest_is_asked_about_once_and_soon(name: str) -> None:
    # A thing is gone one frame before all comes to rest, after the last key frame.
    config = replace(PRESETS[name], residual_limit=np.inf, disagreement_limit=np.inf)
    gone = config.longest_gap + 2
    images = [picture(i) for i in range(gone)] + [picture(gone)] * 40

    def network(frame: TemporalFrame) -> Scores:
        return (Network().word if frame.index < gone else _blank)(frame.index, SIZE)

    folded = fold(config, _shown(images), network)
    assert (folded.masks[gone] == 3).any()
    asked_at = 2 * config.longest_gap
    assert folded.keys == [0, config.longest_gap, asked_at]
    assert folded.triggers[asked_at] is Trigger.INTERVAL
    assert not any(mask.any() for mask in folded.masks[asked_at:])


@pytest.mark.parametrize("noise", [0.0, 3.0, 6.0])
def test_a_still_video_with_a_sensors_noise_hardly_needs_the_network(noise: float) -> None:
    random = np.random.default_rng(4)
    image = picture(0, (360, 640)).astype(np.float32)
    grey = [np.clip(image + random.normal(0, noise, image.shape), 0, 255) for _ in range(60)]
    folded = fold(PRESETS["balanced"], _shown([each.astype(np.uint8) for each in grey]))
    assert folded.keys == [0]


@pytest.mark.parametrize("side", [8, 12])
def test_a_small_thing_that_moves_is_followed(side: int) -> None:
    # At 720p a plane's pixel is 8 of the frame's across.
    config = replace(PRESETS["balanced"], residual_limit=np.inf, disagreement_limit=np.inf)
    ground = np.repeat(np.repeat(picture(0, (18, 32)) // 2, 40, axis=0), 40, axis=1)
    images = []
    for i in range(16):
        images.append(ground.copy())
        images[-1][300 : 300 + side, 100 + 12 * i : 100 + 12 * i + side] = 250
    folded = fold(config, _shown(images), lambda frame: logits_of(np.zeros(SIZE, np.uint8)))
    assert folded.keys == [0, 5, 10, 15]
