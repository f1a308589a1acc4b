"""Masks are scored as independent implementations score them; classes meet by their names."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.classes import VOC_LABELS, VOID_INDEX
from studio.data.samples import Mask
from studio.errors import ModelError
from studio.evaluation.davis import Sequence
from studio.evaluation.predictor import ModelFacts
from studio.evaluation.video.judge import classes_judge, foreground_judge
from studio.evaluation.video.vspw import UNNAMED

_FACTS = ModelFacts(
    name="net",
    path="",
    labels=VOC_LABELS,
    labels_are_guessed=False,
    is_binary=False,
    input_height=33,
    input_width=33,
    runtime="",
    threads=1,
    size_bytes=0,
    weight_bits=8,
)
_PERSON, _BICYCLE, _CAR, _COW = (
    VOC_LABELS.index(name) for name in ("person", "bicycle", "car", "cow")
)
_STREET = (UNNAMED, "wall", "person", "cattle", "ship_or_boat", "road")


def _pair(seed: int, truth_values: list[int], mask_values: list[int]) -> tuple[Mask, Mask]:
    random = np.random.default_rng(seed)
    truth = random.choice(np.array(truth_values, np.uint8), (17, 23))
    mask = random.choice(np.array(mask_values, np.uint8), (17, 23))
    return truth, mask


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_j_is_what_scikit_learn_and_plain_sets_make_of_it(seed: int) -> None:
    from sklearn.metrics import jaccard_score

    truth, mask = _pair(seed, [0, 255], [0, _PERSON, _BICYCLE, _CAR])
    judge = foreground_judge(_FACTS, Sequence("bmx", (), ("person", "bicycle")))
    found = judge.judge(truth, mask)
    seen = np.isin(mask, (_PERSON, _BICYCLE))
    expected = jaccard_score(truth.ravel() > 0, seen.ravel())
    assert found.value == pytest.approx(expected, abs=1e-12)
    there = {tuple(point) for point in np.argwhere(truth > 0)}
    found_there = {tuple(point) for point in np.argwhere(seen)}
    assert found.value == len(there & found_there) / len(there | found_there)
    assert found.counts is None


def test_where_nothing_is_to_be_found_nothing_is_perfect() -> None:
    judge = foreground_judge(_FACTS, Sequence("empty", (), ("person",)))
    nothing = np.zeros((8, 9), np.uint8)
    assert judge.judge(nothing, nothing).value == 1.0
    assert judge.judge(nothing, nothing + np.uint8(_PERSON)).value == 0.0
    assert judge.judge(nothing + np.uint8(1), nothing).value == 0.0


def test_objects_are_foreground_whatever_their_number() -> None:
    judge = foreground_judge(_FACTS, Sequence("pair", (), ("person",)))
    truth = np.array([[0, 1, 2, 3]], np.uint8)
    mask = np.array([[0, _PERSON, _PERSON, 0]], np.uint8)
    assert judge.judge(truth, mask).value == pytest.approx(2 / 3)


def test_a_model_without_the_foreground_is_an_error() -> None:
    facts = replace(_FACTS, labels=("background", "cat"))
    with pytest.raises(ModelError, match="video dog: dog"):
        foreground_judge(facts, Sequence("dog", (), ("dog",)))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_mean_iou_is_what_scikit_learn_makes_of_it(seed: int) -> None:
    from sklearn.metrics import jaccard_score

    truth, mask = _pair(seed, [0, 2, _PERSON, _CAR, VOID_INDEX], [0, _PERSON, _CAR, _COW])
    found = classes_judge(_FACTS, VOC_LABELS, "voc").judge(truth, mask)
    known = truth != VOID_INDEX
    present = np.unique(truth[known])
    iou = jaccard_score(truth[known], mask[known], labels=present, average=None)
    assert found.value == pytest.approx(iou.mean(), abs=1e-12)
    assert found.counts is not None
    assert found.counts.sum() == np.count_nonzero(known)


def test_what_a_model_does_not_know_is_its_background() -> None:
    judge = classes_judge(_FACTS, _STREET, "street")
    assert judge.label_map.labels == ("background", "person", "cow", "boat")
    assert judge.truth_classes == len(_STREET)
    truth = np.array([[0, 1, 2, 3, 4, 5, VOID_INDEX]], np.uint8)
    boat = VOC_LABELS.index("boat")
    perfect = np.array([[7, 0, _PERSON, _COW, boat, 0, 3]], np.uint8)
    assert judge.judge(truth, perfect).value == 1.0
    # A car that is none is the background's, which the dataset calls a wall or a road.
    a_car = np.where(truth == 5, _CAR, perfect).astype(np.uint8)
    assert judge.judge(truth, a_car).value == 1.0
    a_person = np.where(truth == 5, _PERSON, perfect).astype(np.uint8)
    assert judge.judge(truth, a_person).value == pytest.approx((0.5 + 0.5 + 1 + 1) / 4)
    assert any("2 of the 5 classes" in text for text in judge.label_map.warnings)


def test_the_foreground_is_all_but_the_background() -> None:
    table = classes_judge(_FACTS, _STREET, "street").foreground
    assert table.shape == (256,)
    assert table[0] == 0
    assert table[1 : len(VOC_LABELS)].all()
    assert not table[len(VOC_LABELS) :].any()


def test_a_model_of_the_same_classes_is_scored_on_all_of_them() -> None:
    facts = replace(_FACTS, labels=_STREET)
    judge = classes_judge(facts, _STREET, "street")
    assert judge.label_map.labels == _STREET
    truth = np.array([[1, 2, 3, 4, 5, 5]], np.uint8)
    assert judge.judge(truth, truth).value == 1.0
    unnamed = np.zeros_like(truth)
    assert math.isnan(judge.judge(unnamed, truth).value)


def test_models_of_other_things_are_an_error() -> None:
    facts = replace(_FACTS, labels=("background", "tumour"))
    with pytest.raises(ModelError, match="street"):
        classes_judge(facts, _STREET, "street")
