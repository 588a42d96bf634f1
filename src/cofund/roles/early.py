"""What a role is told before it is too late: an opening is missing or wrong, a campaign can only be cancelled."""

from typing import TYPE_CHECKING

from cofund.errors import InputError
from cofund.market.term_forms import iso
from cofund.roles import duties, revealing
from cofund.roles.collecting import relayed_offers
from cofund.roles.next_actions import awaited
from cofund.roles.openings import kept_opening, opening_path

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat
    from cofund.roles.automatic import WatcherInputs
    from cofund.roles.desk import Desk

SHOWN = 4
"""How many clients are named."""


def warnings(role: str, desk: "Desk", seen: "Seat", means: "WatcherInputs") -> list[str]:
    """Lines about what is sealed still and may stay so, from the commit phase on."""
    if seen.phase in {"reveal", "settle"} and not seen.complete():
        return [f"waiting for {awaited(seen)}"] if seen.offer or seen.owner or seen.operated else []
    if seen.phase not in {"commit", "reveal"}:
        return []
    if role == "edge":
        return _of_relayed(desk, seen, means)
    sealed = {"owner": duties.sealed_bid, "client": duties.sealed_offer}.get(role)
    return _of_own(role, desk, seen) if sealed and sealed(seen) else []


def _of_own(role: str, desk: "Desk", seen: "Seat") -> list[str]:
    """Of the account's own seal."""
    try:
        kept = kept_opening(desk.folder, role)
        if kept is not None:
            revealing.require_own(desk, kept)
            return []
        trouble = f"{opening_path(desk.folder, role)}: not there"
    except InputError as error:
        trouble = str(error)
    bond, end = duties.bond("owner" if role == "owner" else "client")(seen), iso(seen.terms.reveal_end)
    what = "your bid" if role == "owner" else "your offer"
    lost = f"{what} cannot be opened, and its bond of {bond:,} base units is lost at {end}"
    return [f"{trouble}: {lost}, unless you bring its backup: cofund {role} restore FILE"]


def _of_relayed(desk: "Desk", seen: "Seat", means: "WatcherInputs") -> list[str]:
    """Of offers that the account's edges relayed, for which no opening has arrived."""
    relayed = seen.relayed or relayed_offers(desk.campaign, seen, desk.folder)
    sealed = [offer.client for offer in relayed if offer.cost is None]
    if not sealed:
        return []
    arrived = {each.opening.sender for _, each in revealing.loadable(means.arrived())[0]}
    missing = [client for client in sealed if client not in arrived]
    if not missing:
        return []
    named = ", ".join(missing[:SHOWN]) + (f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else "")
    where = f"in {means.openings}" if means.openings else "here (give --openings DIR)"
    bond, end = seen.terms.client_bond, iso(seen.terms.reveal_end)
    lost = f"each that nobody opens costs you a bond of {bond:,} base units at {end}"
    return [f"no opening {where} of offers that you relayed, of {named}: {lost}; ask for it (cofund client backup)"]
