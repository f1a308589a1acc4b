"""Videos that are no good, or odd: told in words or played properly, in window and terminal."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from studio.verbs import main
from studio.video.file_source import FileSource
from tests.end_to_end.conftest import OpenStudio
from tests.support.clips import class_clip
from tests.support.videos import make_sound, make_video, truncated
from tests.support.window import DrivenWindow


@dataclass(frozen=True)
class Odd:
    """A video that is unusual and plays.

    Attributes:
        path: of the file.
        size: width and height as shown.
        frames: how many.
    """

    path: Path
    size: tuple[int, int]
    frames: int


def _wrong_videos(folder: Path) -> dict[str, Path]:
    """Videos that cannot be opened."""
    places = {name: folder / f"{name}.mp4" for name in ("empty", "words", "sound", "frameless")}
    places["empty"].touch()
    places["words"].write_text("these are words, not pictures\n" * 40)
    make_sound(places["sound"])
    make_video(places["frameless"], frame_count=0)
    places["cut"] = truncated(make_video(folder / "whole.mp4"), 0.4)
    places["gone"] = folder / "gone.mp4"
    places["no_images"] = folder / "no_images"
    places["no_images"].mkdir()
    (places["no_images"] / "notes.txt").touch()
    places["camera"] = Path("camera:87")
    return places


def _odd_videos(folder: Path) -> list[Odd]:
    """Videos that must play."""
    uneven = [0.0, 0.02, 0.04, 0.2, 0.24, 0.25, 0.4, 0.6, 0.61, 0.7]
    return [
        Odd(make_video(folder / "vfr.mp4", times_seconds=uneven), (64, 48), 10),
        Odd(
            make_video(folder / "odd.mp4", width=63, height=47, codec="mpeg4", frame_count=8),
            (63, 47),
            8,
        ),
        Odd(make_video(folder / "turned.mp4", rotation_degrees=90, frame_count=8), (48, 64), 8),
        Odd(make_video(folder / "portrait.mp4", width=48, height=96, frame_count=8), (48, 96), 8),
        Odd(
            make_video(folder / "dot.avi", width=1, height=1, codec="ffv1", frame_count=8),
            (1, 1),
            8,
        ),
        Odd(make_video(folder / "8k.mp4", width=7680, height=4320, frame_count=3), (7680, 4320), 3),
        Odd(truncated(make_video(folder / "cut.mkv", frame_count=90), 0.7), (64, 48), -1),
    ]


def test_wrong_videos_cost_a_message_and_not_what_was_open(
    open_studio: OpenStudio, clip: Path, net: Path, tmp_path: Path
) -> None:
    studio = open_studio(clip, net)
    studio.until(lambda: studio.has_mask)
    studio.playback.pause()
    studio.playback.seek(5)
    studio.until(lambda: studio.shows(5))
    for name, path in _wrong_videos(tmp_path).items():
        studio.opener.open_video(str(path))
        said = studio.complaint(path.name if name != "camera" else "87")
        assert len(said) > 40, said  # a cause and a remedy
        assert "unexpected" not in said.lower(), said
        assert "Traceback" not in said
        studio.until(
            lambda: studio.has_open(clip) and studio.shows(5) and studio.has_mask,
            f"what was open before {name}",
        )
    studio.plays_on()


def test_odd_videos_play_to_their_end(studio: DrivenWindow, net: Path, tmp_path: Path) -> None:
    studio.opener.open_model(str(net))
    studio.until(lambda: studio.has_model(net))
    for odd in _odd_videos(tmp_path):
        studio.open(odd.path)
        studio.until(lambda: studio.has_mask, f"a mask on {odd.path.name}")
        info = studio.playback.video
        assert info is not None
        assert (info.width, info.height) == odd.size, odd.path.name
        if odd.frames > 0:
            assert info.frame_count == odd.frames, odd.path.name
        studio.indices.clear()
        studio.playback.play()
        studio.until(lambda: not studio.playback.is_playing, f"the end of {odd.path.name}")
        assert studio.playback.position == studio.playback.last_index, odd.path.name
        assert studio.told == [], odd.path.name
        for goal in (0, studio.playback.last_index):
            studio.playback.seek(goal)
            studio.until(lambda: studio.shows(goal))  # noqa: B023
    assert studio.playback.last_index > 20  # of the truncated one, what is there


@pytest.mark.parametrize("fate", ["deleted", "cut short"])
def test_a_video_that_vanishes_while_it_plays_is_told_and_the_window_works_on(
    studio: DrivenWindow, clip: Path, net: Path, tmp_path: Path, fate: str
) -> None:
    doomed = class_clip(tmp_path / "doomed.mp4", frames=200, width=320, height=240)
    content = doomed.read_bytes()
    studio.open(doomed, net)
    studio.playback.play()
    studio.until(lambda: len(studio.indices) > 4)
    if fate == "deleted":
        doomed.unlink()
    else:
        os.truncate(doomed, len(content) // 3)
    said = studio.complaint("doomed.mp4")
    assert "pen it again" in said
    studio.until(lambda: not studio.playback.is_playing)
    assert studio.playback.shown is not None  # the last picture stays
    doomed.write_bytes(content)
    studio.opener.open_video(str(doomed))
    studio.until(lambda: studio.has_open(doomed) and studio.has_mask, "it to be back")
    studio.open(clip)
    studio.plays_on()


def test_wrong_videos_on_the_command_line_exit_with_2(
    net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.mp4"
    for name, path in _wrong_videos(tmp_path).items():
        code = main(["segment", str(path), "--model", str(net), "--out", str(out)])
        told = capsys.readouterr()
        assert code == 2, name
        assert told.out == "", name
        lines = [line for line in told.err.splitlines() if line.startswith("jejunet: ")]
        assert len(lines) == 1, told.err
        assert "unexpected" not in lines[0].lower()
        assert not out.exists(), name
        assert not list(tmp_path.glob(".*.part")), name


def test_odd_videos_are_segmented_whole_on_the_command_line(
    net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for odd in _odd_videos(tmp_path):
        if odd.frames < 0 or odd.size[0] > 4000:
            continue
        out = tmp_path / f"{odd.path.stem}-out.webm"
        code = main(["segment", str(odd.path), "--model", str(net), "--out", str(out)])
        told = capsys.readouterr()
        assert code == 0, (odd.path.name, told.err)
        before, after = FileSource(odd.path), FileSource(out)
        try:
            assert after.info.frame_count == odd.frames, odd.path.name
            assert (after.info.width, after.info.height) == odd.size, odd.path.name
            gap = abs(after.times_seconds - before.times_seconds).max()
            assert gap < 0.002, odd.path.name
        finally:
            before.close()
            after.close()
