"""A narrower head computes what the wide one did, as far as it can."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.deeplab.files import LoadedNetwork
from studio.deeplab.narrow import narrow_head
from studio.errors import SpecError
from tests.support.networks import lively_network, pictures, tiny_spec


def _images(network: LoadedNetwork) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    return list(pictures(network.spec.input_size, 24)[:, None])


def _with_silent_filters(network: LoadedNetwork, kept: int) -> LoadedNetwork:
    """Cut all but the first filters of each of the head's layers off from what is behind."""
    for name in ("aspp_project", "image_pooling_project", "logits"):
        layer = network.model.get_layer(name)
        weights = layer.get_weights()
        weights[0][:, :, kept:] = 0.0
        layer.set_weights(weights)
    return network


def test_filters_that_reach_nothing_are_dropped_without_a_trace() -> None:
    network = _with_silent_filters(lively_network(tiny_spec()), 5)
    narrow = narrow_head(network, 5, _images(network))
    assert narrow.spec == replace(network.spec, head_filters=5)
    unseen = pictures(network.spec.input_size, 4, seed=9)
    wide = network.model.predict_on_batch(unseen)
    np.testing.assert_allclose(
        narrow.model.predict_on_batch(unseen), wide, atol=2e-3 * np.ptp(wide)
    )


def test_the_wider_of_two_narrow_heads_is_nearer_to_the_source() -> None:
    network = lively_network(tiny_spec())
    images = _images(network)
    whole = np.concatenate([network.model.predict_on_batch(image) for image in images])
    errors = []
    for filters in (2, 6):
        narrow = narrow_head(network, filters, images).model
        found = np.concatenate([narrow.predict_on_batch(image) for image in images])
        errors.append(float(np.square(found - whole).mean()))
    assert errors[1] < errors[0] < float(whole.var())


@pytest.mark.parametrize(
    ("knobs", "filters", "said"),
    [
        ({}, 8, "not fewer"),
        ({"atrous_rates": (2,)}, 4, "Only a head of a 1x1 branch"),
        ({"image_pooling": False}, 4, "Only a head of a 1x1 branch"),
    ],
)
def test_other_heads_are_refused(knobs: dict[str, object], filters: int, said: str) -> None:
    network = lively_network(tiny_spec(**knobs))
    with pytest.raises(SpecError, match=said):
        narrow_head(network, filters, [])
