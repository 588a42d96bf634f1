"""Area under the ROC curve: the share of pairs (positive, negative) that a score orders rightly; a tie counts half."""

import numpy as np


def auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Rank statistic of Mann and Whitney, with mean ranks for ties; O(n log n).

    Shapes: labels (n,) of 0 and 1, scores (n,), larger means more likely 1. Integers up to one last division.

    Raises:
        ValueError: one of the two classes is absent.
    """
    positive = labels > 0
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if positives == 0 or negatives == 0:
        raise ValueError("the area under the ROC curve needs both classes")
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    twice_mean_rank = 2 * np.cumsum(count) - count + 1
    twice_wins = int(twice_mean_rank[place][positive].sum()) - positives * (positives + 1)
    return twice_wins / (2 * positives * negatives)
