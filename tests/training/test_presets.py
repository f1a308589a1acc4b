from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from studio.deeplab.cost import network_cost
from studio.errors import SpecError
from studio.training.presets import list_presets, load_preset
from studio.training.spec import TrainSpec

_NAMES = {"fast", "balanced", "quality", "quick-look", "from-scratch"}


def test_every_preset_says_what_it_is_and_leaves_the_dataset_open() -> None:
    presets = list_presets()
    assert {preset.name for preset in presets} >= _NAMES
    for preset in presets:
        assert preset.title
        assert len(preset.description) > 40
        assert preset.spec.dataset == ""
        assert load_preset(preset.name) == preset
    assert len({preset.title for preset in presets}) == len(presets)


def test_presets_come_from_the_cheapest_to_the_dearest() -> None:
    names = [preset.name for preset in list_presets()]
    assert names.index("quick-look") < names.index("fast") < names.index("balanced")
    assert names.index("balanced") < names.index("quality")


@pytest.mark.parametrize(
    ("name", "most"), [("quick-look", 0.05), ("fast", 0.25), ("balanced", 0.75), ("quality", 1.75)]
)
def test_networks_cost_what_their_presets_promise(name: str, most: float) -> None:
    billions = network_cost(load_preset(name).spec.network).multiply_adds / 1e9
    assert 0.5 * most < billions <= most


def test_a_preset_differs_from_the_defaults() -> None:
    for preset in list_presets():
        assert replace(preset.spec, dataset="") != TrainSpec(dataset="")


def test_an_unknown_preset_is_told_with_those_there_are() -> None:
    with pytest.raises(SpecError, match="Did you mean balanced"):
        load_preset("ballanced")
    with pytest.raises(SpecError, match="There are balanced, fast"):
        load_preset("nothing")


def test_presets_are_read_without_a_training_library() -> None:
    code = (
        "import sys; from studio.training.presets import list_presets; list_presets();"
        "sys.exit(any(name in sys.modules for name in"
        " ('keras', 'tensorflow', 'ai_edge_litert', 'tflite_runtime', 'numba', 'PySide6')))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
