"""The ceiling where it is known in closed form, by enumeration where it is drawn, and above every rule in balance."""

from itertools import product

import numpy as np
import pytest

from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.mechanism import ceiling as module
from cofund.mechanism.ceiling import ceiling
from cofund.mechanism.ironing import ironed
from cofund.mechanism.rules import clear
from cofund.mechanism.value_distribution import (
    ValueDistribution,
    discrete,
    exponential,
    lognormal,
    pareto,
    uniform,
)
from cofund.units import ONE

FAMILIES = [uniform(0, 2), exponential(1), lognormal(1, 1), pareto(1.5, 0.5, 20), discrete({3.0: 0.2, 0.5: 0.8})]

MEANS = [1, 1, 1, 3 * (0.5 - 0.5**1.5 * 20**-0.5) / (1 - 0.025**1.5), 1]


@pytest.mark.parametrize("cost", [0.1, 0.5, 0.9])
def test_one_owner_a_price_equal_to_the_cost_is_efficient(cost: float) -> None:
    found = ceiling([uniform(0, 1)], [1.0], cost)
    assert found.welfare == pytest.approx((1 - cost) ** 2 / 2, abs=1e-6)
    assert found.share == pytest.approx(1)


@pytest.mark.parametrize("cost", [0.2, 0.5, 0.8])
def test_two_uniform_owners_and_one_block(cost: float) -> None:
    """With a = multiplier / (1 + multiplier), (psi)^+ / (1 + multiplier) is 0 with chance a / (1 + a), else uniform."""
    part = np.linspace(0, 0.99, 100_001)
    closed = (part * (1 - cost) ** 2 + 1 - cost + cost**3 / 6) / ((1 - part) * (1 + part) ** 2)
    best = part[closed.argmin()]
    owner = uniform(0, 1)
    found = ceiling([owner, owner], [1.0], cost, profiles=100_000)
    assert abs(found.welfare - closed.min()) < 4 * found.welfare_error < 0.007
    assert abs(found.share - closed.min() / closed[0]) < 4 * found.share_error < 0.008
    assert found.multiplier == pytest.approx(best / (1 - best), abs=0.03)
    assert found.share < 0.995


@pytest.mark.parametrize("owner", FAMILIES)
def test_what_costs_nothing_is_given_to_all(owner: ValueDistribution) -> None:
    found = ceiling([owner] * 3, [0.6, 0.4], 0.0)
    assert (found.share, found.multiplier) == (1, 0)
    assert abs(found.welfare - 3 * owner.mean) <= 4 * found.welfare_error + 1e-9


@pytest.mark.parametrize("owner", FAMILIES)
def test_what_costs_more_than_all_values_is_not_run(owner: ValueDistribution) -> None:
    found = ceiling([owner] * 3, [0.6, 0.4], 3 * float(owner.values[0]))
    assert (found.welfare, found.first_best, found.share) == (0, 0, 1)


def test_two_values_at_even_chance_computed_by_hand() -> None:
    """Values 2 and 0 at even chance, cost 3: both must be high, and each can then be charged 1.5."""
    found = ceiling([discrete({2.0: 0.5, 0.0: 0.5})] * 2, [1.0], 3.0)
    assert found.welfare == pytest.approx(0.25)
    assert found.share == 1


@pytest.mark.parametrize(("owner", "mean"), list(zip(FAMILIES, MEANS, strict=True)))
def test_distributions_have_the_mean_they_should(owner: ValueDistribution, mean: float) -> None:
    assert owner.mean == pytest.approx(mean, rel=0.002)


def test_regular_virtual_values_are_not_ironed() -> None:
    """Uniform on [0, 1]: v + 0.5 (2 v - 1)."""
    owner = uniform(0, 1)
    assert ironed(owner, 0.5) == pytest.approx(owner.values + 0.5 * (2 * owner.values - 1), abs=0.001)


def test_ironed_values_never_rise_as_values_fall() -> None:
    owner = discrete({10.0: 0.1, 9.0: 0.1, 2.0: 0.5, 1.9: 0.3})
    slopes = ironed(owner, 3.0)
    assert np.all(np.diff(slopes) <= 0)
    assert slopes @ owner.chances == pytest.approx(owner.mean + 3 * 1.9), "the area is that of the revenue of all"


def test_drawn_profiles_agree_with_all_profiles(monkeypatch: pytest.MonkeyPatch) -> None:
    owners = [discrete({5.0: 0.2, 2.0: 0.3, 1.0: 0.5})] * 6
    exact = ceiling(owners, [0.5, 0.3, 0.2], 4)
    monkeypatch.setattr(module, "_ALL_PROFILES", 0)
    drawn = ceiling(owners, [0.5, 0.3, 0.2], 4, seed=4, profiles=50_000)
    assert (exact.welfare_error, exact.profiles, drawn.profiles) == (0, 729, 50_000)
    assert 0 < abs(drawn.welfare - exact.welfare) < 4 * drawn.welfare_error
    assert abs(drawn.share - exact.share) < 4 * drawn.share_error + 1e-3
    assert exact.share < 0.99


def test_a_seed_repeats_a_draw_and_another_does_not() -> None:
    owners = [exponential(1)] * 4
    once, again, other = (ceiling(owners, [0.7, 0.3], 1, seed=seed, profiles=2000) for seed in (1, 1, 2))
    assert once == again != other


@pytest.mark.parametrize(
    "arguments", [([], [1.0], 1.0), ([FAMILIES[0]], [0.2, 0.8], 1.0), ([FAMILIES[0]], [1.0], -1.0)]
)
def test_nonsense_is_refused(arguments: tuple[list[ValueDistribution], list[float], float]) -> None:
    with pytest.raises(ValueError, match="expected owners, a nonincreasing curve"):
        ceiling(*arguments)


def test_chances_must_sum_to_one() -> None:
    with pytest.raises(ValueError, match="sum to 1"):
        discrete({1.0: 0.5, 2.0: 0.4})


@pytest.mark.parametrize("cost", [30, 42, 60, 66])
def test_no_rule_in_balance_exceeds_it_and_the_subsidised_one_does(cost: int) -> None:
    """Every profile of three owners is cleared; the clients are alike, so prices are costs."""
    chances = {60: 0.4, 50: 0.2, 10: 0.4}
    bound = ceiling([discrete({float(value): chance for value, chance in chances.items()})] * 3, [0.6, 0.4], cost)
    expected = dict.fromkeys(["serial", "provision", "vcg"], 0.0)
    for bids in product(chances, repeat=3):
        for rule in expected:
            welfare = clear(market(bids, cost), rule).welfare
            expected[rule] += welfare * float(np.prod([chances[bid] for bid in bids]))
    assert max(expected["serial"], expected["provision"]) <= bound.welfare + 1e-6
    assert expected["vcg"] == pytest.approx(bound.first_best)
    assert expected["vcg"] > bound.welfare + 1e-3


def market(bids: tuple[int, ...], cost: int) -> Instance:
    return Instance(
        cohort=1,
        min_cohort=1,
        ceiling=cost,
        coordinator_fee=0,
        goal=1,
        match=0,
        quality=(6 * ONE // 10, 4 * ONE // 10),
        edges=(Edge("edge", 2, 0),),
        owners=tuple(Owner(f"owner-{at}", bid) for at, bid in enumerate(bids)),
        clients=(Client("client-1", "edge", cost), Client("client-2", "edge", cost)),
    )
