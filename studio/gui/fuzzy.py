"""Scores how well a few typed letters fit a name, as editors' palettes do."""

from __future__ import annotations

from dataclasses import dataclass

_CONSECUTIVE = 8
_WORD_START = 6
_FIRST_LETTER = 4
_PER_SKIPPED = 1
_MAX_SKIP_COST = 12


@dataclass(frozen=True, slots=True)
class Match:
    """A fit.

    Attributes:
        score: higher fits better.
        positions: indices of the letters that were typed.
    """

    score: int
    positions: tuple[int, ...]


def match(typed: str, name: str) -> Match | None:
    """Find the typed letters in a name, in order, where they fit best.

    Letters that follow each other and letters at the start of a word count more; letters that
    are passed over count less. Spaces in what is typed are ignored, case too.

    Args:
        typed: what the user wrote; an empty string fits everything.
        name: to search in.

    Returns:
        The best fit, or None when a letter is missing.
    """
    wanted = [letter for letter in typed.casefold() if not letter.isspace()]
    letters = name.casefold()
    if len(letters) != len(name):  # a letter that folds to two would shift the positions
        letters = name.lower() if len(name.lower()) == len(name) else name
    # best[i]: best score (and its positions) of the letters so far, the last one at index i.
    best: dict[int, Match] = {-1: Match(0, ())}
    for letter in wanted:
        reached: dict[int, Match] = {}
        for index, present in enumerate(letters):
            if present != letter:
                continue
            value = _FIRST_LETTER * (index == 0) + _WORD_START * _starts_word(name, index)
            candidates = [
                Match(
                    before.score + value + _step(last, index),
                    (*before.positions, index),
                )
                for last, before in best.items()
                if last < index
            ]
            if candidates:
                reached[index] = max(candidates, key=lambda found: found.score)
        if not reached:
            return None
        best = reached
    return max(best.values(), key=lambda found: found.score)


def _step(last: int, index: int) -> int:
    if last >= 0 and index == last + 1:
        return _CONSECUTIVE
    return -min(_PER_SKIPPED * (index - last - 1), _MAX_SKIP_COST)


def _starts_word(name: str, index: int) -> bool:
    if index == 0:
        return True
    before, here = name[index - 1], name[index]
    return not before.isalnum() or (before.islower() and here.isupper())
