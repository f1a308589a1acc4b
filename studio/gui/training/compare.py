"""The settings of two trainings side by side."""

from __future__ import annotations

from dataclasses import dataclass

from studio.gui.training.form.draft import words_of
from studio.gui.training.form.fields import fields_by_key, groups
from studio.training.spec import TrainSpec


@dataclass(frozen=True, slots=True)
class ComparedSetting:
    """A setting of both.

    Attributes:
        key: such as `optimizer.learning_rate`.
        group: title of its group.
        label: for people.
        left: its words in the first.
        right: its words in the second.
    """

    key: str
    group: str
    label: str
    left: str
    right: str

    @property
    def differs(self) -> bool:
        """Whether the two are not the same."""
        return self.left != self.right


def compare(left: TrainSpec, right: TrainSpec) -> list[ComparedSetting]:
    """All settings, in the order of the form."""
    lefts, rights = dict(words_of(left)), dict(words_of(right))
    return [
        ComparedSetting(
            key=field.key,
            group=group.title,
            label=fields_by_key()[field.key].label,
            left=lefts[field.key],
            right=rights[field.key],
        )
        for group in groups()
        for field in group.fields
    ]
