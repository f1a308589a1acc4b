"""The shared ring: both sides see the same bytes, and its memory never outlives them."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import OutputError
from studio.playback.ring import FrameRing, slots_for


def test_both_sides_see_the_same_picture_mask_and_clock() -> None:
    ring = FrameRing.create("jejunet-ring-test", 37, 23)
    other = FrameRing(ring.path, 37, 23, ring.slots)
    ring.forget_name()
    rng = np.random.default_rng(1)
    for slot in range(ring.slots):
        ring.image(slot)[:] = rng.integers(0, 256, (23, 37, 3), np.uint8)
        ring.mask(slot)[:] = slot
    for slot in range(ring.slots):
        assert np.array_equal(ring.image(slot), other.image(slot))
        assert (other.mask(slot) == slot).all()
    other.clock_seconds = 12.5
    assert ring.clock_seconds == 12.5
    ring.clock_seconds = -math.inf
    assert other.clock_seconds == -math.inf
    assert not ring.path.exists()


def test_slots_do_not_overlap() -> None:
    ring = FrameRing.create("jejunet-ring-test", 8, 8)
    ring.forget_name()
    for slot in range(ring.slots):
        ring.image(slot)[:] = slot + 1
        ring.mask(slot)[:] = slot + 101
    for slot in range(ring.slots):
        assert set(np.unique(ring.image(slot))) == {slot + 1}
        assert set(np.unique(ring.mask(slot))) == {slot + 101}


@given(st.integers(1, 8192), st.integers(1, 8192))
def test_there_are_always_enough_slots_and_seldom_too_much_memory(width: int, height: int) -> None:
    slots = slots_for(width, height)
    assert 4 <= slots <= 12
    assert slots == 4 or slots * width * height * 8 <= 256 * 2**20


def test_a_full_disk_is_said_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def no_space(_descriptor: int, _offset: int, _length: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", no_space)
    with pytest.raises(OutputError, match="the disk is full"):
        FrameRing.create("jejunet-ring-test", 64, 64)
    assert not Path("/dev/shm/jejunet-ring-test").exists()


def test_scaled_copies_lie_apart_and_larger_ones_are_not_asked_for() -> None:
    ring = FrameRing.create("jejunet-ring-test", 40, 30)
    ring.forget_name()
    for slot in range(ring.slots):
        ring.image(slot)[:] = slot
        ring.mask(slot)[:] = slot + 20
        ring.scaled_image(slot, 40, 30)[:] = slot + 40
        ring.scaled_mask(slot, 40, 30)[:] = slot + 60
    for slot in range(ring.slots):
        assert (ring.image(slot) == slot).all()
        assert (ring.mask(slot) == slot + 20).all()
        assert (ring.scaled_image(slot, 40, 30) == slot + 40).all()
        assert (ring.scaled_mask(slot, 40, 30) == slot + 60).all()
    for width, height, wanted in ((40, 30, (40, 30)), (41, 30, (0, 0)), (7, 5, (7, 5))):
        ring.set_view_size(width, height)
        assert ring.view_size == wanted
