"""Temporal specs as TOML, and what their fields may hold.

```toml
mode = "key_frames"
difference_limit = 43.7     # what is left out is as `TemporalSpec` has it
residual_limit = inf        # never
```
"""

from __future__ import annotations

import difflib
import math
import tomllib
from dataclasses import asdict, dataclass, fields
from typing import Any, get_args

from studio.errors import SpecError
from studio.temporal.spec import Carried, Mode, Seek, TemporalSpec

__all__ = ["RANGES", "Range", "checked", "spec_from_toml", "spec_to_toml"]


@dataclass(frozen=True, slots=True)
class Range:
    """What a number may be.

    Attributes:
        lowest: inclusive.
        highest: inclusive.
        or_inf: infinite as well, which means never.
    """

    lowest: float
    highest: float
    or_inf: bool = False

    def holds(self, value: float) -> bool:
        """Whether a number lies in it."""
        return self.lowest <= value <= self.highest or (self.or_inf and value == math.inf)

    def __str__(self) -> str:
        return f"from {self.lowest:g} to {self.highest:g}{', or inf' if self.or_inf else ''}"


_FRAMES = 1_000_000
_LIMIT = Range(0.0, 1e9, or_inf=True)
_PART = Range(0.0, 1.0)
_PIXELS = Range(64, 1 << 20)

RANGES: dict[str, Range] = {
    "plane_pixels": _PIXELS,
    "canvas_pixels": _PIXELS,
    "flow_iterations": Range(0, 100),
    "shortest_gap": Range(1, _FRAMES),
    "longest_gap": Range(1, _FRAMES),
    "longest_gap_seconds": Range(1e-3, 1e9, or_inf=True),
    "still_gap": Range(1, _FRAMES),
    "still_level": Range(0.0, 255.0),
    "difference_limit": _LIMIT,
    "residual_limit": _LIMIT,
    "flow_limit": _LIMIT,
    "area_limit": Range(0.0, 1.0, or_inf=True),
    "forward_backward_limit": Range(0.0, 1.0, or_inf=True),
    "disagreement_limit": Range(0.0, 1.0, or_inf=True),
    "doubtful_gap": Range(1, _FRAMES),
    "triggers_needed": Range(1, 5),
    "cut_level": Range(0.0, 255.0, or_inf=True),
    "confidence_decay": Range(0.0, 1e9, or_inf=True),
    "past_weight": _PART,
    "uncertainty_share": _PART,
    "refine_gain": Range(0.0, 2.0),
    "refine_radius": Range(1, 16),
    "refine_contrast": Range(0.1, 255.0),
    "anchor_gap": Range(0, _FRAMES),
}
"""By field; the others are choices, or yes or no."""

_CHOICES: dict[str, tuple[str, ...]] = {
    "mode": get_args(Mode),
    "carries": get_args(Carried),
    "seek": get_args(Seek),
}

_DEFAULTS = asdict(TemporalSpec())


def checked(spec: TemporalSpec) -> TemporalSpec:
    """Make sure that a spec can be followed.

    Returns:
        The same spec, its numbers of the types that its fields have.

    Raises:
        SpecError: a field is of the wrong type or out of range, or two contradict each other.
    """
    values = {name: _checked_value(name, value) for name, value in asdict(spec).items()}
    if values["longest_gap"] < values["shortest_gap"]:
        raise SpecError(
            f"`longest_gap` expects at least the shortest gap, which is {values['shortest_gap']}; "
            f"got {values['longest_gap']}.",
            remedy="Raise `longest_gap` or lower `shortest_gap`.",
        )
    return TemporalSpec(**values)


def spec_from_toml(text: str) -> TemporalSpec:
    """Read a spec; what the text leaves out is as `TemporalSpec` has it.

    Args:
        text: TOML.

    Raises:
        SpecError: its syntax is wrong, a key is unknown, or `checked` refuses a value.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SpecError(
            f"This is no TOML: {error}.",
            remedy="Write a line `key = value` for each setting, such as `longest_gap = 6`.",
            details=repr(error),
        ) from error
    for name in values:
        if name not in _DEFAULTS:
            near = difflib.get_close_matches(name, _DEFAULTS, 1)
            raise SpecError(
                f"There is no temporal setting `{name}`.",
                remedy=f"Did you mean `{near[0]}`?"
                if near
                else f"There are {', '.join(_DEFAULTS)}.",
            )
    return checked(TemporalSpec(**values))


def spec_to_toml(spec: TemporalSpec) -> str:
    """Write a spec, every field of it, a line each.

    Raises:
        SpecError: `checked` refuses it.
    """
    values = asdict(checked(spec))
    return "".join(f"{each.name} = {_toml(values[each.name])}\n" for each in fields(spec))


def _checked_value(name: str, value: Any) -> Any:
    """Hold a value against its field."""
    choices = _CHOICES.get(name)
    if choices is not None:
        if value not in choices:
            quoted = ", ".join(f'"{choice}"' for choice in choices)
            raise _refused(name, f"one of {quoted}", value)
        return value
    default = _DEFAULTS[name]
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise _refused(name, "true or false", value)
        return value
    allowed = RANGES[name]
    whole = isinstance(default, int)
    types = (int,) if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, types) or not allowed.holds(value):
        raise _refused(name, f"a {'whole ' if whole else ''}number {allowed}", value)
    return value if whole else float(value)


def _refused(name: str, expected: str, value: Any) -> SpecError:
    return SpecError(
        f"`{name}` expects {expected}; got {value!r}.",
        remedy=f"Set `{name}` to {_toml(_DEFAULTS[name])}, for example.",
    )


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else repr(value)
