"""Classes meet by name, whatever their order; what cannot meet is said."""

from __future__ import annotations

import numpy as np
import pytest

from studio.classes import VOC_LABELS, VOID_INDEX
from studio.errors import ModelError
from studio.evaluation.label_map import class_table, map_labels, plain_name
from studio.evaluation.predictor import ModelFacts


def facts(labels: tuple[str, ...], guessed: bool = False, binary: bool = False) -> ModelFacts:
    return ModelFacts(
        name="net",
        path="",
        labels=labels,
        labels_are_guessed=guessed,
        is_binary=binary,
        input_height=65,
        input_width=65,
        runtime="",
        threads=1,
        size_bytes=0,
        weight_bits=32,
    )


_EVERY_INDEX = np.arange(256, dtype=np.uint8).reshape(16, 16)


def test_equal_labels_change_nothing() -> None:
    found = map_labels(facts(VOC_LABELS), VOC_LABELS, "VOC")
    assert found.warnings == ()
    assert found.labels == VOC_LABELS
    for mapped in (found.prediction(_EVERY_INDEX), found.truth(_EVERY_INDEX)):
        np.testing.assert_array_equal(mapped.ravel()[:21], np.arange(21))
        assert (mapped.ravel()[21:] == VOID_INDEX).all()


def test_another_order_and_other_spellings_are_understood() -> None:
    model = facts(("tv", "Airplane", "background"))
    found = map_labels(model, ("background", "aeroplane", "TV/monitor"), "data")
    assert found.prediction(_EVERY_INDEX).ravel()[:4].tolist() == [2, 1, 0, VOID_INDEX]
    assert found.warnings == ()


def test_classes_that_the_dataset_does_not_have_are_its_background() -> None:
    found = map_labels(facts(("background", "zebra", "dog")), ("background", "dog"), "data")
    assert found.prediction(_EVERY_INDEX).ravel()[:3].tolist() == [0, 0, 1]
    assert found.warnings == ("data does not have its zebra, which count as background.",)


def test_without_a_background_they_are_wrong() -> None:
    found = map_labels(facts(("zebra", "dog")), ("cat", "dog"), "data")
    assert found.prediction(_EVERY_INDEX).ravel()[:2].tolist() == [VOID_INDEX, 1]
    assert "It does not know cat; there it scores 0." in found.warnings
    assert "data does not have its zebra, which count as wrong." in found.warnings


def test_numbered_classes_are_taken_in_order_when_there_are_as_many() -> None:
    model = facts(("class 0", "class 1"), guessed=True)
    found = map_labels(model, ("sky", "road"), "data")
    assert found.prediction(_EVERY_INDEX).ravel()[:2].tolist() == [0, 1]
    assert "the order of data is taken" in found.warnings[0]


@pytest.mark.parametrize("guessed", [True, False])
def test_nothing_in_common_is_an_error_that_names_both(guessed: bool) -> None:
    model = facts(("background", "road", "sky"), guessed=guessed)
    with pytest.raises(ModelError, match=r"asked for cat, dog and knows background,") as caught:
        map_labels(model, ("cat", "dog"), "data")
    assert "card" in caught.value.remedy


def test_a_foreground_is_scored_as_one_class() -> None:
    found = map_labels(facts(("background", "foreground"), binary=True), VOC_LABELS, "VOC")
    assert found.labels == ("background", "foreground")
    truth = found.truth(_EVERY_INDEX).ravel()
    assert truth[0] == 0
    assert (truth[1:21] == 1).all()
    assert truth[VOID_INDEX] == VOID_INDEX
    assert found.prediction(_EVERY_INDEX).ravel()[:3].tolist() == [0, 1, VOID_INDEX]
    assert found.warnings == ("It tells two classes apart, so the other 20 are scored as one.",)


def test_a_foreground_on_two_classes_keeps_their_names() -> None:
    model = facts(("background", "foreground"), binary=True)
    found = map_labels(model, ("background", "person"), "data")
    assert found.labels == ("background", "person")
    assert found.warnings == ()


def test_a_list_of_many_classes_is_cut() -> None:
    labels = tuple(f"thing {index}" for index in range(50))
    with pytest.raises(ModelError, match="thing 5 and 44 more"):
        map_labels(facts(labels), VOC_LABELS, "VOC")


def test_classes_are_found_by_name() -> None:
    table = class_table(facts(VOC_LABELS), ("person", "motorcycle"))
    assert np.flatnonzero(table).tolist() == [14, 15]
    assert not class_table(facts(("background", "zebra")), ("person",)).any()
    binary = class_table(facts(("background", "foreground"), binary=True), ("person",))
    assert np.flatnonzero(binary).tolist() == [1]


def test_names_are_compared_without_case_spaces_and_signs() -> None:
    assert plain_name("TV/Monitor") == plain_name("tv monitor") == plain_name("tv")
    assert plain_name("dining_table") == plain_name("Dining Table") != plain_name("table")
