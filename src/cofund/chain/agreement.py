"""Do the events that a node tells fit what the contract says at the same block?

A backend that lags behind or has thrown old logs away answers with fewer of them, or none, and says no word about it.
The contract counts what it logs, so what is missing or forged is noticed.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from cofund.chain.terms_abi import told_head
from cofund.errors import NodeError

if TYPE_CHECKING:
    from cofund.chain.events import Index

E = TypeVar("E")

JUDGED: Final = "paid_out "
"""Whoever reads payments adds them up and says what is missing, so these alone do not keep the rest from being read."""
MISSING: Final = -10_000
"""Far from any number of rounds."""
READINGS: Final = 4
PAUSE_S: Final = 0.5  # doubled after every reading

COUNTED = {"BidCommitted": "owner_count", "OfferCommitted": "offer_count", "OfferRevealed": "revealed_count"}
"""The view that counts an event."""
VIEWS = (*COUNTED.values(), "rounds_done", "paid_out", "release_root", "halted", "status", "edge_count", "lost_bonds")
_ENDED = {2: ("Settled",), 4: ("Cancelled",), 8: ("Settled",), 16: ("Settled", "Closed")}
"""The events that made a status (``market.phases.STATUS``)."""


def disagreement(
    events: Iterable[tuple[str, dict[str, Any]]], views: Callable[[list[tuple[Any, ...]]], list[Any]]
) -> str:
    """What does not fit, in words; empty if everything does.

    Args:
        events: names and arguments, in order.
        views: values of views of the campaign at the block of the last event or later, each a name and arguments.
    """
    told = list(events)
    values = dict(zip(VIEWS, views([(name,) for name in VIEWS]), strict=True))
    edges = views([("edge", at) for at in range(values["edge_count"])])
    owners = views([("owner", at) for at in range(values["owner_count"])])
    expected = {name: values[name] for name in (*COUNTED.values(), "rounds_done", "paid_out")}
    expected |= {"bids opened": sum(owner[2] for owner, _ in owners)}
    expected |= {"models released": any(values["release_root"]), "halted": values["halted"]}
    expected |= {"status": _ENDED.get(values["status"], ())}
    expected |= {f"edge {at}, up to round": state[2] for at, (_, state, _) in enumerate(edges)}
    found = _from_events(told, len(edges))
    if "Closed" not in expected["status"] and (found["bonds lost"] or values["lost_bonds"]):
        (terms,) = views([("terms",)])
        expected |= {"bonds lost": values["lost_bonds"] // told_head(terms)["client_bond"]}
    return "; ".join(f"{name} {found[name]} != {right}" for name, right in expected.items() if found[name] != right)


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


def _from_events(told: list[tuple[str, dict[str, Any]]], edges: int) -> dict[str, Any]:
    """The same figures from events alone."""
    number = Counter(name for name, _ in told)
    done, paid, signed = 0, 0, dict.fromkeys(range(edges), 0)
    for name, given in told:
        if name == "RoundRecorded":  # one after the other, none left out
            done = given["round"] if given["round"] == done + 1 else MISSING
        elif name == "Vetoed" and given["carried"]:
            done = given["round"] - 1
        elif name == "Paid":
            paid += given["amount"]
        elif name == "DeliveriesPosted":
            signed[given["edge"]] = given["up_to_round"]
    ended = tuple(name for name in ("Settled", "Cancelled", "Closed") if number[name])
    return (
        {view: number[name] for name, view in COUNTED.items()}
        | {"bids opened": number["BidRevealed"], "rounds_done": done}
        | {"paid_out": paid, "status": ended}
        | {
            "bonds lost": number["BondLost"],
            "models released": number["ModelsReleased"] > 0,
            "halted": number["Halted"] > 0,
        }
        | {f"edge {at}, up to round": upto for at, upto in signed.items()}
    )
