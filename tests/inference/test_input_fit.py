"""An opened model whose input follows the frames: where it can, and what it does otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import ai_edge_litert.schema_py_generated as schema
import numpy as np
import pytest
from numpy.typing import NDArray

from studio.errors import ModelError, OutputError
from studio.inference.adapted import AdaptedModel
from studio.inference.adapted_file import adapted_model, write_adapted_model
from studio.inference.card import read_card
from studio.inference.model import RUNTIMES, ModelOverrides, Runtime, SessionOptions
from studio.inference.segmenter import Segmenter
from studio.opencv import cv2
from tests.support.checkout import ROOT
from tests.support.models import (
    binary_model,
    labels_model,
    logits_model,
    picture,
    two_output_model,
    write_card,
)
from tests.support.shared_data import CAT, CORAL, CORAL_HALF, FLOAT_257, JEJUNET, shared_data
from tests.support.small_deeplab import Tail, small_deeplab
from tests.support.tflite_builder import TfliteBuilder

FRAME = SessionOptions(input_fit="frame")
SHIPPED = sorted((ROOT / "models").glob("jejunet_fast_*.tflite"))  # the others are laid out alike
LABELS = np.random.default_rng(0).integers(0, 21, (13, 13))


def located(model: str | Path) -> Path:
    return model if isinstance(model, Path) else shared_data(model)


def noise(*size: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (CORAL, (289, 513)),
        (FLOAT_257, (145, 257)),
        (JEJUNET, (144, 256)),
        (ROOT / "models/jejunet_fast_289_int8.tflite", (177, 289)),
        (ROOT / "models/jejunet_quality_353_int8.tflite", (209, 353)),
    ],
)
def test_a_wide_frame_gets_a_wide_input_with_the_long_side_kept(
    model: str | Path, expected: tuple[int, int]
) -> None:
    segmenter = Segmenter(located(model), FRAME)
    segmenter.segment(noise(72, 128))
    info = segmenter.info
    assert (info.input_height, info.input_width) == expected
    assert info.logits_grid == "align_corners"
    assert info.output_kind == "logits"
    segmenter.segment(noise(128, 72))
    info = segmenter.info
    assert (info.input_width, info.input_height) == expected


@pytest.mark.parametrize("model", [CORAL_HALF, *SHIPPED], ids=str)
def test_xnnpack_takes_as_much_as_of_the_whole_model(model: str | Path) -> None:
    path = located(model)
    segmenter = Segmenter(path, FRAME)
    whole = segmenter.info
    segmenter.segment(noise(72, 128))
    fitting = segmenter.info
    assert fitting.input_height < whole.input_height
    assert fitting.delegate == "XNNPACK"
    # An operator or two of the published graphs have always stayed behind.
    left = (1 - whole.delegated_ops_ratio, 1 - fitting.delegated_ops_ratio)
    assert left[1] <= left[0] * 1.05


def test_the_mask_of_a_published_model_stays_nearly_as_it_was() -> None:
    path = shared_data(CORAL)
    image: NDArray[Any] = cv2.imread(str(shared_data(CAT)))
    whole, _ = Segmenter(path).segment(image)
    fitting, _ = Segmenter(path, FRAME).segment(image)
    assert (whole == fitting).mean() > 0.97
    assert set(np.unique(fitting[::4, ::4]).tolist()) >= {0, 8}


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("tail", ["labels", "flat labels", "logits", "softmax", "none"])
@pytest.mark.parametrize("corners", [True, False])
def test_a_square_frame_gets_the_mask_of_the_whole_model(
    tmp_path: Path, runtime: Runtime, tail: Tail, corners: bool
) -> None:
    """What the graph does at its end is what is done here from its logits."""
    size = 65 if corners else 64
    path = small_deeplab(tmp_path / "m.tflite", input_size=size, tail=tail, corners=corners)
    if tail == "none" and not corners:
        write_card(path, logits_grid="half_pixel")
    image = noise(size, size)
    whole, _ = Segmenter(path, SessionOptions(runtime=runtime)).segment(image)
    segmenter = Segmenter(path, SessionOptions(runtime=runtime, input_fit="frame"))
    fitting, _ = segmenter.segment(image)
    info = segmenter.info
    assert info.output_shape == (1, size // 16 + corners, size // 16 + corners, 5)
    assert info.logits_grid == ("align_corners" if corners else "half_pixel")
    assert len(np.unique(whole)) > 1
    assert (whole == fitting).mean() > 0.999


def test_a_picture_in_class_colours_is_segmented_at_any_aspect(tmp_path: Path) -> None:
    path = logits_model(tmp_path / "m.tflite", input_size=130, grid=13)
    segmenter = Segmenter(path, FRAME)
    for rows, columns in ((13, 13), (7, 13), (13, 7), (10, 13)):
        labels = LABELS[:rows, :columns]
        mask, _ = segmenter.segment(picture(labels, 10))
        info = segmenter.info
        assert (info.input_height, info.input_width) == (rows * 10, columns * 10)
        np.testing.assert_array_equal(mask[5::10, 5::10], labels)


def test_a_foreground_model_gets_an_input_of_the_frames_aspect(tmp_path: Path) -> None:
    segmenter = Segmenter(binary_model(tmp_path / "m.tflite", probability=True), FRAME)
    image = np.zeros((36, 64, 3), np.uint8)
    image[:, 32:, 2] = 255
    mask, _ = segmenter.segment(image)
    assert segmenter.info.input_height == 36
    assert (mask[:, :31] == 0).all()
    assert (mask[:, 33:] == 1).all()


def test_of_several_outputs_the_used_one_stays(tmp_path: Path) -> None:
    path = two_output_model(tmp_path / "m.tflite")
    segmenter = Segmenter(path, FRAME)
    mask, _ = segmenter.segment(picture(np.array([[1, 2], [3, 4]]), 32))
    assert segmenter.info.output_shape == (1, 8, 8, 5)
    np.testing.assert_array_equal(mask[16::32, 16::32], [[1, 2], [3, 4]])
    asked = SessionOptions(input_fit="frame", overrides=ModelOverrides(output_index=0))
    labels = Segmenter(path, asked)
    labels.segment(noise(36, 64))
    assert labels.info.output_kind == "logits"  # those that the label map is made of
    assert labels.info.output_shape == (1, 9, 16, 5)


def test_two_aspects_stay_open_and_a_third_takes_the_place_of_the_older(tmp_path: Path) -> None:
    segmenter = Segmenter(small_deeplab(tmp_path / "m.tflite"), FRAME)
    opened: list[tuple[int, int]] = []
    open_adapted = segmenter._open_adapted

    def counted(adapted: AdaptedModel) -> Any:
        opened.append(adapted.choices.input_size)
        return open_adapted(adapted)

    segmenter._open_adapted = counted  # type: ignore[method-assign]
    wide, tall, square = noise(36, 64), noise(64, 36), noise(64, 64)
    expected = segmenter.segment(wide)[0]
    for image in (tall, wide, tall, wide, noise(72, 128)):
        segmenter.segment(image)
    assert len(opened) == 2
    segmenter.segment(square)  # the tall one goes
    np.testing.assert_array_equal(segmenter.segment(wide)[0], expected)
    assert len(opened) == 3
    segmenter.segment(tall)
    assert len(opened) == 4


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: logits_model(path, layout="NCHW"), "colours first"),
        (lambda path: logits_model(path, dynamic=True), "leaves the size of its input open"),
        (lambda path: labels_model(path, layout="NCHW"), "colours first|straight from a score"),
        (lambda path: small_deeplab(path, tail="none", strange_op="COS"), "operator 108"),
        (lambda path: small_deeplab(path, input_size=62, tail="none"), "no whole part"),
    ],
)
def test_a_model_that_does_not_allow_it_runs_as_it_is_and_says_why(
    tmp_path: Path, make: Any, reason: str
) -> None:
    path = make(tmp_path / "m.tflite")
    own = Segmenter(path)
    segmenter = Segmenter(path, FRAME)
    image = noise(36, 64)
    np.testing.assert_array_equal(segmenter.segment(image)[0], own.segment(image)[0])
    assert segmenter.info.input_height == segmenter.info.input_width
    assert segmenter.info.output_shape == own.info.output_shape
    [warning] = set(segmenter.info.warnings) - set(own.info.warnings)
    assert "cannot follow the shape of the frames" in warning
    assert any(part in warning for part in reason.split("|"))
    assert segmenter.adapted_to((36, 64)) is None
    with pytest.raises(ModelError, match="cannot follow the shape"):
        adapted_model(path, (36, 64))


def test_labels_that_no_scores_stand_behind_stay_as_they_are(tmp_path: Path) -> None:
    builder = TfliteBuilder()
    image = builder.tensor((1, 64, 64, 3), "float32", "image")
    weights = builder.constant(np.full((1, 8, 8, 3), 0.01, np.float32))
    bias = builder.constant(np.ones(1, np.float32))
    options = schema.Conv2DOptionsT()
    options.padding = schema.Padding.VALID
    options.strideH = options.strideW = 8
    shade = builder.tensor((1, 8, 8, 1), "float32")
    builder.op("CONV_2D", [image, weights, bias], [shade], options)
    labels = builder.tensor((1, 8, 8, 1), "int32", "labels")
    casting = schema.CastOptionsT()
    casting.inDataType, casting.outDataType = schema.TensorType.FLOAT32, schema.TensorType.INT32
    builder.op("CAST", [shade], [labels], casting)
    segmenter = Segmenter(builder.write(tmp_path / "m.tflite", [image], [labels]), FRAME)
    assert segmenter.info.output_kind == "labels"
    assert "straight from a score for each class" in segmenter.info.warnings[-1]
    assert segmenter.segment(noise(36, 64))[0].shape == (36, 64)


@pytest.mark.parametrize("trouble", ["refused", "another shape"])
def test_where_the_runtime_does_not_take_it_the_model_runs_as_it_is(
    tmp_path: Path, trouble: str
) -> None:
    path = small_deeplab(tmp_path / "m.tflite")
    segmenter = Segmenter(path, FRAME)
    segmenter.segment(noise(36, 64))
    adapter = segmenter._adapter
    assert adapter is not None
    fitting = adapter.adapted

    def strange(input_size: tuple[int, int]) -> AdaptedModel:
        if trouble == "refused":
            return replace(fitting(input_size), content=b"\0" * 64)
        return replace(fitting(input_size), output_shape=(1, 2, 3, 4))

    adapter.adapted = strange  # type: ignore[method-assign]
    mask, _ = segmenter.segment(noise(64, 36))
    np.testing.assert_array_equal(mask, Segmenter(path).segment(noise(64, 36))[0])
    assert segmenter.info.input_height == segmenter.info.input_width == 65
    assert segmenter.info.output_kind == "labels"
    assert "cannot follow the shape of the frames" in segmenter.info.warnings[-1]


def test_a_model_of_one_size_is_still_cut(tmp_path: Path) -> None:
    path = small_deeplab(tmp_path / "m.tflite", input_size=62)
    segmenter = Segmenter(path, FRAME)
    image = noise(62, 62)
    mask, _ = segmenter.segment(image)
    assert segmenter.info.output_shape == (1, 4, 4, 5)
    assert (mask == Segmenter(path).segment(image)[0]).mean() > 0.999
    assert any("no whole part" in warning for warning in segmenter.info.warnings)


def test_resizing_in_a_layout_that_masks_cannot_follow_stays_in_the_graph(tmp_path: Path) -> None:
    path = small_deeplab(tmp_path / "m.tflite", tail="legacy")
    segmenter = Segmenter(path, FRAME)
    segmenter.segment(noise(36, 64))
    assert segmenter.info.output_shape[1:3] == (
        segmenter.info.input_height,
        segmenter.info.input_width,
    )
    assert segmenter.info.output_kind == "logits"


def test_without_being_asked_the_file_runs_as_it_is(tmp_path: Path) -> None:
    segmenter = Segmenter(small_deeplab(tmp_path / "m.tflite"))
    segmenter.segment(noise(36, 64))
    assert segmenter.info.output_kind == "labels"
    assert segmenter.info.input_height == 65
    assert segmenter.adapted_to((36, 64)) is None


def test_a_model_written_to_fit_is_used_as_it_would_be_here(tmp_path: Path) -> None:
    path = small_deeplab(tmp_path / "m.tflite")
    labels = ["a", "b", "c", "d", "e"]
    write_card(path, name="Small", labels=labels, licence="MIT", output_index=0, fit="letterbox")
    options = SessionOptions(overrides=ModelOverrides(channel_order="bgr"))
    out = tmp_path / "fit" / "n.tflite"
    out.parent.mkdir()
    card = write_adapted_model(path, (720, 1280), out, options)
    assert read_card(out) == card
    assert (card.name, card.licence, card.channel_order) == ("Small", "MIT", "bgr")
    assert card.output_index is None
    assert card.size_bytes == out.stat().st_size
    here = Segmenter(path, SessionOptions(input_fit="frame", overrides=options.overrides))
    there = Segmenter(out)
    image = noise(72, 128)
    np.testing.assert_array_equal(there.segment(image)[0], here.segment(image)[0])
    assert there.info.labels == here.info.labels
    assert there.info.output_shape == here.info.output_shape
    assert there.info.logits_grid == here.info.logits_grid


def test_a_full_disk_is_told_when_the_model_is_written(tmp_path: Path) -> None:
    path = small_deeplab(tmp_path / "m.tflite")
    with pytest.raises(OutputError):
        write_adapted_model(path, (720, 1280), tmp_path / "absent" / "n.tflite")
