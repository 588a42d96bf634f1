"""Money out: claims for delivered rounds, fees, bonds, credits. Anybody may call; money goes to whom it belongs."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cofund.campaign.delivery_rows import Claimable, Deliveries, load_deliveries, require_signed
from cofund.campaign.store import Store
from cofund.chain.contract import claim_arguments
from cofund.errors import InputError, Reverted
from cofund.roles.committing import operated
from cofund.roles.desk import Call, Desk, Work
from cofund.roles.duties import bonds_back, fee_waits
from cofund.roles.opened import Opened, opened
from cofund.roles.sealed_parts import claimable_of
from cofund.roles.store_evidence import fetched_deliveries

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat

CLAIM_GAS_UP: Final = 400_000, 60_000
"""Of a call, and of every client in it."""
VETO_GAS_UP: Final = 300_000
WITHDRAW_GAS_UP: Final = 700_000
BOND_GAS_UP: Final = 700_000


def veto(desk: Desk, seen: "Seat", number: int | None) -> tuple[int, Work]:
    """Refuse a round, the last one if None; which one.

    Raises:
        Reverted: if there is none.
    """
    which = number or seen.rounds_done
    if not which:
        raise Reverted("veto: no such round")
    return which, Work((desk.call("veto", "veto", which, gas_up=VETO_GAS_UP),))


def withdraw(desk: Desk, seen: "Seat") -> Work:
    """Take what the contract owes the account; no work if it owes nothing."""
    return Work(_withdrawal(desk) if seen.withdrawable else ())


def client_claim(desk: Desk, seen: "Seat", given: Path | None, store: str | None = None) -> Work:
    """Get paid for the rounds that the edge signed, and the extra of a closed campaign. No work if nothing is new.

    Args:
        desk: the client's, or anybody's who pays the gas.
        seen: now.
        given: the edge's rows, None for those in the store.
        store: URL, None for the one that was announced on chain.

    Raises:
        InputError: if the account won nothing, or is not in the file; or there is no such file.
        CheckFailed: if the file is not what the edge signed last.
    """
    places: dict[int, set[int]] = {}
    for offer in seen.offers:
        if offer.winner:
            places.setdefault(offer.edge, set()).add(offer.place)
    if not places:
        raise InputError(desk.account.address, "", "expected an account whose offer won in this campaign")
    files = [given] if given else [fetched_deliveries(desk, edge, store) for edge in sorted(places)]
    calls = list[Call]()
    for path in files:
        deliveries = signed_deliveries(desk, path)
        if deliveries.edge not in places:
            there = ", ".join(map(str, sorted(places)))
            raise InputError(str(path), "edge", f"expected {there}, where this account trains, got {deliveries.edge}")
        calls += _claims(desk, seen, opened(desk), deliveries, places[deliveries.edge].__contains__, store)
    return Work(tuple(calls))


def edge_claim(desk: Desk, seen: "Seat", files: tuple[Path, ...], store: str | None = None) -> Work:
    """Push the claims of the clients of the account's edges, then take fees, the bond of the book, and credit.

    Args:
        desk: the operator's.
        seen: now.
        files: published rows of those edges.
        store: URL, None for the one that was announced on chain.

    Raises:
        InputError: if a file is another edge's.
        CheckFailed: if a file is not what the edge signed last.
    """
    edges, calls = operated(seen), list[Call]()
    earning: set[int] = set()
    for path in files:
        deliveries = signed_deliveries(desk, path)
        if deliveries.edge not in edges:
            raise InputError(str(path), "edge", f"expected an edge that you operate, got {deliveries.edge}")
        found = opened(desk)
        calls += _claims(desk, seen, found, deliveries, lambda _: True, store)
        rows = enumerate(deliveries.bitmaps)
        if any(found.unpaid(deliveries.edge, place, bitmap) for place, bitmap in rows):
            earning |= set(seen.terms.path(deliveries.edge))
    calls += [
        desk.call("claim edge fee", "claim_edge_fee", edge, gas_up=WITHDRAW_GAS_UP)
        for edge in edges
        if fee_waits(edge, seen) or (seen.terms.edges[edge].fee and edge in earning)
    ]
    calls += _bonds(desk, seen)
    if seen.withdrawable:
        calls += _withdrawal(desk)
    return Work(tuple(calls))


def signed_deliveries(desk: Desk, path: Path) -> Deliveries:
    """An edge's rows, held against the root on chain."""
    deliveries = load_deliveries(path, desk.node.chain_id, desk.campaign.address)
    _, _, root = desk.campaign.view("edge", deliveries.edge)
    require_signed(deliveries, bytes(root), path)
    return deliveries


Claims = Callable[[Claimable, list[int]], tuple[Any, ...]]
"""Arguments of a claim for those of a part who are chosen by their number in it."""


def _claims(
    desk: Desk,
    seen: "Seat",
    found: Opened,
    deliveries: Deliveries,
    wanted: Callable[[int], bool],
    store: str | None,
) -> tuple[Call, ...]:
    """A call for every chunk in which somebody that is wanted has something to get.

    Raises:
        InputError, CheckFailed: books are sealed, and nobody told who won there.
    """
    edge, first, calls = deliveries.edge, 0, list[Call]()
    arguments: Claims | None = None
    for part in deliveries.claims():
        places = enumerate(part.bitmaps, start=first)
        chosen = [at - first for at, bitmap in places if wanted(at) and found.waits(edge, at, bitmap)]
        first += len(part.rows)
        if chosen:
            arguments = arguments or _claiming(desk, seen, found, edge, store)
            gas_up = CLAIM_GAS_UP[0] + CLAIM_GAS_UP[1] * len(chosen)
            calls.append(Call(desk.books(seen.terms), "claim", "claim", arguments(part, chosen), gas_up))
    return tuple(calls)


def _claiming(desk: Desk, seen: "Seat", found: Opened, edge: int, store: str | None) -> Claims:
    """What claims at an edge show of its book."""
    if seen.terms.sealed:
        shown = claimable_of(desk, seen, edge, None if store is None else Store(store))
        return lambda part, chosen: shown.claim(part.chunk, chosen, part.bitmaps, part.proof)
    book = found.books[seen.terms.edges[edge].operator]

    def of_open_book(part: Claimable, chosen: list[int]) -> tuple[Any, ...]:
        bits = sum(1 << at for at in chosen)
        return claim_arguments(book, edge, part.chunk, bits, part.bitmaps, part.proof)

    return of_open_book


def _bonds(desk: Desk, seen: "Seat") -> tuple[Call, ...]:
    """What gives the account's books' bonds back now."""
    books = desk.books(seen.terms)
    return tuple(Call(books, "return bond", "return_bond", (key,), BOND_GAS_UP) for key in bonds_back(seen))


def _withdrawal(desk: Desk) -> tuple[Call, ...]:
    return (desk.call("withdraw", "withdraw", [desk.account.address], gas_up=WITHDRAW_GAS_UP),)
