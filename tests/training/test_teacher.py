from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.classes import voc_palette
from studio.data.dataset import open_unlabelled
from studio.data.teacher_cache import TeacherCache, teacher_name
from studio.deeplab.conv_norm import ConvNorm
from studio.deeplab.files import save_network
from studio.errors import ModelError, SpecError
from studio.inference.geometry import fitted_size
from studio.inference.model import LogitsGrid
from studio.training.loop import Training
from studio.training.spec import DistillationSpec, OptimizerSpec
from studio.training.teacher import Teacher, _unmirror, fill_cache
from studio.video.mask_writer import write_mask_png
from tests.support.datasets import make_unlabelled, make_voc, write_image
from tests.support.models import labels_model, logits_model, write_card
from tests.support.networks import lively_network, tiny_spec
from tests.support.trainings import StoppingReporter, points, tiny_training

_LABELS = ("background", "aeroplane", "bicycle")

pytestmark = pytest.mark.timeout(300)  # on a busy machine


def _teacher_file(path: Path, *, symmetric: bool = False) -> Path:
    """A Keras file; symmetric kernels see a mirrored image as the mirror of what they saw."""
    spec = tiny_spec(classes=3, blocks=4)
    network = lively_network(spec, norm="frozen")
    if symmetric:
        for layer in network.model.layers:
            if isinstance(layer, ConvNorm):
                kernel = np.array(layer.kernel)
                layer.kernel.assign((kernel + kernel[:, ::-1]) / 2)
    save_network(network.model, spec, path, _LABELS)
    return path


def _image(
    height: int, width: int, seed: int = 0
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_the_mirrored_view_of_an_even_handed_teacher_changes_nothing(tmp_path: Path) -> None:
    file = str(_teacher_file(tmp_path / "t.keras", symmetric=True))
    image = _image(40, 70)
    one = Teacher(DistillationSpec(teacher=file, sizes=(65,), flip=False), _LABELS).answer(image)
    two = Teacher(DistillationSpec(teacher=file, sizes=(65,), flip=True), _LABELS).answer(image)
    np.testing.assert_allclose(one, two, atol=2e-3)
    other = Teacher(DistillationSpec(teacher=file, sizes=(65,), flip=False), _LABELS).answer(
        image[:, ::-1]
    )
    assert np.abs(other - one).max() > 0.05  # the image is not symmetric itself


@given(
    st.sampled_from(["align_corners", "half_pixel"]),
    st.integers(20, 65),
    st.integers(3, 33),
)
@settings(max_examples=40)
def test_a_mirrored_ramp_is_turned_back_exactly(
    grid: LogitsGrid, height: int, columns: int
) -> None:
    size = 65
    width = 30
    inner = fitted_size((height, width), (size, size), "letterbox")[1]
    per_column = (size - 1) / (columns - 1) if grid == "align_corners" else size / columns
    offset = 0.0 if grid == "align_corners" else 0.5
    pixels = (np.arange(columns) + offset) * per_column - offset
    seen = (pixels * 2.0 + 1.0).astype(np.float32)[None, :, None].repeat(3, axis=0)
    turned = _unmirror(seen, (height, width), size, grid)
    within = (inner - 1 - pixels >= pixels[0]) & (inner - 1 - pixels <= pixels[-1])
    expected = (inner - 1 - pixels) * 2.0 + 1.0
    np.testing.assert_allclose(turned[0, within, 0], expected[within], rtol=1e-4, atol=1e-2)
    assert within.any()


def test_other_labels_are_refused_and_the_first_is_named(tmp_path: Path) -> None:
    spec = DistillationSpec(teacher=str(_teacher_file(tmp_path / "t.keras")), sizes=(33,))
    with pytest.raises(SpecError, match="class 2 is 'bicycle', where the dataset has 'bird'"):
        Teacher(spec, ("background", "aeroplane", "bird"))
    with pytest.raises(SpecError, match="3 classes, where the dataset has 2"):
        Teacher(spec, _LABELS[:2])


def test_a_size_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    file = str(_teacher_file(tmp_path / "t.keras"))
    with pytest.raises(SpecError, match="cannot look at images of 40 px"):
        Teacher(DistillationSpec(teacher=file, sizes=(33, 40)), _LABELS)


@pytest.mark.parametrize("dtype", ["float32", "uint8", "int8"])
def test_any_tflite_file_with_logits_teaches_at_its_own_size(tmp_path: Path, dtype: str) -> None:
    file = logits_model(tmp_path / "t.tflite", classes=3, dtype=dtype)  # type: ignore[arg-type]
    write_card(file, labels=list(_LABELS))
    teacher = Teacher(DistillationSpec(teacher=str(file), sizes=(65,)), _LABELS)
    assert teacher.shape == (13, 13, 3)
    answer = teacher.answer(_image(65, 65))
    assert answer.shape == (13, 13, 3)
    np.testing.assert_allclose(np.exp(answer).sum(-1), 1.0, atol=1e-4)
    with pytest.raises(SpecError, match="65x65 px only"):
        Teacher(DistillationSpec(teacher=str(file), sizes=(129,)), _LABELS)


def test_a_tflite_file_that_gives_labels_cannot_teach(tmp_path: Path) -> None:
    file = labels_model(tmp_path / "t.tflite", classes=3)
    write_card(file, labels=list(_LABELS))
    with pytest.raises(ModelError, match="finished labels"):
        Teacher(DistillationSpec(teacher=str(file), sizes=(65,)), _LABELS)


def test_a_teacher_that_was_interrupted_is_asked_only_for_the_rest(tmp_path: Path) -> None:
    samples = open_unlabelled(make_unlabelled(tmp_path / "photos", 5)).samples
    spec = DistillationSpec(teacher=str(_teacher_file(tmp_path / "t.keras")), sizes=(33,))
    teacher = Teacher(spec, _LABELS)

    def cache() -> TeacherCache:
        return TeacherCache.open_or_create(
            tmp_path / "cache",
            teacher.key,
            tuple(teacher_name(sample) for sample in samples),
            teacher.shape,
            input_size=teacher.input_size,
            grid=teacher.grid,
        )

    with cache() as first:
        stopped = StoppingReporter(tmp_path / "a", stop_at=2, unit="images")
        assert not fill_cache(first, teacher, samples, stopped)
        assert len(first.missing()) == 2
    with cache() as second:
        reporter = StoppingReporter(tmp_path / "b")
        assert fill_cache(second, teacher, samples, reporter)
        assert reporter.totals == {2}
        assert second.missing() == ()


def test_images_without_masks_are_learnt_from_a_teacher_alone(tmp_path: Path) -> None:
    dataset = make_voc(tmp_path, images=4, val=1)
    for path in (dataset / "SegmentationClass").glob("*.png"):
        if path.stem < "2007_000004":
            write_mask_png(path, np.full((48, 64), 255, np.uint8), voc_palette())
    photos = make_unlabelled(tmp_path / "photos", 3)
    write_image(photos / "upright.jpg", _image(60, 40))
    spec = tiny_training(
        dataset,
        epochs=12,
        optimizer=OptimizerSpec(kind="adamw", learning_rate=0.01, schedule="constant"),
        distillation=DistillationSpec(
            teacher=str(_teacher_file(tmp_path / "t.keras")),
            sizes=(33, 65),
            unlabelled=str(photos),
            unlabelled_repeats=2,
        ),
    )
    reporter = StoppingReporter(tmp_path / "run")
    Training(spec, reporter).run()
    masks, teacher = (points(reporter.events, f"loss/{name}") for name in ("masks", "teacher"))
    assert set(masks.values()) == {0.0}
    assert teacher[max(teacher)] < 0.8 * teacher[min(teacher)]
    assert points(reporter.events, "loss") == pytest.approx(teacher)
