"""The clip of the first start is there, small, and moves."""

from __future__ import annotations

import numpy as np
import pytest

from studio.paths import sample_clip
from studio.video.source import open_video


def test_the_sample_clip_is_a_short_720p_video_that_moves() -> None:
    assert sample_clip().stat().st_size < 3_000_000
    source = open_video(sample_clip())
    info = source.info
    assert (info.width, info.height, info.codec) == (1280, 720, "h264")
    assert info.frames_per_second == pytest.approx(30)
    assert info.duration_seconds is not None
    assert 8 <= info.duration_seconds <= 12
    assert not info.is_variable_rate
    assert not info.warnings
    assert info.frame_count is not None
    for index in range(0, info.frame_count - 15, 45):
        source.seek(index)
        now = source.read()
        source.seek(index + 10)
        later = source.read()
        assert now is not None
        assert later is not None
        assert np.abs(now.image.astype(int) - later.image).mean() > 1
    source.close()
