"""What is predicted before training is what the built network and its files then are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from studio.deeplab.cost import network_cost
from studio.deeplab.deeplab_v3plus import deeplab_v3plus
from studio.deeplab.export import export_tflite
from studio.deeplab.spec import NetworkSpec
from studio.deeplab.tflite_graph import OpGraph
from tests.support.networks import lively_network, photographs, tiny_spec

SPECS: tuple[dict[str, Any], ...] = (
    {},
    {"blocks": 15, "output_stride": 16, "input_width": 65, "image_pooling": False},
    {"decoder_filters": 12, "atrous_rates": (2, 3), "blocks": 8, "output_stride": 32},
    {"blocks": 3, "input_height": 40, "input_width": 64, "filter_divisor": 1},
)


@pytest.mark.parametrize("knobs", SPECS)
def test_parameters_are_those_of_the_keras_network(knobs: dict[str, Any]) -> None:
    spec = tiny_spec(**knobs)
    model = deeplab_v3plus(spec)
    cost = network_cost(spec)
    assert cost.training_parameters == model.count_params()
    by_name = {layer.name: layer for layer in cost.layers}
    for layer in model.layers:
        if layer.weights:
            assert by_name.pop(layer.name).output_size == tuple(layer.output.shape[1:3])
    assert not by_name


def multiply_adds(path: Path) -> int:
    """Count them in a file's convolutions."""
    graph = OpGraph(path)
    total = 0
    for op in graph.ops:
        if op.name in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            _, height, width, _ = graph.shapes[op.outputs[0]]
            kernel = graph.constant(op.inputs[1])
            assert kernel is not None
            total += height * width * kernel.size
    return total


@pytest.mark.parametrize("int8", [False, True])
def test_the_exported_file_costs_what_was_predicted(tmp_path: Path, int8: bool) -> None:
    spec = tiny_spec(decoder_filters=12, atrous_rates=(2,), width=0.5, head_filters=32)
    cost = network_cost(spec)
    path = tmp_path / "x.tflite"
    report = export_tflite(
        lively_network(spec), path, int8=int8, calibration=photographs((33, 33)) if int8 else ()
    )
    assert multiply_adds(path) == cost.multiply_adds == report.multiply_adds
    predicted = cost.int8_bytes if int8 else cost.float32_bytes
    assert path.stat().st_size == pytest.approx(predicted, rel=0.05)


def test_the_published_network_costs_what_was_published() -> None:
    # 2.75 B multiply-adds at 513 px are published, for a head whose pooled branch is projected at
    # every pixel; ours does that once.
    spec = NetworkSpec(input_height=513, input_width=513)
    pooled_share = 33 * 33 * 256 * 256
    assert network_cost(spec).multiply_adds + pooled_share == pytest.approx(2.75e9, rel=0.01)


def test_it_is_known_without_keras() -> None:
    script = (
        "import sys, studio.deeplab.cost as c, studio.deeplab.spec as s;"
        "c.network_cost(s.NetworkSpec());"
        "sys.exit(any(m in sys.modules for m in ('keras', 'tensorflow', 'ai_edge_litert')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_more_of_anything_costs_more() -> None:
    base = network_cost(tiny_spec()).multiply_adds
    for more in (
        {"width": 0.75}, {"blocks": 8}, {"head_filters": 16}, {"decoder_filters": 8},
        {"atrous_rates": (2,)}, {"input_height": 65}, {"classes": 9},
    ):  # fmt: skip
        assert network_cost(tiny_spec(**more)).multiply_adds > base, more
