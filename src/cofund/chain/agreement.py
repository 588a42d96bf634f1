"""Do the events that a node tells fit what the contract says at the same block?

A backend that lags behind or has thrown old logs away answers with fewer of them, or none, and says no word about it.
The contract counts what it logs, so what is missing or forged is noticed.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from eth_utils.address import to_checksum_address

from cofund.errors import NodeError
from cofund.market.offer_book import CHUNK
from cofund.market.terms import MAX_OWNERS

if TYPE_CHECKING:
    from cofund.chain.events import Index

E = TypeVar("E")

JUDGED: Final = "paid_out "
"""Whoever reads payments adds them up and says what is missing, so these alone do not keep the rest from being read."""
MISSING: Final = -10_000
"""Far from any number of rounds."""
READINGS: Final = 4
PAUSE_S: Final = 0.5  # doubled after every reading

VIEWS: Final = ("status", "progress", "owner_count", "edge_count", "coordinator_bonded", "deposited", "paid_out")
_ENDED: Final = {2: ("Settled",), 4: ("Cancelled",), 8: ("Settled",), 16: ("Settled", "Closed")}
"""The events that made a status (``market.phases.STATUS``)."""
Told = Mapping[str, list[dict[str, Any]]]
"""Arguments of events by name, in order."""


def disagreement(
    events: Iterable[tuple[str, dict[str, Any]]],
    views: Callable[[list[tuple[Any, ...]]], list[Any]],
    *,
    sealed: bool = False,
) -> str:
    """What does not fit, in words; empty if everything does.

    Args:
        events: names and arguments, in order.
        views: values of views of the campaign and its books at the block of the last event or later, each a name and
            arguments.
        sealed: whether books stay sealed: then they are of edges.
    """
    values = dict(zip(VIEWS, views([(name,) for name in VIEWS]), strict=True))
    edges = [("edge", at) for at in range(values["edge_count"])]
    owners = [("owner", at) for at in range(values["owner_count"])]
    each = views([*edges, *owners])
    sites = each[: len(edges)]
    operators = dict.fromkeys(str(to_checksum_address(fixed[0])) for fixed, *_ in sites)
    keys: list[Any] = [*range(len(edges))] if sealed else [*operators]
    books = dict(zip(keys, views([("book", key) for key in keys]), strict=True))
    expected = _whole(values, each[len(edges) :]) | _sites(sites) | (_sealed(books) if sealed else _books(books))
    found = _from_events(events, len(edges), keys)
    return "; ".join(f"{name} {found[name]} != {right}" for name, right in expected.items() if found[name] != right)


def _whole(values: dict[str, Any], owners: Sequence[Any]) -> dict[str, Any]:
    _, done, _, _, halted, released = values["progress"]
    plain = {name: values[name] for name in ("owner_count", "coordinator_bonded", "deposited", "paid_out")}
    return plain | {
        "bids opened": sum(owner[2] for owner, _ in owners),
        "rounds done": done,
        "halted": halted,
        "models released": released,
        "status": _ENDED.get(values["status"], ()),
    }


def _sites(sites: Sequence[Any]) -> dict[str, Any]:
    """Of every edge its last signed round, the client-rounds paid to clients, to it, and on top, and its bond."""
    states = [state for _, state, _ in sites]
    return {
        f"edge {at}": (up_to, claimed, fees, extra, bonded)
        for at, (_, _, up_to, _, claimed, fees, extra, bonded, _) in enumerate(states)
    }


def _books(books: Mapping[str, Any]) -> dict[str, Any]:
    """Of every operator's book how many clients, the chunks that are open, whether its bond was returned."""
    return {
        f"book of {operator}": (clients, -(-clients // CHUNK) if is_open else 0, returned)
        for operator, (clients, is_open, returned) in books.items()
    }


def _sealed(books: Mapping[int, Any]) -> dict[str, Any]:
    """Of every edge's sealed book how many clients, whether it is open, its bond was returned, it is void."""
    return {f"book of {edge}": tuple(told) for edge, told in books.items()}


def agreed(index: "Index", contract: str, read: Callable[[int], tuple[E, str]]) -> tuple[E, int]:
    """Events of an index that fit the contract, and their block; read anew as long as they do not.

    Args:
        index: of the contract's logs.
        contract: address, for the sentence.
        read: the events and what does not fit, at a block.

    Raises:
        NodeError: if they never fit; the index is empty then.
    """
    reading = 0
    while True:
        head = index.update()
        events, wrong = read(head)
        if not wrong:
            return events, head
        index.forget()
        reading += 1
        if reading == READINGS and wrong.startswith(JUDGED) and ";" not in wrong:
            return events, head
        if reading == READINGS:
            raise NodeError(
                f"{contract}: the node's events do not fit the contract's own counts ({wrong}); ask another"
            )
        time.sleep(PAUSE_S * 2 ** (reading - 1))


def _from_events(events: Iterable[tuple[str, dict[str, Any]]], edges: int, books: Sequence[Any]) -> dict[str, Any]:
    """The same figures from events alone; ``books`` are by operator, or if they stay sealed by edge."""
    told, done = defaultdict[str, list[dict[str, Any]]](list), 0
    for name, given in events:
        told[name].append(given)
        done = _done(done, name, given)
    return (
        {"owner_count": min(MAX_OWNERS, len(told["BidCommitted"])), "bids opened": len(told["BidRevealed"])}
        | {"coordinator_bonded": bool(told["CoordinatorBonded"]), "rounds done": done}
        | {"deposited": _sum(told["Deposited"], "amount"), "paid_out": _sum(told["Paid"], "amount")}
        | {"halted": bool(told["Halted"]), "models released": bool(told["ModelsReleased"])}
        | {"status": tuple(name for name in ("Settled", "Cancelled", "Closed") if told[name])}
        | {f"edge {at}": _site(told, at) for at in range(edges)}
        | {f"book of {key}": _sealed_book(told, key) if isinstance(key, int) else _book(told, key) for key in books}
    )


def _done(before: int, name: str, given: dict[str, Any]) -> int:
    """Rounds done after an event: one is recorded after the other, none left out."""
    if name == "RoundRecorded":
        return int(given["round"]) if given["round"] == before + 1 else MISSING
    return given["round"] - 1 if name == "Vetoed" and given["carried"] else before


def _sum(rows: Sequence[dict[str, Any]], field: str) -> int:
    return sum(given[field] for given in rows)


def _of(told: Told, event: str, field: str, one: Any) -> list[dict[str, Any]]:
    return [given for given in told[event] if given[field] == one]


def _site(told: Told, edge: int) -> tuple[int, int, int, int, bool]:
    paid, fees = _of(told, "ClientsPaid", "edge", edge), _of(told, "FeePaid", "edge", edge)
    up_to = max((given["up_to_round"] for given in _of(told, "DeliveriesPosted", "edge", edge)), default=0)
    whole = len(paid) == len(_of(told, "Claimed", "edge", edge))
    claimed = _sum(paid, "rounds") if whole else MISSING
    bonded = bool(_of(told, "EdgeBonded", "edge", edge))
    return up_to, claimed, _sum(fees, "rounds"), _sum(paid, "extra_rounds"), bonded


def _book(told: Told, operator: str) -> tuple[int, int, bool]:
    committed, opened, chunks, returned = (
        _of(told, name, "operator", operator) for name in ("BookCommitted", "BookOpened", "ChunkOpened", "BookReturned")
    )
    return _sum(committed, "clients"), len(chunks) if len(opened) == bool(chunks) else MISSING, bool(returned)


def _sealed_book(told: Told, edge: int) -> tuple[int, bool, bool, bool]:
    committed, opened, returned = (
        _of(told, name, "edge", edge) for name in ("BookCommitted", "BookOpened", "BookReturned")
    )
    void = any(given["absent"] >> edge & 1 for given in told["MarketCleared"])
    return _sum(committed, "clients"), bool(opened), bool(returned), void
