from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.data.spec import AugmentationSpec
from studio.deeplab.spec import NetworkSpec
from studio.errors import OutputError, SpecError
from studio.training.spec import DistillationSpec, LossSpec, OptimizerSpec, TrainSpec
from studio.training.spec_fields import leaf_keys
from studio.training.spec_file import read_spec, read_spec_file, with_overrides, write_spec

_SPEC = TrainSpec(dataset="data")

_texts = st.text(st.characters(codec="utf-8"), max_size=30)
_rates = st.floats(1e-9, 10.0)


@st.composite
def _specs(draw: st.DrawFn) -> TrainSpec:
    strides: list[Literal[8, 16, 32]] = [8, 16, 32]
    stride = draw(st.sampled_from(strides))
    return TrainSpec(
        dataset=draw(_texts),
        start_from=draw(_texts),
        epochs=draw(st.integers(1, 2**40)),
        network=NetworkSpec(
            width=draw(st.floats(0.25, 2.0)),
            output_stride=stride,
            input_height=8 * stride + 1,
            input_width=9 * stride + 1,
            image_pooling=draw(st.booleans()),
            atrous_rates=tuple(draw(st.lists(st.integers(1, 64), max_size=3))),
        ),
        optimizer=OptimizerSpec(learning_rate=draw(_rates), power=draw(_rates)),
        loss=LossSpec(class_balance=draw(st.sampled_from(("none", "sqrt", "full")))),
        distillation=DistillationSpec(teacher=draw(_texts), sizes=(513, 257)),
        augmentation=AugmentationSpec(flip=draw(st.booleans())),
        seed=draw(st.integers(-(2**63) + 1, 2**63 - 1)),
        checkpoint_every_seconds=draw(st.floats(0.0, 1e12)),
    )


@given(_specs(), _texts, _texts)
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, spec: TrainSpec, title: str, description: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "spec.toml"
    write_spec(spec, path, title=title, description=description)
    file = read_spec_file(path)
    assert (file.spec, file.title, file.description) == (spec, title, description)


@given(_specs())
def test_every_key_can_be_set_from_words(spec: TrainSpec) -> None:
    assignments = []
    for key, _ in leaf_keys(TrainSpec):
        value: object = spec
        for name in key.split("."):
            value = getattr(value, name)
        words = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        assignments.append(f"{key}={words}")
    assert with_overrides(_SPEC, assignments) == spec


def test_a_short_file_takes_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(b"\xef\xbb\xbfepochs = 3\r\n[optimizer]\r\nlearning_rate = 1\r\n")
    spec = read_spec(path)
    assert spec == TrainSpec(dataset="", epochs=3, optimizer=OptimizerSpec(learning_rate=1.0))
    assert isinstance(spec.optimizer.learning_rate, float)


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("epochs = ", ["no proper TOML", "line 1"]),
        ("\n\n[network\n", ["no proper TOML", "line 3"]),
        ("epochs = 1\nepochs = 2", ["no proper TOML", "line 2"]),
        ("a = " + "[" * 5000, ["no proper TOML"]),
        ("epoch = 1", ["no key `epoch`", "Did you mean `epochs`?"]),
        ("learning_rate = 1", ["no key `learning_rate`", "`optimizer.learning_rate`"]),
        ("[optimiser]\nmomentum = 0.5", ["no key `optimiser`"]),
        ("[network]\nwidht = 1.0", ["no key `network.widht`", "`network.width`"]),
        ("[network]\nzzz = 1.0", ["no key `network.zzz`", "There are width, output_stride"]),
        ("zzz = 1.0", ["no key `zzz`", "There are dataset, network"]),
        ("network = 3", ["`network` is a section", "3 was given"]),
        ("[epochs]\nx = 1", ["`epochs` expects a whole number, got a section"]),
        ("epochs = 1.5", ["`epochs` expects a whole number, got 1.5"]),
        ("epochs = true", ["`epochs` expects a whole number, got true"]),
        (f"seed = {2**63}", ["`seed` expects a whole number"]),
        ("checkpoint_every_seconds = inf", ["expects a finite number, got inf"]),
        (f"checkpoint_every_seconds = {10**400}", ["expects a finite number"]),
        ("dataset = 5", ["`dataset` expects text, got 5"]),
        ("[optimizer]\nlearning_rate = 'fast'", ["`optimizer.learning_rate`", "got “fast”"]),
        ("[augmentation]\nflip = 1", ["`augmentation.flip` expects true or false, got 1"]),
        ("norm = 'cold'", ["`norm` expects live or frozen, got “cold”"]),
        ("[network]\noutput_stride = 12", ["expects 8, 16 or 32, got 12"]),
        ("[network]\natrous_rates = [6, 'x']", ["`network.atrous_rates`", "got “x”"]),
        ("[network]\natrous_rates = 6", ["expects a list of whole numbers, got 6"]),
        ("epochs = 0", ["number of epochs is 0", "1 or more"]),
        ("[network]\ninput_height = 250", ["does not divide", "Give 257."]),
        ("title = 5", ["`title` expects text"]),
    ],
)
def test_a_wrong_file_is_told_with_its_key(tmp_path: Path, toml: str, words: list[str]) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(toml)
    with pytest.raises(SpecError) as caught:
        read_spec(path)
    for word in [str(path), *words]:
        assert word in str(caught.value)
    assert caught.value.remedy


def test_a_file_that_is_no_spec_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="No such file"):
        read_spec(tmp_path / "gone.toml")
    with pytest.raises(SpecError, match="directory"):
        read_spec(tmp_path)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecError, match="no text in UTF-8"):
        read_spec(binary)
    binary.write_bytes(b"#" * (1 << 21))
    with pytest.raises(SpecError, match="too large"):
        read_spec(binary)


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("epochs", ["sets nothing", "key=value"]),
        ("=3", ["no key ``"]),
        ("epoch=3", ["`epochs`"]),
        ("network=3", ["`network` is a section", "network.width"]),
        ("network.width.x=3", ["no key `network.width.x`"]),
        ("lr.rate=3", ["no key `lr.rate`"]),
        ("epochs=many", ["`epochs` expects a whole number, got “many”"]),
        ("epochs=", ["`epochs` expects a whole number"]),
        ("optimizer.learning_rate=nan", ["finite number"]),
        ("augmentation.flip=maybe", ["true or false"]),
        ("optimizer.kind=adam", ["sgd or adamw"]),
        ("distillation.sizes=big", ["`distillation.sizes` expects a whole number"]),
        ("network.input_height=250", ["does not divide"]),
    ],
)
def test_a_wrong_override_is_told_with_its_key(assignment: str, words: list[str]) -> None:
    with pytest.raises(SpecError) as caught:
        with_overrides(_SPEC, [assignment])
    for word in words:
        assert word in str(caught.value)


def test_overrides_are_checked_together(tmp_path: Path) -> None:
    # One by one, each would leave a network that cannot be built.
    changed = with_overrides(
        _SPEC,
        ["network.output_stride=32", "network.input_height=384", "network.input_width=384"],
    )
    assert changed.network.input_size == (384, 384)
    assert with_overrides(_SPEC, []) == _SPEC
    emptied = with_overrides(replace(_SPEC, start_from="imagenet"), ["start_from="])
    assert emptied.start_from == ""
    rates = with_overrides(_SPEC, ["network.atrous_rates=[6, 12,18]", "augmentation.flip=No"])
    assert rates.network.atrous_rates == (6, 12, 18)
    assert not rates.augmentation.flip
    assert with_overrides(rates, ["network.atrous_rates="]).network.atrous_rates == ()


def test_a_missing_key_is_named() -> None:
    from studio.training.spec_fields import build

    with pytest.raises(SpecError, match="`dataset` is missing"):
        build(TrainSpec, {})


def test_a_spec_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        write_spec(_SPEC, tmp_path / "no" / "spec.toml")
    with pytest.raises(SpecError, match="no proper Unicode"):
        write_spec(replace(_SPEC, dataset="caf\udce9"), tmp_path / "spec.toml")
    assert list(tmp_path.glob("*spec*")) == []
