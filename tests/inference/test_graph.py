"""The stored graph is read without a runtime, as the runtime reads it; damage never gets far."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import ModelError
from studio.inference.graph import read_graph
from studio.inference.interpreter import TfliteInterpreter
from studio.inference.metadata import read_metadata
from studio.inference.model import Normalization
from studio.inference.segmenter import Segmenter
from tests.support.models import labels_model, logits_model, model_with_metadata
from tests.support.shared_data import CORAL, FLOAT_257, JEJUNET, shared_data
from tests.support.tflite_builder import TfliteBuilder


@pytest.mark.parametrize("relative", [CORAL, FLOAT_257, JEJUNET])
def test_inputs_and_outputs_are_those_that_the_runtime_sees(relative: str) -> None:
    path = shared_data(relative)
    graph = read_graph(path)
    interpreter = TfliteInterpreter(path, "litert", xnnpack=False)
    for indices, specs in (
        (graph.inputs, interpreter.inputs),
        (graph.outputs, interpreter.outputs),
    ):
        assert len(indices) == len(specs)
        for index, spec in zip(indices, specs, strict=True):
            tensor = graph.tensors[index]
            assert (index, tensor.name, tensor.shape, tensor.dtype) == (
                spec.index,
                spec.name,
                spec.shape,
                spec.dtype,
            )
            assert (tensor.scales or (0.0,))[0] == pytest.approx(spec.scale)


def test_tensors_show_roles_sizes_and_scales(tmp_path: Path) -> None:
    graph = read_graph(logits_model(tmp_path / "m.tflite", classes=4, dtype="int8"))
    infos = {info.name: info for info in graph.tensor_infos()}
    assert infos["image"].role == "input"
    assert infos["scores"].role == "output"
    assert infos["patches"].role == "activation"
    kernel = infos["kernel"]
    assert (kernel.role, kernel.dtype, kernel.scales) == ("weights", "int8", 4)
    assert kernel.size_bytes == 4 * 3
    assert kernel.scale_min == kernel.scale_max == pytest.approx(1 / 127)
    assert infos["bias"].size_bytes == 4 * 4
    assert infos["patches"].size_bytes == 0


@pytest.mark.parametrize(("dtype", "bits"), [("float32", 32), ("int8", 8), ("uint8", 8)])
def test_weight_bits_are_those_of_most_weights(tmp_path: Path, dtype: str, bits: int) -> None:
    kind: dict[str, object] = {"dtype": dtype}
    assert read_graph(logits_model(tmp_path / "m.tflite", **kind)).weight_bits == bits  # type: ignore[arg-type]


def test_the_operator_behind_a_reshape_is_found(tmp_path: Path) -> None:
    graph = read_graph(labels_model(tmp_path / "m.tflite", flat=True))
    producer = graph.producer(graph.outputs[0])
    assert producer is not None
    assert producer.name == "ARG_MAX"
    assert graph.tensors[producer.inputs[0]].shape[-1] == 21


@given(seed=st.integers(0, 10_000), flips=st.integers(1, 40))
def test_a_damaged_file_is_read_or_refused_but_never_crashes(
    tmp_path_factory: pytest.TempPathFactory, seed: int, flips: int
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    path = logits_model(folder / "m.tflite", classes=3)
    data = np.frombuffer(path.read_bytes(), np.uint8).copy()
    random = np.random.default_rng(seed)
    data[random.integers(8, len(data), flips)] = random.integers(0, 256, flips)
    path.write_bytes(data.tobytes())
    # Anything but a ModelError fails the test.
    with contextlib.suppress(ModelError):
        graph = read_graph(path)
        graph.tensor_infos()
        read_metadata(graph)
        for output in graph.outputs:
            graph.producer(output)


def test_metadata_gives_normalization_and_labels(tmp_path: Path) -> None:
    path = model_with_metadata(
        tmp_path / "m.tflite", ("cat", "dog"), mean=(1.0, 2.0, 3.0), std=(4.0, 5.0, 6.0)
    )
    metadata, warnings = read_metadata(read_graph(path))
    assert not warnings
    assert metadata.name == "Named inside"
    assert metadata.normalization == Normalization((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))
    assert metadata.labels == (("cat", "dog"),)


def test_one_value_of_normalization_holds_for_all_channels(tmp_path: Path) -> None:
    path = model_with_metadata(tmp_path / "m.tflite", ("a", "b"), mean=(127.5,), std=(127.5,))
    assert read_metadata(read_graph(path))[0].normalization == Normalization()


def test_a_label_file_that_is_promised_but_missing_is_a_warning(tmp_path: Path) -> None:
    path = model_with_metadata(tmp_path / "m.tflite", ("a", "b"), attach_labels=False)
    metadata, warnings = read_metadata(read_graph(path))
    assert metadata.labels == ()
    assert "damaged" in warnings[0]


def test_what_the_window_imports_loads_no_runtime() -> None:
    code = (
        "import sys; import studio.inference.catalogue, studio.inference.overlay,"
        " studio.inference.class_pixels, studio.inference.statistics;"
        " heavy = {'numba', 'ai_edge_litert', 'tflite_runtime', 'tensorflow'} & set(sys.modules);"
        " sys.exit(repr(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_graph_without_inputs_and_outputs_is_read(tmp_path: Path) -> None:
    path = TfliteBuilder().write(tmp_path / "nothing.tflite", [], [])
    graph = read_graph(path)
    assert (graph.inputs, graph.outputs) == ((), ())
    with pytest.raises(ModelError):
        Segmenter(path)
