"""An exported file computes what the network computes, all on XNNPACK, and says what it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from studio.deeplab.agreement import TfliteRunner, keras_logits
from studio.deeplab.deeplab_v3plus import deeplab_v3plus
from studio.deeplab.export import export_tflite, xnnpack_share
from studio.deeplab.files import LoadedNetwork
from studio.deeplab.inference_clone import inference_clone
from studio.errors import ModelError, OutputError, SpecError
from studio.inference.card import ModelCard, read_card
from studio.inference.graph import read_graph
from studio.inference.interpreter import TfliteInterpreter
from studio.inference.model import Normalization
from studio.inference.segmenter import Segmenter
from tests.deeplab.conftest import Exported
from tests.support.models import logits_model
from tests.support.networks import lively_network, photographs, pictures, tiny_spec


@pytest.fixture(params=["exported_mobile", "exported_full"])
def exported(request: pytest.FixtureRequest) -> Exported:
    both = request.getfixturevalue(request.param)
    assert isinstance(both, Exported)
    return both


def test_the_float_file_computes_what_the_network_computes(exported: Exported) -> None:
    image = pictures(exported.network.spec.input_size, seed=5)
    expected = keras_logits(exported.network.model, image)
    came = TfliteRunner(exported.float32.path)(image)
    assert came.shape == expected.shape == (1, *exported.network.spec.logits_size, 4)
    assert np.abs(came - expected).max() <= 1e-4 * np.ptp(expected)


def test_the_8_bit_file_is_off_by_its_rounding_only(exported: Exported) -> None:
    image = pictures(exported.network.spec.input_size, seed=5)
    expected = keras_logits(exported.network.model, image)
    came = TfliteRunner(exported.int8.path)(image)
    assert np.corrcoef(came.ravel(), expected.ravel())[0, 1] > 0.95
    assert exported.int8.agreement
    # Random weights pass rounding on louder than trained ones do; a wrong scale leaves nothing.
    assert exported.int8.agreement.correlation > 0.9


def test_all_operators_run_on_xnnpack(exported: Exported) -> None:
    assert exported.float32.delegated_share == xnnpack_share(exported.float32.path) == 1.0
    assert exported.int8.delegated_share == xnnpack_share(exported.int8.path) == 1.0


def test_a_share_below_one_is_seen(tmp_path: Path, exported_mobile: Exported) -> None:
    path = tmp_path / "labels.tflite"
    report = export_tflite(exported_mobile.network, path, output="labels")
    assert 0.5 < report.delegated_share < 1.0  # the argmax has no XNNPACK
    assert report.agreement is None


def test_8_bits_go_in_and_out_and_the_input_is_the_pixels(exported: Exported) -> None:
    interpreter = TfliteInterpreter(exported.int8.path, "litert")
    assert interpreter.inputs[0].dtype == interpreter.outputs[0].dtype == "int8"
    assert interpreter.inputs[0].scale == pytest.approx(1 / 127.5, rel=1e-3)
    scales = [
        len(info.scales) for info in read_graph(exported.int8.path).tensors if info.dtype == "int8"
    ]
    assert max(scales) > 1, "weights have one scale per filter"
    assert exported.int8.size_bytes < 0.9 * exported.float32.size_bytes


def test_another_size_has_the_same_weights(tmp_path: Path, exported_full: Exported) -> None:
    network = exported_full.network
    report = export_tflite(network, tmp_path / "x.tflite", size=(49, 33))
    assert report.input_size == (49, 33)
    weights = network.model.get_weights()
    rebuilt = deeplab_v3plus(network.spec, size=(49, 33))
    rebuilt.set_weights(weights)
    image = pictures((49, 33))
    np.testing.assert_allclose(
        TfliteRunner(report.path)(image), keras_logits(rebuilt, image), atol=1e-4
    )


@pytest.mark.parametrize("int8", [False, True])
def test_labels_are_the_upsampled_decision(
    tmp_path: Path, exported_mobile: Exported, int8: bool
) -> None:
    network, path = exported_mobile.network, tmp_path / "labels.tflite"
    export_tflite(
        network, path, output="labels", int8=int8,
        calibration=photographs((33, 33)) if int8 else (),
    )  # fmt: skip
    image = pictures((33, 33), seed=2)
    labels = TfliteRunner(path)(image)
    assert labels.shape == (1, 33, 33)
    # On an align-corners grid every 8th label is that of a logit.
    expected = keras_logits(network.model, image).argmax(-1)
    assert (labels[:, ::8, ::8] == expected).mean() >= (0.8 if int8 else 1.0)


def test_the_clone_is_made_of_plain_layers_and_computes_the_same() -> None:
    network = lively_network(tiny_spec(decoder_filters=8))
    clone = inference_clone(network.model, network.spec)
    image = pictures((33, 33))
    np.testing.assert_allclose(
        keras_logits(clone, image), keras_logits(network.model, image), atol=1e-4
    )
    assert not any("norm" in layer.name or layer.non_trainable_weights for layer in clone.layers)
    assert clone.input_shape == (1, 33, 33, 3)


def test_the_card_says_what_the_file_needs(exported: Exported) -> None:
    card = read_card(exported.int8.path)
    assert card
    assert card.labels == exported.network.labels
    assert card.normalization == Normalization()
    assert (card.fit, card.logits_grid) == ("letterbox", "align_corners")
    assert card.multiply_adds == exported.int8.multiply_adds
    assert card.size_bytes == exported.int8.path.stat().st_size == exported.int8.size_bytes


def test_the_card_keeps_what_was_said_before(tmp_path: Path) -> None:
    said = ModelCard(
        name="Mine", licence="MIT", recipe={"spec": {"epochs": 3}}, metrics={"miou": 0.5},
        per_class_iou={"cat": 0.1}, known_weak_classes=("cat",),
    )  # fmt: skip
    network = lively_network(tiny_spec(blocks=1, input_height=40, input_width=40))
    path = tmp_path / "x.tflite"
    export_tflite(network, path, card=said)
    card = read_card(path)
    assert card
    assert (card.name, card.licence, card.recipe) == (said.name, said.licence, said.recipe)
    assert (card.per_class_iou, card.known_weak_classes) == ({"cat": 0.1}, ("cat",))
    assert card.logits_grid == "half_pixel"


def test_the_studio_opens_the_file_without_a_warning(exported: Exported) -> None:
    info = Segmenter(exported.int8.path).info
    assert info.warnings == ()
    assert info.labels == exported.network.labels
    assert (info.fit, info.logits_grid) == ("letterbox", "align_corners")


def test_8_bits_need_images(tmp_path: Path, exported_mobile: Exported) -> None:
    with pytest.raises(SpecError, match="example images"):
        export_tflite(exported_mobile.network, tmp_path / "x.tflite", int8=True)
    assert list(tmp_path.iterdir()) == []


def test_a_size_off_the_grid_is_refused(tmp_path: Path, exported_mobile: Exported) -> None:
    with pytest.raises(SpecError, match="does not divide"):
        export_tflite(exported_mobile.network, tmp_path / "x.tflite", size=(36, 36))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    network = lively_network(tiny_spec(blocks=1))
    with pytest.raises(OutputError, match="does not exist"):
        export_tflite(network, tmp_path / "nowhere" / "x.tflite")


def test_a_model_of_others_has_a_share_too(tmp_path: Path) -> None:
    assert xnnpack_share(logits_model(tmp_path / "x.tflite")) == 1.0


_CHATTY = """
import sys
from pathlib import Path
from studio.deeplab.quiet import quiet
with quiet():
    from studio.deeplab.export import export_tflite
    from tests.support.networks import lively_network, tiny_spec
    network = lively_network(tiny_spec(blocks=1))
export_tflite(network, Path(sys.argv[1]))
print("only this")
"""


def test_conversion_says_nothing_on_the_terminal(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CHATTY, str(tmp_path / "x.tflite")],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "0"},
    )  # fmt: skip
    assert done.stdout == "only this\n"
    assert done.stderr == ""


def test_another_backend_says_how_to_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = lively_network(tiny_spec(blocks=1))
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(SpecError, match="jax") as caught:
        export_tflite(network, tmp_path / "x.tflite")
    assert "KERAS_BACKEND=tensorflow" in caught.value.remedy


def test_a_network_of_nan_is_refused(tmp_path: Path) -> None:
    network: LoadedNetwork = lively_network(tiny_spec(blocks=1))
    logits = network.model.get_layer("logits")
    logits.bias.assign(np.full(logits.bias.shape, np.nan, np.float32))
    with pytest.raises(ModelError, match="does not compute"):
        export_tflite(network, tmp_path / "x.tflite")
