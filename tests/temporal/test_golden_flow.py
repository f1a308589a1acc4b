"""The computer's plane and flow are what they were when they were defined."""

from __future__ import annotations

import numpy as np

from studio.temporal.flow import dense_flow, residual
from studio.temporal.plane import luma_plane
from tests.support.golden_flow import golden_flow


def test_the_computer_gives_the_golden_vectors() -> None:
    golden = golden_flow()
    planes = golden.current, golden.previous
    np.testing.assert_array_equal(
        luma_plane(golden.picture, (golden.plane.shape[0], golden.plane.shape[1])), golden.plane
    )
    np.testing.assert_array_equal(dense_flow(*planes, golden.iterations), golden.flow)
    np.testing.assert_array_equal(dense_flow(*planes, golden.iterations, golden.guess), golden.led)
    np.testing.assert_array_equal(residual(*planes, golden.flow), golden.left)


def test_the_golden_vectors_show_motion() -> None:
    """Else they would bind nothing."""
    golden = golden_flow()
    assert np.abs(golden.flow).max() > 90
    assert (golden.flow != golden.led).any()
    assert np.median(golden.flow[18:27, 46:54, 0]) < -80
