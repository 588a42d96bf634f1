"""Symptom: in a commit phase of an hour an edge sealed its book at the first offer, and all others came too late."""

from pathlib import Path

from cofund.roles.booking import EARLY_S, BookMeans
from seats import DAY_S, seen


def sealed_at(*looks: int, early: int | None = None) -> int:
    """When the book is sealed, after looks at these times."""
    means = BookMeans(Path("offers"), Path("places"), early)
    return [means.sealed_at(seen("commit", look)) for look in looks][-1]


def test_a_book_is_sealed_an_hour_before_the_end_where_there_is_time() -> None:
    assert sealed_at(0, 10) == sealed_at(DAY_S - 2 * EARLY_S) == DAY_S - EARLY_S


def test_half_of_the_time_that_is_left_is_for_offers_however_often_it_looks() -> None:
    assert sealed_at(DAY_S - 3000, DAY_S - 2000) == DAY_S - 1500


def test_who_says_when_is_believed() -> None:
    assert sealed_at(DAY_S - 100, early=3000) == DAY_S - 3000
