"""Between the studio's values and what JSON can hold."""

from __future__ import annotations

import math
from pathlib import Path, PurePath
from typing import Any

import msgspec


def to_plain(value: object) -> object:
    """Turn a value that msgspec does not know into one that it does.

    Args:
        value: a path, or a NumPy scalar or array.

    Raises:
        TypeError: the value is something else.
    """
    if isinstance(value, PurePath):
        return str(value)
    to_list = getattr(value, "tolist", None)  # NumPy's; runs does not import NumPy for it
    if callable(to_list):
        plain: object = to_list()
        return plain
    raise TypeError(f"Expected something that JSON can hold, got {type(value).__name__}.")


def from_plain(kind: type, value: object) -> object:
    """Read what `to_plain` wrote, for a field annotated with `kind`.

    Raises:
        ValueError: the value is no path, or `kind` is a type that a spec may not use.
    """
    if isinstance(kind, type) and issubclass(kind, PurePath):
        if isinstance(value, str):
            return Path(value)
        raise ValueError(f"Expected `path`, got `{type(value).__name__}`")
    raise ValueError(f"A spec cannot hold a {kind}")


def as_json_object(value: object) -> dict[str, Any]:
    """A spec as a JSON object.

    Args:
        value: a dataclass, a msgspec struct or a mapping.

    Raises:
        TypeError: it holds something that JSON cannot express, or is no object.
    """
    plain = msgspec.to_builtins(value, enc_hook=to_plain, str_keys=True)
    if not isinstance(plain, dict):
        raise TypeError(f"Expected a dataclass, got {type(value).__name__}.")
    named: dict[str, Any] = name_infinities(plain)
    return named


_FLOAT = "float"


def name_infinities(plain: Any) -> Any:
    """Put `{"float": "inf"}` where there is an infinity: JSON has none, and would hold null.

    Args:
        plain: of dicts, lists and scalars.

    Returns:
        The same with names in it; `read_infinities` takes them out again.
    """
    if isinstance(plain, float) and math.isinf(plain):
        return {_FLOAT: str(plain)}
    if isinstance(plain, dict):
        return {key: name_infinities(value) for key, value in plain.items()}
    if isinstance(plain, list | tuple):
        return [name_infinities(value) for value in plain]
    return plain


def read_infinities(plain: Any) -> Any:
    """Undo `name_infinities`."""
    if isinstance(plain, dict):
        if plain.keys() == {_FLOAT} and plain[_FLOAT] in ("inf", "-inf"):
            return float(plain[_FLOAT])
        return {key: read_infinities(value) for key, value in plain.items()}
    if isinstance(plain, list):
        return [read_infinities(value) for value in plain]
    return plain
