"""Between a parameter's value and where its slider stands."""

from __future__ import annotations

from math import log

from studio.gui.temporal.field import Field

STEPS = 1000
"""Places of a slider that has no step of its own."""


def top_of(field: Field) -> int:
    """Last place of a parameter's slider; the first is 0."""
    if field.kind == "whole" and not field.is_log:
        return round(field.high - field.low)
    return STEPS


def place_of(field: Field, value: float) -> int:
    """Where the slider stands for a value; at its end for one that is beyond."""
    value = min(max(value, field.low), field.high)
    if field.is_log:
        share = _log_share(field, value)
    else:
        share = (value - field.low) / (field.high - field.low)
    return round(share * top_of(field))


def value_at(field: Field, place: int) -> float:
    """The value that a place of the slider stands for, as round as it is shown."""
    share = place / top_of(field)
    if field.is_log:
        value = float(field.low * (field.high / field.low) ** share)
    else:
        value = field.low + share * (field.high - field.low)
    return min(max(rounded(field, value), field.low), field.high)


def rounded(field: Field, value: float) -> float:
    """A value with the digits that are shown of it."""
    return round(value * field.scale, field.decimals) / field.scale


def _log_share(field: Field, value: float) -> float:
    return log(value / field.low) / log(field.high / field.low)
