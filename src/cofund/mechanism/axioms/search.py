"""Deviations to try against an axiom: all of them where they are few, else a seeded sample.

The two-sided searches pair agents at random, so on a small market a few hundred tries visit most of what matters.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Final, TypeVar

from cofund.market.instance import Client, Instance, Owner
from cofund.mechanism.axioms.deviation import Deviation
from cofund.mechanism.axioms.reports import bids_to_try, costs_to_try
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.registry import Axiom

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a search happens: a market, the rule's outcome of it, and the dice."""

    instance: Instance
    outcome: Outcome
    draw: Random

    def bid(self, owner: Owner) -> int:
        """Some other bid of ``owner``."""
        return self.draw.choice(bids_to_try(self.instance, self.outcome, owner))

    def cost(self, client: Client) -> int:
        """Some other offer of ``client``."""
        return self.draw.choice(costs_to_try(self.instance, self.outcome, client))


def deviations(axiom: Axiom, ground: Ground, most: int) -> Iterator[Deviation]:
    """At most ``most`` deviations that could break ``axiom``; the empty one where only the market matters."""
    return islice(_SEARCHES[axiom](ground, most), most)


def _nothing(_ground: Ground, _most: int) -> Iterator[Deviation]:
    yield Deviation()


def _single_bids(ground: Ground, most: int) -> Iterator[Deviation]:
    market = ground.instance
    lies = [(one.id, bid) for one in market.owners for bid in bids_to_try(market, ground.outcome, one)]
    for name, bid in _sample(lies, most, ground.draw):
        yield Deviation(owners=(name,), bids=((name, bid),))


def _single_costs(ground: Ground, most: int) -> Iterator[Deviation]:
    market = ground.instance
    clients = _sample(list(market.clients), max(1, most // 4), ground.draw)
    lies = [(one.id, cost) for one in clients for cost in costs_to_try(market, ground.outcome, one)]
    for name, cost in _sample(lies, most, ground.draw):
        yield Deviation(clients=(name,), costs=((name, cost),))


def _absences(ground: Ground, most: int) -> Iterator[Deviation]:
    names = [owner.id for owner in ground.instance.owners]
    pairs = [(absent, other) for absent in names for other in names if absent != other]
    for absent, other in _sample(pairs, most, ground.draw):
        yield Deviation(owners=(other,), absent=absent)


def _splits(ground: Ground, most: int) -> Iterator[Deviation]:
    owners = ground.instance.owners
    for _ in range(most if owners else 0):
        owner = ground.draw.choice(owners)
        second = Owner(_unused(owner.id, owners), ground.bid(owner))
        lies = ground.draw.choice(((), ((owner.id, ground.bid(owner)),)))
        yield Deviation(owners=(owner.id,), bids=lies, second_owner=second)


def _fakes(ground: Ground, most: int) -> Iterator[Deviation]:
    """Mostly of clients that are hired, and no cheaper than the client itself: a fake offer must not be hired."""
    clients = ground.instance.clients
    hired = {winner.id for winner in ground.outcome.winners}
    likely = [client for client in clients if client.id in hired] or clients
    for _ in range(most if clients else 0):
        client = ground.draw.choice(ground.draw.choice((likely, likely, likely, clients)))
        edge = ground.draw.choice((client.edge, ground.draw.choice(ground.instance.edges).id))
        costs = [cost for cost in costs_to_try(ground.instance, ground.outcome, client) if cost >= client.cost]
        fake = Client(_unused(client.id, clients), edge, ground.draw.choice(costs or [client.cost]))
        yield Deviation(clients=(client.id,), fake_offer=fake)


def _lots(ground: Ground, most: int) -> Iterator[Deviation]:
    clients = ground.instance.clients
    for _ in range(most if len(clients) > 1 else 0):
        pair = ground.draw.sample(clients, 2)
        liars = pair[: ground.draw.randint(1, 2)]
        costs = tuple((one.id, ground.cost(one)) for one in liars)
        yield Deviation(clients=tuple(one.id for one in pair), costs=costs)


def _groups(ground: Ground, most: int) -> Iterator[Deviation]:
    """Coalitions of two to four owners, of whom some bid otherwise."""
    owners = ground.instance.owners
    for _ in range(most if len(owners) > 1 else 0):
        group = ground.draw.sample(owners, ground.draw.randint(2, min(4, len(owners))))
        liars = group[: ground.draw.randint(1, len(group))]
        bids = tuple((one.id, ground.bid(one)) for one in liars)
        yield Deviation(owners=tuple(one.id for one in group), bids=bids)


def _coalitions(ground: Ground, most: int) -> Iterator[Deviation]:
    """In turn two owners, and an owner with a client: the client may be a loser who is bribed."""
    owners, clients = ground.instance.owners, ground.instance.clients
    for number in range(most):
        if number % 2 and len(owners) > 1:
            pair = ground.draw.sample(owners, 2)
            yield Deviation(owners=tuple(one.id for one in pair), bids=tuple((one.id, ground.bid(one)) for one in pair))
        elif owners and clients:
            owner, client = ground.draw.choice(owners), ground.draw.choice(clients)
            costs = ((client.id, ground.cost(client)),)
            yield Deviation(owners=(owner.id,), clients=(client.id,), costs=costs)


_SEARCHES: Final[dict[Axiom, Callable[[Ground, int], Iterator[Deviation]]]] = {
    Axiom.OWNERS_STRATEGYPROOF: _single_bids,
    Axiom.CLIENTS_STRATEGYPROOF: _single_costs,
    Axiom.INDIVIDUALLY_RATIONAL: _nothing,
    Axiom.NO_DEFICIT: _nothing,
    Axiom.CROSS_MONOTONIC: _absences,
    Axiom.EFFICIENT: _nothing,
    Axiom.OWNERS_FALSE_NAME_PROOF: _splits,
    Axiom.CLIENTS_FALSE_NAME_PROOF: _fakes,
    Axiom.LOTS_PROOF: _lots,
    Axiom.GROUP_STRATEGYPROOF: _groups,
    Axiom.COLLUSION_PROOF: _coalitions,
}


def _sample(items: list[_T], most: int, draw: Random) -> list[_T]:
    return items if len(items) <= most else draw.sample(items, most)


def _unused(name: str, taken: tuple[Owner, ...] | tuple[Client, ...]) -> str:
    """A name for another identity, at most 64 characters, that nobody has."""
    names = {one.id for one in taken}
    return next(new for new in (f"{name[:56]} ({number})" for number in range(2, len(names) + 3)) if new not in names)
