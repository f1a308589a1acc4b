"""Folders of images and masks, with or without lists, labels and colours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.classes import VOC_LABELS, voc_palette
from studio.data.check import check_dataset
from studio.data.dataset import open_dataset
from studio.data.reading import read_sample
from studio.errors import InputError
from studio.video.mask_writer import write_mask_png
from tests.support.datasets import example_pair, write_image


def _make(root: Path, count: int = 20, subfolder: str = "") -> Path:
    for name in ("images", "masks"):
        (root / name / subfolder).mkdir(parents=True, exist_ok=True)
    for index in range(count):
        image, mask = example_pair(index, (24, 32), 3)
        write_image(root / "images" / subfolder / f"{subfolder}{index}.jpg", image)
        path = root / "masks" / subfolder / f"{subfolder}{index}.png"
        write_mask_png(path, mask, voc_palette())
    return root


def _names(root: Path, split: str) -> list[str]:
    return [sample.name for sample in open_dataset(root, split).samples]


def test_pairs_are_read(tmp_path: Path) -> None:
    dataset = open_dataset(_make(tmp_path), "trainval")
    assert dataset.labels == VOC_LABELS
    check_dataset(dataset)
    for sample in dataset.samples:
        wanted = example_pair(int(sample.name), (24, 32), 3)[1]
        mask = read_sample(sample, dataset.classes)[1]
        assert mask is not None
        assert np.array_equal(mask, wanted)


def test_without_lists_names_are_divided_once_and_for_all(tmp_path: Path) -> None:
    root = _make(tmp_path, count=60)
    train, val = _names(root, "train"), _names(root, "val")
    assert set(train) | set(val) == set(_names(root, "trainval"))
    assert not set(train) & set(val)
    assert 2 <= len(val) <= 20
    _make(root, count=80)
    assert set(train) <= set(_names(root, "train"))
    assert set(val) <= set(_names(root, "val"))


@pytest.mark.parametrize("count", [2, 3, 5])
def test_few_images_still_give_both_lists(tmp_path: Path, count: int) -> None:
    root = _make(tmp_path, count)
    assert _names(root, "train")
    assert _names(root, "val")


def test_lists_are_followed(tmp_path: Path) -> None:
    root = _make(tmp_path)
    (root / "train.txt").write_text("3\n1.jpg\n")
    (root / "labels.txt").write_text("ground\na\nb\n")
    assert _names(root, "train") == ["3", "1"]
    with pytest.raises(InputError, match=r"no list 'val'.*It has train\."):
        open_dataset(root, "val")


def test_a_name_without_a_file_is_found_by_the_check(tmp_path: Path) -> None:
    root = _make(tmp_path)
    (root / "train.txt").write_text("3\nmissing\n")
    with pytest.raises(InputError, match=r"2 files .*missing\.jpg, missing\.png"):
        check_dataset(open_dataset(root, "train"))


def test_subfolders_are_lists(tmp_path: Path) -> None:
    root = _make(_make(tmp_path, 3, "train"), 2, "val")
    assert _names(root, "val") == ["val0", "val1"]
    check_dataset(open_dataset(root, "train"))
    with pytest.raises(InputError, match=r"no list 'test'.*train, val"):
        open_dataset(root, "test")


def test_masks_may_be_named_after_their_kind(tmp_path: Path) -> None:
    root = _make(tmp_path, 2)
    (root / "masks" / "1.png").rename(root / "masks" / "1_mask.png")
    check_dataset(open_dataset(root, "trainval"))


def test_labels_and_colours_are_its_own(tmp_path: Path) -> None:
    root = _make(tmp_path, 1)
    (root / "labels.txt").write_text("ground\nroad\nsky\n")
    (root / "palette.txt").write_text("0 0 0\n10, 20, 30\n200 100 50\n")
    mask = np.array([[0, 1, 2, 255]], np.uint8)
    colours = voc_palette()
    colours[1], colours[2] = (10, 20, 30), (200, 100, 50)
    write_image(root / "images" / "0.png", np.zeros((1, 4, 3), np.uint8))
    (root / "images" / "0.jpg").unlink()
    write_image(root / "masks" / "0.png", colours[mask])
    dataset = open_dataset(root, "trainval")
    assert dataset.labels == ("ground", "road", "sky")
    _, seen = read_sample(dataset.samples[0], dataset.classes, dataset.palette)
    assert seen is not None
    assert seen.tolist() == mask.tolist()


@pytest.mark.parametrize("line", ["red", "1 2", "1 2 256", "-1 2 3"])
def test_a_palette_that_is_none_is_told(tmp_path: Path, line: str) -> None:
    root = _make(tmp_path, 1)
    (root / "palette.txt").write_text(f"0 0 0\n{line}\n")
    with pytest.raises(InputError, match=rf"line 2 of .*palette\.txt; got '{line}'"):
        open_dataset(root, "trainval")


def test_empty_folders_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no image"):
        open_dataset(_make(tmp_path, 0), "train")
    root = _make(tmp_path / "b", 1, "train")
    (root / "images" / "val").mkdir()
    with pytest.raises(InputError, match="no image"):
        open_dataset(root, "val")
    _make(root, 1, "val")
    for path in (root / "masks" / "val").iterdir():
        path.unlink()
    (root / "masks" / "val").rmdir()
    with pytest.raises(InputError, match="is missing"):
        open_dataset(root, "val")
