"""The verdict follows from the tensors, and the shares add up to the file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.gui.quantization.summary import summarize
from studio.inference.graph import read_graph
from studio.inference.model import TensorInfo
from tests.gui.quantization.tensors import int8_tensors, tensor
from tests.support.driven_playback import a_model
from tests.support.shared_data import CORAL_HALF, FLOAT_257, shared_data

FLOAT = tensor("float32")
INT8 = tensor("int8", scales=8)
FLOAT_FLOW = tensor("float32", "activation")
INT8_FLOW = tensor("int8", "activation", scales=1)


@pytest.mark.parametrize(
    ("tensors", "verdict", "badge"),
    [
        (int8_tensors(), "integer", "Deployable int8"),
        ((tensor("int4", scales=1), INT8_FLOW), "integer", "Deployable int4"),
        ((FLOAT, FLOAT_FLOW), "float", "float32"),
        ((tensor("float16"), FLOAT_FLOW), "float", "float16"),
        ((INT8, FLOAT_FLOW), "mixed", "Weights only"),
        ((INT8, FLOAT, INT8_FLOW), "mixed", "Mixed"),
        ((INT8, INT8_FLOW, FLOAT_FLOW), "mixed", "Mixed"),
        ((), "float", "float32"),
    ],
)
def test_the_verdict_follows_from_weights_and_activations(
    tensors: tuple[TensorInfo, ...], verdict: str, badge: str
) -> None:
    summary = summarize(a_model(tensors))
    assert (summary.verdict, summary.badge) == (verdict, badge)


def test_biases_and_shapes_are_no_weights() -> None:
    summary = summarize(a_model((*int8_tensors(), tensor("int32", shape=(2,), name="size"))))
    assert (summary.per_channel, summary.per_tensor, summary.unquantized) == (3, 0, 0)
    assert summary.granularity == "per channel"
    assert (summary.weight_bits, summary.activation_bits) == (8, 8)


@given(
    st.lists(
        st.builds(
            tensor,
            st.sampled_from(["int8", "float32", "float16", "int32"]),
            shape=st.tuples(st.integers(1, 9), st.integers(2, 6)),
            scales=st.integers(0, 2),
        )
    ),
    st.integers(0, 5000),
)
def test_shares_and_rest_are_the_file(tensors: list[TensorInfo], rest: int) -> None:
    stored = sum(each.size_bytes for each in tensors)
    summary = summarize(a_model(tuple(tensors), size_bytes=stored + rest))
    assert sum(share.size_bytes for share in summary.shares) == stored
    assert summary.other_bytes == rest
    sizes = [share.size_bytes for share in summary.shares]
    assert sizes == sorted(sizes, reverse=True)


def test_mixed_granularity_counts_each_kind() -> None:
    tensors = (INT8, tensor("int8", scales=1), FLOAT)
    assert summarize(a_model(tensors)).granularity == "1 per channel, 1 per tensor, 1 without"


def test_published_models_are_judged_as_published() -> None:
    quantized = summarize(a_model(read_graph(shared_data(CORAL_HALF)).tensor_infos()))
    assert (quantized.badge, quantized.granularity) == ("Deployable int8", "per tensor")
    floating = summarize(a_model(read_graph(shared_data(FLOAT_257)).tensor_infos()))
    assert (floating.badge, floating.weight_bits) == ("float32", 32)
