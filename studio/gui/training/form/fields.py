"""The fields of a training as a form shows them: groups, labels, units, explanations.

Generated from the spec's dataclasses, their types and their docstrings: a field that the spec
gains appears in the form by itself.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args, get_origin

from studio.training.spec import TrainSpec
from studio.training.spec_fields import fields_of, leaf_keys

Kind = Literal["whole", "number", "switch", "choice", "list", "text", "folder", "file"]


@dataclass(frozen=True, slots=True)
class Field:
    """One setting.

    Attributes:
        key: such as `optimizer.learning_rate`.
        label: for people.
        unit: behind its value; may be empty.
        explanation: from the spec's docstring.
        kind: which editor it gets.
        choices: of a choice, or proposals for a text.
        default: of the spec; empty for the dataset, which has none.
    """

    key: str
    label: str
    unit: str
    explanation: str
    kind: Kind
    choices: tuple[str, ...]
    default: object


@dataclass(frozen=True, slots=True)
class Group:
    """Settings that belong together.

    Attributes:
        title: for people.
        fields: in the order of the form.
    """

    title: str
    fields: tuple[Field, ...]


_GROUPS: dict[str, tuple[str, ...]] = {
    "Data": ("dataset", "split", "val_split", "crop_size"),
    "Network": ("start_from", "network", "norm"),
    "Schedule": ("epochs", "batch_size", "most_steps", "optimizer"),
    "Loss": ("loss",),
    "Teacher": ("distillation",),
    "Augmentation": ("augmentation",),
    "Running": (),  # and whatever has no place above
}

_LABELS = {
    "split": "Training list",
    "val_split": "Validation list",
    "start_from": "Start from",
    "most_steps": "At most",
    "norm": "Batch norm",
    "distillation.sizes": "Teacher's input sizes",
    "distillation.flip": "Mirror the teacher's view",
    "distillation.weight": "Weight of the teacher",
    "distillation.unlabelled": "Images without masks",
    "augmentation.flip": "Mirror at random",
    "augmentation.hue_degrees": "Hue",
    "optimizer.kind": "Optimizer",
    "optimizer.ema_decay": "EMA decay",
    "optimizer.clip_norm": "Limit of the gradient's norm",
    "optimizer.warmup_steps": "Warm-up",
    "loss.stride": "Taken at every n-th pixel",
    "loss.repeat_rare": "Repeat rare classes up to",
    "evaluate_every_epochs": "Evaluate every",
    "checkpoint_every_seconds": "Save a checkpoint every",
    "val_images": "Validation images",
    "preview_images": "Images kept as pictures",
    "network.width": "Width multiplier",
    "network.blocks": "Blocks kept",
    "network.output": "Output of the graph",
}
_UNITS = {
    "crop_size": "px",
    "most_steps": "steps",
    "batch_size": "images",
    "network.input_height": "px",
    "network.input_width": "px",
    "network.width": "×",
    "network.head_filters": "filters",
    "network.decoder_filters": "filters",
    "optimizer.warmup_steps": "steps",
    "loss.repeat_rare": "×",
    "distillation.sizes": "px",
    "augmentation.smallest_scale": "×",
    "augmentation.largest_scale": "×",
    "augmentation.hue_degrees": "°",
    "evaluate_every_epochs": "epochs",
    "checkpoint_every_seconds": "s",
    "val_images": "images",
    "preview_images": "images",
}
_KINDS: dict[str, Kind] = {
    "dataset": "folder",
    "distillation.unlabelled": "folder",
    "distillation.teacher": "file",
    "start_from": "file",
}
_PROPOSALS = {
    "split": ("train", "trainval", "trainaug"),
    "val_split": ("val",),
    "start_from": ("", "imagenet"),
}


@functools.cache
def groups() -> tuple[Group, ...]:
    """All settings of a training, each once."""
    fields = {key: _field(key, hint) for key, hint in leaf_keys(TrainSpec)}
    found: dict[str, list[Field]] = {title: [] for title in _GROUPS}
    placed = {member: title for title, members in _GROUPS.items() for member in members}
    for key, field in fields.items():
        title = placed.get(key) or placed.get(key.partition(".")[0]) or "Running"
        found[title].append(field)
    for title, members in _GROUPS.items():
        order = {member: number for number, member in enumerate(members)}
        found[title].sort(key=lambda field: order.get(field.key.partition(".")[0], len(order)))
    return tuple(Group(title, tuple(of_group)) for title, of_group in found.items())


@functools.cache
def fields_by_key() -> dict[str, Field]:
    """Every setting by its key."""
    return {field.key: field for group in groups() for field in group.fields}


def group_of(key: str) -> str:
    """Title of the group that a setting, or a section such as `network`, stands in."""
    for group in groups():
        if any(field.key == key or field.key.startswith(f"{key}.") for field in group.fields):
            return group.title
    return "Running"


def explanations(kind: type) -> dict[str, str]:
    """What a dataclass's docstring says under `Attributes:`, by name, as one line each."""
    lines = inspect.cleandoc(kind.__doc__ or "").splitlines()
    found: dict[str, list[str]] = {}
    name, is_inside = "", False
    for line in lines:
        if not line.startswith(" "):
            is_inside = line.strip() == "Attributes:" or (is_inside and not line.strip())
            continue
        begins = re.match(r"^    (\w+): (.*)", line)
        if is_inside and begins:
            name = begins[1]
            found[name] = [begins[2]]
        elif is_inside and name:
            found[name].append(line.strip())
    return {name: " ".join(parts) for name, parts in found.items()}


def _field(key: str, hint: Any) -> Field:
    owner = _owner(key)
    name = key.rpartition(".")[2]
    text = explanations(owner).get(name, "").replace("`", "")
    text = re.sub(r"[;,] see studio\.[\w.]+", "", text)  # of use to readers of the code alone
    default = next(field for field in dataclasses.fields(owner) if field.name == name).default
    choices = tuple(str(each) for each in get_args(hint)) if get_origin(hint) is Literal else ()
    return Field(
        key=key,
        label=_LABELS.get(key) or name.replace("_", " ").capitalize(),
        unit=_UNITS.get(key, ""),
        explanation=text[:1].upper() + text[1:],
        kind=_KINDS.get(key) or _kind(hint),
        choices=choices or _PROPOSALS.get(key, ()),
        default="" if default is dataclasses.MISSING else default,
    )


def _owner(key: str) -> type:
    """The dataclass that a setting is a field of."""
    kind: type = TrainSpec
    for section in key.split(".")[:-1]:
        kind = cast("type", fields_of(kind)[section])
    return kind


def _kind(hint: Any) -> Kind:
    if get_origin(hint) is Literal:
        return "choice"
    if get_origin(hint) is tuple:
        return "list"
    by_type: dict[Any, Kind] = {bool: "switch", int: "whole", float: "number", str: "text"}
    return by_type[hint]
