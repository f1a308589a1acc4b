"""All ways take turns on the same frames, and what they did is counted and told as it was."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.data.samples import Mask, Sample
from studio.errors import InputError
from studio.evaluation.davis import Sequence, read_sequences
from studio.evaluation.video import contest as module
from studio.evaluation.video.contest import Contest, Entrant
from studio.evaluation.video.judge import ForegroundJudge
from studio.evaluation.video.summary import by_distance, differences, entrant_summary
from tests.evaluation.painted import halves
from tests.evaluation.painted_videos import painted_davis
from tests.evaluation.video.moving import texture
from tests.evaluation.video.scripted import ScriptedSession
from tests.support.datasets import write_image
from tests.support.reporter import KeepingReporter

_SIZE = (65, 130)
_FRAMES = 12
_PERSON = 15
_RIGHT = halves(0, _PERSON, _SIZE)  # what the truth of a painted video is
_NOTHING = np.zeros(_SIZE, np.uint8)


def _judge() -> ForegroundJudge:
    table = np.zeros(256, np.uint8)
    table[_PERSON] = 1
    return ForegroundJudge(table)


def _video(root: Path, name: str = "hike", frames: int = _FRAMES) -> Sequence:
    """A still picture that any flow finds to be still; its truth is the right half."""
    folder = painted_davis(root, {name: [_PERSON] * frames}, _SIZE)
    for path in (folder / "JPEGImages" / "480p" / name).iterdir():
        write_image(path, texture(_SIZE))
    (sequence,) = read_sequences(folder)[0]
    return sequence


def _grey(mask: Mask) -> Mask:
    return np.repeat(mask[..., None], 3, axis=2)


class _Ring:
    """Two ways: one that is right on even frames only, and one that keeps what it saw there."""

    def __init__(self, reporter: KeepingReporter, frames: int = _FRAMES, pace: float = 0.0) -> None:
        self.diary: list[tuple[str, int]] = []
        flickering = [_RIGHT if index % 2 == 0 else _NOTHING for index in range(frames)]
        one = ScriptedSession("off", flickering, None, self.diary)
        other = ScriptedSession("kept", [_RIGHT] * frames, 2, self.diary)
        self.entrants = [
            Entrant("off", one, one.restart, pace, {}),
            Entrant("kept", other, other.restart, pace, {}),
        ]
        self.contest = Contest(self.entrants, reporter, frames)

    def summary(self, number: int) -> dict[str, Any]:
        entrant = self.entrants[number]
        return entrant_summary(entrant.name, entrant.tracks, self.entrants[0].tracks)


@pytest.fixture
def reporter(tmp_path: Path) -> KeepingReporter:
    return KeepingReporter(tmp_path)


def test_scores_are_of_the_masks_that_were_given(tmp_path: Path, reporter: KeepingReporter) -> None:
    ring = _Ring(reporter)
    assert ring.contest.run(_video(tmp_path), _judge())
    per_frame, kept = ring.summary(0), ring.summary(1)
    assert (per_frame["frames"], kept["frames"]) == (_FRAMES, _FRAMES)
    assert (per_frame["j_mean"], kept["j_mean"]) == (0.5, 1.0)
    assert kept["j_by_sequence"] == {"hike": 1.0}
    assert per_frame["temporal_consistency"] == {
        "all_classes": pytest.approx(0.25, abs=0.02),
        "foreground": 0.0,
    }
    assert kept["temporal_consistency"] == {"all_classes": 1.0, "foreground": 1.0}
    assert per_frame["flicker"] == pytest.approx(0.5, abs=0.02)
    assert kept["flicker"] == 0.0
    assert (per_frame["network_runs_ratio"], kept["network_runs_ratio"]) == (1.0, 0.5)
    assert kept["triggers"] == {"interval": 6, "none": 6}
    assert kept["miou"] is None


def test_the_curve_tells_of_the_same_frames_without_the_engine(
    tmp_path: Path, reporter: KeepingReporter
) -> None:
    ring = _Ring(reporter)
    ring.contest.run(_video(tmp_path), _judge())
    curve = by_distance(ring.entrants[1].tracks, ring.entrants[0].tracks)
    assert curve == [
        {"distance": 0, "frames": 6, "j": 1.0, "j_per_frame": 1.0},
        {"distance": 1, "frames": 6, "j": 1.0, "j_per_frame": 0.0},
    ]


def test_stages_are_means_over_all_frames(tmp_path: Path, reporter: KeepingReporter) -> None:
    ring = _Ring(reporter)
    ring.contest.run(_video(tmp_path), _judge())
    millis = ring.summary(0)["millis_mean"]
    assert (millis["preprocess"], millis["network"], millis["draw"]) == (1.0, 2.0, 3.0)
    millis = ring.summary(1)["millis_mean"]
    assert (millis["preprocess"], millis["network"], millis["draw"]) == (0.5, 1.0, 3.0)
    assert (millis["plane"], millis["flow"], millis["warp"]) == (0.5, 0.25, 0.0)
    # Measured around the session, which only tells of such times.
    assert 0 < ring.summary(1)["total_millis"]["p50"] < 2
    assert ring.summary(1)["speedup"] > 0
    assert len(ring.contest.decode_millis) == _FRAMES


def test_ways_take_turns_and_forget_between_videos(
    tmp_path: Path, reporter: KeepingReporter
) -> None:
    ring = _Ring(reporter, frames=3)
    for name in ("hike", "lucia"):
        ring.contest.run(_video(tmp_path / name, name, frames=3), _judge())
    frames = [0, 1, 2]
    # Before the first video each is warmed up, and forgets that again.
    first = [(name, at) for name in ("off", "kept") for at in (*frames, -1, *frames)]
    second = [(name, at) for name in ("off", "kept") for at in frames]
    restarts = [("off", -1), ("kept", -1)]
    assert ring.diary == [*restarts, *first, *restarts, *second]
    assert reporter.done == list(range(1, 13))
    assert reporter.totals == {6}  # of one video; the job counts all


def test_long_videos_are_worked_through_in_stretches_to_the_same_end(
    tmp_path: Path, reporter: KeepingReporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = _video(tmp_path)
    whole, parts = _Ring(reporter), _Ring(reporter)
    whole.contest.run(video, _judge())
    monkeypatch.setattr(module, "_BYTES_AT_ONCE", 5 * _SIZE[0] * _SIZE[1] * 3)
    parts.contest.run(video, _judge())
    for number in (0, 1):
        one, other = whole.summary(number), parts.summary(number)
        for key in ("j_mean", "temporal_consistency", "flicker", "j_by_distance", "triggers"):
            assert one[key] == other[key]
    turns = [name for name, at in parts.diary if at in (4, 9)]
    assert turns == ["off", "off", "kept", "kept", "off", "kept"]  # warmed up in the first only
    assert ("kept", -1) not in parts.diary[-6:]


def test_a_stop_leaves_what_all_ways_have_done(tmp_path: Path) -> None:
    video = _video(tmp_path)
    for after, frames in ((0, 0), (5, 0), (_FRAMES + 7, 7), (2 * _FRAMES, _FRAMES)):
        ring = _Ring(KeepingReporter(tmp_path, stop_after=after))
        assert ring.contest.run(video, _judge()) is (after == 2 * _FRAMES)
        assert [entrant.tracks["hike"].frames for entrant in ring.entrants] == [frames] * 2
        assert len(ring.entrants[0].tracks["hike"].scores) == frames


def test_an_asynchronous_network_gets_frames_at_their_pace(
    tmp_path: Path, reporter: KeepingReporter
) -> None:
    ring = _Ring(reporter, pace=200.0)
    ring.entrants[0].frames_per_second = 0.0
    video = _video(tmp_path)
    began = time.perf_counter()
    ring.contest.run(video, _judge())
    assert time.perf_counter() - began >= (_FRAMES - 1) / 200
    assert ring.summary(1)["total_millis"]["p50"] < 2  # waiting for a frame is not the frame's


def test_frames_without_truth_are_shown_and_not_scored(
    tmp_path: Path, reporter: KeepingReporter
) -> None:
    whole = _video(tmp_path)
    frames = tuple(
        frame if index in (0, 1, 4) else Sample(frame.name, frame.image)
        for index, frame in enumerate(whole.frames)
    )
    ring = _Ring(reporter)
    ring.contest.run(Sequence("hike", frames, ("person",)), _judge())
    track = ring.entrants[0].tracks["hike"]
    assert track.scores == [1.0, 0.0, 1.0]
    assert (track.frames, len(track.flickers)) == (_FRAMES, _FRAMES - 1)


def test_a_video_may_change_its_size(tmp_path: Path, reporter: KeepingReporter) -> None:
    video = _video(tmp_path, frames=4)
    for frame in video.frames[2:]:
        assert frame.mask is not None
        write_image(frame.image, texture((40, 50)))
        write_image(frame.mask, _grey(halves(0, 255, (40, 50))))
    masks: list[Mask] = [_RIGHT, _RIGHT, *[halves(0, _PERSON, (40, 50))] * 2]
    session = ScriptedSession("off", masks, None, [])
    entrant = Entrant("off", session, session.restart, 0.0, {})
    assert Contest([entrant], reporter, 4).run(video, _judge())
    assert entrant.tracks["hike"].scores == [1.0] * 4
    assert len(entrant.tracks["hike"].flickers) == 2


def test_what_cannot_be_read_is_said(tmp_path: Path, reporter: KeepingReporter) -> None:
    video = _video(tmp_path, frames=4)
    mask = video.frames[2].mask
    assert mask is not None
    whole = mask.read_bytes()
    for content, words in (
        (whole[: len(whole) // 2], "00002.png cannot be read"),
        (b"", "it is empty"),
        (b"no picture", "no image of a known kind"),
    ):
        mask.write_bytes(content)
        with pytest.raises(InputError, match=words):
            _Ring(reporter, frames=4).contest.run(video, _judge())
    write_image(mask, _grey(halves(0, 255, (30, 40))))
    with pytest.raises(InputError, match="130x65 pixels, but its mask has 40x30"):
        _Ring(reporter, frames=4).contest.run(video, _judge())
    mask.unlink()
    with pytest.raises(InputError, match="is missing"):
        _Ring(reporter, frames=4).contest.run(video, _judge())


def test_differences_are_paired_by_video(tmp_path: Path, reporter: KeepingReporter) -> None:
    names = ("dog", "hike", "lucia", "parkour", "surf", "swing")
    ring = _Ring(reporter, frames=3)
    for name in names[:4]:
        ring.contest.run(_video(tmp_path / name, name, frames=3), _judge())
    few = {entrant.name: dict(entrant.tracks) for entrant in ring.entrants}
    bounds, told = differences(few, resamples=200, seed=0)
    assert bounds == {}
    assert told[0]["interval"] is None
    assert "too few" in str(told[0]["verdict"])
    for name in names[4:]:
        ring.contest.run(_video(tmp_path / name, name, frames=3), _judge())
    bounds, (difference,) = differences(
        {entrant.name: entrant.tracks for entrant in ring.entrants}, resamples=200, seed=0
    )
    assert difference["j_mean"] == pytest.approx(1 / 3, abs=1e-6)
    # Each video differs by the same, so that no draw of videos can move it.
    assert difference["interval"] == [pytest.approx(1 / 3, abs=1e-6)] * 2
    assert "kept is better than inference frame by frame by 33.3 points" in str(
        difference["verdict"]
    )
    assert difference["foreground_consistency"] == {"value": 1.0, "interval": [1.0, 1.0]}
    assert set(bounds) == {"off", "kept"}


def test_nothing_at_all_is_told_without_a_number(reporter: KeepingReporter) -> None:
    ring = _Ring(reporter)
    found = ring.summary(1)
    assert found["frames"] == 0
    assert found["j_mean"] is found["flicker"] is found["speedup"] is found["total_millis"] is None
    assert differences({"off": {}, "kept": {}}, 200, 0) == ({}, [])
