"""The cache of decoded frames stays within its limit and forgets the oldest first."""

from __future__ import annotations

from av.video.frame import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from studio.video.frame_cache import FrameCache, frame_bytes


@given(
    sizes=st.lists(st.sampled_from([16, 64, 128]), min_size=1, max_size=30),
    limit_bytes=st.integers(0, 100_000),
)
def test_the_newest_frames_are_kept_within_the_limit(sizes: list[int], limit_bytes: int) -> None:
    cache = FrameCache(limit_bytes)
    frames = [VideoFrame(size, size, "yuv420p") for size in sizes]
    for index, frame in enumerate(frames):
        cache.put(index, frame)
        cache.put(index, frame)
        assert cache.get(index) is frame
        assert cache.size_bytes <= limit_bytes or len(cache) == 1
        kept = range(index + 1 - len(cache), index + 1)
        assert [cache.get(number) for number in kept] == [frames[number] for number in kept]
        assert cache.size_bytes == sum(frame_bytes(frames[number]) for number in kept)
        older = kept.start - 1
        if older >= 0:
            assert cache.get(older) is None
            assert cache.size_bytes + frame_bytes(frames[older]) > limit_bytes
    cache.drop_oldest()
    cache.clear()
    cache.drop_oldest()
    assert (len(cache), cache.size_bytes) == (0, 0)
