"""Shares, sentences and tables of a confusion matrix."""

from __future__ import annotations

import csv
import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from studio.gui.training.results.confusions import (
    Counts,
    Share,
    cell_words,
    counts_of,
    csv_text,
    shares,
    top_confusions,
)

LABELS = ("background", "cat", "dog", "ship")
COUNTS = np.array([[900, 50, 50, 0], [10, 80, 10, 0], [0, 12345, 55487, 0], [0, 0, 0, 0]], np.int64)
matrices = arrays.arrays(np.int64, (4, 4), elements=st.integers(0, 10**9))


def test_a_cell_reads_as_a_sentence() -> None:
    words = cell_words(LABELS, COUNTS, 2, 1)
    assert words.startswith("18.2 % of dog pixels were called cat (12\u2009345)")
    assert "99.0 % of what was called cat" in words


def test_the_diagonal_and_classes_that_do_not_occur_read_well() -> None:
    assert cell_words(LABELS, COUNTS, 1, 1) == "80.0 % of cat pixels were rightly called cat (80)."
    assert (
        cell_words(LABELS, COUNTS, 3, 1) == "No ship in the truth; 12\u2009475 pixels called cat."
    )


@given(matrices)
def test_rows_of_shares_of_the_truth_sum_to_one(counts: Counts) -> None:
    by_truth = shares(counts, Share.TRUTH)
    for row, values in zip(counts, by_truth, strict=True):
        if row.sum():
            np.testing.assert_allclose(values.sum(), 1.0)
        else:
            assert np.isnan(values).all()
    np.testing.assert_allclose(
        shares(counts, Share.PREDICTION), shares(counts.T, Share.TRUTH).T, equal_nan=True
    )


@given(matrices, st.sampled_from(Share))
def test_the_largest_confusions_come_first_and_leave_the_diagonal_out(
    counts: Counts, share: Share
) -> None:
    found = top_confusions(counts, share, 100)
    values = [shares(counts, share)[each.truth, each.prediction] for each in found]
    assert values == sorted(values, reverse=True)
    assert all(each.truth != each.prediction and each.pixels > 0 for each in found)
    off_diagonal = int((counts > 0).sum() - (np.diag(counts) > 0).sum())
    assert len(found) == off_diagonal


def test_rows_that_are_no_square_are_no_matrix() -> None:
    assert counts_of(((1, 2), (3,))).shape == (0, 0)
    assert counts_of(()).shape == (0, 0)


def test_a_table_gives_back_the_pixels() -> None:
    rows = list(csv.reader(io.StringIO(csv_text(LABELS, COUNTS))))
    assert rows[0][1:] == list(LABELS)
    assert [row[0] for row in rows[1:]] == list(LABELS)
    assert np.array_equal(np.array([row[1:] for row in rows[1:]], np.int64), COUNTS)
