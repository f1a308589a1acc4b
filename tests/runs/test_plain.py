"""Infinities in JSON: there and back, and nothing else is taken for one."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from studio.runs.plain import as_json_object, name_infinities, read_infinities

_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(["inf", "float", {"float": 3}, {"float": "inf2"}])
)
_plain = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(_plain)
def test_what_is_named_is_read_again(plain: Any) -> None:
    text = json.dumps(name_infinities(plain), allow_nan=False)
    assert read_infinities(json.loads(text)) == plain


@dataclass(frozen=True)
class _Limits:
    upper: float = math.inf
    lower: float = -math.inf
    pair: tuple[float, ...] = (1.0, math.inf)


def test_a_spec_with_infinite_limits_is_a_json_object() -> None:
    plain = as_json_object(_Limits())
    assert plain == {
        "upper": {"float": "inf"},
        "lower": {"float": "-inf"},
        "pair": [1.0, {"float": "inf"}],
    }
    assert read_infinities(plain)["pair"] == [1.0, math.inf]
