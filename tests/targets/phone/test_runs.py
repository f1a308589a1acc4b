from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from studio.targets.phone.runs import decode_runs, encode_runs
from studio.targets.phone.wire import WireError

SIZES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=30)
MASKS = hnp.arrays(np.uint8, SIZES, elements=st.integers(0, 255), fill=st.integers(0, 3))


@given(MASKS)
def test_a_mask_comes_back_as_it_was(mask: NDArray[np.uint8]) -> None:
    height, width = mask.shape
    assert np.array_equal(decode_runs(encode_runs(mask), (height, width)), mask)


def test_runs_are_labels_and_leb128_numbers() -> None:
    mask = np.zeros((3, 100), np.uint8)
    mask[2, 99] = 255
    assert encode_runs(mask) == b"\x00\xab\x02\xff\x01"


def test_an_empty_mask_has_no_runs() -> None:
    assert encode_runs(np.zeros((0, 5), np.uint8)) == b""
    assert decode_runs(b"", (0, 5)).shape == (0, 5)


@pytest.mark.parametrize(
    "runs",
    [b"\x01", b"\x01\x80", b"\x01" + b"\x80" * 11, b"\x01\x05", b"\x01\x07", b"\x01\x00\x02\x06"],
)
def test_runs_that_do_not_cover_the_mask_are_refused(runs: bytes) -> None:
    with pytest.raises(WireError, match="damaged"):
        decode_runs(runs, (2, 3))


@given(st.binary(max_size=60))
def test_noise_never_makes_a_mask_of_another_size(noise: bytes) -> None:
    try:
        mask = decode_runs(noise, (4, 5))
    except WireError:
        return
    assert mask.shape == (4, 5)
