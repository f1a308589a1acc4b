"""Videos are found in both layouts, by name, and what is missing is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from studio.classes import VOC_LABELS
from studio.errors import InputError, SpecError
from studio.evaluation.davis import Sequence
from studio.evaluation.video.sequences import VideoSet, open_videos
from studio.evaluation.video.spec import EvaluateVideoSpec, TemporalChoice
from studio.evaluation.video.vspw import UNNAMED, find_vspw, read_vspw
from studio.temporal.spec import PRESETS
from tests.evaluation.painted_videos import painted_davis, painted_vspw
from tests.support.datasets import make_voc

_NUMBERS = {"others": 0, "wall": 1, "person": 2, "car": 4}


def _open(root: Path, **options: Any) -> VideoSet:
    return open_videos(EvaluateVideoSpec("net.tflite", str(root), **options))


def _names(sequences: tuple[Sequence, ...]) -> list[str]:
    return [sequence.name for sequence in sequences]


@pytest.fixture
def vspw(tmp_path: Path) -> Path:
    return painted_vspw(tmp_path, {"127_a": [2, 2, 4], "8_b": [4]}, _NUMBERS)


def test_videos_of_davis_have_a_foreground_and_no_classes(tmp_path: Path) -> None:
    root = painted_davis(tmp_path, {"dog": [12, 12], "hike": [15], "unknown": [1]})
    videos = _open(root)
    assert _names(videos.sequences) == ["dog", "hike"]
    assert (videos.name, videos.labels, videos.frames) == ("DAVIS", (), 3)
    assert any("unknown" in text for text in videos.warnings)
    named = _open(root, foreground="car")
    assert [sequence.foreground for sequence in named.sequences] == [("car",)] * 3


def test_videos_of_vspw_have_classes(vspw: Path) -> None:
    videos = _open(vspw)
    assert _names(videos.sequences) == ["127_a", "8_b"]
    assert videos.labels == (UNNAMED, "wall", "person", UNNAMED, "car")
    assert [frame.name for frame in videos.sequences[0].frames] == [
        "127_a/00000000", "127_a/00000001", "127_a/00000002",
    ]  # fmt: skip
    assert videos.warnings == ()


def test_lists_choose_videos(vspw: Path) -> None:
    (vspw / "test.txt").write_text("8_b\n")
    assert _names(_open(vspw, split="test").sequences) == ["8_b"]
    with pytest.raises(InputError, match="no list 'train'") as caught:
        _open(vspw, split="train")
    assert "test, val" in caught.value.remedy
    for path in vspw.glob("*.txt"):
        path.unlink()
    assert _names(_open(vspw, split="train").sequences) == ["127_a", "8_b"]


def test_videos_without_named_classes_have_vocs_or_those_of_a_list(vspw: Path) -> None:
    (vspw / "label_num_dic_final.json").unlink()
    assert read_vspw(vspw, "val")[1] == VOC_LABELS
    (vspw / "labels.txt").write_text("background\nroad\n")
    assert read_vspw(vspw, "val")[1] == ("background", "road")


@pytest.mark.parametrize(
    "content", ["", "[1, 2]", '{"wall": "one"}', '{"wall": -1}', '{"wall": 300}', "{}", "\xff"]
)
def test_class_names_that_cannot_be_read_are_an_error(vspw: Path, content: str) -> None:
    (vspw / "label_num_dic_final.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(InputError, match="does not name the classes"):
        _open(vspw)


def test_an_index_for_void_among_the_names_is_no_class(vspw: Path) -> None:
    (vspw / "label_num_dic_final.json").write_text(json.dumps(_NUMBERS | {"void": 255}))
    assert len(_open(vspw).labels) == 5


def test_missing_files_of_a_video_are_an_error_but_single_masks_a_warning(vspw: Path) -> None:
    mask = vspw / "data" / "127_a" / "mask" / "00000001.png"
    mask.unlink()
    videos = _open(vspw)
    assert videos.sequences[0].frames[1].mask is None
    assert any("1 of the 3 frames of the video 127_a" in text for text in videos.warnings)
    for path in mask.parent.iterdir():
        path.unlink()
    with pytest.raises(InputError, match="127_a has no mask"):
        _open(vspw)
    (vspw / "val.txt").write_text("gone\n")
    with pytest.raises(InputError, match="gone"):
        _open(vspw)


def test_a_limit_takes_the_first_frames_of_each_video(vspw: Path) -> None:
    videos = _open(vspw, limit=2)
    assert [len(sequence.frames) for sequence in videos.sequences] == [2, 1]
    assert videos.sequences[0].frames[1].name == "127_a/00000001"


def test_videos_are_chosen_by_name_in_the_order_given(tmp_path: Path) -> None:
    root = painted_davis(tmp_path, {"dog": [12], "hike": [15], "surf": [15], "unknown": [1]})
    assert _names(_open(root, sequences=("surf", "dog", "surf")).sequences) == ["surf", "dog"]
    assert _open(root, sequences=("dog",)).warnings == ()
    with pytest.raises(SpecError, match="no video 'cat'") as caught:
        _open(root, sequences=("dog", "cat"))
    assert "dog, hike, surf" in caught.value.remedy
    with pytest.raises(SpecError, match="foreground of the video unknown"):
        _open(root, sequences=("unknown",))


def test_a_folder_in_neither_layout_is_an_error(tmp_path: Path) -> None:
    assert find_vspw(tmp_path) is None
    for folder in (tmp_path, make_voc(tmp_path, images=2, val=1)):
        with pytest.raises(InputError, match="no videos with masks"):
            _open(folder)


@pytest.mark.parametrize(
    "options",
    [
        {"temporal": ()},
        {"temporal": (TemporalChoice("fast", PRESETS["fast"]),) * 2},
        {"temporal": (TemporalChoice("off", PRESETS["fast"]),)},
        {"limit": -1},
        {"resamples": 5},
        {"seed": -1},
        {"frames_per_second": -1.0},
        {"frames_per_second": float("nan")},
    ],
)
def test_specs_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        EvaluateVideoSpec(**{"model": "net.tflite", "dataset": "data", **options})
