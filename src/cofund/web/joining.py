"""Why an account cannot join a campaign that takes bids and offers: what the contract would refuse, said before."""

from typing import Final

from cofund.web.shown import Shown

OPEN_TO_ALL: Final = ("owner", "client")
"""Roles that an account can still take in the commit phase."""


def invited(shown: Shown) -> list[str]:
    """Ids of the owners that alone may bid; empty if anybody may, or if only the contract knows them."""
    known = shown.campaign.published or shown.terms["quality"]  # both come with the weights
    listed = shown.terms["market"]["listed_owners"] and known
    return [party["id"] for party in shown.terms["owners"]] if listed else []


def closed_to(shown: Shown, role: str, account: str) -> str:
    """Why an account without a place cannot take this role, as a sentence; empty if it can."""
    if role != "owner":
        return ""  # anybody can sign an offer; whether an edge lists it, the edge says
    listed = invited(shown)
    accounts = {party["account"].lower() for party in shown.terms["owners"]}
    if listed and account.lower() not in accounts:
        return "Only owners that the terms name may bid, and this account is none of them."
    return ""  # with all places taken the least escrow gives way


def closed(shown: Shown, account: str) -> list[str]:
    """All that this account cannot join, as sentences."""
    if shown.campaign.phase != "commit":
        return []
    seat = shown.campaign.seat(account)
    taken = {"owner": seat.owner is not None, "client": bool(seat.offers)}
    found = [closed_to(shown, role, account) for role in OPEN_TO_ALL if not taken[role]]
    return [sentence for sentence in found if sentence]
