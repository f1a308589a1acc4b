"""The input follows the frame's aspect in steps that the network's maps allow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.inference.geometry import fitted_size
from studio.inference.input_size import input_size_for, input_step


@pytest.mark.parametrize(
    ("own", "maps", "expected"),
    [
        (513, (257, 129, 65, 33), (16, 1)),
        (257, (129, 65, 33, 17), (16, 1)),
        (257, (129, 65, 33), (8, 1)),
        (256, (128, 64, 32, 16), (16, 0)),
        (224, (112, 56, 28, 14, 7), (32, 0)),
        (65, (13,), (5, 0)),
        (62, (31, 16, 8, 4), None),
        (64, (), None),
        (64, (1,), None),
    ],
)
def test_the_step_is_the_networks_output_stride(
    own: int, maps: tuple[int, ...], expected: tuple[int, int] | None
) -> None:
    assert input_step(own, maps) == expected


@pytest.mark.parametrize(
    ("frame_size", "expected"),
    [
        ((720, 1280), (289, 513)),
        ((480, 854), (289, 513)),
        ((480, 640), (385, 513)),
        ((1080, 2560), (225, 513)),
        ((1280, 720), (513, 289)),
        ((500, 500), (513, 513)),
        ((1, 3000), (129, 513)),
        ((3000, 1), (513, 129)),
    ],
)
def test_usual_frames_get_the_size_that_wastes_little(
    frame_size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert input_size_for(frame_size, (513, 513), ((16, 1), (16, 1))) == expected


@given(
    st.tuples(st.integers(1, 4000), st.integers(1, 4000)),
    st.integers(2, 40),
    st.sampled_from([(16, 1), (32, 0), (16, 0), (8, 1)]),
)
def test_the_input_is_never_larger_than_the_models_own_and_shows_the_frame_as_large(
    frame_size: tuple[int, int], steps: int, step: tuple[int, int]
) -> None:
    own = steps * step[0] + step[1]
    size = input_size_for(frame_size, (own, own), (step, step))
    assert max(size) == own
    assert all(side % step[0] == step[1] and step[0] <= side <= own for side in size)
    before, now = (
        fitted_size(frame_size, input_size, "letterbox") for input_size in ((own, own), size)
    )
    assert all(new >= 0.99 * old - 1 for old, new in zip(before, now, strict=True))
