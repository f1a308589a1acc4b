"""A confusion matrix in shares and words."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from studio.gui.training.results.words import count, percent

Counts = NDArray[np.int64]


class Share(StrEnum):
    """What a cell is a share of; the value is what the user reads."""

    TRUTH = "% of the truth"
    PREDICTION = "% of predicted"
    PIXELS = "pixels"


@dataclass(frozen=True, slots=True)
class Confusion:
    """One cell off the diagonal.

    Attributes:
        truth: index of the true class.
        prediction: index of the class that was predicted instead.
        pixels: how many.
        ratio: of the true class's pixels, 0.0 to 1.0.
    """

    truth: int
    prediction: int
    pixels: int
    ratio: float


def counts_of(confusion: Sequence[Sequence[int]]) -> Counts:
    """Pixels by [truth][prediction]; an empty matrix where the rows do not make a square."""
    size = len(confusion)
    if any(len(row) != size for row in confusion):
        return np.zeros((0, 0), np.int64)
    return np.array(confusion, np.int64).reshape(size, size)


def shares(counts: Counts, share: Share) -> NDArray[np.float64]:
    """Values of the cells.

    Args:
        counts: int64 [N, N] by [truth][prediction].
        share: of what.

    Returns:
        float64 [N, N]: 0.0 to 1.0, NaN where there is nothing to be a share of; the counts
        themselves for `Share.PIXELS`.
    """
    if share is Share.PIXELS:
        return counts.astype(np.float64)
    axis = 1 if share is Share.TRUTH else 0
    totals = counts.sum(axis=axis, keepdims=True).astype(np.float64)
    totals[totals == 0] = np.nan
    ratios: NDArray[np.float64] = counts / totals
    return ratios


def top_confusions(counts: Counts, share: Share, at_most: int) -> list[Confusion]:
    """The cells off the diagonal with the highest values, those without pixels left out."""
    values = np.nan_to_num(shares(counts, share))
    np.fill_diagonal(values, 0.0)
    of_truth = np.nan_to_num(shares(counts, Share.TRUTH))
    order = np.argsort(-values, axis=None, kind="stable")[:at_most]
    found = []
    for flat in order:
        truth, prediction = (int(i) for i in np.unravel_index(flat, values.shape))
        if values[truth, prediction] > 0:
            pixels = int(counts[truth, prediction])
            found.append(Confusion(truth, prediction, pixels, float(of_truth[truth, prediction])))
    return found


def cell_words(labels: Sequence[str], counts: Counts, truth: int, prediction: int) -> str:
    """A cell as a sentence, such as `18.2 % of dog pixels were called cat (12 345)`."""
    pixels = int(counts[truth, prediction])
    total = int(counts[truth].sum())
    if not total:
        called = int(counts[:, prediction].sum())
        return (
            f"No {labels[truth]} in the truth; {count(called)} pixels called {labels[prediction]}."
        )
    verb = "rightly called" if truth == prediction else "called"
    words = (
        f"{percent(pixels / total)} of {labels[truth]} pixels were {verb} {labels[prediction]} "
        f"({count(pixels)})"
    )
    called = int(counts[:, prediction].sum())
    if called and truth != prediction:
        words += f"; {percent(pixels / called)} of what was called {labels[prediction]}"
    return f"{words}."


def csv_text(labels: Sequence[str], counts: Counts) -> str:
    """Pixels with a row a true class and a column a predicted one."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["truth \\ prediction", *labels])
    for label, row in zip(labels, counts.tolist(), strict=True):
        writer.writerow([label, *row])
    return out.getvalue()
