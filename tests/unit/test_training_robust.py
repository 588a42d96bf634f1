"""A minority at an edge cannot pull a robust average out of the range of the others; the mean it can."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cofund.errors import InputError
from cofund.training import robust
from cofund.training.engines.in_process import InProcess
from cofund.training.hierfavg import train_rounds
from cofund.training.plan import Federation, Plan
from cofund.training.tasks.numpy_task import numpy_task

VALUES = st.integers(-(2**28), 2**28)
UNITS = st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(VALUES, min_size=n, max_size=n), min_size=1, max_size=9))


@given(UNITS, st.integers(0, 4), st.randoms(use_true_random=False), st.sampled_from(sorted(robust.RULES)))
def test_the_order_of_clients_does_not_matter(units: list[list[int]], f: int, random, rule: str) -> None:
    before = robust.RULES[rule](np.array(units), f).tolist()
    random.shuffle(units)
    assert robust.RULES[rule](np.array(units), f).tolist() == before


@given(UNITS, st.integers(0, 4))
def test_trimmed_mean_and_median_follow_their_definitions(units: list[list[int]], f: int) -> None:
    cut = min(f, (len(units) - 1) // 2)
    for place, found in enumerate(robust.trimmed_mean(np.array(units), f).tolist()):
        kept = sorted(row[place] for row in units)[cut : len(units) - cut]
        assert found == Fraction(sum(kept), len(kept)).__floor__()
    for place, found in enumerate(robust.median(np.array(units), f).tolist()):
        ordered = sorted(row[place] for row in units)
        assert found == (ordered[(len(units) - 1) // 2] + ordered[len(units) // 2]) // 2


@given(st.lists(VALUES, min_size=5, max_size=5), st.lists(VALUES, min_size=2, max_size=2))
def test_two_of_seven_cannot_leave_the_range_of_the_others(honest: list[int], malicious: list[int]) -> None:
    units = np.array([[value] for value in honest + malicious])
    for rule in (robust.trimmed_mean, robust.median):
        assert min(honest) <= rule(units, 2)[0] <= max(honest)


def test_krum_takes_an_update_of_the_crowd_exactly() -> None:
    """Distances in units of 2^-14 from the definition; extreme entries stay within 63 bits."""
    crowd = [[1 << 20, 5 << 20], [2 << 20, 5 << 20], [2 << 20, 6 << 20], [3 << 20, 5 << 20]]
    units = np.array([*crowd, [-(2**28), 2**28], [2**28, -(2**28)]])
    assert robust.krum(units, 2).tolist() == [2 << 20, 5 << 20]
    wide = np.full((4, 1000), 2**28)
    wide[:2] *= -1
    assert abs(robust.krum(wide, 1)[0]) == 2**28


@pytest.mark.parametrize("rule", sorted(robust.RULES))
def test_one_client_alone_is_its_own_average(rule: str) -> None:
    assert robust.RULES[rule](np.array([[3, -4]]), 2).tolist() == [3, -4]


PLAN = Plan(local_steps=1, edge_rounds=2, rounds=1, norm_bound=16)


def sent_by(clients: list[float]) -> Federation:
    names = tuple(f"client {n}" for n in range(len(clients)))
    return Federation((("e", names),), dict(zip(names, clients, strict=True)))


@pytest.mark.parametrize(
    ("rule", "moved"), [("mean", (4 * 1.0 - 8) / 5), ("trimmed-mean", 1.0), ("median", 1.0), ("krum", 1.0)]
)
def test_a_liar_moves_the_mean_and_nothing_else(rule: str, moved: float) -> None:
    """Four clients add 1 in each of two edge rounds, one takes 8; samples are claimed alike."""
    task = numpy_task("add", lambda _: [np.zeros(2)], lambda a, data, *_: ([a[0] + data], 1), lambda *_: 0.0)
    members = sent_by([1.0, 1.0, -8.0, 1.0, 1.0])
    (finished,) = train_rounds(task, InProcess(), members, replace(PLAN, rule=rule))
    assert finished.model[0].tolist() == pytest.approx([2 * moved] * 2, abs=1e-6)
    assert all(delivery.accepted for delivery in finished.deliveries)


def test_a_claim_of_many_samples_buys_no_influence_under_a_robust_rule() -> None:
    def train(arrays: list[np.ndarray], data: float, steps: int, seed: int) -> tuple[list[np.ndarray], int]:
        del steps, seed
        return [arrays[0] + data], 2**20 if data < 0 else 1

    task = numpy_task("add", lambda _: [np.zeros(1)], train, lambda *_: 0.0)
    plan = replace(PLAN, edge_rounds=1)
    for rule, expected in (("median", 1.0), ("mean", -8.0)):
        (finished,) = train_rounds(task, InProcess(), sent_by([1.0, 1.0, -8.0]), replace(plan, rule=rule))
        assert finished.model[0][0] == pytest.approx(expected, abs=1e-4)


def test_unknown_rules_are_refused() -> None:
    with pytest.raises(InputError, match="plan: rule: one of mean, trimmed-mean, median, krum"):
        Plan(rule="best")
    with pytest.raises(InputError, match="plan: tolerated: at least 0"):
        Plan(tolerated=-1)
