"""Masks that come with a clip are found where they lie, and scored as DAVIS does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.classes import VOC_LABELS, voc_palette
from studio.playback.ground_truth import find_ground_truth, score
from studio.video.image_writer import write_image
from studio.video.mask_writer import write_mask_png
from tests.support.driven_playback import a_model


def _write(images: Path, masks: Path, labels: list[int], ending: str = "") -> None:
    images.mkdir(parents=True)
    masks.mkdir(parents=True)
    for index, label in enumerate(labels):
        write_image(images / f"{index:05d}.jpg", np.zeros((8, 12, 3), np.uint8))
        mask = np.zeros((8, 12), np.uint8)
        mask[:, 6:] = label
        write_mask_png(masks / f"{index:05d}{ending}.png", mask, voc_palette())


def _davis(root: Path, video: str) -> Path:
    images = root / "JPEGImages" / "480p" / video
    _write(images, root / "Annotations" / "480p" / video, [1, 2, 255])
    return images


def _table(*names: str) -> NDArray[np.uint8]:
    return np.array([*(label in names for label in VOC_LABELS), *[False] * 235], np.uint8)


def test_davis_masks_are_found_and_any_object_is_foreground(tmp_path: Path) -> None:
    truth = find_ground_truth(str(_davis(tmp_path, "horsejump-high")))
    assert truth is not None
    assert (truth.table(a_model()) == _table("horse", "person")).all()
    for index in range(3):
        foreground = truth.foreground(index)
        assert foreground is not None
        assert (foreground[:, 6:] == 1).all()
        assert (foreground[:, :6] == 0).all()
    assert truth.foreground(3) is None


def test_a_mapping_beside_the_videos_names_their_foreground(tmp_path: Path) -> None:
    (tmp_path / "foreground.toml").write_text('mine = ["sheep"]\n')
    truth = find_ground_truth(str(_davis(tmp_path, "mine")))
    assert truth is not None
    assert (truth.table(a_model()) == _table("sheep")).all()


def test_a_davis_video_whose_foreground_nobody_knows_is_not_scored(tmp_path: Path) -> None:
    assert find_ground_truth(str(_davis(tmp_path, "unheard-of"))) is None


@pytest.mark.parametrize("ending", ["", "_mask"])
@pytest.mark.parametrize("below", ["", "train"])
def test_folder_pairs_are_found_and_void_does_not_count(
    tmp_path: Path, ending: str, below: str
) -> None:
    images = tmp_path / "images" / below
    _write(images, tmp_path / "masks" / below, [15, 255], ending)
    truth = find_ground_truth(str(images))
    assert truth is not None
    table = truth.table(a_model())
    assert table[0] == 0
    assert table[1:21].all()
    person, void = truth.foreground(0), truth.foreground(1)
    assert person is not None
    assert void is not None
    assert (person[:, 6:] == 1).all()
    assert (void[:, 6:] == 255).all()
    mask = np.full((8, 12), 15, np.uint8)
    assert score(person, mask, table) == 0.5
    assert score(void, mask, table) == 0.0
    assert score(void, np.zeros((8, 12), np.uint8), table) == 1.0


def test_labels_beside_the_pairs_say_which_classes_count(tmp_path: Path) -> None:
    _write(tmp_path / "images", tmp_path / "masks", [1])
    (tmp_path / "labels.txt").write_text("background\ncat\n")
    truth = find_ground_truth(str(tmp_path / "images"))
    assert truth is not None
    assert (truth.table(a_model()) == _table("cat")).all()


def test_a_mask_of_another_size_is_brought_to_the_truths() -> None:
    truth = np.zeros((8, 12), np.uint8)
    truth[:, 6:] = 1
    mask = np.zeros((80, 120), np.uint8)
    mask[:, 60:] = 15
    assert score(truth, mask, _table("person")) == 1.0
    assert score(truth, mask, _table("cat")) == 0.0


def test_a_video_without_masks_or_with_unusable_ones_plays_all_the_same(tmp_path: Path) -> None:
    images = tmp_path / "images"
    _write(images, tmp_path / "elsewhere", [1])
    for location in (str(images), str(tmp_path / "none.mp4"), "camera:0", "x" * 5000):
        assert find_ground_truth(location) is None
    (tmp_path / "masks").mkdir()
    assert find_ground_truth(str(images)) is None  # none of these pictures has one
    broken = _davis(tmp_path / "davis", "dog")
    (tmp_path / "davis" / "foreground.toml").write_text("dog = 3")
    assert find_ground_truth(str(broken)) is None
