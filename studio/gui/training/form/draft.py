"""Settings while they are edited: any of them may be wrong, and it says which and why."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from studio.errors import SpecError
from studio.gui.training.form.fields import fields_by_key, group_of
from studio.training.spec import TrainSpec
from studio.training.spec_fields import build, fields_of, leaf_keys, value_from_words


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a training cannot start.

    Attributes:
        group: title of the group where it can be mended.
        key: of the setting, where it is known; else empty.
        error: in words.
    """

    group: str
    key: str
    error: SpecError


class SpecDraft:
    """The words of every field, as they stand in the form.

    Args:
        spec: to begin with.
    """

    def __init__(self, spec: TrainSpec) -> None:
        self._hints = dict(leaf_keys(TrainSpec))
        self._words: dict[str, str] = {}
        self.load(spec)

    def load(self, spec: TrainSpec) -> None:
        """Begin anew with these settings."""
        self._words = dict(words_of(spec))

    def words(self, key: str) -> str:
        """What stands in a field."""
        return self._words[key]

    def set_words(self, key: str, words: str) -> None:
        """Take what was typed into a field."""
        self._words[key] = words

    def problems(self) -> list[Problem]:
        """All that is wrong; empty when a training can be made of it."""
        return self._read()[1]

    def spec(self) -> TrainSpec | None:
        """The training; None while something is wrong."""
        return self._read()[0]

    def section(self, name: str) -> Any:
        """A section such as `network` by itself; None while something in it is wrong."""
        values, problems = self._values()
        kind = cast("type[Any]", fields_of(TrainSpec)[name])
        if any(problem.key.startswith(f"{name}.") for problem in problems):
            return None
        try:
            return build(kind, values[name])
        except SpecError:
            return None

    def _values(self) -> tuple[dict[str, Any], list[Problem]]:
        """Nested values, and the fields whose words fit no type."""
        values: dict[str, Any] = {}
        problems = []
        for key, hint in self._hints.items():
            *sections, name = key.split(".")
            place = values
            for section in sections:
                place = place.setdefault(section, {})
            try:
                place[name] = value_from_words(hint, self._words[key], key)
            except SpecError:
                label = fields_by_key()[key].label
                error = SpecError(
                    f"{label}: “{self._words[key]}” is no {_expected(hint)}.",
                    remedy=f"Give {_example(hint)}.",
                )
                problems.append(Problem(group_of(key), key, error))
        return values, problems

    def _read(self) -> tuple[TrainSpec | None, list[Problem]]:
        values, problems = self._values()
        broken = {problem.key.partition(".")[0] for problem in problems}
        for name, hint in fields_of(TrainSpec).items():
            if dataclasses.is_dataclass(hint) and name not in broken:
                try:
                    build(cast("type[Any]", hint), values[name])
                except SpecError as error:
                    problems.append(Problem(group_of(name), "", error))
        if not str(values.get("dataset", "")).strip():
            problems.append(_no_dataset())
        if problems:
            return None, problems
        try:
            return build(TrainSpec, values), []
        except SpecError as error:
            key = _key_in(error.message)
            return None, [Problem(group_of(key) if key else "Schedule", key, error)]


def words_of(spec: TrainSpec) -> Iterator[tuple[str, str]]:
    """Every setting as the form writes it."""
    for key, _hint in leaf_keys(TrainSpec):
        value: Any = spec
        for name in key.split("."):
            value = getattr(value, name)
        yield key, as_words(value)


def as_words(value: object) -> str:
    """A value as it stands in a field; read back, it is the same."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _no_dataset() -> Problem:
    error = SpecError(
        "No dataset is chosen.",
        remedy="Choose a folder in PASCAL VOC layout, or one of images and masks.",
    )
    return Problem("Data", "dataset", error)


def _key_in(message: str) -> str:
    """The plain setting that a message names, such as `The batch size is 0.`; else empty."""
    subject = message.removeprefix("The ").partition(" is ")[0].lower()
    known = {
        "number of epochs": "epochs",
        "number of steps": "most_steps",
        "number of epochs between evaluations": "evaluate_every_epochs",
        "number of validation images": "val_images",
        "number of previews": "preview_images",
        "time between checkpoints": "checkpoint_every_seconds",
    }
    key = known.get(subject, subject.replace(" ", "_"))
    return key if key in fields_by_key() else ""


def _expected(hint: Any) -> str:
    return {int: "whole number", float: "number"}.get(hint, "list of whole numbers")


def _example(hint: Any) -> str:
    examples = {int: "digits, such as 16", float: "a number, such as 0.007 or 4e-5"}
    return examples.get(hint, "whole numbers with commas between them, such as 6, 12, 18")
