"""Shapley values of known games, their axioms, and of rounds whose gain is known."""

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cofund.errors import InputError
from cofund.training import contribution
from cofund.training.contribution import one_edge_a_client, round_contributions, shapley, train_with_contributions
from cofund.training.engines.in_process import InProcess
from cofund.training.hierfavg import train_rounds
from cofund.training.model import as_model
from cofund.training.plan import Federation, Plan
from cofund.training.tasks.numpy_task import numpy_task

GAMES = st.integers(1, 5).flatmap(lambda n: st.lists(st.floats(-1, 1), min_size=2**n, max_size=2**n))


def by_orders(members: int, worth: list[float]) -> list[float]:
    """The definition: mean marginal value over all orders."""
    gains = [0.0] * members
    for order in permutations(range(members)):
        coalition = 0
        for member in order:
            gains[member] += worth[coalition | 1 << member] - worth[coalition]
            coalition |= 1 << member
    return [gain / math.factorial(members) for gain in gains]


@given(GAMES)
def test_exact_values_equal_the_mean_over_all_orders_and_are_efficient(worth: list[float]) -> None:
    members = len(worth).bit_length() - 1
    found = shapley(members, worth.__getitem__)
    assert found == pytest.approx(by_orders(members, worth), abs=1e-12)
    assert sum(found) == pytest.approx(worth[-1] - worth[0], abs=1e-12)


@pytest.mark.parametrize("members", [3, 12, 13, 40])
def test_an_additive_game_gives_everybody_its_own_exact_or_sampled(members: int) -> None:
    own = [(at - 5) / 8 for at in range(members)]
    found = shapley(members, lambda coalition: sum(own[at] for at in range(members) if coalition >> at & 1))
    assert found == pytest.approx(own, abs=1e-12)


def test_sampled_values_are_efficient_and_near_the_exact_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(1)
    pairs = draw.random((8, 8))

    def value(coalition: int) -> float:
        inside = [at for at in range(8) if coalition >> at & 1]
        return float(pairs[np.ix_(inside, inside)].sum())

    exact = shapley(8, value)
    monkeypatch.setattr(contribution, "EXACT_MEMBERS", 7)
    sampled = shapley(8, value, seed=3)
    assert sampled != exact
    assert sum(sampled) == pytest.approx(value(255), abs=1e-9)
    assert sampled == pytest.approx(exact, abs=0.6)
    assert shapley(8, value, seed=4) != sampled == shapley(8, value, seed=3)


def test_equal_members_get_the_same_and_one_that_adds_nothing_gets_nothing() -> None:
    found = shapley(4, lambda coalition: min(2, (coalition & 0b0111).bit_count()))
    assert found[0] == pytest.approx(found[1]) == pytest.approx(found[2]) == pytest.approx(2 / 3)
    assert found[3] == 0


def test_no_members_are_refused() -> None:
    with pytest.raises(InputError, match="contribution: members: at least 1"):
        shapley(0, lambda _: 0.0)


def test_a_round_is_rebuilt_for_each_coalition() -> None:
    """Two edges pull to 1 and to -1, weighted 3 to 1; the metric is the value reached."""
    before = as_model([np.zeros(1)])
    parts = {"up": (np.array([3 << 24]), 3), "down": (np.array([-1 << 24]), 1)}
    found = round_contributions(before, parts, lambda model: float(model[0][0]))
    assert found == pytest.approx({"up": (1 + 1.5) / 2, "down": (-1 - 0.5) / 2})


def members(edges: tuple[tuple[str, tuple[str, ...]], ...]) -> Federation:
    return Federation(edges, {"a": 1.0, "b": 2.0, "c": -1.0}, {"a": 0, "b": 0})


def test_contributions_add_up_to_the_gain_and_leave_the_rounds_as_they_are() -> None:
    task = numpy_task(
        "add", lambda _: [np.zeros(1)], lambda a, data, *_: ([a[0] + data], 1), lambda a, _: float(a[0][0])
    )
    plan = Plan(local_steps=1, edge_rounds=1, rounds=3)
    two = members((("e", ("a", "b")), ("f", ("c",))))
    plain = [each.digest for each in train_rounds(task, InProcess(), two, plan)]
    for federation, names in ((two, {"e", "f"}), (one_edge_a_client(two, plan), {"a", "b", "c"})):
        found = list(train_with_contributions(task, InProcess(), federation, plan))
        assert [each.digest for each, _ in found] == plain
        metrics = [0.0] + [each.metric or 0.0 for each, _ in found]
        for (_, values), start, end in zip(found, metrics, metrics[1:], strict=False):
            assert values.keys() == names
            assert sum(values.values()) == pytest.approx(end - start)


def test_clients_need_one_edge_round_and_somebody_must_validate() -> None:
    federation = members((("e", ("a", "b", "c")),))
    with pytest.raises(InputError, match="one edge round and the mean"):
        one_edge_a_client(federation, Plan(edge_rounds=2))
    with pytest.raises(InputError, match="one edge round and the mean"):
        one_edge_a_client(federation, Plan(edge_rounds=1, rule="krum"))
    task = numpy_task("x", lambda _: [np.zeros(1)], lambda a, *_: (a, 1), lambda *_: 0.0)
    with pytest.raises(InputError, match="at least one member that validates"):
        next(train_with_contributions(task, InProcess(), Federation(federation.edges, federation.data), Plan()))
