"""The form has every setting of a training, each explained."""

from __future__ import annotations

from studio.gui.training.form.fields import explanations, fields_by_key, group_of, groups
from studio.training.spec import OptimizerSpec, TrainSpec
from studio.training.spec_fields import leaf_keys


def test_every_setting_stands_in_exactly_one_group() -> None:
    listed = [field.key for group in groups() for field in group.fields]
    assert sorted(listed) == sorted(key for key, _ in leaf_keys(TrainSpec))


def test_every_setting_is_explained_by_the_docstring() -> None:
    for field in fields_by_key().values():
        assert len(field.explanation) > 5, field.key
        assert "`" not in field.explanation
        assert "studio.data" not in field.explanation  # of no use to people
        assert field.label[0].isupper(), field.key


def test_explanations_that_go_on_in_the_next_line_are_joined() -> None:
    found = explanations(OptimizerSpec)
    assert found["kind"] == "SGD with momentum, or AdamW."
    assert list(found) == list(OptimizerSpec.__dataclass_fields__)
    section = explanations(TrainSpec)["start_from"]
    assert "imagenet" in section
    assert "\n" not in section


def test_units_and_kinds_fit_the_types() -> None:
    fields = fields_by_key()
    assert fields["checkpoint_every_seconds"].unit == "s"
    assert fields["network.input_height"].unit == "px"
    assert fields["optimizer.kind"].choices == ("sgd", "adamw")
    assert fields["network.image_pooling"].kind == "switch"
    assert fields["network.atrous_rates"].kind == "list"
    assert fields["dataset"].kind == "folder"


def test_groups_come_in_the_order_of_the_work() -> None:
    titles = [group.title for group in groups()]
    assert titles == [
        "Data",
        "Network",
        "Schedule",
        "Loss",
        "Teacher",
        "Augmentation",
        "Running",
    ]
    assert group_of("optimizer") == "Schedule"
    assert group_of("distillation.teacher") == "Teacher"
    assert all(group.fields for group in groups())
