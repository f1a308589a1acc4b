"""Any segmentation model gives the mask that its picture calls for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.classes import VOC_LABELS, voc_palette
from studio.errors import ModelError, SpecError
from studio.inference.model import (
    RUNTIMES,
    ModelOverrides,
    Normalization,
    Runtime,
    SessionOptions,
)
from studio.inference.segmenter import Segmenter
from studio.opencv import cv2
from tests.support.broken_models import impostors, truncated_model
from tests.support.models import (
    InputType,
    binary_model,
    classifier_model,
    custom_op_model,
    labels_model,
    logits_model,
    model_with_metadata,
    picture,
    raw_pixels_model,
    two_output_model,
    write_card,
)
from tests.support.published import cut_published
from tests.support.shared_data import CAT, CLASSIFIER, CORAL, FLOAT_257, JEJUNET, shared_data

DTYPES: tuple[InputType, ...] = ("float32", "uint8", "int8")
LABELS = np.random.default_rng(0).integers(0, 21, (13, 13))


def options(runtime: Runtime = "litert", **overrides: Any) -> SessionOptions:
    return SessionOptions(runtime=runtime, overrides=ModelOverrides(**overrides))


def mask_of(segmenter: Segmenter, image: NDArray[Any]) -> NDArray[np.uint8]:
    return segmenter.segment(image)[0]


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ["logits", "channels first", "labels", "flat labels"])
def test_a_picture_in_class_colours_is_segmented(
    tmp_path: Path, runtime: Runtime, dtype: InputType, kind: str
) -> None:
    path = tmp_path / "model.tflite"
    if kind == "logits":
        logits_model(path, dtype=dtype)
    elif kind == "channels first":
        logits_model(path, dtype=dtype, layout="NCHW")
    elif kind == "labels":
        labels_model(path, dtype=dtype)
    else:
        labels_model(path, dtype=dtype, flat=True, label_dtype="int32")
    segmenter = Segmenter(path, options(runtime))
    mask = mask_of(segmenter, picture(LABELS, 5))
    np.testing.assert_array_equal(mask[2::5, 2::5], LABELS)
    assert segmenter.info.output_kind == ("labels" if "labels" in kind else "logits")
    assert segmenter.info.labels == VOC_LABELS
    assert segmenter.info.input_dtype == dtype


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("dtype", ["uint8", "int8"])
def test_an_integer_input_without_a_scale_takes_pixels_as_they_are(
    tmp_path: Path, dtype: Literal["uint8", "int8"], runtime: Runtime
) -> None:
    segmenter = Segmenter(raw_pixels_model(tmp_path / "m.tflite", dtype), options(runtime))
    mask = mask_of(segmenter, picture(LABELS, 5))
    np.testing.assert_array_equal(mask[2::5, 2::5], LABELS)


def test_a_label_map_cast_to_float_is_still_one(tmp_path: Path) -> None:
    segmenter = Segmenter(labels_model(tmp_path / "m.tflite", as_float=True))
    assert segmenter.info.output_kind == "labels"
    mask = mask_of(segmenter, picture(LABELS, 5))
    np.testing.assert_array_equal(mask[2::5, 2::5], LABELS)


def test_the_classes_of_a_label_map_are_counted_along_the_axis_it_was_taken_over(
    tmp_path: Path,
) -> None:
    path = labels_model(tmp_path / "m.tflite", classes=7, layout="NCHW")
    assert len(Segmenter(path).info.labels) == 7


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("probability", [False, True])
def test_one_channel_tells_foreground_from_background(
    tmp_path: Path, runtime: Runtime, dtype: InputType, probability: bool
) -> None:
    path = binary_model(tmp_path / "m.tflite", dtype=dtype, probability=probability)
    segmenter = Segmenter(path, options(runtime))
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, 32:, 2] = 255
    mask = mask_of(segmenter, image)
    assert (mask[:, :31] == 0).all()
    assert (mask[:, 33:] == 1).all()
    assert segmenter.info.labels == ("background", "foreground")


def test_both_runtimes_give_the_same_mask(tmp_path: Path) -> None:
    image = np.random.default_rng(1).integers(0, 256, (120, 200, 3), np.uint8)
    for dtype in DTYPES:
        path = logits_model(tmp_path / f"{dtype}.tflite", dtype=dtype)
        one, other = (mask_of(Segmenter(path, options(runtime)), image) for runtime in RUNTIMES)
        assert (one == other).mean() > 0.99


def test_threads_and_xnnpack_do_not_change_the_mask(tmp_path: Path) -> None:
    path = logits_model(tmp_path / "m.tflite")
    # Class colours lie on a lattice, whose ties the last bit of a sum may decide; noise does not.
    image = np.random.default_rng(2).integers(0, 256, (90, 160, 3), np.uint8)
    expected = mask_of(Segmenter(path), image)
    for choice in (SessionOptions(threads=2), SessionOptions(xnnpack=False)):
        segmenter = Segmenter(path, choice)
        assert (mask_of(segmenter, image) == expected).mean() > 0.999
        assert segmenter.info.threads == choice.threads
        assert segmenter.info.delegate == ("XNNPACK" if choice.xnnpack else "none")
        assert (segmenter.info.delegated_ops_ratio > 0) is choice.xnnpack


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 300), (777, 3), (31, 57), (240, 320)])
def test_frames_of_any_size_give_masks_of_that_size(
    tmp_path: Path, height: int, width: int
) -> None:
    path = logits_model(tmp_path / "m.tflite")
    image = np.full((height, width, 3), voc_palette()[12][::-1], np.uint8)
    assert mask_of(Segmenter(path), image).shape == (height, width)
    mask = mask_of(Segmenter(path, options(fit="stretch")), image)
    assert mask.shape == (height, width)
    assert (mask == 12).all()


def test_frames_may_change_their_size_in_mid_stream(tmp_path: Path) -> None:
    segmenter = Segmenter(logits_model(tmp_path / "m.tflite"), options(fit="stretch"))
    first = picture(LABELS, 5)
    expected = mask_of(segmenter, first)
    for side in range(20, 60, 3):
        assert mask_of(segmenter, np.zeros((side, side + 1, 3), np.uint8)).shape == (side, side + 1)
    np.testing.assert_array_equal(mask_of(segmenter, first), expected)


def test_letterbox_keeps_the_aspect_and_stretch_does_not(tmp_path: Path) -> None:
    path = logits_model(tmp_path / "m.tflite", input_size=64, grid=16, classes=3)
    image = np.zeros((64, 128, 3), np.uint8)
    image[:, 64:] = voc_palette()[1][::-1]
    for fit in ("letterbox", "stretch"):
        mask = mask_of(Segmenter(path, options(fit=fit)), image)
        assert (mask[:, :60] == 0).all()
        assert (mask[:, 68:] == 1).all()


def test_a_given_mask_is_written(tmp_path: Path) -> None:
    segmenter = Segmenter(logits_model(tmp_path / "m.tflite"))
    out = np.full((65, 65), 77, np.uint8)
    mask, millis = segmenter.segment(picture(LABELS, 5), out)
    assert mask is out
    np.testing.assert_array_equal(out[2::5, 2::5], LABELS)
    assert millis.invoke > 0
    assert millis.total == pytest.approx(millis.preprocess + millis.invoke + millis.postprocess)


def test_the_mask_outlives_the_next_frame(tmp_path: Path) -> None:
    segmenter = Segmenter(labels_model(tmp_path / "m.tflite"))
    mask = mask_of(segmenter, picture(LABELS, 5))
    kept = mask.copy()
    mask_of(segmenter, np.zeros((65, 65, 3), np.uint8))
    np.testing.assert_array_equal(mask, kept)


def test_override_beats_card_beats_metadata_beats_inference(tmp_path: Path) -> None:
    path = model_with_metadata(tmp_path / "m.tflite", labels=("x", "y", "z"))
    info = Segmenter(path).info
    assert (info.name, info.labels) == ("Named inside", ("x", "y", "z"))
    assert info.sources["labels"] == "metadata"
    assert info.sources["normalization"] == "metadata"
    assert info.sources["fit"] == "inference"

    write_card(path, name="Carded", labels=["a", "b", "c"], fit="stretch")
    info = Segmenter(path).info
    assert (info.name, info.labels, info.fit) == ("Carded", ("a", "b", "c"), "stretch")
    assert info.sources["labels"] == info.sources["fit"] == "card"

    info = Segmenter(path, options(labels=("1", "2", "3"), fit="letterbox")).info
    assert (info.labels, info.fit) == (("1", "2", "3"), "letterbox")
    assert info.sources["labels"] == info.sources["fit"] == "override"


def test_normalization_and_channel_order_reach_the_network(tmp_path: Path) -> None:
    path = logits_model(tmp_path / "m.tflite")
    image = picture(LABELS, 5)
    swapped = np.ascontiguousarray(image[..., ::-1])
    mask = mask_of(Segmenter(path, options(channel_order="bgr")), swapped)
    np.testing.assert_array_equal(mask[2::5, 2::5], LABELS)
    halved = Normalization(mean=(63.75,) * 3, std=(63.75,) * 3)
    mask = mask_of(Segmenter(path, options(normalization=halved)), image // 2)
    assert (mask[2::5, 2::5] == LABELS).mean() > 0.95
    assert (mask_of(Segmenter(path), image // 2)[2::5, 2::5] == LABELS).mean() < 0.9


def test_palette_comes_from_the_card_or_is_that_of_voc(tmp_path: Path) -> None:
    path = logits_model(tmp_path / "m.tflite", classes=3)
    assert Segmenter(path).info.palette == ((0, 0, 0), (128, 0, 0), (0, 128, 0))
    write_card(path, palette=[[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    assert Segmenter(path).info.palette[2] == (7, 8, 9)


def test_unknown_classes_are_numbered_with_a_warning(tmp_path: Path) -> None:
    info = Segmenter(logits_model(tmp_path / "m.tflite", classes=5)).info
    assert info.labels == ("class 0", "class 1", "class 2", "class 3", "class 4")
    assert any("numbered" in warning for warning in info.warnings)


def test_scores_are_preferred_among_several_outputs_unless_another_is_asked_for(
    tmp_path: Path,
) -> None:
    path = two_output_model(tmp_path / "m.tflite")
    assert Segmenter(path).info.output_shape == (1, 8, 8, 5)
    assert Segmenter(path, options(output_index=0)).info.output_shape == (1, 16, 16)
    write_card(path, output_index=0)
    assert Segmenter(path).info.output_kind == "labels"
    with pytest.raises(ModelError, match="Output 2 was asked for, but the model has 2"):
        Segmenter(path, options(output_index=2))


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_an_open_input_size_is_taken_from_the_card_or_set(tmp_path: Path, runtime: Runtime) -> None:
    path = logits_model(tmp_path / "m.tflite", dynamic=True)
    segmenter = Segmenter(path, options(runtime))
    assert (segmenter.info.input_height, segmenter.info.input_width) == (257, 257)
    assert segmenter.info.output_shape == (1, 51, 51, 21)
    write_card(path, input_size=[65, 130])
    segmenter = Segmenter(path, options(runtime))
    assert (segmenter.info.input_height, segmenter.info.input_width) == (65, 130)
    mask = mask_of(segmenter, picture(np.tile(LABELS, (1, 2)), 5))
    np.testing.assert_array_equal(mask[2::5, 2::5], np.tile(LABELS, (1, 2)))


@pytest.mark.parametrize("given", ["card", "override"])
def test_a_wrong_number_of_labels_is_told(tmp_path: Path, given: str) -> None:
    path = logits_model(tmp_path / "m.tflite")
    names = tuple(f"n{i}" for i in range(20))
    if given == "card":
        write_card(path, labels=names)
    with pytest.raises(ModelError, match=r"20 classes, but the model tells 21 apart.*21 labels"):
        Segmenter(path, options(labels=names if given == "override" else None))


def test_a_wrong_label_list_inside_the_file_is_left_out_with_a_warning(tmp_path: Path) -> None:
    path = model_with_metadata(tmp_path / "m.tflite", labels=("a", "b"), classes=4)
    info = Segmenter(path).info
    assert info.labels[0] == "class 0"
    assert any("2 names for 4 classes" in warning for warning in info.warnings)


def test_a_classifier_is_told_from_a_segmenter(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="outputs 1001 scores, not a picture"):
        Segmenter(classifier_model(tmp_path / "m.tflite", classes=1001))


def test_more_classes_than_a_mask_can_hold_are_refused(tmp_path: Path) -> None:
    path = logits_model(tmp_path / "m.tflite", classes=256)
    with pytest.raises(ModelError, match="256 classes apart; masks can hold 255"):
        Segmenter(path)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_an_operator_that_no_runtime_has_is_named(tmp_path: Path, runtime: Runtime) -> None:
    with pytest.raises(ModelError, match="needs the operator FancyUpsample, which"):
        Segmenter(custom_op_model(tmp_path / "m.tflite"), options(runtime))


@pytest.mark.parametrize("name", impostors())
def test_a_file_that_is_no_model_is_named_for_what_it_is(tmp_path: Path, name: str) -> None:
    content, words = impostors()[name]
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        Segmenter(path)
    assert words in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize("kept", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_a_model_that_was_cut_off_is_told(tmp_path: Path, kept: float) -> None:
    with pytest.raises(ModelError, match=r"damaged or cut off|is not a TFLite model"):
        Segmenter(truncated_model(tmp_path / "m.tflite", kept))


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no model file"):
        Segmenter(tmp_path / "absent.tflite")
    with pytest.raises(ModelError, match="is a folder"):
        Segmenter(tmp_path)


def test_no_threads_are_refused(tmp_path: Path) -> None:
    path = logits_model(tmp_path / "m.tflite")
    with pytest.raises(SpecError, match="At least 1 inference thread"):
        Segmenter(path, SessionOptions(threads=0))


def test_an_unknown_runtime_is_refused(tmp_path: Path) -> None:
    path = logits_model(tmp_path / "m.tflite")
    unknown: Any = "torch"
    with pytest.raises(SpecError, match="'torch' was asked for"):
        Segmenter(path, SessionOptions(runtime=unknown))


@pytest.mark.parametrize(
    ("relative", "kind"), [(FLOAT_257, "logits"), (CORAL, "labels"), (JEJUNET, "labels")]
)
def test_published_models_find_the_cat(relative: str, kind: Literal["logits", "labels"]) -> None:
    path = shared_data(relative)
    image = cv2.imread(str(shared_data(CAT)))
    segmenter = Segmenter(path)
    mask = mask_of(segmenter, image)
    assert segmenter.info.output_kind == kind
    assert set(np.unique(mask[::4, ::4]).tolist()) >= {0, 8}
    assert 0.2 < (mask == 8).mean() < 0.6


def test_quantized_models_on_tflite_runtime_warn_of_what_litert_would_save(tmp_path: Path) -> None:
    path = logits_model(tmp_path / "m.tflite", dtype="int8")
    slow = Segmenter(path, options("tflite-runtime")).info
    assert any("no XNNPACK for quantized models" in warning for warning in slow.warnings)
    assert not any("XNNPACK" in warning for warning in Segmenter(path).info.warnings)
    without = Segmenter(path, SessionOptions(runtime="tflite-runtime", xnnpack=False)).info
    assert not any("XNNPACK" in warning for warning in without.warnings)


def test_a_model_that_xnnpack_refuses_runs_without_it_and_says_so() -> None:
    info = Segmenter(shared_data(JEJUNET)).info
    assert info.delegate == "none"
    assert any("XNNPACK cannot run this model" in warning for warning in info.warnings)


def test_a_published_classifier_is_told_from_a_segmenter() -> None:
    with pytest.raises(ModelError, match="outputs 1001 scores, not a picture"):
        Segmenter(shared_data(CLASSIFIER))


@pytest.mark.parametrize("dtype", ["uint8", "int8"])
def test_logits_cut_from_a_published_graph_give_the_mask_of_the_whole(
    tmp_path: Path, dtype: Literal["uint8", "int8"]
) -> None:
    """The graph's own corner-to-corner upsampling and arg-max agree with ours."""
    source = shared_data(CORAL)
    image = cv2.imread(str(shared_data(CAT)))
    whole = mask_of(Segmenter(source), image)
    path = cut_published(source, tmp_path / "cut.tflite", input_size=513, dtype=dtype)
    cut = Segmenter(path)
    assert cut.info.logits_grid == "align_corners"
    agreement = (mask_of(cut, image) == whole).mean()
    half_pixel = Segmenter(path, options(logits_grid="half_pixel"))
    assert agreement > 0.99
    assert agreement > (mask_of(half_pixel, image) == whole).mean()
