"""An inspection counts what is there, names what is broken, and shows every class."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from studio.classes import voc_palette
from studio.data.dataset import open_dataset
from studio.data.reading import read_image, read_mask
from studio.data.report import DatasetReport, InspectSpec, read_report
from studio.errors import InputError, OutputError, SpecError
from studio.jobs.inspect import run
from studio.video.mask_writer import write_mask_png
from tests.support.datasets import make_voc
from tests.support.reporter import KeepingReporter
from tests.support.shared_data import shared_data


def _inspect(root: Path, out: Path, **options: object) -> DatasetReport:
    out.mkdir(exist_ok=True)
    run(InspectSpec(str(root), **options), KeepingReporter(out))  # type: ignore[arg-type]
    report = read_report(out)
    assert report is not None
    return report


def test_pixels_and_images_are_counted(tmp_path: Path) -> None:
    root = make_voc(tmp_path)
    report = _inspect(root, tmp_path / "out")
    masks = [
        read_mask(sample.mask, 3) for sample in open_dataset(root, "train").samples if sample.mask
    ]
    for label in range(3):
        assert report.class_pixels[label] == sum((mask == label).sum() for mask in masks)
        assert report.class_images[label] == sum((mask == label).any() for mask in masks)
    assert report.void_pixels == sum((mask == 255).sum() for mask in masks)
    assert [(s.width, s.height, s.images) for s in report.sizes] == [(64, 48, 8)]
    assert (report.images, report.checked) == (8, 8)
    assert report.broken == ()
    assert report.warnings == ()


def test_pictures_show_every_class_with_its_mask(tmp_path: Path) -> None:
    report = _inspect(make_voc(tmp_path, images=30, classes=5), tmp_path / "out", samples=4)
    assert len(report.samples) == 4
    assert {c for picture in report.samples for c in picture.classes} == {0, 1, 2, 3, 4}
    dataset = open_dataset(tmp_path, "train")
    by_name = {sample.name: sample for sample in dataset.samples}
    for picture in report.samples:
        seen = read_image(tmp_path / "out" / picture.file).astype(int)
        original = read_image(by_name[picture.name].image).astype(int)
        mask_path = by_name[picture.name].mask
        assert mask_path is not None
        covered = read_mask(mask_path, 5) != 0
        change = np.abs(seen - original).mean(axis=-1)
        assert change[covered].mean() > 3 * change[~covered].mean()


def test_large_images_become_small_pictures(tmp_path: Path) -> None:
    report = _inspect(make_voc(tmp_path, images=1, size=(300, 800)), tmp_path / "out")
    (picture,) = report.samples
    assert (picture.width, picture.height) == (800, 300)
    assert read_image(tmp_path / "out" / picture.file).shape == (144, 384, 3)


def test_broken_pairs_are_named_with_their_reasons(tmp_path: Path) -> None:
    root = make_voc(tmp_path)
    images, masks = root / "JPEGImages", root / "SegmentationClass"
    (images / "2007_000000.jpg").unlink()
    (masks / "2007_000001.png").unlink()
    write_mask_png(masks / "2007_000002.png", np.zeros((9, 9), np.uint8), voc_palette())
    write_mask_png(masks / "2007_000003.png", np.full((48, 64), 9, np.uint8), voc_palette())
    (images / "2007_000004.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    report = _inspect(root, tmp_path / "out")
    reasons = {broken.name: broken.reason for broken in report.broken}
    assert list(reasons) == [f"2007_{i:06d}" for i in range(5)]
    for name, word in zip(
        reasons, ["missing", "missing", "64x48", "index 9", "cannot be read"], strict=True
    ):
        assert word in reasons[name]
    assert all(broken.remedy and broken.image and broken.mask for broken in report.broken)
    assert sum(size.images for size in report.sizes) == 3
    assert "5 images or masks cannot be used." in report.warnings
    assert not {picture.name for picture in report.samples} & set(reasons)


def test_images_that_both_lists_have_are_found(tmp_path: Path) -> None:
    root = make_voc(tmp_path)
    lists = root / "ImageSets" / "Segmentation"
    with (lists / "val.txt").open("a") as file:
        file.write("2007_000003\n")
    shutil.copy(root / "JPEGImages" / "2007_000001.jpg", root / "JPEGImages" / "2007_000009.jpg")
    report = _inspect(root, tmp_path / "out")
    assert report.shared == ("2007_000003",)
    assert report.identical == (("2007_000001", "2007_000009"),)
    assert any("are in 'val' too" in warning for warning in report.warnings)
    assert any("several names" in warning for warning in report.warnings)


def test_a_dataset_needs_no_second_list(tmp_path: Path) -> None:
    report = _inspect(make_voc(tmp_path), tmp_path / "out", val_split="none")
    assert report.val_split == ""
    assert report.shared == ()
    assert _inspect(tmp_path, tmp_path / "out", split="val").shared == ()


def test_one_class_alone_is_pointed_out(tmp_path: Path) -> None:
    root = make_voc(tmp_path)
    for path in (root / "SegmentationClass").iterdir():
        write_mask_png(path, np.zeros((48, 64), np.uint8), voc_palette())
    report = _inspect(root, tmp_path / "out")
    assert report.warnings == (
        "There is only one class, background: a network learns nothing from it.",
    )


def test_absent_and_rare_classes_are_pointed_out(tmp_path: Path) -> None:
    root = make_voc(tmp_path, images=60, size=(20, 30))
    (root / "labels.txt").write_text("background\na\nb\nc\n")
    for index in range(0, 60, 2):  # those that showed class 1
        path = root / "SegmentationClass" / f"2007_{index:06d}.png"
        write_mask_png(path, np.full((20, 30), index < 6, np.uint8), voc_palette())
    report = _inspect(root, tmp_path / "out")
    assert report.warnings == ("No image shows c.", "Fewer than 20 images show a (3).")


def test_images_that_take_long_to_decode_are_pointed_out(tmp_path: Path) -> None:
    report = _inspect(make_voc(tmp_path, images=1, size=(1600, 2600)), tmp_path / "out")
    assert any("4 megapixels" in warning for warning in report.warnings)


def test_told_to_stop_it_reports_what_it_has_seen(tmp_path: Path) -> None:
    root = make_voc(tmp_path, images=30)
    reporter = KeepingReporter(tmp_path / "out", stop_after=5)
    (tmp_path / "out").mkdir()
    summary = run(InspectSpec(str(root)), reporter)
    assert summary["complete"] is False
    assert summary["checked"] == 5
    report = read_report(tmp_path / "out")
    assert report is not None
    assert report.class_images[0] == 5
    assert report.warnings[0] == "Only 5 of 30 images were looked at."
    assert reporter.totals == {30}
    assert reporter.artifacts.keys() == {"report", "samples"}


def test_what_cannot_be_opened_or_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        run(InspectSpec(str(tmp_path / "gone")), KeepingReporter(tmp_path))
    (tmp_path / "samples").write_text("in the way")
    with pytest.raises(OutputError, match="Could not write"):
        run(InspectSpec(str(make_voc(tmp_path))), KeepingReporter(tmp_path))
    with pytest.raises(SpecError, match="-1 sample pictures"):
        InspectSpec("x", samples=-1)


def test_a_missing_or_damaged_report_is_none(tmp_path: Path) -> None:
    assert read_report(tmp_path) is None
    (tmp_path / "dataset.json").write_text('{"name": "cut')
    assert read_report(tmp_path) is None


def test_a_report_is_read_without_tensorflow_or_qt() -> None:
    script = (
        "import sys, studio.data.report, studio.jobs.inspect\n"
        "print(sorted({'tensorflow', 'keras', 'PySide6', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_real_validation_list_is_whole(tmp_path: Path) -> None:
    report = _inspect(shared_data("VOCdevkit"), tmp_path / "out", split="val", val_split="train")
    assert report.broken == ()
    assert report.shared == ()
    assert report.images == 300
    assert len(report.samples) == 24
