"""Networks come back from `.tflite` files by structure; what does not fit is named by operator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ai_edge_litert.schema_py_generated as schema
import keras
import numpy as np
import pytest

from studio.deeplab.agreement import keras_logits, network_input
from studio.deeplab.deeplab_v3plus import deeplab_v3plus
from studio.deeplab.export import convert
from studio.deeplab.import_check import compare_with_source
from studio.deeplab.inference_clone import inference_clone
from studio.deeplab.spec import NetworkSpec
from studio.deeplab.tflite_import import import_tflite, input_mapping
from studio.errors import ModelError
from studio.opencv import cv2
from tests.deeplab.conftest import Exported
from tests.support.models import logits_model, write_card
from tests.support.networks import lively_network, pictures, tiny_spec
from tests.support.shared_data import (
    CAT,
    CLASSIFIER,
    CORAL,
    CORAL_HALF,
    FLOAT_257,
    JEJUNET,
    shared_data,
)
from tests.support.tflite_builder import write_model


@pytest.fixture(params=["exported_mobile", "exported_full"])
def exported(request: pytest.FixtureRequest) -> Exported:
    both = request.getfixturevalue(request.param)
    assert isinstance(both, Exported)
    return both


def _same_but_for_names(came: NetworkSpec, was: NetworkSpec) -> bool:
    """Whether two specs build one network: widths may round to the same filters."""
    plain = deeplab_v3plus(came)
    return [weight.shape for weight in plain.weights] == [
        weight.shape for weight in deeplab_v3plus(was).weights
    ] and (came.input_size, came.output_stride, came.atrous_rates, came.decoder_filters) == (
        was.input_size,
        was.output_stride,
        was.atrous_rates,
        was.decoder_filters,
    )


def test_a_float_file_comes_back_exactly(exported: Exported) -> None:
    network = import_tflite(exported.float32.path)
    assert _same_but_for_names(network.spec, exported.network.spec)
    assert (network.labels, network.has_head) == (exported.network.labels, True)
    image = pictures(network.spec.input_size, seed=7)
    expected = keras_logits(exported.network.model, image)
    np.testing.assert_allclose(
        keras_logits(network.model, image), expected, atol=1e-4 * float(np.ptp(expected))
    )


def test_an_8_bit_file_comes_back_up_to_its_rounding(exported: Exported) -> None:
    network = import_tflite(exported.int8.path)
    assert _same_but_for_names(network.spec, exported.network.spec)
    image = pictures(network.spec.input_size, seed=7)
    expected = keras_logits(exported.network.model, image)
    came = keras_logits(network.model, image)
    assert np.corrcoef(came.ravel(), expected.ravel())[0, 1] > 0.97


def test_imports_are_compared_with_their_source_layer_by_layer(exported: Exported) -> None:
    images = [pictures(exported.network.spec.input_size, seed=seed) for seed in (1, 2)]
    exact = compare_with_source(exported.float32.path, import_tflite(exported.float32.path), images)
    assert (exact.is_fine, exact.is_quantized, exact.compared) == (True, False, "logits")
    assert exact.output.images == 2
    assert max(layer.agreement.max_difference for layer in exact.layers) < 1e-4
    assert len(exact.layers) > 15
    rounded = compare_with_source(exported.int8.path, import_tflite(exported.int8.path), images)
    assert (rounded.is_fine, rounded.is_quantized) == (True, True)
    assert 0.9 < rounded.output.correlation < 0.9999999
    assert all(layer.alone.correlation > 0.99 for layer in rounded.layers)


def test_a_wrong_import_is_seen_and_the_layer_is_named(exported_mobile: Exported) -> None:
    path = exported_mobile.float32.path
    network = import_tflite(path)
    layer = network.model.get_layer("block_2_depthwise")
    layer.kernel.assign(np.asarray(layer.kernel)[::-1])
    check = compare_with_source(path, network, [pictures(network.spec.input_size)])
    assert not check.is_fine
    assert check.worst.name == "block_2_depthwise"
    assert sum(layer.alone.max_difference > 1e-4 for layer in check.layers) == 1


def test_of_a_classifier_the_backbone_is_taken(tmp_path: Path) -> None:
    """Converted with explicit padding before strided convolutions, as Keras pads."""
    source = keras.applications.MobileNetV2(
        input_shape=(64, 64, 3), alpha=0.35, include_top=False, weights=None
    )
    random = np.random.default_rng(0)
    source.set_weights(
        [
            np.abs(weight + random.normal(0, 0.1, weight.shape)) if weight.ndim == 1 else weight
            for weight in source.get_weights()
        ]
    )
    features = keras.Model(source.input, source.get_layer("block_3_project_BN").output)
    fixed = keras.Input(batch_shape=(1, 64, 64, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(features(fixed))
    path = tmp_path / "classifier.tflite"
    path.write_bytes(convert(keras.Model(fixed, keras.layers.Dense(5)(pooled)), None))
    network = import_tflite(path)
    assert not network.has_head
    assert (network.spec.width, network.spec.blocks, network.spec.output_stride) == (0.35, 4, 8)
    image = pictures((64, 64))
    ours = keras.Model(network.model.input, network.model.get_layer("block_3_project").output)
    expected = keras.ops.convert_to_numpy(features(image))
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(ours(image)), expected, atol=1e-4 * float(np.ptp(expected))
    )
    check = compare_with_source(path, network, [image])
    assert (check.compared, check.is_fine) == ("features", True)


def test_a_head_that_projects_all_branches_at_once_is_split(tmp_path: Path) -> None:
    """As published: the pooled branch is spread, joined first, and projected with the rest."""
    network = lively_network(tiny_spec(blocks=2))
    clone = inference_clone(network.model, network.spec)
    local = clone.get_layer("aspp_1x1").output
    pooled = clone.get_layer("image_pooling_conv").output
    size = local.shape[1:3]
    spread = keras.layers.Resizing(*size, interpolation="bilinear")(pooled)
    joined = keras.layers.Concatenate()([spread, local])
    project = keras.layers.Conv2D(8, 1, activation="relu")
    logits = keras.layers.Conv2D(4, 1)
    published = keras.Model(clone.input, logits(project(joined)))
    kernel, bias = clone.get_layer("aspp_project").get_weights()
    (pooled_kernel,) = clone.get_layer("image_pooling_project").get_weights()
    project.set_weights([np.concatenate([pooled_kernel, kernel], axis=2), bias])
    logits.set_weights(clone.get_layer("logits").get_weights())
    path = tmp_path / "published.tflite"
    path.write_bytes(convert(published, None))
    image = pictures(network.spec.input_size)
    expected = keras_logits(network.model, image)
    np.testing.assert_allclose(
        keras_logits(import_tflite(path).model, image),
        expected,
        atol=1e-4 * float(np.ptp(expected)),
    )


def test_an_input_of_another_range_is_folded_into_the_first_layer(
    tmp_path: Path, exported_mobile: Exported
) -> None:
    """A network for 0 to 1 gives for our -1 to 1 what it gives for the same picture."""
    path = tmp_path / "unit.tflite"
    path.write_bytes(exported_mobile.float32.path.read_bytes())
    write_card(path, schema=1, normalization={"mean": [0, 0, 0], "std": [255, 255, 255]})
    scale, offset = input_mapping(path)
    np.testing.assert_allclose((scale, offset), 0.5)
    network = import_tflite(path)
    image = pictures(network.spec.input_size)
    stem = keras.Model(network.model.input, network.model.get_layer("stem").output)
    theirs = exported_mobile.network.model
    theirs = keras.Model(theirs.input, theirs.get_layer("stem").output)
    inner = (slice(None), slice(1, -1), slice(1, -1))  # zero padding is another grey
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(stem(image))[inner],
        keras.ops.convert_to_numpy(theirs(image * 0.5 + 0.5))[inner],
        atol=1e-4,
    )
    check = compare_with_source(path, network, [image])
    assert (check.is_shifted, check.is_fine) == (True, True)
    assert check.worst.alone.max_difference < 1e-4


def _changed(source: Path, out: Path, **changes: Any) -> Path:
    """Write a file again, with fields of an operator changed."""
    model = schema.ModelT.InitFromPackedBuf(source.read_bytes(), 0)
    graph = model.subgraphs[0]
    number = changes.pop("number")
    op = graph.operators[number]
    for name, value in changes.items():
        if name == "inputs":
            op.inputs = value
        else:
            assert hasattr(op.builtinOptions, name)
            setattr(op.builtinOptions, name, value)
    write_model(out, model)
    return out


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number": 0, "fusedActivationFunction": 1}, r"operator 0 \(CONV_2D\).*activation relu"),
        ({"number": 1, "dilationWFactor": 2}, r"operator 1 \(DEPTHWISE_CONV_2D\).*rate"),
        ({"number": 4, "strideW": 1}, "operator"),
        ({"number": 9, "fusedActivationFunction": 1}, r"operator 9 \(ADD\).*ends in relu"),
        ({"number": 0, "padding": 1}, r"operator 0 \(CONV_2D\).*does not pad"),
    ],
)
def test_an_operator_that_does_not_fit_is_named(
    tmp_path: Path, exported_mobile: Exported, changes: dict[str, Any], words: str
) -> None:
    path = _changed(exported_mobile.float32.path, tmp_path / "changed.tflite", **changes)
    with pytest.raises(ModelError, match=words) as caught:
        import_tflite(path)
    assert "teacher" in caught.value.remedy


def test_another_network_is_refused_by_its_first_strange_operator(tmp_path: Path) -> None:
    path = logits_model(tmp_path / "other.tflite")
    with pytest.raises(ModelError, match=r"operator 0 \(\w+\)|behind"):
        import_tflite(path)


def test_what_is_no_model_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "x.tflite"
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(ModelError, match="web page"):
        import_tflite(path)


def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, exported_mobile: Exported) -> None:
    content = exported_mobile.float32.path.read_bytes()
    for kept in (len(content) // 4, len(content) // 2, len(content) - 2000):
        path = tmp_path / "x.tflite"
        path.write_bytes(content[:kept])
        with pytest.raises(ModelError):
            import_tflite(path)


@pytest.mark.parametrize(
    ("name", "knobs"),
    [
        (CORAL_HALF, {"width": 0.5, "filter_divisor": 1, "output_stride": 16}),
        (FLOAT_257, {"width": 0.5, "filter_divisor": 1, "output_stride": 8}),
        (CORAL, {"width": 1.0, "filter_divisor": 8, "output_stride": 16}),
    ],
)
def test_an_imported_published_network_segments_like_its_source(
    name: str, knobs: dict[str, Any]
) -> None:
    path = shared_data(name)
    photograph = cv2.imread(str(shared_data(CAT)))[..., ::-1]
    network = import_tflite(path)
    assert {key: getattr(network.spec, key) for key in knobs} == knobs
    image = network_input(np.ascontiguousarray(photograph), network.spec.input_size)
    check = compare_with_source(path, network, [image])
    assert check.is_fine
    if check.is_quantized:
        # Half a step of 255, in each layer; what they add up to is the file's own rounding.
        assert all(layer.alone.max_difference < 0.006 for layer in check.layers)
        assert check.output.same_class > 0.9
    else:
        assert check.output.max_difference < 1e-4
        assert check.output.same_class == 1.0
        assert all(layer.alone.max_difference < 1e-5 for layer in check.layers)


def test_the_backbone_of_a_published_classifier_is_imported() -> None:
    path = shared_data(CLASSIFIER)
    network = import_tflite(path)
    assert not network.has_head
    check = compare_with_source(path, network, [pictures(network.spec.input_size)])
    assert check.compared == "features"
    assert check.output.correlation > 0.99


def test_jejunets_file_says_why_it_cannot_be_imported() -> None:
    with pytest.raises(ModelError, match="ReLU was expected"):
        import_tflite(shared_data(JEJUNET))
