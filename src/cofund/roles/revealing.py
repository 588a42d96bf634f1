"""The reveal phase: own openings, and those that others handed over."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cofund.chain.contract import opening_arguments
from cofund.errors import InputError, Reverted
from cofund.market.terms import MAX_BATCH
from cofund.roles.desk import Desk, Work
from cofund.roles.openings import Sealed, kept_opening, opening_path

if TYPE_CHECKING:
    from cofund.market.sealing import Opening
    from cofund.roles.snapshot import Snapshot

REVEAL_GAS_UP: Final = 150_000, 60_000
"""Of a batch, and of every opening in it."""


def own(desk: Desk, seen: "Snapshot", role: str) -> Work:
    """Open this account's bid or offer; no work if it is open already.

    Raises:
        InputError: if the account sealed none, or its opening is not here.
        Reverted: if it is not the reveal phase, or the coordinator's bond or the sponsor's money is missing.
    """
    seat = seen.owner if role == "owner" else seen.offer
    if seat is None:
        what = "a bid" if role == "owner" else "an offer"
        raise InputError(desk.account.address, "", f"expected an account that has sealed {what} in this campaign")
    if seat.opened:
        return Work(())
    kept = kept_opening(desk.folder, role)
    if kept is None:
        expected = f"not there: restore it from its backup (cofund {role} restore)"
        raise InputError(str(opening_path(desk.folder, role)), "", expected)
    require_reveal_phase(seen)
    function = "reveal_bids" if role == "owner" else "reveal_offers"
    note, gas_up = f"reveal {'bid' if role == 'owner' else 'offer'}", sum(REVEAL_GAS_UP)
    return Work((desk.call(note, function, opening_arguments([kept.opening]), gas_up=gas_up),))


def handed_over(desk: Desk, seen: "Snapshot", openings: Sequence[Sealed]) -> Work:
    """Open offers of others in commit order, which is cheapest; those that are open by now are passed over."""
    sealed: list[tuple[int, Opening]] = []
    for each in openings:
        if (each.chain_id, each.campaign) != (desk.node.chain_id, desk.campaign.address):
            raise InputError(each.opening.sender, "", "expected an opening of this campaign on this chain")
        (position, _, opened, *_), _, _ = desk.campaign.view("offer", each.opening.sender)
        if not opened:
            sealed.append((position, each.opening))
    if not sealed:
        return Work(())
    require_reveal_phase(seen)
    ordered = [opening for _, opening in sorted(sealed, key=lambda pair: pair[0])]
    calls = []
    for start in range(0, len(ordered), MAX_BATCH):
        batch = ordered[start : start + MAX_BATCH]
        gas_up = REVEAL_GAS_UP[0] + REVEAL_GAS_UP[1] * len(batch)
        calls.append(desk.call("reveal offers", "reveal_offers", opening_arguments(batch), gas_up=gas_up))
    return Work(tuple(calls))


def require_reveal_phase(seen: "Snapshot") -> None:
    """Refuse what the contract would refuse.

    Raises:
        Reverted: in the contract's words.
    """
    if seen.standing.phase != "reveal":
        raise Reverted("reveal: not the reveal phase")
    if not seen.standing.roles_are_taken:
        missing = "sponsor locked nothing" if seen.standing.coordinator_bonded else "coordinator posted no bond"
        raise Reverted(f"reveal: the {missing}")
