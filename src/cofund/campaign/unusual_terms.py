"""What is unusual about a campaign's terms, in words: legal, and worth knowing before money is locked under them.

Nothing here is a fault. Whoever agrees to terms reads these lines first; what they mean for each role is in
docs/assumptions.md.
"""

from collections.abc import Collection, Iterator
from typing import Final

from cofund.market.terms import NOBODY, Terms
from cofund.units import ONE

HOUR_S: Final = 3600
UNITS: Final = (("day", 24 * HOUR_S), ("hour", HOUR_S), ("minute", 60), ("second", 1))
LONG_S: Final = 90 * 24 * HOUR_S


def unusual(
    terms: Terms,
    initiator: str,
    owners: Collection[str] = (),
    clients: Collection[str] = (),
    *,
    attached: Collection[str] = (),
    trained: bool = False,
) -> tuple[str, ...]:
    """A sentence for every unusual term.

    Args:
        terms: of the campaign.
        initiator: account that created it.
        owners: accounts that the terms invite; those with a weight are in ``terms``.
        clients: the same of clients.
        attached: the edge of every client that the terms invite.
        trained: whether the terms say what is trained.
    """
    listed = {*owners, *dict(terms.weights)}
    return (
        *_times(terms),
        *_accounts(terms, initiator, listed),
        *_clients(terms, initiator, listed, clients),
        *(_named(terms, clients) if trained else ()),
        *_places(terms, attached),
        *_money(terms),
        *_sealed(terms),
    )


def _times(terms: Terms) -> Iterator[str]:
    if terms.unaccepted > 1:
        yield f"{terms.unaccepted} recorded rounds can be refused at once: nobody is paid for them then"
    if not terms.veto_window_s:
        yield "the veto window is 0: no owner can refuse a round"
    elif terms.veto_window_s < HOUR_S:
        yield f"the veto window is {duration(terms.veto_window_s)}: few owners can look at a round in that time"
    windows = {
        "the reveal phase": (terms.reveal_end - terms.commit_end, "whoever is away then loses its bond"),
        "the settle phase": (terms.settle_end - terms.reveal_end, "if nobody settles then, the campaign is cancelled"),
        "the time for a round": (terms.round_limit_s, "after it anybody may halt the training"),
        "the time for deliveries": (terms.delivery_window_s, "an edge that is away then leaves its clients unpaid"),
    }
    for what, (seconds, why) in windows.items():
        if seconds < HOUR_S:
            yield f"{what} is {duration(seconds)}: {why}"
        elif seconds > LONG_S:
            yield f"{what} is {duration(seconds)}: money may stay locked that long"


def _accounts(terms: Terms, initiator: str, owners: set[str]) -> Iterator[str]:
    offices = {"initiator": initiator, "coordinator": terms.coordinator, "sponsor": terms.sponsor}
    roles = [(name, account) for name, account in offices.items() if account != NOBODY]
    for at, (name, account) in enumerate(roles):
        for other, same in roles[at + 1 :]:
            if account == same:
                yield f"the {name} is also the {other}, {account}"
    for name, account in roles:
        own = [edge.id for edge in terms.edges if edge.operator == account]
        if own:
            yield f"the {name} operates {_edges(own)}: it signs for deliveries itself"
        if account in owners:
            yield f"the {name} is also an owner, {account}"
    for operator in dict.fromkeys(edge.operator for edge in terms.edges):
        own = [edge.id for edge in terms.edges if edge.operator == operator]
        if len(own) > 1 and operator not in dict(roles).values():
            yield f"one account operates {_edges(own)}"
        if operator in owners:
            yield f"an owner operates {_edges(own)}, {operator}"


def _clients(terms: Terms, initiator: str, owners: set[str], clients: Collection[str]) -> Iterator[str]:
    """Clients that have another role too."""
    offices = {"initiator": initiator, "coordinator": terms.coordinator, "sponsor": terms.sponsor}
    for client in dict.fromkeys(clients):
        roles = [f"the {name}" for name, account in offices.items() if account == client]
        roles += [f"the operator of edge {edge.id}" for edge in terms.edges if edge.operator == client]
        roles += ["an owner"] if client in owners else []
        for role in roles:
            yield f"{role} is also a client, {client}"


def _named(terms: Terms, clients: Collection[str]) -> Iterator[str]:
    """Only clients that the terms name can be told apart in training."""
    if len(set(clients)) < terms.min_cohort:
        few = f"at least {terms.min_cohort} clients have to win, the terms name {len(set(clients))}"
        yield f"{few}: who is not named cannot train"


def _places(terms: Terms, attached: Collection[str]) -> Iterator[str]:
    places = sum(edge.capacity for edge in terms.edges if edge.parent is None)
    if places < terms.cohort:
        yield f"the cohort is {terms.cohort}, all edges together have {places} places: no more can train"
    for at, edge in enumerate(terms.edges):
        if terms.path_fee(at) == edge.ceiling:
            above = "" if edge.parent is None else ", with those above it,"
            yield f"the fee of edge {edge.id}{above} is the whole price: a client there gets nothing"
        own = list(attached).count(edge.id)
        if 0 < own <= edge.capacity:
            alone = "nobody there is turned away, so its price is set elsewhere or is its ceiling"
            yield f"edge {edge.id} has {edge.capacity:,} places for {own:,} invited clients: {alone}"


def _sealed(terms: Terms) -> Iterator[str]:
    """What is unusual about books that are never opened."""
    if terms.sealed:
        yield "books stay sealed: only who is given them in confidence can clear the market again"
    if terms.sealed and terms.absence_window_s < HOUR_S:
        time = duration(terms.absence_window_s)
        yield f"the time to open a book that is called absent is {time}: an edge that is away then loses it"


def _money(terms: Terms) -> Iterator[str]:
    if not terms.owner_bond:
        yield "owners lock no bond: a bid that is never opened costs nothing"
    if not terms.edge_bond:
        yield "edges lock no bond: one that never signs loses nothing"
    if terms.tolerance >= ONE:
        yield "the tolerance is all client-rounds: an edge loses nothing for clients that never deliver"
    if terms.coordinator_bond < terms.coordinator_fee:
        yield "the coordinator's bond is less than its fee for one round"
    if terms.coordinator_fee > terms.cohort * terms.ceiling > 0:
        yield "the coordinator's fee for a round is more than all clients together can get for it"


def duration(seconds: int) -> str:
    """Seconds in whole units, the two largest: ``3 days``, ``1 hour 30 minutes``, ``2 seconds``."""
    parts, left = [], seconds
    for name, size in UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count:,} {name}{'s' if count > 1 else ''}")
    return " ".join(parts[:2]) or "0 seconds"


def _edges(names: list[str]) -> str:
    return f"edge {names[0]}" if len(names) == 1 else f"edges {', '.join(names)}"
