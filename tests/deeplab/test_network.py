"""The network's shape follows from its spec, and its layers compute what their names say."""

from __future__ import annotations

from typing import Literal

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.deeplab.backbone import scaled_filters
from studio.deeplab.deeplab_v3plus import deeplab_v3plus
from studio.deeplab.spec import NetworkSpec
from studio.errors import SpecError
from tests.support.networks import lively_network, pictures, tiny_spec

_STRIDES: tuple[Literal[8, 16, 32], ...] = (8, 16, 32)


@st.composite
def specs(draw: st.DrawFn) -> NetworkSpec:
    stride = draw(st.sampled_from(_STRIDES))
    over = draw(st.integers(0, 1))
    decoder = draw(st.sampled_from((0, 8)))
    return NetworkSpec(
        width=draw(st.sampled_from((0.25, 0.35, 0.5))),
        output_stride=stride,
        input_height=draw(st.integers(-(-33 // stride), 6)) * stride + over,
        input_width=draw(st.integers(-(-33 // stride), 6)) * stride + over,
        classes=draw(st.integers(2, 30)),
        blocks=draw(st.sampled_from((3, 4, 7, 8, 14, 17) if decoder else (1, 2, 5, 8, 15))),
        filter_divisor=draw(st.sampled_from((1, 4, 8))),
        head_filters=draw(st.integers(1, 16)),
        image_pooling=draw(st.booleans()),
        atrous_rates=draw(st.sampled_from(((), (2,), (2, 5)))),
        decoder_filters=decoder,
    )


@given(spec=specs())
@settings(max_examples=12)
def test_features_and_logits_have_the_sizes_that_the_spec_says(spec: NetworkSpec) -> None:
    model = deeplab_v3plus(spec)
    assert model.output_shape == (None, *spec.logits_size, spec.classes)
    features = tuple(model.get_layer("aspp_1x1").input.shape[1:3])
    assert features == tuple(-(-size // spec.feature_stride) for size in spec.input_size)


def test_a_smaller_output_stride_sees_the_same_through_dilated_kernels() -> None:
    """Atrous convolution computes the strided network's features, and those in between."""
    coarse = lively_network(tiny_spec(output_stride=16, blocks=8, image_pooling=False))
    fine_spec = tiny_spec(output_stride=8, blocks=8, image_pooling=False)
    fine = deeplab_v3plus(fine_spec)
    fine.set_weights(coarse.model.get_weights())
    image = pictures((33, 33))
    step = coarse.spec.feature_stride // fine_spec.feature_stride
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(fine(image))[:, ::step, ::step],
        keras.ops.convert_to_numpy(coarse.model(image)),
        atol=1e-4,
    )


def test_filters_are_those_of_the_published_networks() -> None:
    # Keras applications at 0.35 and 0.75; the published DeepLab of width 0.5.
    assert [scaled_filters(n, 0.35) for n in (32, 16, 24, 32, 64, 96, 160, 320)] == [
        16, 8, 8, 16, 24, 32, 56, 112,
    ]  # fmt: skip
    assert [scaled_filters(n, 0.75) for n in (32, 16, 24, 32, 64, 96, 160, 320)] == [
        24, 16, 24, 24, 48, 72, 120, 240,
    ]  # fmt: skip
    assert [scaled_filters(n, 0.5, 1) for n in (32, 16, 24, 32, 64)] == [16, 8, 12, 16, 32]


@given(filters=st.integers(1, 400), width=st.floats(0.25, 2.0), divisor=st.sampled_from((1, 4, 8)))
def test_filters_are_multiples_and_hardly_fewer_than_asked(
    filters: int, width: float, divisor: int
) -> None:
    scaled = scaled_filters(filters, width, divisor)
    assert scaled % divisor == 0
    assert scaled >= 0.9 * filters * width or divisor == 1


def test_weights_fit_a_network_of_any_input_size() -> None:
    small = lively_network(tiny_spec())
    large = deeplab_v3plus(small.spec, size=(65, 97))
    large.set_weights(small.model.get_weights())
    assert large.output_shape == (None, 9, 13, 4)


def test_image_pooling_sees_the_whole_image() -> None:
    model = lively_network(tiny_spec(input_height=129, input_width=129, blocks=2)).model
    image = pictures((129, 129))
    changed = image.copy()
    changed[:, :16, :16] *= -1.0
    far = np.abs(
        keras.ops.convert_to_numpy(model(image)) - keras.ops.convert_to_numpy(model(changed))
    )[:, -1, -1]
    assert far.max() > 1e-4
    local = lively_network(
        tiny_spec(input_height=129, input_width=129, blocks=2, image_pooling=False)
    ).model
    same = np.abs(
        keras.ops.convert_to_numpy(local(image)) - keras.ops.convert_to_numpy(local(changed))
    )[:, -1, -1]
    assert same.max() < 1e-5


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        ({"width": 0.1}, "width"),
        ({"output_stride": 4}, "output stride"),
        ({"input_height": 40, "output_stride": 32}, "does not divide"),
        ({"input_height": 33, "input_width": 40}, "mixes"),
        ({"classes": 1}, "classes"),
        ({"blocks": 18}, "blocks"),
        ({"blocks": 2, "decoder_filters": 8}, "blocks"),
        ({"filter_divisor": 0}, "multiples"),
        ({"head_filters": 0}, "head"),
        ({"decoder_filters": -1}, "decoder"),
        ({"atrous_rates": (0,)}, "atrous"),
        ({"output": "mask"}, "output"),
    ],
)
def test_a_network_that_cannot_be_built_is_refused_before(
    knobs: dict[str, object], words: str
) -> None:
    with pytest.raises(SpecError, match=words):
        tiny_spec(**knobs)
