"""What groups gain by playing otherwise, over whole campaigns of small random markets: the largest gain and its bound.

``make deviations`` prints the table of docs/assumptions.md. Amounts are parts of 10**9 of a base unit.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from itertools import combinations, product
from random import Random

from cofund.campaign.demo import air_quality_script
from cofund.market.quality import exponential_quality
from cofund.market.terms import NOBODY, EdgeTerms, Terms
from cofund.settlement.ledger import Ledger
from cofund.units import ONE
from whole_game import Campaign, account, cash, payoff

CURVES = {
    rounds: tuple(2 * (rounds - at) * ONE // (rounds * (rounds + 1)) for at in range(rounds)) for rounds in (2, 3, 4)
}
PARTS = (0, 0.3, 0.6, 0.8, 0.9, 1.1, 1.3, 1.7, 2.5, 4)
COSTS = (0, 20, 40, 60, 90)
ALL = 2**256 - 1


@dataclass(frozen=True)
class Market:
    """A campaign that everybody plays truly, and what it is worth and costs to them, base units."""

    campaign: Campaign
    values: dict[str, int]
    costs: dict[str, int]

    @cached_property
    def honest(self) -> Ledger:
        return self.campaign.ledger()

    @property
    def terms(self) -> Terms:
        return self.campaign.terms

    @property
    def rounds(self) -> int:
        return len(self.terms.quality)

    @property
    def numbers(self) -> Sequence[int]:
        """Rounds at which somebody may end a campaign, 0 for nobody: of a long one those around its goal."""
        goal = self.terms.goal
        some = {0, 1, goal // 2, goal - 1, goal, goal + 1, self.rounds}
        return range(self.rounds + 1) if self.rounds <= 4 else sorted(some)

    def at(self, edge: int) -> list[str]:
        """Its clients."""
        return [name for name, _ in self.campaign.offers.get(edge, [])]

    def bids(self, owner: str) -> list[int]:
        return sorted({self.values[owner], *(int(self.values[owner] * part) for part in PARTS)})

    def bidding(self, owner: str, bid: int, **changes: object) -> Campaign:
        return self.campaign.but(bids={**self.campaign.bids, owner: bid}, **changes)

    def offering(self, edge: int, rows: Sequence[tuple[str, int]]) -> dict[int, Sequence[tuple[str, int]]]:
        return {**self.campaign.offers, edge: rows}

    def asking(self, client: str, cost: int) -> dict[int, Sequence[tuple[str, int]]]:
        """The offers, if one client asks this."""
        rows = self.campaign.offers.items()
        return {edge: [(name, cost if name == client else each) for name, each in listed] for edge, listed in rows}


@dataclass(frozen=True)
class Group:
    """Who plays together, what else they can do, and what they gain at most by the terms.

    Attributes:
        bound: of a ledger in which they do it, at most what they have more than with the truth.
    """

    members: tuple[str, ...]
    plays: Callable[[], Iterator[Campaign]]
    bound: Callable[[Ledger], int]


def small_market(seed: int, sponsored: bool = False) -> Market:
    """Two to four rounds, one or two edges, up to three owners and five clients."""
    draw = Random(seed)
    rounds, edges = draw.choice([2, 3, 4]), draw.choice([1, 2, 2])
    quality = (CURVES[rounds][0] + ONE - sum(CURVES[rounds]), *CURVES[rounds][1:])
    owners = [f"owner{at}" for at in range(draw.randrange(1, 4))]
    underwritten = sponsored and draw.random() < 0.5
    terms = Terms(
        token="0x" + "11" * 20,
        coordinator=account("coordinator"),
        sponsor=account("sponsor") if sponsored else NOBODY,
        underwritten=underwritten,
        match=ONE // 2 if sponsored and not underwritten else 0,
        commit_end=100,
        reveal_end=200,
        settle_end=300,
        round_limit_s=50,
        veto_window_s=10,
        unaccepted=1,
        delivery_window_s=10,
        tick=1,
        cohort=draw.randrange(1, 4),
        min_cohort=1,
        ceiling=100,
        coordinator_fee=draw.choice([0, 5]),
        goal=draw.randrange(1, rounds + 1),
        quality=quality,
        edges=tuple(
            EdgeTerms(
                f"edge{at}", account(f"edge{at}"), draw.randrange(1, 4), draw.choice([0, 2]), draw.choice([100, 60])
            )
            for at in range(edges)
        ),
        weights=tuple((account(name), 1) for name in owners),
        listed_owners=True,
        owner_bond=11,
        book_bond=400,
        edge_bond=50,
        coordinator_bond=200,
        digest=b"\1" * 32,
    )
    values = {name: draw.randrange(50, 1500) for name in owners}
    costs = {f"client{at}": draw.randrange(1, 70) for at in range(draw.randrange(2, 6))}
    offers: dict[int, list[tuple[str, int]]] = {}
    for name, cost in costs.items():
        offers.setdefault(draw.randrange(edges), []).append((name, cost))
    return Market(Campaign(terms, values, offers), values, costs)


def demonstration() -> Market:
    """The market of ``cofund demo``, with a learning curve like its own."""
    script = air_quality_script()
    quality = exponential_quality(Decimal("0.2"), script.plan.rounds)
    places = {edge.id: at for at, edge in enumerate(script.edges)}
    terms = replace(
        small_market(0).terms,
        tick=script.tick,
        cohort=script.cohort,
        min_cohort=script.min_cohort,
        ceiling=script.ceiling * script.tick,
        coordinator_fee=script.coordinator_fee,
        goal=script.goal,
        quality=quality,
        edges=tuple(
            EdgeTerms(e.id, account(f"edge{at}"), e.capacity, e.fee * script.tick, script.ceiling * script.tick)
            for at, e in enumerate(script.edges)
        ),
        weights=tuple((account(owner.id), owner.weight) for owner in script.owners),
        tolerance=script.tolerance,
        owner_bond=script.owner_bond,
        book_bond=script.ceiling * script.tick,
        edge_bond=script.edge_bond,
        coordinator_bond=script.coordinator_bond,
    )
    costs = {client.id: client.cost * script.tick for client in script.clients}
    offers: dict[int, list[tuple[str, int]]] = {}
    for each in script.clients:
        offers.setdefault(places[each.edge], []).append((each.id, costs[each.id]))
    values = {owner.id: owner.bid for owner in script.owners}
    silent = frozenset(owner.id for owner in script.owners if owner.silent)
    return Market(Campaign(terms, values, offers, silent=silent), values, costs)


# ---------------------------------------------------------------- groups


def owner(market: Market) -> Iterator[Group]:
    """Any bid, with a veto of any round, or silence."""
    for name in market.values:

        def plays(name: str = name) -> Iterator[Campaign]:
            yield market.campaign.but(silent=frozenset([name]))
            for bid, number in product(market.bids(name), market.numbers):
                yield market.bidding(name, bid, veto=(number, frozenset([name])))

        yield Group((name,), plays, dust(market))


def owner_with_coordinator(market: Market) -> Iterator[Group]:
    """Any bid, and it stops after any round, vetoes one, or keeps the models; it pays the fee of a round to itself."""
    for name in market.values:

        def plays(name: str = name) -> Iterator[Campaign]:
            for bid, number in product(market.bids(name), market.numbers):
                yield market.bidding(name, bid, veto=(number, frozenset([name])))
                yield market.bidding(name, bid, stop=number)
            yield market.campaign.but(keeps=True)

        def bound(played: Ledger) -> int:
            return market.terms.coordinator_fee * played.rounds_done * ONE + ONE

        yield Group((name, "coordinator"), plays, bound)


def coordinator(market: Market) -> Iterator[Group]:
    """It stops after any round, or keeps the models."""

    def plays() -> Iterator[Campaign]:
        yield from (market.campaign.but(stop=number) for number in market.numbers)
        yield market.campaign.but(keeps=True)

    yield Group(("coordinator",), plays, dust(market))


def client(market: Market) -> Iterator[Group]:
    """It asks anything else."""
    for name, cost in market.costs.items():

        def plays(name: str = name, cost: int = cost) -> Iterator[Campaign]:
            for other in {*COSTS, cost // 2, cost + 1, 2 * cost}:
                yield market.campaign.but(offers=market.asking(name, other))

        yield Group((name,), plays, dust(market))


def missing_client(market: Market) -> Iterator[Group]:
    """It stays away from any rounds; what its edge pays for them goes to all who delivered, itself among them."""
    for name, cost in market.costs.items():

        def plays(name: str = name) -> Iterator[Campaign]:
            yield from (market.campaign.but(absent={name: bits}) for bits in range(1, 2**market.rounds))

        fee = max(edge.fee for edge in market.terms.edges)  # of a round that is missing the edge pays the whole price

        def bound(_: Ledger, saved: int = cost + fee) -> int:
            return saved * market.honest.rounds_done * ONE

        yield Group((name,), plays, bound)


def silent_edge(market: Market) -> Iterator[Group]:
    """An edge and all its clients, who do not open their book."""
    for edge in market.campaign.offers:
        members = (f"edge{edge}", *market.at(edge))
        yield Group(members, lambda e=edge: iter([market.campaign.but(silent=frozenset([f"edge{e}"]))]), dust(market))


def edge_with_clients(market: Market) -> Iterator[Group]:
    """It leaves clients out, changes what all ask, or lists one who never comes."""
    for edge, rows in market.campaign.offers.items():

        def plays(edge: int = edge, rows: Sequence[tuple[str, int]] = rows) -> Iterator[Campaign]:
            for size in range(len(rows)):
                for some in combinations(rows, size):
                    yield market.campaign.but(offers=market.offering(edge, some))
            for part in (0, 0.5, 0.8, 1.2, 1.5, 2, 3):
                scaled = [(name, min(99, int(cost * part))) for name, cost in rows]
                yield market.campaign.but(offers=market.offering(edge, scaled))
            for cost in COSTS:
                joined = market.offering(edge, [*rows, ("fake", cost)])
                yield market.campaign.but(offers=joined, absent={"fake": ALL})

        def bound(played: Ledger, edge: int = edge) -> int:
            paid = market.terms.edges[edge].ceiling * played.edges[edge].delivered
            return paid * ONE - payoff_of(market, (f"edge{edge}", *market.at(edge)))

        yield Group((f"edge{edge}", *market.at(edge)), plays, bound)


def edge_alone(market: Market) -> Iterator[Group]:
    """It leaves clients out: its fee times more client-rounds, if fewer clients make more rounds worth buying."""
    for edge, rows in market.campaign.offers.items():

        def plays(edge: int = edge, rows: Sequence[tuple[str, int]] = rows) -> Iterator[Campaign]:
            for size in range(len(rows)):
                yield from (
                    market.campaign.but(offers=market.offering(edge, some)) for some in combinations(rows, size)
                )

        def bound(played: Ledger, edge: int = edge) -> int:
            return market.terms.edges[edge].fee * played.edges[edge].delivered * ONE

        yield Group((f"edge{edge}",), plays, bound)


def owner_with_client(market: Market) -> Iterator[Group]:
    """Both move the price and the number of rounds: less for what one buys, or more for what the other sells."""
    for name, one in product(market.values, market.costs):

        def plays(name: str = name, one: str = one) -> Iterator[Campaign]:
            cost = market.costs[one]
            for other, bid in product((0, cost // 2, 3 * cost // 2, 2 * cost, 3 * cost), market.bids(name)[4:8]):
                yield market.bidding(name, bid, offers=market.asking(one, min(99, other)))

        yield Group((name, one), plays, two_sides(market, name))


def owner_with_fake_client(market: Market) -> Iterator[Group]:
    """A cheap client that never comes, at an edge that knows nothing of it."""
    for name, edge in product(market.values, range(len(market.terms.edges))):
        members = (name, "fake")
        yield Group(members, lambda n=name, e=edge: fakes(market, n, e), two_sides(market, name))


def owner_with_edge_and_fake_client(market: Market) -> Iterator[Group]:
    """The same at an edge of its own, which loses its bond for it."""
    for name, edge in product(market.values, range(len(market.terms.edges))):
        members = (name, "fake", f"edge{edge}")
        yield Group(members, lambda n=name, e=edge: fakes(market, n, e), two_sides(market, name))


def fakes(market: Market, name: str, edge: int) -> Iterator[Campaign]:
    rows = market.campaign.offers.get(edge, [])
    for cost, part in product((0, 10, 30, 50, 70), (1, 1.3, 0.8)):
        joined = market.offering(edge, [*rows, ("fake", cost)])
        yield market.bidding(name, int(market.values[name] * part), offers=joined, absent={"fake": ALL})


def against_a_sponsor(market: Market) -> Iterator[Group]:
    """All owners and all clients: they bid what makes all rounds run, and ask for nothing or for all."""

    def plays() -> Iterator[Campaign]:
        for part, cost in product((0.5, 1, 2, 4, 20), (None, *COSTS)):
            bids = {name: int(value * part) for name, value in market.values.items()}
            rows = market.campaign.offers.items()
            offers = {edge: [(name, each if cost is None else cost) for name, each in listed] for edge, listed in rows}
            yield market.campaign.but(bids=bids, offers=offers)

    members = (*market.values, *market.costs)

    def bound(played: Ledger) -> int:
        locked = played.deposits[account("sponsor")]
        assert cash(played, "sponsor") >= -locked
        fees = cash(market.honest, *(f"edge{at}" for at in range(len(market.terms.edges))), "coordinator", "initiator")
        return (locked + cash(market.honest, "sponsor") + fees) * ONE + worth_of_all(market, played)

    yield Group(members, plays, bound)


# ---------------------------------------------------------------- bounds


def dust(_: Market) -> Callable[[Ledger], int]:
    """Nothing but what rounding leaves: less than a base unit."""
    return lambda _: ONE - 1


def two_sides(market: Market, name: str) -> Callable[[Ledger], int]:
    """What the owner pays with the truth, what rounds are worth to it that it did not buy, and its client's pay."""

    def bound(played: Ledger) -> int:
        paid = -cash(market.honest, name) * ONE
        more = max(0, market.values[name] * (bought(played, name) - bought(market.honest, name)))
        sold = max(edge.ceiling for edge in market.terms.edges) * played.rounds_done * ONE
        return paid + more + sold

    return bound


def bought(ledger: Ledger, name: str) -> int:
    """Quality that an owner got, parts of 10**9."""
    levels = {one.account: one.level for one in ledger.owners}
    return sum(ledger.terms.quality[: min(levels.get(account(name), 0), ledger.rounds_done)])


def worth_of_all(market: Market, played: Ledger) -> int:
    """What all owners got more than with the truth."""
    gained = (value * (bought(played, name) - bought(market.honest, name)) for name, value in market.values.items())
    return sum(max(0, each) for each in gained)


def payoff_of(market: Market, members: Sequence[str]) -> int:
    """What a group has with the truth."""
    return payoff(market.campaign, members, market.values, market.costs)


# ---------------------------------------------------------------- the search


@dataclass
class Found:
    """Of one kind of group: how many there were, how many gain, the largest gain and its part of the bound."""

    groups: int = 0
    gaining: int = 0
    largest: int = 0
    nearest: float = 0.0
    beyond: tuple[int, Campaign] | None = None  # by how much some gain is above its bound


KINDS: dict[str, tuple[Callable[[Market], Iterator[Group]], bool]] = {
    "owner": (owner, False),
    "coordinator": (coordinator, False),
    "owner with the coordinator": (owner_with_coordinator, False),
    "client": (client, False),
    "client that misses rounds": (missing_client, False),
    "edge with its clients, silent": (silent_edge, False),
    "edge": (edge_alone, False),
    "edge with its clients": (edge_with_clients, False),
    "owner with a client": (owner_with_client, False),
    "owner with a client that never comes": (owner_with_fake_client, False),
    "owner with an edge and a client that never comes": (owner_with_edge_and_fake_client, False),
    "all owners with all clients, against a sponsor": (against_a_sponsor, True),
}


SINGLE = ("owner", "coordinator", "client", "edge with its clients, silent")
"""For these truth is best."""


def search(kind: str, seeds: range) -> Found:
    """Play all that a kind of group can do in these markets."""
    return search_in(kind, (small_market(seed, KINDS[kind][1]) for seed in seeds))


def search_in(kind: str, markets: Iterable[Market]) -> Found:
    """The same in any markets."""
    found = Found()
    for market in markets:
        for group in KINDS[kind][0](market):
            found.groups += 1
            note(found, market, group)
    return found


def note(found: Found, market: Market, group: Group) -> None:
    costs = {**market.costs, "fake": 0} if "fake" in group.members else market.costs
    base, largest = payoff(market.campaign, group.members, market.values, costs), 0
    for played in group.plays():
        gain = payoff(played, group.members, market.values, costs) - base
        largest = max(largest, gain)
        if gain > 0:
            bound = group.bound(played.ledger())
            found.nearest = max(found.nearest, gain / max(1, bound))
            if gain > bound and (found.beyond is None or gain - bound > found.beyond[0]):
                found.beyond = gain - bound, played
    found.gaining += largest >= ONE
    found.largest = max(found.largest, largest)


def main(markets: int = 500) -> None:
    """One line for every kind of group, in random markets and in that of ``cofund demo``."""
    for kind, (_, sponsored) in KINDS.items():
        say(kind, search(kind, range(markets)))
        if not sponsored and kind in SINGLE:
            say(f"{kind}, in the demonstration", search_in(kind, [demonstration()]))


def say(kind: str, found: Found) -> None:
    """One line."""
    line = f"{kind:50} {found.gaining:6,} of {found.groups:6,} gain  at most {found.largest / ONE:8.1f}"
    beyond = "" if found.beyond is None else "  BEYOND"
    sys.stdout.write(f"{line}  {100 * found.nearest:5.1f} % of its bound{beyond}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
