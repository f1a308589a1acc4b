"""Keras networks are evaluated by the protocol of `.tflite` files, in memory and from files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.deeplab.spec import NetworkSpec
from studio.errors import ModelError
from studio.evaluation.keras_predictor import KerasPredictor
from studio.evaluation.predict import open_predictor
from studio.inference.geometry import Geometry
from studio.opencv import cv2

_SPEC = NetworkSpec(
    width=0.35, input_height=65, input_width=65, classes=4, blocks=4, head_filters=8
)


@pytest.fixture(scope="module")
def network() -> Any:
    import keras

    from studio.deeplab.deeplab_v3plus import deeplab_v3plus

    keras.utils.set_random_seed(2)
    return deeplab_v3plus(_SPEC)


def _images() -> list[Any]:
    random = np.random.default_rng(0)
    sizes = [(40, 65), (100, 65), (65, 65), (200, 310), (33, 31)]
    return [
        cv2.GaussianBlur(random.integers(0, 256, (*size, 3), dtype=np.uint8), (0, 0), 3)
        for size in sizes
    ]


def _by_definition(network: Any, image: Any) -> Any:
    """Pad the resized image, run it, interpolate all logits to the image's size, arg-max."""
    geometry = Geometry(image.shape[:2], (65, 65), _SPEC.logits_size, layout=_SPEC.logits_grid)
    height, width = geometry.fitted
    padded = np.zeros((1, 65, 65, 3), np.float32)
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
    padded[0, :height, :width] = small / 127.5 - 1.0
    logits = np.asarray(network(padded, training=False))[0]
    rows, columns = geometry.rows, geometry.columns

    def along(values: Any, taps: Any) -> Any:
        high = np.minimum(taps.low + 1, len(values) - 1)
        weight = taps.weight[:, None, None]
        return values[taps.low] * (1 - weight) + values[high] * weight

    large = along(along(logits, rows).swapaxes(0, 1), columns).swapaxes(0, 1)
    return large.argmax(axis=-1)


def test_masks_are_those_of_the_definition_whatever_the_batch(network: Any) -> None:
    images = _images()
    expected = [_by_definition(network, image) for image in images]
    assert len({label for mask in expected for label in np.unique(mask)}) > 1
    for batch_size in (1, 8):
        predictor = KerasPredictor(network, _SPEC, batch_size=batch_size)
        found = [
            prediction
            for start in range(0, len(images), batch_size)
            for prediction in predictor.predict(images[start : start + batch_size])
        ]
        assert len(found) == len(images)
        for prediction, mask in zip(found, expected, strict=True):
            assert prediction.mask.shape == mask.shape
            assert (prediction.mask == mask).mean() > 0.999
            assert prediction.invoke_millis > 0


def test_it_follows_the_weights_and_leaves_the_model_as_it_was(network: Any) -> None:
    predictor = KerasPredictor(network, _SPEC)
    image = _images()[3]
    bias = network.get_layer("logits").bias
    before = bias.numpy()
    jit_compile = network.jit_compile
    try:
        predictor.predict([image])
        bias.assign(np.array([0.0, 0.0, 100.0, 0.0], np.float32))
        (prediction,) = predictor.predict([image])
    finally:
        bias.assign(before)
    assert (prediction.mask == 2).all()
    assert network.jit_compile == jit_compile


def test_a_file_is_evaluated_like_the_network_in_memory(tmp_path: Path, network: Any) -> None:
    from studio.deeplab.files import save_network

    labels = ("background", "cat", "dog", "cow")
    path = tmp_path / "net.keras"
    save_network(network, _SPEC, path, labels)
    predictor = open_predictor(path)
    facts = predictor.facts
    assert (facts.name, facts.path, facts.labels) == ("net", str(path), labels)
    assert facts.size_bytes == path.stat().st_size
    assert not facts.labels_are_guessed
    image = _images()[0]
    (found,) = predictor.predict([image])
    (expected,) = KerasPredictor(network, _SPEC).predict([image])
    np.testing.assert_array_equal(found.mask, expected.mask)


def test_a_damaged_file_is_an_error_in_words(tmp_path: Path) -> None:
    path = tmp_path / "net.keras"
    path.write_bytes(b"not a network")
    with pytest.raises(ModelError, match=r"net\.keras"):
        open_predictor(path)
