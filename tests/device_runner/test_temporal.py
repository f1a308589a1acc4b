"""The runner's temporal engine does what the studio's does: the same key frames, the same masks."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.opencv import cv2
from studio.targets.phone.wire import Open
from studio.temporal.spec import PRESETS, TemporalSpec
from studio.temporal.step import Trigger
from tests.device_runner.folding import RunnersFold, Shot, StudiosFold
from tests.device_runner.messages import open_message

_EVENTS = ("move", "move", "move", "still", "cut", "black", "flash", "size", "skip", "back")
_SIZES = ((48, 64), (64, 48), (30, 90), (37, 41))


def _limits(*values: float) -> st.SearchStrategy[float]:
    return st.sampled_from((math.inf, 0.0, *values))


Specs = st.builds(
    TemporalSpec,
    mode=st.sampled_from(("key_frames", "key_frames", "per_frame")),
    plane_pixels=st.sampled_from((64, 700, 3072)),
    canvas_pixels=st.sampled_from((90, 800, 3072)),
    flow_iterations=st.integers(0, 12),
    shortest_gap=st.integers(1, 3),
    longest_gap=st.integers(1, 8),
    longest_gap_seconds=_limits(0.15),
    still_gap=st.integers(1, 4),
    still_level=st.sampled_from((0.0, 0.6, 3.0)),
    difference_limit=_limits(12.0, 40.0),
    residual_limit=_limits(8.0),
    flow_limit=_limits(2.0),
    area_limit=_limits(0.2),
    forward_backward_limit=_limits(0.1),
    disagreement_limit=_limits(0.3),
    doubtful_gap=st.integers(1, 3),
    triggers_needed=st.integers(1, 3),
    cut_level=st.sampled_from((20.0, 28.0, math.inf)),
    carries=st.sampled_from(("logits", "labels")),
    confidence_decay=st.sampled_from((0.0, 8.0, math.inf)),
    past_weight=st.sampled_from((0.0, 0.5, 0.7, 1.0)),
    uncertainty_share=st.sampled_from((0.0, 0.4, 1.0)),
    refine_gain=st.sampled_from((0.0, 0.0, 1.0)),
    refine_radius=st.integers(1, 4),
    anchor_gap=st.sampled_from((0, 5, 240)),
)


class _Scene:
    """A picture in front of which a camera moves, and the classes that it shows.

    Args:
        seed: of all that is random.
        grid: height and width of the network's grid.
        classes: that the network knows.
        kind: of its output.
        dtype: of its output.
    """

    def __init__(
        self, seed: int, grid: tuple[int, int], classes: int, kind: str, dtype: str
    ) -> None:
        self._random = np.random.default_rng(seed)
        self._grid, self._classes, self._kind, self._dtype = grid, classes, kind, dtype
        self._size = _SIZES[0]
        self._place = [20, 20]
        self._index, self._seconds = -1, 0.0
        self._image: NDArray[np.uint8] | None = None
        self._cut()

    def _cut(self) -> None:
        seeds = self._random.integers(0, 256, (40, 40, 3), np.uint8)
        self._ground = np.asarray(cv2.resize(seeds, (240, 240)), np.uint8)
        self._logits = self._random.normal(0, 4, (*self._grid, self._classes))

    def shot(self, event: str) -> Shot:
        """The next frame."""
        skipped = 3 if event == "skip" else 0
        self._index = max(0, self._index - 2) if event == "back" else self._index + 1 + skipped
        self._seconds += -0.1 if event == "back" else (1 + skipped) / 30
        if event == "size":
            self._size = _SIZES[int(self._random.integers(len(_SIZES)))]
        if event == "cut":
            self._cut()
        if event != "still" or self._image is None or self._image.shape[:2] != self._size:
            self._image = self._picture(event)
        self._logits = self._logits + self._random.normal(0, 0.5, self._logits.shape)
        return Shot(self._index, self._seconds, self._image, self._output())

    def _picture(self, event: str) -> NDArray[np.uint8]:
        height, width = self._size
        if event in ("black", "flash"):
            return np.full((height, width, 3), 0 if event == "black" else 255, np.uint8)
        for axis in (0, 1):
            self._place[axis] = (self._place[axis] + int(self._random.integers(-3, 4))) % 120
        top, left = self._place
        moved = self._ground[top : top + height, left : left + width].astype(np.int16)
        noisy = moved + self._random.integers(-3, 4, moved.shape)
        return np.clip(noisy, 0, 255).astype(np.uint8)

    def _output(self) -> NDArray[Any]:
        if self._kind == "labels":
            labels = self._logits.argmax(axis=2)
            labels[0, 0] = self._classes + 3  # one that it does not know
            return np.asarray(labels, self._dtype)
        if self._dtype == "float32":
            return np.asarray(self._logits, np.float32)
        return np.asarray(np.clip(np.round(8 * self._logits), -128, 127), self._dtype)


@st.composite
def _videos(draw: st.DrawFn) -> tuple[Open, list[Shot]]:
    kind = draw(st.sampled_from(("logits", "logits", "labels")))
    dtype = draw(st.sampled_from(("float32", "int8") if kind == "logits" else ("int64", "uint8")))
    grid = draw(st.sampled_from(((6, 9), (1, 5), (13, 13))))
    classes = draw(st.sampled_from((2, 5, 21)))
    quantized = dtype == "int8"
    message = open_message(
        input_size=(49, 73),
        grid_size=grid,
        classes=classes,
        output=kind,
        align_corners=draw(st.booleans()),
        scale=0.125 if quantized else 1.0,
        zero_point=-5 if quantized else 0,
        temporal=draw(Specs),
    )
    scene = _Scene(draw(st.integers(0, 1 << 30)), grid, classes, kind, dtype)
    events = draw(st.lists(st.sampled_from(_EVENTS), min_size=3, max_size=14))
    shots = [scene.shot(event) for event in events]
    if dtype == "float32" and draw(st.booleans()):
        broken = shots[draw(st.integers(0, len(shots) - 1))].output
        places = np.random.default_rng(0).random(broken.shape) < draw(
            st.sampled_from((0.1, 0.9, 1.0))
        )
        broken[places] = draw(st.sampled_from((np.nan, np.inf, -np.inf)))
    return message, shots


def _compare(library: ctypes.CDLL, message: Open, shots: Sequence[Shot]) -> list[Trigger]:
    """Fold a video through both; they must agree in all. Returns why the network was asked."""
    studio = StudiosFold(message)
    triggers = []
    with RunnersFold(library, message) as runner:
        for shot in shots:
            expected, got = studio.step(shot), runner.step(shot)
            assert got.trigger is expected.trigger
            np.testing.assert_array_equal(got.mask, expected.mask)
            triggers.append(got.trigger)
    return triggers


@settings(max_examples=100)
@given(_videos())
def test_any_video_gives_the_studios_key_frames_and_masks(
    parts_library: ctypes.CDLL, case: tuple[Open, list[Shot]]
) -> None:
    _compare(parts_library, *case)


def _video(spec: TemporalSpec, *events: str) -> tuple[Open, list[Shot]]:
    message = open_message(
        input_size=(49, 73), grid_size=(6, 9), classes=5, scale=0.125, temporal=spec
    )
    scene = _Scene(3, (6, 9), 5, "logits", "int8")
    return message, [scene.shot(event) for event in events]


@pytest.mark.parametrize(
    ("spec", "events", "trigger"),
    [
        (TemporalSpec(longest_gap=3), ["move"] * 5, Trigger.INTERVAL),
        (TemporalSpec(still_gap=3), ["move", *["still"] * 4], Trigger.INTERVAL),
        (TemporalSpec(longest_gap=99, longest_gap_seconds=0.05), ["move"] * 4, Trigger.INTERVAL),
        (TemporalSpec(longest_gap=3), ["move", "move", *["still"] * 2], Trigger.INTERVAL),
        (TemporalSpec(difference_limit=1.0), ["move"] * 3, Trigger.DIFFERENCE),
        (TemporalSpec(residual_limit=0.5), ["move"] * 3, Trigger.RESIDUAL),
        (TemporalSpec(flow_limit=0.1), ["move"] * 3, Trigger.FLOW),
        (TemporalSpec(area_limit=0.01), ["move"] * 4, Trigger.AREA),
        (TemporalSpec(forward_backward_limit=0.001), ["move"] * 4, Trigger.FORWARD_BACKWARD),
        (TemporalSpec(disagreement_limit=0.1, doubtful_gap=2), ["move"] * 4, Trigger.DISAGREEMENT),
        (TemporalSpec(cut_level=12.0), ["move", "move", "cut"], Trigger.CUT),
        (TemporalSpec(), ["move", "flash"], Trigger.CUT),
        (TemporalSpec(anchor_gap=4), ["move"] * 6, Trigger.ANCHOR),
        (TemporalSpec(anchor_gap=4), ["move", "move", "skip"], Trigger.ANCHOR),
        (TemporalSpec(mode="per_frame"), ["move"] * 3, Trigger.EVERY),
        (TemporalSpec(mode="per_frame", past_weight=0.0), ["move"] * 3, Trigger.EVERY),
    ],
    ids=lambda value: str(value) if isinstance(value, Trigger) else "",
)
def test_every_trigger_fires_on_both(
    parts_library: ctypes.CDLL, spec: TemporalSpec, events: list[str], trigger: Trigger
) -> None:
    assert trigger in _compare(parts_library, *_video(spec, *events))


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "off"])
def test_presets_give_the_studios_masks_at_the_frames_real_size(
    parts_library: ctypes.CDLL, name: str
) -> None:
    message, shots = _video(PRESETS[name], *["move"] * 8, "still", "still", "flash", *["move"] * 4)
    large = [
        Shot(
            shot.index,
            shot.time_seconds,
            np.asarray(cv2.resize(shot.image, (640, 360)), np.uint8),
            shot.output,
        )
        for shot in shots
    ]
    triggers = _compare(parts_library, message, large)
    assert triggers[0] is Trigger.FIRST
    assert Trigger.CUT in triggers


def test_a_frame_of_another_size_begins_anew(parts_library: ctypes.CDLL) -> None:
    message, shots = _video(TemporalSpec(longest_gap=50), *["move"] * 6)
    cut = Shot(6, 0.3, shots[-1].image[:40, :50].copy(), shots[-1].output)
    triggers = _compare(parts_library, message, [*shots, cut])
    assert triggers[-1] is Trigger.SIZE


@pytest.mark.parametrize("part", [0.0, 0.03, 0.1, 0.3])
def test_little_contrast_is_made_up_for_alike(parts_library: ctypes.CDLL, part: float) -> None:
    spec = TemporalSpec(residual_limit=8.0, difference_limit=30.0, past_weight=0.8, anchor_gap=7)
    message, shots = _video(spec, *["move"] * 6, "cut", *["move"] * 4, "still", "flash", "move")
    dark = [
        Shot(
            shot.index,
            shot.time_seconds,
            (shot.image * part + 9).clip(0, 255).astype(np.uint8),
            shot.output,
        )
        for shot in shots
    ]
    _compare(parts_library, message, dark)


def test_a_restart_forgets_what_came_before(parts_library: ctypes.CDLL) -> None:
    message, shots = _video(TemporalSpec(longest_gap=50), *["move"] * 6)
    studio = StudiosFold(message)
    with RunnersFold(parts_library, message) as runner:
        for shot in shots[:4]:
            runner.step(shot)
        runner.restart()
        for shot in shots[4:]:
            expected, got = studio.step(shot), runner.step(shot)
            assert got.trigger is expected.trigger
            np.testing.assert_array_equal(got.mask, expected.mask)
        assert got.trigger is Trigger.NONE


def test_the_same_picture_again_costs_no_drawing(parts_library: ctypes.CDLL) -> None:
    message, shots = _video(TemporalSpec(), "move", "still", "still")
    triggers = _compare(parts_library, message, shots)
    assert triggers == [Trigger.FIRST, Trigger.NONE, Trigger.NONE]


@pytest.mark.parametrize("value", [math.nan, -math.inf, math.inf])
@pytest.mark.parametrize("mode", ["key_frames", "per_frame"])
def test_a_word_that_says_nothing_is_asked_for_again(
    parts_library: ctypes.CDLL, mode: Literal["key_frames", "per_frame"], value: float
) -> None:
    spec = TemporalSpec(longest_gap=3, past_weight=0.9, mode=mode)
    message = open_message(input_size=(49, 73), grid_size=(6, 9), classes=5, temporal=spec)
    scene = _Scene(3, (6, 9), 5, "logits", "float32")
    shots = [scene.shot(event) for event in ["move", "move", "still", *["move"] * 9]]
    for broken in (0, 1, 2, 6, 7):
        shots[broken].output[:] = value
    triggers = _compare(parts_library, message, shots)
    assert triggers[:4] == [Trigger.FIRST] * 4
    quiet = [Trigger.NONE] * 2
    if mode == "key_frames":
        assert triggers[4:] == [*quiet, *[Trigger.INTERVAL] * 3, *quiet, Trigger.INTERVAL]


@pytest.mark.parametrize("value", [math.inf, math.nan, -math.inf])
def test_a_class_beyond_all_numbers_is_the_same_on_both(
    parts_library: ctypes.CDLL, value: float
) -> None:
    message = open_message(
        input_size=(49, 73), grid_size=(6, 9), classes=5, temporal=TemporalSpec(longest_gap=2)
    )
    scene = _Scene(3, (6, 9), 5, "logits", "float32")
    shots = [scene.shot("move") for _ in range(8)]
    for shot in shots:
        shot.output[1:4, 2:5, 3] = value
        shot.output[5, 5] = value
    _compare(parts_library, message, shots)
