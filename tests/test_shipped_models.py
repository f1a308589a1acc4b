"""The models that come with the studio: whole, described, small enough, and used by default."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from studio.evaluation.multiply_adds import multiply_adds
from studio.inference.card import ModelCard, read_card
from studio.inference.catalogue import default_model
from studio.inference.graph import read_graph
from studio.inference.interpreter import TfliteInterpreter
from studio.paths import shipped_models_dir
from studio.training.spec_file import read_spec
from tests.benchmarks.cards import with_scores

_MODELS = sorted(shipped_models_dir().glob("*.tflite"))
_MOST_BYTES = 25_000_000


def test_there_are_three_sizes_each_in_float_and_8_bits() -> None:
    names = {re.sub(r"_(float32|int8)$", "", path.stem) for path in _MODELS}
    assert len(names) >= 3
    assert {path.stem for path in _MODELS} == {
        f"{name}_{kind}" for name in names for kind in ("float32", "int8")
    }
    for name in names:  # the recipe is one that can be trained
        assert read_spec(shipped_models_dir() / f"{name}.toml").network.classes == 21


def test_they_are_small_enough_to_travel_with_the_program() -> None:
    files = [path for path in shipped_models_dir().rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < _MOST_BYTES


@pytest.mark.parametrize("path", _MODELS, ids=lambda path: path.stem)
def test_the_card_says_what_the_file_is(path: Path) -> None:
    card = read_card(path)
    assert card is not None
    assert card.size_bytes == path.stat().st_size
    assert card.multiply_adds == multiply_adds(read_graph(path))
    assert card.labels is not None
    assert len(card.labels) == 21
    assert "Apache-2.0" in card.licence
    assert {"training", "export"} <= set(card.recipe)
    assert 0.3 < card.metrics["miou"] < 1.0
    assert card.per_class_iou["cat"] > 0.5
    assert not re.search(r"(^|[\s\"'(])/\w", path.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", _MODELS, ids=lambda path: path.stem)
def test_all_of_it_runs_on_xnnpack(path: Path) -> None:
    assert TfliteInterpreter(path, "litert").delegated_ops_ratio == 1.0


def test_one_of_them_is_opened_when_nobody_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.paths.model_dirs", lambda: [shipped_models_dir()])
    chosen = default_model()
    assert chosen is not None
    card = read_card(chosen)
    assert card is not None
    assert card.recommended
    assert chosen.stem.endswith("int8")


def test_measured_scores_replace_those_on_the_card() -> None:
    scores = {
        "miou": 0.61234567,
        "miou_frequent": 0.7,
        "pixel_accuracy": 0.9,
        "boundary_iou": 0.4,
        "per_class_iou": {"cat": 0.8, "boat": 0.1, "bus": None},
    }
    card = with_scores(ModelCard(name="n", metrics={"old": 1.0}), scores)
    assert card.name == "n"
    assert card.metrics["miou"] == 0.6123
    assert card.metrics.keys() == {"miou", "miou_frequent", "pixel_accuracy", "boundary_iou"}
    assert card.per_class_iou == {"cat": 0.8, "boat": 0.1}
    assert card.known_weak_classes == ("boat",)
