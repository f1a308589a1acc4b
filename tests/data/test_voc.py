"""PASCAL VOC's folders open from wherever one points, and say what is missing."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from studio.classes import VOC_LABELS, voc_palette
from studio.data.check import check_dataset
from studio.data.dataset import is_dataset, open_dataset, open_unlabelled
from studio.data.reading import read_sample
from studio.data.samples import Mask
from studio.errors import InputError
from studio.video.mask_writer import write_mask_png
from tests.support.datasets import example_pair, make_unlabelled, make_voc
from tests.support.shared_data import shared_data

_LISTS = Path("ImageSets", "Segmentation")


@pytest.mark.parametrize("above", [0, 1, 2])
def test_it_opens_from_its_folder_and_from_above(tmp_path: Path, above: int) -> None:
    folder = make_voc(tmp_path)
    root = [folder, *folder.parents][above]
    assert is_dataset(root)
    dataset = open_dataset(root, "train")
    assert dataset.root == folder
    assert [sample.name for sample in dataset.samples] == [f"2007_{i:06d}" for i in range(8)]
    assert dataset.labels == VOC_LABELS[:3]
    assert len(open_dataset(root, "trainval")) == 12


def test_images_and_masks_are_those_of_the_name(tmp_path: Path) -> None:
    dataset = open_dataset(make_voc(tmp_path), "val")
    for index, sample in enumerate(dataset.samples, 8):
        image, mask = read_sample(sample, dataset.classes, dataset.palette)
        wanted_image, wanted_mask = example_pair(index, (48, 64), 3)
        assert np.array_equal(_given(mask), wanted_mask)
        assert np.abs(image.astype(int) - wanted_image).mean() < 9  # it is a JPEG


def test_all_classes_of_voc_are_the_default(tmp_path: Path) -> None:
    dataset = open_dataset(make_voc(tmp_path, classes=21), "train")
    assert dataset.labels == VOC_LABELS
    assert dataset.classes == 21


@pytest.mark.parametrize("split", ["trainaug", "train_aug"])
def test_augmented_lists_and_masks_are_found_under_both_names(tmp_path: Path, split: str) -> None:
    folder = make_voc(tmp_path)
    (folder / _LISTS / "train.txt").rename(folder / _LISTS / "train_aug.txt")
    augmented = folder / "SegmentationClassAug"
    augmented.mkdir()
    write_mask_png(augmented / "2007_000003.png", np.ones((48, 64), np.uint8), voc_palette())
    dataset = open_dataset(folder, split)
    folders = {sample.name: sample.mask.parent.name for sample in dataset.samples if sample.mask}
    assert folders.pop("2007_000003") == "SegmentationClassAug"
    assert set(folders.values()) == {"SegmentationClass"}


def test_lists_may_have_numbers_blank_lines_and_doubles(tmp_path: Path) -> None:
    folder = make_voc(tmp_path)
    content = "\ufeff2007_000001  1\r\n\r\n2007_000002 -1\r\n2007_000001\r\n"
    (folder / _LISTS / "some.txt").write_text(content, encoding="utf-8")
    dataset = open_dataset(folder, "some")
    assert [sample.name for sample in dataset.samples] == ["2007_000001", "2007_000002"]


def test_an_unknown_list_is_answered_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no list 'test'.*It has train, trainval, val"):
        open_dataset(make_voc(tmp_path), "test")


def test_an_empty_list_is_told(tmp_path: Path) -> None:
    folder = make_voc(tmp_path)
    (folder / _LISTS / "train.txt").write_text("\n \n")
    with pytest.raises(InputError, match=r"train\.txt is empty"):
        open_dataset(folder, "train")


def test_a_list_that_is_no_text_is_told(tmp_path: Path) -> None:
    folder = make_voc(tmp_path)
    (folder / _LISTS / "train.txt").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InputError, match="Could not read"):
        open_dataset(folder, "train")


def test_missing_folders_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        open_dataset(tmp_path / "gone", "train")
    with pytest.raises(InputError, match="no dataset of a known layout"):
        open_dataset(tmp_path, "train")
    folder = make_voc(tmp_path)
    shutil.rmtree(folder / "SegmentationClass")
    with pytest.raises(InputError, match="no masks"):
        open_dataset(folder, "train")
    shutil.rmtree(folder / "ImageSets")
    with pytest.raises(InputError, match="no lists at all"):
        open_dataset(folder, "train")


@pytest.mark.parametrize("labels", ["", "background\n", "x\n" * 256])
def test_labels_must_be_2_to_255(tmp_path: Path, labels: str) -> None:
    folder = make_voc(tmp_path)
    (folder / "labels.txt").write_text(labels)
    with pytest.raises(InputError, match=r"labels\.txt names \d+ classes"):
        open_dataset(folder, "train")


def _given(mask: Mask | None) -> Mask:
    assert mask is not None
    return mask


class TestCheck:
    def test_a_whole_dataset_passes(self, tmp_path: Path) -> None:
        photos = open_unlabelled(make_unlabelled(tmp_path / "photos"))
        check_dataset(open_dataset(make_voc(tmp_path), "trainval"), photos.samples)

    def test_missing_files_are_named_and_counted(self, tmp_path: Path) -> None:
        folder = make_voc(tmp_path)
        for index in range(7):
            (folder / "JPEGImages" / f"2007_{index:06d}.jpg").unlink()
        (folder / "SegmentationClass" / "2007_000007.png").unlink()
        with pytest.raises(InputError, match=r"8 files .* 2007_000000\.jpg.* and 3 more"):
            check_dataset(open_dataset(folder, "train"))

    def test_missing_photos_are_named(self, tmp_path: Path) -> None:
        photos = open_unlabelled(make_unlabelled(tmp_path / "photos"))
        photos.samples[1].image.unlink()
        with pytest.raises(InputError, match=r"photo_1\.jpg"):
            check_dataset(open_dataset(make_voc(tmp_path), "train"), photos.samples)

    def test_images_without_masks_are_told(self, tmp_path: Path) -> None:
        photos = open_unlabelled(make_unlabelled(tmp_path / "photos"))
        with pytest.raises(InputError, match="4 of 4 images have no mask"):
            check_dataset(photos)

    def test_a_deleted_dataset_is_told(self, tmp_path: Path) -> None:
        dataset = open_dataset(make_voc(tmp_path), "train")
        shutil.rmtree(dataset.root)
        with pytest.raises(InputError, match="16 files"):
            check_dataset(dataset)


class TestUnlabelled:
    def test_images_come_in_natural_order(self, tmp_path: Path) -> None:
        folder = make_unlabelled(tmp_path / "photos", images=11)
        (folder / "notes.txt").write_text("no image")
        names = [sample.name for sample in open_unlabelled(folder).samples]
        assert names == [f"photo_{i}" for i in range(11)]

    def test_names_are_unique_where_endings_differ(self, tmp_path: Path) -> None:
        folder = make_unlabelled(tmp_path / "photos", images=1)
        shutil.copy(folder / "photo_0.jpg", folder / "photo_0.png")
        names = [sample.name for sample in open_unlabelled(folder).samples]
        assert sorted(names) == ["photo_0.jpg", "photo_0.png"]

    def test_without_images_it_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="holds no image"):
            open_unlabelled(tmp_path)
        with pytest.raises(InputError, match="Could not read the folder"):
            open_unlabelled(tmp_path / "gone")


def test_the_real_dataset_opens() -> None:
    root = shared_data("VOCdevkit")
    train, val = open_dataset(root, "train"), open_dataset(root, "val")
    check_dataset(train)
    check_dataset(val)
    image, mask = read_sample(train.samples[0], train.classes)
    assert mask is not None
    assert image.shape[:2] == mask.shape
