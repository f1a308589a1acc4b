"""Images that were only scored are shown from the dataset, as far as that is still there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.gui.training.results.dataset_files import dataset_files
from studio.gui.training.results.large_view import LargeView
from studio.gui.training.results.tile import Part, Samples
from studio.runs.folder import RunFolder
from studio.runs.record import encode_record, new_record
from studio.training.spec import TrainSpec
from tests.gui.training_results.conftest import MakeView
from tests.support.datasets import make_voc
from tests.support.validation_runs import make_run


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Whose validation images have the names that the run scores, and are of its size."""
    folder = make_voc(tmp_path / "data", images=1, val=6)
    names = (folder / "ImageSets" / "Segmentation" / "val.txt").read_text().split()
    for number, name in enumerate(names):
        for sub, suffix in (("JPEGImages", "jpg"), ("SegmentationClass", "png")):
            (folder / sub / f"{name}.{suffix}").rename(folder / sub / f"img_{number:03d}.{suffix}")
    (folder / "ImageSets" / "Segmentation" / "val.txt").write_text(
        "".join(f"img_{number:03d}\n" for number in range(6))
    )
    return folder


@pytest.fixture
def trained(run: RunFolder, dataset: Path) -> RunFolder:
    record = new_record("train", TrainSpec(dataset=str(dataset)), title="on it")
    run.record_file.write_bytes(encode_record(record))
    return run


def test_the_files_of_validation_images_are_found_by_name(
    trained: RunFolder, dataset: Path
) -> None:
    files = dataset_files(trained)
    assert sorted(files) == [f"img_{number:03d}" for number in range(6)]
    assert files["img_005"].image == dataset / "JPEGImages" / "img_005.jpg"
    assert files["img_005"].mask == dataset / "SegmentationClass" / "img_005.png"


@pytest.mark.parametrize("what", ["no record", "torn record", "no dataset"])
def test_without_a_dataset_there_are_none(trained: RunFolder, dataset: Path, what: str) -> None:
    if what == "no record":
        trained.record_file.unlink()
    elif what == "torn record":
        trained.record_file.write_bytes(trained.record_file.read_bytes()[:40])
    else:
        shutil.rmtree(dataset)
    assert dataset_files(trained) == {}


def test_an_image_that_is_only_scored_shows_its_photograph_and_truth(
    qtbot: QtBot, make_view: MakeView, trained: RunFolder
) -> None:
    view = make_view(trained)
    with qtbot.waitSignal(view.selection.dataset.found, timeout=5000):
        view.worst.show_epoch()
    samples = Samples(view.selection, view.store)
    qtbot.waitUntil(lambda: samples.get("img_005").truth is not None, timeout=5000)
    qtbot.waitUntil(lambda: samples.get("img_005").photo is not None, timeout=5000)
    assert samples.get("img_005").absent == {Part.PREDICTION}
    view.worst._open(view.worst.filter.index(view.worst.shown.index("img_005"), 1))
    large = view.worst.findChild(LargeView)
    assert large is not None
    assert "img_005" in large.windowTitle()
    assert not large.grab().isNull()


def test_another_run_forgets_the_files_of_the_one_before(
    qtbot: QtBot, make_view: MakeView, trained: RunFolder, tmp_path: Path
) -> None:
    view = make_view(trained)
    with qtbot.waitSignal(view.selection.dataset.found, timeout=5000):
        view.worst.show_epoch()
    assert view.selection.photo_path("img_005") is not None
    view.show_run(make_run(tmp_path / "other", images=1, epochs=1, scored=6))
    assert view.selection.photo_path("img_005") is None
