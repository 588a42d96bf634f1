"""Why an account cannot join a campaign that takes bids and offers: what the contract would refuse, said before."""

from typing import Final

from cofund.market.terms import MAX_OFFERS, MAX_OWNERS
from cofund.web.snapshot import Snapshot

OPEN_TO_ALL: Final = ("owner", "client")
"""Roles that an account can still take in the commit phase."""


def invited(snapshot: Snapshot) -> list[str]:
    """Ids of the owners that alone may bid; empty if anybody may, or if only the contract knows them."""
    known = snapshot.published or snapshot.terms["quality"]  # both come with the weights
    listed = snapshot.terms["market"]["listed_owners"] and known
    return [party["id"] for party in snapshot.terms["owners"]] if listed else []


def closed_to(snapshot: Snapshot, role: str, account: str) -> str:
    """Why an account without a place cannot take this role, as a sentence; empty if it can."""
    if role == "owner":
        listed = invited(snapshot)
        accounts = {party["account"].lower() for party in snapshot.terms["owners"]}
        if listed and account.lower() not in accounts:
            return "Only owners that the terms name may bid, and this account is none of them."
        return "All places for bids are taken." if snapshot.counts["owners"] >= MAX_OWNERS else ""
    if all(edge["admits"] for edge in snapshot.terms["edges"]):
        return (
            "Every edge takes only offers that it relays: sign yours for it with "
            f"cofund client offer {snapshot.address} --edge EDGE --cost COST --relay FILE."
        )
    return "All places for offers are taken." if snapshot.counts["offers"] >= MAX_OFFERS else ""


def closed(snapshot: Snapshot, account: str) -> list[str]:
    """All that this account cannot join, as sentences."""
    seats = snapshot.seats
    if snapshot.phase != "commit" or seats is None:
        return []
    seat = seats.of(account)
    taken = {"owner": seat.owner is not None, "client": seat.offer is not None}
    found = [closed_to(snapshot, role, account) for role in OPEN_TO_ALL if not taken[role]]
    return [sentence for sentence in found if sentence]
