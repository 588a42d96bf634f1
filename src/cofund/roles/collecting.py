"""Money out: claims for delivered rounds, bonds, credits. Anybody may make these calls; money goes to whom it is."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cofund.campaign.delivery_rows import Deliveries, Row, load_deliveries, require_signed
from cofund.campaign.onchain import events_of, find_creation
from cofund.campaign.views import offers_at
from cofund.chain.contract import Contract
from cofund.errors import InputError, Reverted
from cofund.market.terms import MAX_BATCH
from cofund.roles.committing import operated
from cofund.roles.desk import Call, Desk, Work
from cofund.roles.duties import fee_waits, last_claim_waits
from cofund.roles.store_evidence import fetched_deliveries
from cofund.settlement.deadlines import Status

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat
    from cofund.settlement.ledger import Offer

CLAIM_GAS_UP: Final = 1_300_000, 170_000
"""Of a call, and of every client in it."""
VETO_GAS_UP: Final = 300_000
WITHDRAW_GAS_UP: Final = 700_000
BONDS_GAS_UP: Final = 1_300_000, 170_000


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
    """Get paid for the rounds that the edge signed; the last claim settles the bond. No work if nothing is new.

    Args:
        desk: the client's.
        seen: now.
        given: the edge's rows, None for those in the store.
        store: URL, None for the one that was announced on chain.

    Raises:
        InputError: if the account won nothing, or is not in the file; or there is no such file.
        CheckFailed: if the file is not what the edge signed last.
    """
    offer = seen.offer
    if offer is None or seen.position is None or not offer.winner:
        raise InputError(desk.account.address, "", "expected an account whose offer won in this campaign")
    path = given or fetched_deliveries(desk, offer.edge, store)
    deliveries = signed_deliveries(desk, path)
    if deliveries.edge != offer.edge:
        raise InputError(str(path), "edge", f"expected {offer.edge}, where this account trains, got {deliveries.edge}")
    row, proof = deliveries.proof(seen.position)
    if not _is_new(row, offer, seen):
        return Work(())
    arguments = (desk.account.address, row.bitmap, proof)
    return Work((desk.call("claim", "claim", *arguments, gas_up=sum(CLAIM_GAS_UP)),))


def client_bond(desk: Desk, seen: "Seat") -> Work:
    """Get the client's own bond back, and whatever else it is owed; no work if nothing is left.

    Raises:
        Reverted: if the bond is not due yet, or lost.
    """
    calls = _withdrawal(desk) if seen.withdrawable else ()
    offer = seen.offer
    if offer is None or not offer.bond_held or offer.poster is not None:
        return Work(calls)
    if seen.status == Status.OPEN:
        raise Reverted("bond: not settled yet")
    return Work((*_bonds(desk, [desk.account.address]), *calls))


def edge_claim(desk: Desk, seen: "Seat", files: tuple[Path, ...]) -> Work:
    """Push the claims of the clients of the account's edges, then take fees, bonds of relayed offers, and credit.

    Args:
        desk: the operator's.
        seen: now.
        files: published rows of those edges.

    Raises:
        InputError: if a file is another edge's.
        CheckFailed: if a file is not what the edge signed last.
    """
    edges, calls = operated(seen), list[Call]()
    pushed: set[int] = set()
    bonds = relayed_bonds(desk.campaign, seen, edges, desk.folder)
    for path in files:
        deliveries = signed_deliveries(desk, path)
        if deliveries.edge not in edges:
            raise InputError(str(path), "edge", f"expected an edge that you operate, got {deliveries.edge}")
        claims = _claims(desk, seen, deliveries)
        pushed |= {deliveries.edge} if claims else set()
        calls += claims
    calls += [
        desk.call("claim edge fee", "claim_edge_fee", edge, gas_up=WITHDRAW_GAS_UP)
        for edge in edges
        if fee_waits(edge, seen) or (seen.terms.edges[edge].fee and edge in pushed)
    ]
    calls += _bonds(desk, bonds)
    if seen.withdrawable or bonds or (pushed and seen.training_end):  # a last claim settles bonds
        calls += _withdrawal(desk)
    return Work(tuple(calls))


def signed_deliveries(desk: Desk, path: Path) -> Deliveries:
    """An edge's rows, held against the root on chain."""
    deliveries = load_deliveries(path, desk.node.chain_id, desk.campaign.address)
    _, _, root = desk.campaign.view("edge", deliveries.edge)
    require_signed(deliveries, bytes(root), path)
    return deliveries


def _claims(desk: Desk, seen: "Seat", deliveries: Deliveries) -> list[Call]:
    """A call for every batch of neighbours in which somebody has something to get."""
    calls = []
    for rows, proof in deliveries.batches():
        offers = offers_at(desk.at(seen), seen.terms, [row.client for row in rows])
        bitmaps = {row.client: row for row in rows}
        if any(_is_new(bitmaps[offer.client], offer, seen) for offer in offers.values()):
            arguments = (
                deliveries.edge,
                [row.client for row in rows],
                [row.bitmap for row in rows],
                proof,
            )
            gas_up = CLAIM_GAS_UP[0] + CLAIM_GAS_UP[1] * len(rows)
            calls.append(desk.call("claim many", "claim_many", *arguments, gas_up=gas_up))
    return calls


def _is_new(row: Row, offer: "Offer", seen: "Seat") -> bool:
    """Whether a claim with this row pays rounds or settles the bond."""
    return offer.winner and (last_claim_waits(offer, seen) or row.bitmap.bit_count() > offer.paid_rounds)


def relayed_offers(campaign: Contract, seen: "Seat", folder: Path) -> "tuple[Offer, ...]":
    """Offers that the account's edges relayed, in commit order.

    Args:
        campaign: the contract, whose events name all clients.
        seen: now.
        folder: for the index of events.
    """
    if not seen.operated:
        return ()
    events = events_of(campaign, find_creation(campaign.node, campaign.address, None, 0, folder), folder)
    committed = [str(event.arguments["client"]) for event in events if event.name == "OfferCommitted"]
    offers = offers_at(replace(campaign, block=seen.block), seen.terms, committed)
    return tuple(offer for offer in offers.values() if offer.poster in seen.operated)


def relayed_bonds(campaign: Contract, seen: "Seat", edges: tuple[int, ...], folder: Path) -> list[str]:
    """Clients whose bond one of the edges locked and gets back now without a claim."""
    if seen.status == Status.OPEN:
        return []
    relayed = seen.relayed or relayed_offers(campaign, seen, folder)
    return [offer.client for offer in relayed if offer.poster in edges and seen.returns_bond(offer)]


def _bonds(desk: Desk, clients: list[str]) -> tuple[Call, ...]:
    batches = [clients[start : start + MAX_BATCH] for start in range(0, len(clients), MAX_BATCH)]
    return tuple(
        desk.call("return bonds", "return_bonds", batch, gas_up=BONDS_GAS_UP[0] + BONDS_GAS_UP[1] * len(batch))
        for batch in batches
    )


def _withdrawal(desk: Desk) -> tuple[Call, ...]:
    return (desk.call("withdraw", "withdraw", [desk.account.address], gas_up=WITHDRAW_GAS_UP),)
