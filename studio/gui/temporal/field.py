"""One parameter of a temporal spec as a form shows it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from studio.gui.training.form.fields import explanations
from studio.temporal.spec import TemporalSpec
from studio.temporal.toml import RANGES, Range

Kind = Literal["whole", "number", "limit", "switch", "choice"]
Need = Literal["engine", "waiting", "key_frames", "key_frames_or_beside", "decision"]


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter.

    Attributes:
        name: in `TemporalSpec`.
        label: for people.
        unit: behind its value; may be empty.
        explanation: what turning it does.
        kind: which editor it has; a `limit` can be switched off, which makes it infinite.
        low: of the slider.
        high: of the slider; values above it can be loaded and typed.
        start: what a limit begins with when it is switched on.
        decimals: that are shown.
        scale: how many of the shown units a unit of the spec is: 100 for shares in per cent.
        is_log: whether the slider gives each magnitude the same room.
        choices: value and words, of a choice.
        is_basic: whether it stands in the first group.
        need: when it matters: while the `engine` is on; where masks wait for the network
            (`waiting`); on `key_frames`; on these or with a network that runs beside; or where the
            engine decides on key frames by a `decision` of its own, which a network that runs
            beside leaves none.
    """

    name: str
    label: str
    unit: str = ""
    explanation: str = ""
    kind: Kind = "number"
    low: float = 0.0
    high: float = 1.0
    start: float = 0.0
    decimals: int = 0
    scale: float = 1.0
    is_log: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    is_basic: bool = False
    need: Need = "decision"


def guessed_field(name: str, hint: Any) -> Field:
    """A field from its type, range and docstring alone, so that a new parameter shows at once."""
    label = name.replace("_", " ").capitalize()
    explanation = explanations(TemporalSpec).get(name, label)
    default = getattr(TemporalSpec(), name)
    if get_origin(hint) is Literal:
        words = tuple((str(c), str(c).replace("_", " ").capitalize()) for c in get_args(hint))
        return Field(name, label, "", explanation, "choice", choices=words, need="engine")
    if isinstance(default, bool):
        return Field(name, label, "", explanation, "switch", need="engine")
    allowed = RANGES.get(name, Range(0.0, math.inf))
    usual = 4 * default if 0 < default < math.inf else 10
    high = min(allowed.highest, max(usual, allowed.lowest + 1))
    kind: Kind = "limit" if allowed.or_inf else "whole" if isinstance(default, int) else "number"
    start, decimals = min(high, usual / 4), 0 if kind == "whole" else 2
    return Field(
        name, label, "", explanation, kind, allowed.lowest, high, start, decimals, need="engine"
    )
