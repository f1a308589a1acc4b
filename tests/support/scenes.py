"""Small moving scenes whose true classes are known, and networks that know them, more or less."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.temporal import engine
from studio.temporal.spec import TemporalSpec
from studio.temporal.state import State
from studio.temporal.step import Decision, Mask, Placement, Scores, TemporalFrame, Trigger
from tests.support.moving_planes import texture

SIZE = (72, 128)
GRID = (9, 16)
CLASSES = 5


def small_spec(**changes: Any) -> TemporalSpec:
    """A spec of a small plane and canvas, 36 x 64, so that tests are quick; without anchors."""
    values: dict[str, Any] = {"plane_pixels": 2304, "canvas_pixels": 2304, "anchor_gap": 0}
    return TemporalSpec(**(values | changes))


def with_changes(config: TemporalSpec, **changes: Any) -> TemporalSpec:
    """The same but for some fields, whatever their types."""
    return replace(config, **changes)


@lru_cache(maxsize=64)
def _texture(seed: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    large = texture(seed, (max(size[0], 8), max(size[1], 8)))
    return large[: size[0], : size[1]].astype(np.uint8)


def _left(index: int, width: int, speed: int) -> int:
    return (index * speed) % max(1, width * 2 // 3)


def truth(index: int, size: tuple[int, int] = SIZE, speed: int = 2) -> NDArray[np.uint8]:
    """Where things are: a box of class 3 that moves to the right, a still one of class 1."""
    height, width = size
    labels = np.zeros(size, np.uint8)
    labels[height // 2 : height * 9 // 10, width // 10 : width // 4] = 1
    left = _left(index, width, speed)
    labels[height // 5 : height * 3 // 5, left : left + width // 4] = 3
    return labels


def picture(
    index: int, size: tuple[int, int] = SIZE, scene: int = 0, speed: int = 2
) -> NDArray[np.uint8]:
    """A frame's luma: a texture of its own on each thing, which moves with it."""
    labels = truth(index, size, speed)
    image = _texture(100 + scene, size).copy()
    left = _left(index, size[1], speed)
    thing = _texture(200 + scene, size)
    rows, columns = np.nonzero(labels == 3)
    image[rows, columns] = 255 - thing[rows, np.maximum(columns - left, 0)]
    return image


def moving(
    count: int, size: tuple[int, int] = SIZE, start: int = 0, scene: int = 0, speed: int = 2
) -> list[TemporalFrame]:
    """So many frames of the scene at 25 a second."""
    return [
        TemporalFrame(i, i / 25.0, picture(i, size, scene, speed))
        for i in range(start, start + count)
    ]


def logits_of(labels: NDArray[np.uint8], seed: int = 0, noise: float = 0.5) -> Scores:
    """What a network says that sees the truth through a coarse grid, with some noise."""
    height, width = labels.shape
    rows, columns = GRID
    random = np.random.default_rng(seed)
    values = random.normal(0.0, noise, (rows, columns, CLASSES)).astype(np.float32)
    for y in range(rows):
        for x in range(columns):
            top, left = y * height // rows, x * width // columns
            block = labels[
                top : max(top + 1, (y + 1) * height // rows),
                left : max(left + 1, (x + 1) * width // columns),
            ]
            for label in range(CLASSES):
                values[y, x, label] += 6.0 * float((block == label).mean())
    return Scores(values, 1.0, 0, CLASSES, Placement(rows, -0.5), Placement(columns, -0.5))


def labels_as_scores(labels: NDArray[np.uint8], classes: int = CLASSES) -> Scores:
    """What a network says that gives labels of the frame's size."""
    height, width = labels.shape
    return Scores(labels, 1.0, 0, classes, Placement(height, -0.5), Placement(width, -0.5))


@dataclass
class Network:
    """Knows the truth of each frame by its index; counts how often it is asked.

    Attributes:
        word: from the index and size of a frame to what it says.
        asked: indices of the frames that it was asked for.
    """

    word: Callable[[int, tuple[int, int]], Scores] = lambda index, size: logits_of(
        truth(index, size), index
    )
    asked: list[int] = field(default_factory=list)

    def __call__(self, frame: TemporalFrame) -> Scores:
        """Segment a frame."""
        self.asked.append(frame.index)
        height, width = frame.image.shape[:2]
        return self.word(frame.index, (height, width))


@dataclass
class Folded:
    """What came of a video.

    Attributes:
        masks: of each frame.
        decisions: of each frame.
        state: after the last.
    """

    masks: list[Mask]
    decisions: list[Decision]
    state: State

    @property
    def keys(self) -> list[int]:
        """Places of the key frames."""
        return [i for i, decision in enumerate(self.decisions) if decision.is_key]

    @property
    def triggers(self) -> list[Trigger]:
        """Of each frame."""
        return [decision.trigger for decision in self.decisions]


def fold(
    config: TemporalSpec,
    frames: Sequence[TemporalFrame],
    network: Callable[[TemporalFrame], Scores] | None = None,
    state: State | None = None,
) -> Folded:
    """Go through frames, from a state or from the beginning."""
    segment = network or Network()
    now = engine.init(config) if state is None else state
    folded = Folded([], [], now)
    for frame in frames:
        folded.state, result = engine.step(config, folded.state, frame, segment)
        folded.masks.append(result.mask)
        folded.decisions.append(result.decision)
    return folded


def iou(mask: Mask, labels: NDArray[np.uint8], label: int) -> float:
    """Of one class; 1 where neither shows it."""
    either = int(((mask == label) | (labels == label)).sum())
    both = int(((mask == label) & (labels == label)).sum())
    return both / either if either else 1.0
