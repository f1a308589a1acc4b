"""Outlines become masks as their makers' own tools draw them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from studio.classes import VOC_LABELS
from studio.data.dataset import open_dataset
from studio.data.reading import read_mask, read_sample
from studio.data.samples import Mask
from studio.data.statistics import class_counts
from studio.errors import InputError
from tests.support.datasets import write_image

HEIGHT, WIDTH = 40, 60
SQUARE = [10.0, 10.0, 30.0, 10.0, 30.0, 30.0, 10.0, 30.0]
SMALL = [15.0, 15.0, 20.0, 15.0, 20.0, 20.0, 15.0, 20.0]


def _coco(root: Path, annotations: list[dict[str, Any]], **changes: Any) -> Path:
    content: dict[str, Any] = {
        "images": [{"id": 7, "file_name": "a.jpg", "width": WIDTH, "height": HEIGHT}],
        "annotations": [{"id": i, "image_id": 7, **a} for i, a in enumerate(annotations)],
        "categories": [
            {"id": 18, "name": "dog"},
            {"id": 5, "name": "airplane"},
            {"id": 90, "name": "toothbrush"},
        ],
        **changes,
    }
    (root / "annotations").mkdir(parents=True)
    (root / "annotations" / "instances_train2017.json").write_text(json.dumps(content))
    (root / "train2017").mkdir()
    write_image(root / "train2017" / "a.jpg", np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    return root


def _mask(root: Path, split: str = "train", labels: Any = "own") -> Mask:
    dataset = open_dataset(root, split, labels)
    mask = read_sample(dataset.samples[0], dataset.classes)[1]
    assert mask is not None
    return mask


class TestCoco:
    def test_categories_are_classes_in_order_of_their_numbers(self, tmp_path: Path) -> None:
        root = _coco(tmp_path, [])
        for split in ("train", "train2017"):
            dataset = open_dataset(root, split)
            assert dataset.labels == ("background", "airplane", "dog", "toothbrush")
        assert not _mask(root).any()

    def test_polygons_cover_what_they_enclose(self, tmp_path: Path) -> None:
        mask = _mask(_coco(tmp_path, [{"category_id": 18, "segmentation": [SQUARE]}]))
        wanted = np.zeros((HEIGHT, WIDTH), np.uint8)
        wanted[10:30, 10:30] = 2
        assert (mask == wanted).mean() > 0.98

    def test_small_objects_lie_on_large_ones(self, tmp_path: Path) -> None:
        annotations = [
            {"category_id": 5, "segmentation": [SMALL], "area": 25},
            {"category_id": 18, "segmentation": [SQUARE], "area": 400},
        ]
        mask = _mask(_coco(tmp_path, annotations))
        assert mask[17, 17] == 1
        assert mask[25, 25] == 2

    @pytest.mark.parametrize("packed", [False, True])
    def test_run_lengths_are_unpacked(self, tmp_path: Path, packed: bool) -> None:
        truth = np.zeros((HEIGHT, WIDTH), np.uint8, order="F")
        truth[5:20, 30:50] = 1
        runs = coco_mask.encode(truth)
        counts: Any = runs["counts"].decode()
        if not packed:
            flat = truth.reshape(-1, order="F")
            edges = np.flatnonzero(np.diff(flat)) + 1
            counts = np.diff([0, *edges, flat.size]).tolist()
        shape = {"size": [HEIGHT, WIDTH], "counts": counts}
        mask = _mask(_coco(tmp_path, [{"category_id": 90, "segmentation": shape}]))
        assert (mask == truth * 3).all()

    def test_an_object_without_an_outline_is_nowhere(self, tmp_path: Path) -> None:
        annotations: list[dict[str, Any]] = [
            {"category_id": 18, "segmentation": []},
            {"category_id": 5},
        ]
        assert not _mask(_coco(tmp_path, annotations)).any()

    @pytest.mark.parametrize("place", ["images/train2017", "train", "images/train", "images"])
    def test_images_are_found_where_people_put_them(self, tmp_path: Path, place: str) -> None:
        root = _coco(tmp_path, [])
        (root / place).parent.mkdir(exist_ok=True)
        (root / "train2017").rename(root / place)
        assert open_dataset(root, "train").samples[0].image.exists()
        (root / place).rename(root / "elsewhere")
        if (root / "images").exists():
            (root / "images").rmdir()
        with pytest.raises(InputError, match=r"no images for 'train2017'"):
            open_dataset(root, "train")

    def test_crowds_are_void_where_nothing_else_lies(self, tmp_path: Path) -> None:
        crowd = {"category_id": 18, "segmentation": [SQUARE], "iscrowd": 1, "area": 1}
        dog = {"category_id": 18, "segmentation": [SMALL], "area": 25}
        mask = _mask(_coco(tmp_path, [dog, crowd]))
        assert mask[25, 25] == 255
        assert mask[17, 17] == 2

    def test_voc_takes_its_classes_by_their_names(self, tmp_path: Path) -> None:
        annotations = [
            {"category_id": 5, "segmentation": [SMALL], "area": 25},
            {"category_id": 90, "segmentation": [SQUARE], "area": 400},
        ]
        root = _coco(tmp_path, annotations)
        dataset = open_dataset(root, "train", "voc")
        assert dataset.labels == VOC_LABELS
        mask = _mask(root, labels="voc")
        assert mask[17, 17] == VOC_LABELS.index("aeroplane")
        assert mask[25, 25] == 0

    def test_a_file_of_labels_chooses_classes(self, tmp_path: Path) -> None:
        root = _coco(tmp_path, [{"category_id": 90, "segmentation": [SQUARE]}])
        (root / "labels.txt").write_text("background\ntoothbrush\n")
        assert open_dataset(root, "train").labels == ("background", "toothbrush")
        assert _mask(root)[25, 25] == 1

    def test_classes_are_counted_as_in_other_layouts(self, tmp_path: Path) -> None:
        root = _coco(tmp_path, [{"category_id": 18, "segmentation": [SQUARE]}])
        counts = class_counts(open_dataset(root, "train"))
        assert counts.images.tolist() == [1, 0, 1, 0]
        assert counts.pixels.sum() == HEIGHT * WIDTH

    def test_annotations_are_no_picture_of_a_mask(self, tmp_path: Path) -> None:
        sample = open_dataset(_coco(tmp_path, []), "train").samples[0]
        assert sample.mask is not None
        with pytest.raises(InputError, match="Expected a picture"):
            read_mask(sample.mask, 4)

    @pytest.mark.parametrize(
        "shape",
        [
            [[1.0, 2.0, 3.0, 4.0]],
            {"size": [HEIGHT, WIDTH], "counts": [5, 5]},
            {"size": [9, 9], "counts": [81]},
            {"size": [HEIGHT, WIDTH], "counts": [-1, HEIGHT * WIDTH + 1]},
            {"size": [HEIGHT, WIDTH], "counts": []},
            "everywhere",
            None,
        ],
    )
    def test_objects_that_do_not_fit_are_told(self, tmp_path: Path, shape: object) -> None:
        root = _coco(tmp_path, [{"category_id": 18, "segmentation": shape}])
        with pytest.raises(InputError, match=r"annotations of a\.jpg do not fit"):
            _mask(root)

    def test_what_is_not_coco_is_told(self, tmp_path: Path) -> None:
        root = _coco(tmp_path, [])
        with pytest.raises(InputError, match=r"no list 'val'.*train2017"):
            open_dataset(root, "val")
        file = root / "annotations" / "instances_train2017.json"
        file.write_text("{}")
        with pytest.raises(InputError, match="does not hold COCO's annotations"):
            open_dataset(root, "train")

    def test_empty_annotations_are_told(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="name no image"):
            open_dataset(_coco(tmp_path / "a", [], images=[]), "train")
        with pytest.raises(InputError, match="None of the 0 categories"):
            open_dataset(_coco(tmp_path / "b", [], categories=[]), "train")


def _yolo(root: Path, lines: str) -> Path:
    for name in ("images", "labels"):
        (root / name).mkdir(parents=True)
    for name in ("a", "b"):
        write_image(root / "images" / f"{name}.jpg", np.zeros((HEIGHT, WIDTH, 3), np.uint8))
        (root / "labels" / f"{name}.txt").write_text(lines)
    (root / "classes.txt").write_text("cat\ndog\n")
    return root


class TestYolo:
    def test_outlines_are_filled(self, tmp_path: Path) -> None:
        root = _yolo(tmp_path, "1 0.5 0.25 1.0 0.25 1.0 0.75 0.5 0.75\n")
        dataset = open_dataset(root, "trainval")
        assert dataset.labels == ("background", "cat", "dog")
        mask = _mask(root, "trainval")
        wanted = np.zeros((HEIGHT, WIDTH), np.uint8)
        wanted[10:30, 30:] = 2
        assert (mask == wanted).mean() > 0.97

    def test_an_empty_file_is_an_image_of_background(self, tmp_path: Path) -> None:
        assert not _mask(_yolo(tmp_path, "\n"), "trainval").any()

    @pytest.mark.parametrize(
        ("line", "what"),
        [
            ("2 0 0 1 0 1 1", "has the class 2, and there are 2"),
            ("-1 0 0 1 0 1 1", "has the class -1"),
            ("0 0.5 0.5 0.1 0.1", "holds a box, not an outline"),
            ("0 0 0 1 0", "holds a box|no outline"),
            ("0 0 0 1 0 1", "holds no outline"),
            ("0 0 0 1 0 1 nan", "holds no outline"),
            ("dog 0 0 1 0 1 1", "is not a class and numbers"),
        ],
    )
    def test_lines_that_are_no_outlines_are_named(
        self, tmp_path: Path, line: str, what: str
    ) -> None:
        root = _yolo(tmp_path, f"0 0 0 1 0 1 1\n{line}\n")
        with pytest.raises(InputError, match=rf"Line 2 of \w\.txt {what}"):
            _mask(root, "trainval")

    def test_missing_label_files_are_named(self, tmp_path: Path) -> None:
        root = _yolo(tmp_path, "")
        (root / "labels" / "a.txt").unlink()
        (root / "labels" / "b.txt").unlink()
        with pytest.raises(InputError, match=r"labels/\w\.txt is missing"):
            _mask(root, "trainval")

    def test_classes_are_needed(self, tmp_path: Path) -> None:
        root = _yolo(tmp_path, "")
        (root / "classes.txt").write_text("")
        with pytest.raises(InputError, match=r"classes\.txt names 0 classes"):
            open_dataset(root, "train")
        (root / "classes.txt").unlink()
        with pytest.raises(InputError, match=r"classes\.txt is missing"):
            open_dataset(root, "train")
