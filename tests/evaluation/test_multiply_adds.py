"""Multiply-adds read from files are those that papers and our own cost model state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from studio.evaluation.multiply_adds import multiply_adds
from studio.inference.graph import ModelGraph, StoredOp, StoredTensor, read_graph
from tests.support.models import logits_model
from tests.support.shared_data import CLASSIFIER, CORAL, FLOAT_257, shared_data


def _graph(*shapes: tuple[int, ...], name: str) -> ModelGraph:
    """One operator on tensors of these shapes; the last one is its output."""
    tensors = tuple(StoredTensor("", shape, "float32", (), (), 0) for shape in shapes)
    last = len(shapes) - 1
    op = StoredOp(name=name, inputs=tuple(range(last)), outputs=(last,))
    return ModelGraph(Path("net.tflite"), 0, tensors, (op,), (0,), (last,), None)


def test_a_convolution() -> None:
    graph = _graph((1, 9, 9, 4), (8, 3, 3, 4), (1, 5, 5, 8), name="CONV_2D")
    assert multiply_adds(graph) == 5 * 5 * 8 * 3 * 3 * 4


def test_a_depthwise_convolution() -> None:
    graph = _graph((1, 9, 9, 4), (1, 3, 3, 4), (1, 9, 9, 4), name="builtin 4")
    assert multiply_adds(graph) == 9 * 9 * 4 * 3 * 3


def test_a_fully_connected_layer() -> None:
    assert multiply_adds(_graph((1, 20), (7, 20), (1, 7), name="builtin 9")) == 140


def test_a_transposed_convolution_spreads_its_input() -> None:
    shapes = ((4,), (8, 2, 2, 3), (1, 5, 5, 3), (1, 10, 10, 8))
    assert multiply_adds(_graph(*shapes, name="builtin 67")) == 5 * 5 * 3 * 8 * 2 * 2


def test_operators_without_a_kernel_cost_none() -> None:
    assert multiply_adds(_graph((1, 4), (1, 4), name="SOFTMAX")) == 0


def test_open_sizes_are_not_guessed() -> None:
    graph = _graph((1, -1, -1, 4), (8, 3, 3, 4), (1, -1, -1, 8), name="CONV_2D")
    assert multiply_adds(graph) is None
    assert multiply_adds(replace(graph, ops=())) == 0


def test_a_file_of_our_own(tmp_path: Path) -> None:
    graph = read_graph(logits_model(tmp_path / "net.tflite", grid=13, classes=21))
    assert multiply_adds(graph) == 13 * 13 * 21 * 3


@pytest.mark.parametrize(
    ("model", "millions"), [(CORAL, 2750), (CLASSIFIER, 300), (FLOAT_257, 720)]
)
def test_published_networks_cost_what_their_papers_state(model: str, millions: int) -> None:
    found = multiply_adds(read_graph(shared_data(model)))
    assert found == pytest.approx(millions * 1e6, rel=0.01)
