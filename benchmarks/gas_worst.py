"""The campaigns that cost most to settle: as many owners, edges and rounds as the contract takes, and a full book."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from benchmarks.gas_market import CHEAP, DEAR, market, with_costs
from cofund.market.instance import Instance, Owner
from cofund.market.terms import MAX_BOOK, MAX_EDGES, MAX_OWNERS, MAX_ROUNDS
from cofund.mechanism.cohort import choose_cohort
from cofund.units import ONE

LARGEST: Final = MAX_BOOK


def largest() -> Instance:
    """Random costs, in no order at any edge."""
    return market(LARGEST, MAX_OWNERS, MAX_EDGES, MAX_ROUNDS)


def ascending(instance: Instance) -> Instance:
    """Every offer dearer than the one before."""
    return with_costs(instance, [CHEAP + (DEAR - CHEAP) * at // LARGEST for at in range(LARGEST)])


def descending(instance: Instance) -> Instance:
    """Every offer cheaper than the one before, so that each loser is the cheapest so far."""
    return with_costs(instance, [DEAR - (DEAR - CHEAP) * at // LARGEST for at in range(LARGEST)])


def descending_and_one_wins(instance: Instance) -> Instance:
    """As many losers as there can be, each of them the cheapest so far: it costs more than a winner."""
    return replace(descending(instance), cohort=1, min_cohort=1)


def at_one_edge(instance: Instance) -> Instance:
    """All clients at the last edge."""
    full = replace(instance.edges[-1], capacity=LARGEST)
    clients = tuple(replace(client, edge=full.id) for client in instance.clients)
    return replace(instance, edges=(*instance.edges[:-1], full), clients=clients)


def all_win(instance: Instance) -> Instance:
    """Room for everybody: a winner costs more than a loser."""
    edges = tuple(replace(edge, capacity=LARGEST) for edge in instance.edges)
    return replace(instance, cohort=LARGEST, edges=edges)


def one_leaves_every_round(instance: Instance) -> Instance:
    """Worst for serial sharing: one owner leaves in every stretch round, and the others share anew."""
    cost, owners = choose_cohort(instance).round_cost, len(instance.owners)
    bids = [cost * ONE // ((owners - at) * instance.quality[1 + at]) - 1 for at in range(owners)]
    return replace(instance, goal=1, owners=tuple(Owner(f"owner-{at}", bid) for at, bid in enumerate(bids)))


def all_leave_at_once(instance: Instance) -> Instance:
    """The goal is not reached: one owner after the other gives up."""
    cost, owners = choose_cohort(instance).round_cost, len(instance.owners)
    bids = [cost * ONE // ((owners - at) * instance.quality[0]) - 1 for at in range(owners)]
    return replace(instance, goal=1, owners=tuple(Owner(f"owner-{at}", bid) for at, bid in enumerate(bids)))


def all_are_pivotal(instance: Instance) -> Instance:
    """Worst for `vcg`: no round would run without any one of the owners, and no two rounds are alike."""
    rounds, owners = len(instance.quality), len(instance.owners)
    flattest = [rounds - at for at in range(rounds)]
    steps = [(ONE - sum(flattest)) // rounds + each for each in flattest]
    steps[0] += ONE - sum(steps)
    share = -(-choose_cohort(instance).true_round_cost // owners)  # of the last round, which is worth least
    bid = -(-share * ONE // steps[-1])
    return replace(instance, quality=tuple(steps), owners=tuple(Owner(f"owner-{at}", bid) for at in range(owners)))


Change = Callable[[Instance], Instance]
WORST: Final[dict[str, tuple[str, Change, Change]]] = {
    "random order, one owner leaves a round": ("serial", lambda it: it, one_leaves_every_round),
    "ascending, one owner leaves a round": ("serial", ascending, one_leaves_every_round),
    "descending, all owners leave at once": ("serial", descending, all_leave_at_once),
    "all at one edge, one leaves a round": ("serial", at_one_edge, one_leaves_every_round),
    "all win, one owner leaves a round": ("serial", all_win, one_leaves_every_round),
    "random order, every owner pivotal": ("vcg", lambda it: it, all_are_pivotal),
    "all win, every owner pivotal": ("vcg", all_win, all_are_pivotal),
    "descending, one wins, every owner pivotal": ("vcg", descending_and_one_wins, all_are_pivotal),
}
"""By name: the rule, what is changed on the side of the clients, and then on that of the owners."""
