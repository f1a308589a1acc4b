"""Exported files that several tests look at: a conversion takes seconds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from studio.deeplab.export import ExportReport, export_tflite
from studio.deeplab.files import LoadedNetwork
from tests.support.networks import lively_network, photographs, tiny_spec


@dataclass(frozen=True)
class Exported:
    """A network and its files.

    Attributes:
        network: what was exported.
        float32: the float file.
        int8: the 8-bit file.
    """

    network: LoadedNetwork
    float32: ExportReport
    int8: ExportReport


def export_both(network: LoadedNetwork, folder: Path) -> Exported:
    return Exported(
        network=network,
        float32=export_tflite(network, folder / "float32.tflite"),
        int8=export_tflite(
            network,
            folder / "int8.tflite",
            int8=True,
            calibration=photographs(network.spec.input_size, 16),
        ),
    )


@pytest.fixture(scope="session")
def exported_mobile(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The mobile variant: image pooling beside 1x1, no decoder."""
    network = lively_network(tiny_spec(head_filters=16))
    return export_both(network, tmp_path_factory.mktemp("mobile"))


@pytest.fixture(scope="session")
def exported_full(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """With all that there is: atrous rates, decoder, an input that is no square."""
    spec = tiny_spec(
        blocks=8, input_width=65, atrous_rates=(2, 3), decoder_filters=12,
        head_filters=16, filter_divisor=4, width=0.5,
    )  # fmt: skip
    return export_both(lively_network(spec), tmp_path_factory.mktemp("full"))
