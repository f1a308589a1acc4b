"""What the form writes is what it reads; what is wrong is told with its place."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.deeplab.spec import NetworkSpec
from studio.gui.training.form.draft import SpecDraft, as_words
from studio.training.presets import list_presets
from studio.training.spec import DistillationSpec, OptimizerSpec, TrainSpec

_PATHS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30).filter(
    lambda words: bool(words.strip())
)


@st.composite
def _specs(draw: st.DrawFn) -> TrainSpec:
    optimizer = OptimizerSpec(
        kind=draw(st.sampled_from(("sgd", "adamw"))),
        learning_rate=draw(st.floats(1e-9, 10.0)),
        weight_decay=draw(st.floats(0.0, 1.0)),
        warmup_steps=draw(st.integers(0, 10**6)),
    )
    strides: tuple[Literal[8, 16, 32], ...] = (8, 16, 32)
    stride = draw(st.sampled_from(strides))
    sizes = st.lists(st.integers(33, 2049), min_size=1, max_size=4)
    network = NetworkSpec(
        output_stride=stride,
        input_height=stride * 8 + 1,
        input_width=stride * 9 + 1,
        atrous_rates=tuple(draw(st.lists(st.integers(1, 64), max_size=4))),
        image_pooling=draw(st.booleans()),
    )
    return TrainSpec(
        dataset=draw(_PATHS),
        network=network,
        optimizer=optimizer,
        epochs=draw(st.integers(1, 10**6)),
        seed=draw(st.integers(0, 2**62)),
        checkpoint_every_seconds=draw(st.floats(0, 1e6)),
        distillation=DistillationSpec(sizes=tuple(draw(sizes))),
    )


@given(_specs())
def test_a_spec_survives_the_form(spec: TrainSpec) -> None:
    draft = SpecDraft(spec)
    assert draft.problems() == []
    assert draft.spec() == spec


def test_the_presets_survive_the_form() -> None:
    for preset in list_presets():
        spec = replace(preset.spec, dataset="voc")
        assert SpecDraft(spec).spec() == spec


def test_no_dataset_is_a_problem() -> None:
    (problem,) = SpecDraft(TrainSpec(dataset=" ")).problems()
    assert (problem.group, problem.key) == ("Data", "dataset")
    assert problem.error.remedy


@pytest.mark.parametrize(
    ("key", "words", "group", "says"),
    [
        ("batch_size", "0", "Schedule", "batch size is 0"),
        ("batch_size", "many", "Schedule", "“many” is no whole number"),
        ("epochs", "2.5", "Schedule", "“2.5” is no whole number"),
        ("epochs", "", "Schedule", "“” is no whole number"),
        ("optimizer.learning_rate", "-1", "Schedule", "learning rate is -1"),
        ("optimizer.learning_rate", "fast", "Schedule", "“fast” is no number"),
        ("optimizer.learning_rate", "nan", "Schedule", "finite number"),
        ("network.input_height", "250", "Network", "does not divide"),
        ("network.atrous_rates", "6, x", "Network", "“6, x” is no list"),
        ("network.width", "9", "Network", "width is 9"),
        ("loss.label_smoothing", "1", "Loss", "label smoothing is 1"),
        ("distillation.unlabelled", "photos", "Teacher", "without a teacher"),
        ("augmentation.smallest_scale", "3", "Augmentation", "scaled from 3 to 2"),
        ("val_images", "-1", "Running", "number of validation images is -1"),
        ("crop_size", "100", "Data", "crop size is 100"),
    ],
)
def test_what_is_wrong_is_told_where_it_can_be_mended(
    key: str, words: str, group: str, says: str
) -> None:
    draft = SpecDraft(TrainSpec(dataset="voc"))
    draft.set_words(key, words)
    assert draft.spec() is None
    (problem,) = draft.problems()
    assert problem.group == group
    assert says in problem.error.message
    assert problem.error.remedy


def test_several_problems_are_told_at_once() -> None:
    draft = SpecDraft(TrainSpec(dataset=""))
    draft.set_words("network.width", "9")
    draft.set_words("epochs", "none")
    assert [problem.group for problem in draft.problems()] == ["Schedule", "Network", "Data"]
    assert draft.section("network") is None
    assert draft.section("optimizer") == OptimizerSpec()


def test_numbers_are_written_briefly() -> None:
    assert [as_words(value) for value in (1.0, 0.007, 4e-5, True, (6, 12), ())] == [
        "1",
        "0.007",
        "4e-05",
        "true",
        "6, 12",
        "",
    ]
