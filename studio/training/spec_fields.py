"""The keys of a spec, and values that fit them: from TOML and from words on a command line."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import math
from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from studio.errors import SpecError

Spec = TypeVar("Spec")

_WORDS_FOR_BOOL = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_LARGEST_INT = 2**63 - 1  # what TOML and JSON readers agree on


@functools.cache
def fields_of(kind: type) -> dict[str, Any]:
    """The fields of a spec and their types, in order."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def leaf_keys(kind: type, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """All keys that hold a value, with their types; those of sections as `section.key`."""
    for name, hint in fields_of(kind).items():
        if dataclasses.is_dataclass(hint):
            yield from leaf_keys(cast("type", hint), f"{prefix}{name}.")
        else:
            yield prefix + name, hint


def build(kind: type[Spec], values: Mapping[str, Any]) -> Spec:
    """Make a spec out of nested values, such as a TOML file holds.

    Args:
        kind: a frozen dataclass; fields that are dataclasses themselves are sections.
        values: by key; fields with a default may be missing.

    Raises:
        SpecError: a key is unknown or missing, or its value does not fit.
    """
    return cast("Spec", _build(kind, values, kind, ""))


def value_from_words(hint: Any, words: str, key: str) -> object:
    """Read a value as it is written on a command line.

    Args:
        hint: the field's type.
        words: what stands behind the `=`.
        key: of the field, for the message.

    Raises:
        SpecError: the words do not fit the type.
    """
    text = words.strip()
    try:
        if get_origin(hint) is Literal:
            choices = {str(choice): choice for choice in get_args(hint)}
            return choices[text]
        if get_origin(hint) is tuple:
            inner = get_args(hint)[0]
            parts = text.strip("[]()").replace(",", " ").split()
            return [value_from_words(inner, part, key) for part in parts]
        if hint is bool:
            return _WORDS_FOR_BOOL[text.lower()]
        if hint in (int, float):
            return hint(text)
    except (KeyError, ValueError) as error:
        raise _misfit(key, hint, f"“{words}”") from error
    return words


def unknown_key(kind: type, key: str) -> SpecError:
    """The error for a key that a spec does not have, with the one that may have been meant."""
    known = [name for name, _ in leaf_keys(kind)]
    last = key.rpartition(".")[2]
    near = [name for name in known if name.rpartition(".")[2] == last]
    near += difflib.get_close_matches(key, known, n=2, cutoff=0.75)
    by_last = {name.rpartition(".")[2]: name for name in known}
    near += [by_last[name] for name in difflib.get_close_matches(last, by_last, n=2, cutoff=0.7)]
    meant = " or ".join(f"`{name}`" for name in dict.fromkeys(near))
    section = _section(kind, key.rpartition(".")[0]) or kind
    remedy = f"Did you mean {meant}?" if meant else f"There are {', '.join(fields_of(section))}."
    return SpecError(f"There is no key `{key}`.", remedy=remedy)


def _section(kind: type, key: str) -> type | None:
    """The dataclass of a section; None when there is no such section."""
    for name in key.split(".") if key else []:
        found = fields_of(kind).get(name)
        if found is None or not dataclasses.is_dataclass(found):
            return None
        kind = cast("type", found)
    return kind


def _build(kind: type, values: Mapping[str, Any], root: type, prefix: str) -> object:
    fields = fields_of(kind)
    for name in values:
        if name not in fields:
            raise unknown_key(root, prefix + name)
    needed = {
        field.name
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    for name in fields:
        if name in needed and name not in values:
            raise SpecError(f"The key `{prefix}{name}` is missing.", remedy="Give it a value.")
    built = {}
    for name, value in values.items():
        hint, key = fields[name], prefix + name
        if dataclasses.is_dataclass(hint):
            if not isinstance(value, Mapping):
                raise SpecError(
                    f"The key `{key}` is a section, but {_shown(value)} was given.",
                    remedy=f"Give one of its keys: {', '.join(fields_of(cast('type', hint)))}.",
                )
            built[name] = _build(cast("type", hint), value, root, f"{key}.")
        else:
            built[name] = _fitting(hint, value, key)
    return kind(**built)


def _fitting(hint: Any, value: object, key: str) -> object:
    """A value as its field holds it.

    Raises:
        SpecError: it does not fit.
    """
    if get_origin(hint) is tuple and isinstance(value, list | tuple):
        return tuple(_fitting(get_args(hint)[0], each, key) for each in value)
    if hint is float and type(value) is int:
        value = float(value) if abs(value) <= _LARGEST_INT else math.inf
    if get_origin(hint) is Literal:
        # Not `in`: True equals 1.
        fits = any(value == choice and type(value) is type(choice) for choice in get_args(hint))
    elif hint is float:
        fits = isinstance(value, float) and math.isfinite(value)
    elif hint is int:
        fits = type(value) is int and abs(value) <= _LARGEST_INT
    else:
        fits = isinstance(value, hint) if isinstance(hint, type) else False
    if not fits:
        raise _misfit(key, hint, _shown(value))
    return value


def _misfit(key: str, hint: Any, came: str) -> SpecError:
    return SpecError(
        f"The key `{key}` expects {_expectation(hint)}, got {came}.",
        remedy=f"Give `{key}` such a value, or leave it out.",
    )


def _expectation(hint: Any) -> str:
    if get_origin(hint) is Literal:
        choices = [str(choice) for choice in get_args(hint)]
        return f"{', '.join(choices[:-1])} or {choices[-1]}"
    if get_origin(hint) is tuple:
        return "a list of whole numbers"
    words = {int: "a whole number", float: "a finite number", bool: "true or false", str: "text"}
    return words[hint]


def _shown(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f"“{value}”"
        case Mapping():
            return "a section"
        case _:
            return str(list(value) if isinstance(value, tuple) else value)
