"""A training starts from what fits, and hears what does not."""

from __future__ import annotations

import urllib.request
from pathlib import Path
from urllib.error import URLError

import keras
import numpy as np
import pytest

from studio.deeplab import imagenet
from studio.deeplab.deeplab_v3plus import deeplab_v3plus
from studio.deeplab.files import LoadedNetwork, save_network
from studio.deeplab.spec import NetworkSpec
from studio.deeplab.start import start_weights
from studio.errors import ModelError, SpecError
from tests.deeplab.conftest import Exported
from tests.support.networks import lively_network, pictures, tiny_spec


@pytest.fixture(scope="module")
def source() -> LoadedNetwork:
    return lively_network(tiny_spec())


@pytest.fixture
def source_file(source: LoadedNetwork, tmp_path: Path) -> Path:
    path = tmp_path / "source.keras"
    save_network(source.model, source.spec, path)
    return path


def _same(a: keras.Model, b: keras.Model, layer: str) -> bool:
    pairs = zip(a.get_layer(layer).get_weights(), b.get_layer(layer).get_weights(), strict=True)
    return all(np.array_equal(one, other) for one, other in pairs)


def test_nothing_changes_without_a_source() -> None:
    spec = tiny_spec()
    model = deeplab_v3plus(spec)
    before = model.get_weights()
    assert "random" in " ".join(start_weights(model, spec, ""))
    for was, came in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(was, came)


def test_the_same_network_starts_where_the_source_is(
    source: LoadedNetwork, source_file: Path
) -> None:
    model = deeplab_v3plus(source.spec, size=(65, 65), norm="frozen")
    words = start_weights(model, source.spec, str(source_file))
    assert all(_same(model, source.model, layer.name) for layer in model.layers)
    assert "random" not in " ".join(words)


def test_another_head_and_other_classes_leave_the_backbone(
    source: LoadedNetwork, source_file: Path
) -> None:
    spec = tiny_spec(classes=7, head_filters=12)
    model = deeplab_v3plus(spec)
    words = " ".join(start_weights(model, spec, str(source_file)))
    assert _same(model, source.model, "block_4_project")
    assert "logits" in words
    assert "aspp_1x1" in words
    assert "block_4_project" not in words


@pytest.mark.parametrize("blocks", [4, 6])
def test_fewer_or_more_blocks_take_those_that_both_have(
    source: LoadedNetwork, source_file: Path, blocks: int
) -> None:
    spec = tiny_spec(blocks=blocks)
    model = deeplab_v3plus(spec)
    words = " ".join(start_weights(model, spec, str(source_file)))
    assert _same(model, source.model, "stem")
    assert _same(model, source.model, "block_3_project")
    assert ("block_5_project" in words) == (blocks == 6)


def test_another_width_is_refused(source_file: Path) -> None:
    spec = tiny_spec(width=0.75)
    with pytest.raises(
        ModelError, match=r"has width 0\.35.*this network has width 0\.75"
    ) as caught:
        start_weights(deeplab_v3plus(spec), spec, str(source_file))
    assert "0.35" in caught.value.remedy


def test_a_tflite_file_is_a_source_and_wants_frozen_norm(exported_mobile: Exported) -> None:
    spec = exported_mobile.network.spec
    model = deeplab_v3plus(spec)
    words = start_weights(model, spec, str(exported_mobile.float32.path))
    assert "frozen norm" in words[-1]
    image = pictures(spec.input_size)
    expected = np.asarray(exported_mobile.network.model(image))
    np.testing.assert_allclose(model(image), expected, atol=1e-4 * np.ptp(expected))


def test_a_head_that_learnt_nothing_is_not_taken(source: LoadedNetwork, tmp_path: Path) -> None:
    path = tmp_path / "backbone.keras"
    save_network(source.model, source.spec, path, has_head=False)
    model = deeplab_v3plus(source.spec)
    words = " ".join(start_weights(model, source.spec, str(path)))
    assert _same(model, source.model, "block_0_project")
    assert not _same(model, source.model, "logits")
    assert "logits" in words


@pytest.mark.parametrize("name", ["weights.pt", "network", "x.onnx"])
def test_an_unknown_source_says_what_is_possible(name: str) -> None:
    spec = tiny_spec()
    with pytest.raises(ModelError, match="expected nothing, `imagenet`"):
        start_weights(deeplab_v3plus(spec), spec, name)


def _keras_backbone(size: int) -> keras.Model:
    source = keras.applications.MobileNetV2(
        input_shape=(size, size, 3), alpha=0.35, include_top=False, weights=None
    )
    random = np.random.default_rng(0)
    source.set_weights(
        [
            np.abs(weight + random.normal(0, 0.1, weight.shape)) if weight.ndim == 1 else weight
            for weight in source.get_weights()
        ]
    )
    return source


@pytest.mark.parametrize("size", [65, 64])
def test_keras_applications_backbone_gives_the_same_features_in_ours(size: int) -> None:
    spec = NetworkSpec(
        width=0.35, output_stride=32, input_height=size, input_width=size, head_filters=4
    )
    model, source = deeplab_v3plus(spec), _keras_backbone(size)
    imagenet.assign_backbone(model, spec, source)
    image = pictures((size, size), 2)
    theirs = keras.Model(source.input, source.get_layer("block_16_project_BN").output)
    ours = keras.Model(model.input, model.get_layer("block_16_project").output)
    np.testing.assert_allclose(ours(image), theirs(image), atol=1e-5)


def test_imagenet_weights_come_from_a_file(tmp_path: Path) -> None:
    source = _keras_backbone(33)
    path = tmp_path / "mine.weights.h5"
    source.save_weights(path)
    spec = tiny_spec()
    model = deeplab_v3plus(spec)
    words = " ".join(start_weights(model, spec, str(path)))
    np.testing.assert_array_equal(
        model.get_layer("block_4_depthwise").kernel, source.get_layer("block_4_depthwise").kernel
    )
    assert "ImageNet" in words
    assert "aspp_1x1" in words


def test_imagenet_weights_come_from_kerass_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    name = imagenet.file_name(0.35)
    assert name == "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"
    # Keras takes a file of the older layout, which this is not, by its name's ending.
    (tmp_path / "models" / name).write_bytes(b"no weights")
    spec = tiny_spec()
    with pytest.raises(ModelError, match="does not hold") as caught:
        start_weights(deeplab_v3plus(spec), spec, "imagenet")
    assert name in caught.value.message


def test_offline_it_says_what_to_place_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise URLError("no network here")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    spec = tiny_spec(width=1.0)
    with pytest.raises(ModelError, match="could not be downloaded") as caught:
        start_weights(deeplab_v3plus(spec), spec, "imagenet")
    assert imagenet.file_name(1.0) in caught.value.remedy
    assert str(tmp_path / "models") in caught.value.remedy


@pytest.mark.parametrize("knobs", [{"width": 0.4}, {"filter_divisor": 4}])
def test_a_width_without_imagenet_weights_is_refused(knobs: dict[str, float]) -> None:
    spec = tiny_spec(**knobs)
    with pytest.raises(SpecError, match="no ImageNet weights"):
        start_weights(deeplab_v3plus(spec), spec, "imagenet")
