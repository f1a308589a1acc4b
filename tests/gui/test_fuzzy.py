"""The palette's search finds what was meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.gui.fuzzy import match


@given(st.text(), st.text())
def test_a_fit_is_a_subsequence_and_nothing_else_is(typed: str, name: str) -> None:
    found = match(typed, name)
    wanted = [letter for letter in typed.casefold() if not letter.isspace()]
    if found is not None:
        assert len(found.positions) == len(wanted)
        assert list(found.positions) == sorted(set(found.positions))
        assert all(0 <= position < len(name) for position in found.positions)


@given(st.text(st.characters(codec="ascii", categories=["L", "N"])), st.data())
def test_letters_taken_from_a_name_in_order_fit_it(name: str, data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    typed = "".join(letter for letter, keep in zip(name, kept, strict=True) if keep)
    found = match(typed.swapcase(), name)
    assert found is not None
    assert "".join(name[i] for i in found.positions).casefold() == typed.casefold()


@pytest.mark.parametrize(
    ("typed", "better", "worse"),
    [
        ("dark", "View › Theme › Dark", "View › Dock › Mark"),
        ("ov", "File › Open video…", "Playback › Loop the whole video"),
        ("om", "File › Open model…", "File › Recent models › a.tflite"),
        ("loop", "Playback › A-B loop", "Playback › Leave out other parts"),
    ],
)
def test_better_fit_scores_higher(typed: str, better: str, worse: str) -> None:
    first, second = match(typed, better), match(typed, worse)
    assert first is not None
    assert second is None or first.score > second.score


def test_missing_letter_does_not_fit() -> None:
    assert match("xyz", "Open video") is None
    assert match("vo", "ov") is None
