"""What the luma plane and its flow gave when they were defined; both languages are held to it.

It changes with the definition only: `python -m tests.support.golden_flow`. What comes of it is to
be looked at before it is committed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.opencv import cv2
from studio.temporal.flow import Flow, dense_flow, residual
from studio.temporal.plane import Plane, luma_plane
from tests.support.moving_planes import moved, texture

_FILE = Path(__file__).parents[1] / "golden" / "flow.npz"
_ITERATIONS = 12


@dataclass(frozen=True, slots=True, eq=False)
class GoldenFlow:
    """Everything that a frame's motion is made of.

    Attributes:
        picture: uint8 [H, W, 3] BGR.
        plane: uint8 [h, w] of it.
        current: uint8 [h, w].
        previous: uint8 [h, w].
        guess: int16 [h, w, 2].
        flow: int16 [h, w, 2] from the present to the one before, without the guess.
        led: the same with the guess.
        left: uint8 [h, w], residual of `flow`.
    """

    picture: NDArray[np.uint8]
    plane: Plane
    current: Plane
    previous: Plane
    guess: Flow
    flow: Flow
    led: Flow
    left: Plane

    @property
    def iterations(self) -> int:
        """How many steps a patch had at most."""
        return _ITERATIONS


def golden_flow() -> GoldenFlow:
    """What lies in the file."""
    with np.load(_FILE) as arrays:
        return GoldenFlow(**{name: arrays[name] for name in GoldenFlow.__slots__})


def _scene() -> tuple[Plane, Plane]:
    """A turning background, an object before it, noise, and light that changes."""
    generator = np.random.default_rng(2)
    current, previous, _ = moved(1, (45, 80), (1.7, -0.6), 1.04)
    thing = texture(3, (17, 20)).astype(np.uint8)
    current[14:31, 40:60] = thing
    previous[17:34, 34:54] = thing
    noise = generator.normal(0, 2, (2, 45, 80))
    lit = np.clip(np.stack([current, previous * 0.95 + 4]) + noise, 0, 255).astype(np.uint8)
    return lit[0], lit[1]


def main() -> None:
    """Write the file."""
    generator = np.random.default_rng(4)
    coarse = generator.integers(0, 256, (7, 9, 3), np.uint8)
    picture = cv2.resize(coarse, (171, 96), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    current, previous = _scene()
    blocks = generator.integers(-200, 200, (5, 8, 2)).astype(np.int16)
    guess: Flow = blocks.repeat(9, axis=0).repeat(10, axis=1)
    flow = dense_flow(current, previous, _ITERATIONS)
    np.savez_compressed(
        _FILE,
        picture=picture,
        plane=luma_plane(picture, (13, 23)),
        current=current,
        previous=previous,
        guess=guess,
        flow=flow,
        led=dense_flow(current, previous, _ITERATIONS, guess),
        left=residual(current, previous, flow),
    )


if __name__ == "__main__":
    main()
