"""Trainings as TOML: read, written, and changed key by key.

```toml
title = "Ours at 257 px"              # both may be left out
description = "Small and quick."
dataset = "VOCdevkit/VOC2012"
epochs = 40

[network]
width = 0.5

[optimizer]
learning_rate = 0.01
```

The keys are the fields of `studio.training.spec.TrainSpec`. Relative paths mean what they mean on
a command line: they start at the folder one is in.
"""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.errors import SpecError
from studio.training.spec import TrainSpec
from studio.training.spec_fields import build, leaf_keys, unknown_key, value_from_words
from studio.video.atomic_file import write_atomically

_LARGEST_FILE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class SpecFile:
    """What a TOML file holds.

    Attributes:
        title: in a few words; may be empty.
        description: what it is for; may be empty.
        spec: the training; its dataset is empty when the file leaves it to whoever starts it.
    """

    title: str
    description: str
    spec: TrainSpec


def read_spec(path: Path) -> TrainSpec:
    """Read a training from a TOML file.

    Raises:
        SpecError: the file cannot be read, its syntax is wrong, or a key or value does not fit.
    """
    return read_spec_file(path).spec


def read_spec_file(path: Path) -> SpecFile:
    """Read a training with its title and description.

    Raises:
        SpecError: as `read_spec`.
    """
    values = _read_toml(path)
    try:
        words = {}
        for name in ("title", "description"):
            words[name] = values.pop(name, "")
            if not isinstance(words[name], str):
                raise SpecError(f"The key `{name}` expects text.", remedy="Put it in quotes.")
        return SpecFile(spec=build(TrainSpec, {"dataset": "", **values}), **words)
    except SpecError as error:
        raise SpecError(
            f"{path}: {error.message}", remedy=error.remedy, details=error.details
        ) from error


def write_spec(spec: TrainSpec, path: Path, *, title: str = "", description: str = "") -> None:
    """Write a training, every key of it, to a TOML file.

    Raises:
        SpecError: a path in it is no proper Unicode, which TOML cannot hold.
        OutputError: the file cannot be written.
    """
    words = {name: text for name, text in (("title", title), ("description", description)) if text}
    try:
        content = spec_text({**words, **dataclasses.asdict(spec)}).encode()
    except UnicodeEncodeError as error:
        raise SpecError(
            "The training names a file that is no proper Unicode, which TOML cannot hold.",
            remedy="Rename that file.",
            details=repr(error),
        ) from error
    write_atomically(path, content)


def with_overrides(spec: TrainSpec, assignments: Sequence[str]) -> TrainSpec:
    """Change keys of a training; all at once, because they are checked together.

    Args:
        spec: to start from.
        assignments: each `key=value`, such as `epochs=10`, `network.width=0.5`,
            `distillation.sizes=513,385` or `start_from=` (empty).

    Raises:
        SpecError: a key is unknown, or a value does not fit.
    """
    values = dataclasses.asdict(spec)
    hints = dict(leaf_keys(TrainSpec))
    for assignment in assignments:
        key, equals, words = assignment.partition("=")
        key = key.strip()
        if not equals:
            raise SpecError(
                f"“{assignment}” sets nothing.", remedy="Write key=value, such as epochs=10."
            )
        inside = [name for name in hints if name.startswith(f"{key}.")]
        if inside:
            raise SpecError(
                f"The key `{key}` is a section.", remedy=f"Set one of {', '.join(inside)}."
            )
        if key not in hints:
            raise unknown_key(TrainSpec, key)
        *sections, name = key.split(".")
        section = values
        for part in sections:
            section = section[part]
        section[name] = value_from_words(hints[key], words, key)
    return build(TrainSpec, values)


def spec_text(values: Mapping[str, Any]) -> str:
    """Nested values as TOML: plain keys first, then the sections."""
    lines = [f"{key} = {_toml(value)}" for key, value in values.items() if not _is_section(value)]
    for key, section in values.items():
        if _is_section(section):
            lines += ["", f"[{key}]"]
            lines += [f"{name} = {_toml(value)}" for name, value in section.items()]
    return "\n".join(lines) + "\n"


def _is_section(value: object) -> bool:
    return isinstance(value, Mapping)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # JSON's escapes are TOML's; of the control characters it leaves this one as it is.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return repr(value)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise SpecError(
            f"The spec {path} cannot be read: {error.strerror}.",
            remedy="Give a TOML file that describes a training.",
            details=repr(error),
        ) from error
    if len(data) > _LARGEST_FILE_BYTES:
        raise SpecError(
            f"{path} is too large to be a spec.",
            remedy="Give a TOML file that describes a training.",
        )
    try:
        # With a line end behind it, a mistake in the last line is told with its number.
        return tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n") + "\n")
    except UnicodeDecodeError as error:
        raise SpecError(
            f"{path} is no text in UTF-8.",
            remedy="Give a TOML file that describes a training.",
            details=repr(error),
        ) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SpecError(
            f"{path} is no proper TOML: {error}.",
            remedy='Write lines such as `epochs = 40` or `dataset = "a/folder"`.',
        ) from error
