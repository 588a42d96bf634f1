"""Markets to audit a rule on: small ones full of ties and shortages, or neighbours of a given one."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Final

from cofund.market.generate import generate
from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.mechanism.axioms.search import Ground
from cofund.mechanism.registry import Rule
from cofund.units import ONE

_LARGER_EVERY: Final = 8
"""One market in so many has amounts in thousands, as ``cofund generate`` draws them."""


def small_markets(draw: Random) -> Iterator[Instance]:
    """Endless random markets."""
    number = 0
    while True:
        number += 1
        yield _generated(draw) if number % _LARGER_EVERY == 0 else _small(draw)


def neighbours(instance: Instance, rule: Rule, draw: Random) -> Iterator[Instance]:
    """The market itself, then endlessly markets in which up to three of its agents have other bids or costs."""
    yield instance
    ground = Ground(instance, rule.clear(instance), draw)
    while instance.owners or instance.clients:
        yield _neighbour(ground)


def _neighbour(ground: Ground) -> Instance:
    owners, clients = list(ground.instance.owners), list(ground.instance.clients)
    for _ in range(ground.draw.randint(1, 3)):
        at = ground.draw.randrange(len(owners) + len(clients))
        if at < len(owners):
            owners[at] = replace(owners[at], bid=ground.bid(owners[at]))
        else:
            clients[at - len(owners)] = replace(clients[at - len(owners)], cost=ground.cost(clients[at - len(owners)]))
    return replace(ground.instance, owners=tuple(owners), clients=tuple(clients))


def _generated(draw: Random) -> Instance:
    rounds = draw.randint(1, 6)
    sizes = (draw.randint(2, 4), draw.randint(3, 9), draw.randint(1, 2))
    return generate(*sizes, draw.randrange(2**32), rounds=rounds, goal=draw.randint(1, rounds))


def _small(draw: Random) -> Instance:
    rounds = draw.randint(1, 4)
    edges = tuple(_edge(draw, at) for at in range(draw.choice((1, 1, 2, 3))))
    cohort = draw.randint(1, 4)
    richest = draw.choice((12, 30, 56))
    return Instance(
        cohort=cohort,
        min_cohort=draw.choice((1, draw.randint(1, cohort))),
        ceiling=draw.randint(2, 9),
        coordinator_fee=draw.choice((0, 0, 1, 3)),
        goal=draw.choice((1, draw.randint(1, rounds))),
        match=draw.choice((0, 0, 0, ONE // 3, ONE)),
        quality=_quality(draw, rounds),
        edges=edges,
        owners=tuple(_owner(draw, at, richest) for at in range(draw.randint(1, 4))),
        clients=tuple(Client(f"c{at}", draw.choice(edges).id, draw.randint(0, 6)) for at in range(draw.randint(1, 7))),
    )


def _edge(draw: Random, at: int) -> Edge:
    """Every fourth edge or so hangs below the first."""
    parent = "e0" if at and draw.randint(0, 3) == 0 else None
    return Edge(f"e{at}", draw.choice((0, 1, 2, 3, 4, 9)), draw.choice((0, 0, 1, 2)), parent)


def _owner(draw: Random, at: int, richest: int) -> Owner:
    return Owner(f"o{at}", draw.randint(0, richest), draw.choice((1, 1, 1, 2, 3)))


def _quality(draw: Random, rounds: int) -> tuple[int, ...]:
    """Shares proportional to small descending numbers; what rounding leaves goes to the first round."""
    parts = sorted((draw.randint(0, 5) for _ in range(rounds)), reverse=True)
    parts[0] += 1
    shares = [part * ONE // sum(parts) for part in parts]
    return (ONE - sum(shares[1:]), *shares[1:])
