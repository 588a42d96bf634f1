"""The area under the ROC curve equals counting all pairs."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cofund.training.auc import auc


@given(st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=2, max_size=30))
def test_equals_the_share_of_rightly_ordered_pairs(rows: list[tuple[bool, int]]) -> None:
    labels, scores = np.array([row[0] for row in rows], float), np.array([row[1] for row in rows], float)
    positive, negative = scores[labels > 0].tolist(), scores[labels == 0].tolist()
    if not positive or not negative:
        with pytest.raises(ValueError, match="both classes"):
            auc(labels, scores)
        return
    wins = sum(Fraction(2 * (p > n) + (p == n), 2) for p in positive for n in negative)
    assert auc(labels, scores) == float(wins / (len(positive) * len(negative)))


def test_perfect_reversed_and_constant_scores() -> None:
    labels = np.array([0, 0, 1, 1])
    assert auc(labels, np.array([1, 2, 3, 4])) == 1
    assert auc(labels, np.array([4, 3, 2, 1])) == 0
    assert auc(labels, np.zeros(4)) == 0.5
