"""Money out: claims for delivered rounds, fees, bonds, credits. Anybody may call; money goes to whom it belongs."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cofund.campaign.delivery_rows import Claimable, Deliveries, load_deliveries, require_signed
from cofund.chain.contract import Contract, claim_arguments
from cofund.errors import InputError, Reverted
from cofund.market.offer_book import OfferBook
from cofund.roles.committing import operated
from cofund.roles.desk import Call, Desk, Work
from cofund.roles.duties import bonds_back, fee_waits
from cofund.roles.opened import Opened, opened
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
        calls += _claims(desk, seen, opened(desk), deliveries, places[deliveries.edge].__contains__)
    return Work(tuple(calls))


def edge_claim(desk: Desk, seen: "Seat", files: tuple[Path, ...]) -> Work:
    """Push the claims of the clients of the account's edges, then take fees, the bond of the book, and credit.

    Args:
        desk: the operator's.
        seen: now.
        files: published rows of those edges.

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
        calls += _claims(desk, seen, found, deliveries, lambda _: True)
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


def _claims(
    desk: Desk, seen: "Seat", found: Opened, deliveries: Deliveries, wanted: Callable[[int], bool]
) -> tuple[Call, ...]:
    """A call for every chunk in which somebody that is wanted has something to get.

    Raises:
        Reverted: books are sealed, of which this program does not claim yet.
    """
    if seen.terms.sealed:
        raise Reverted("claim: of sealed books this program does not claim yet")
    book = found.books[seen.terms.edges[deliveries.edge].operator]
    edge, first, calls = deliveries.edge, 0, []
    for part in deliveries.claims():
        places = enumerate(part.bitmaps, start=first)
        chosen = [at - first for at, bitmap in places if wanted(at) and found.waits(edge, at, bitmap)]
        first += len(part.rows)
        if chosen:
            calls.append(_claim(desk.books(seen.terms), book, edge, part, chosen))
    return tuple(calls)


def _claim(books: Contract, book: OfferBook, edge: int, part: Claimable, chosen: list[int]) -> Call:
    """Pay those of a part who are chosen by their number in it."""
    bits = sum(1 << at for at in chosen)
    arguments = claim_arguments(book, edge, part.chunk, bits, part.bitmaps, part.proof)
    return Call(books, "claim", "claim", arguments, CLAIM_GAS_UP[0] + CLAIM_GAS_UP[1] * len(chosen))


def _bonds(desk: Desk, seen: "Seat") -> tuple[Call, ...]:
    """What gives the account's books' bonds back now."""
    books = desk.books(seen.terms)
    return tuple(Call(books, "return bond", "return_bond", (key,), BOND_GAS_UP) for key in bonds_back(seen))


def _withdrawal(desk: Desk) -> tuple[Call, ...]:
    return (desk.call("withdraw", "withdraw", [desk.account.address], gas_up=WITHDRAW_GAS_UP),)
