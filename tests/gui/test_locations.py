"""What is dropped is recognised, or refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.errors import InputError, ModelError, VideoError
from studio.gui.locations import Opening, cameras, recognise, recognise_all


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


@pytest.mark.parametrize("name", ["a.mp4", "B.MKV", "c.WebM", "ü d.mov", "e.avi"])
def test_videos_are_recognised_by_name(tmp_path: Path, name: str) -> None:
    path = touch(tmp_path / name)
    assert recognise(path) == Opening("video", str(path))


def test_model_is_recognised(tmp_path: Path) -> None:
    path = touch(tmp_path / "net.TFLITE")
    assert recognise(path) == Opening("model", str(path))


def test_folder_of_images_and_an_image_in_it_are_the_same_video(tmp_path: Path) -> None:
    image = touch(tmp_path / "frames" / "0001.png")
    assert recognise(image) == recognise(image.parent) == Opening("video", str(image.parent))


@pytest.mark.parametrize("name", ["notes.txt", "noending", "archive.zip"])
def test_other_files_are_refused_in_words(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=name) as refusal:
        recognise(touch(tmp_path / name))
    assert refusal.value.remedy


def test_folder_without_images_and_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="holds no images"):
        recognise(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        recognise(tmp_path / "gone.mp4")


def test_video_and_model_together_open_the_model_first(tmp_path: Path) -> None:
    video, model = touch(tmp_path / "a.mp4"), touch(tmp_path / "m.tflite")
    assert [opening.kind for opening in recognise_all([video, model])] == ["model", "video"]


def test_two_of_a_kind_are_refused(tmp_path: Path) -> None:
    videos = [touch(tmp_path / name) for name in ("a.mp4", "b.mp4")]
    with pytest.raises(VideoError, match="One video"):
        recognise_all(videos)
    models = [touch(tmp_path / name) for name in ("a.tflite", "b.tflite")]
    with pytest.raises(ModelError, match="One model"):
        recognise_all(models)


def test_many_images_of_one_folder_are_one_video(tmp_path: Path) -> None:
    images = [touch(tmp_path / f"{number}.jpg") for number in range(3)]
    assert recognise_all(images) == [Opening("video", str(tmp_path))]


def test_cameras_are_listed_without_opening_any() -> None:
    found = cameras()
    assert found == sorted(set(found))
    assert all(number >= 0 for number in found)
