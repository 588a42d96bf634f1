"""The reveal phase: own openings, and those that others handed over, each held against the seal on chain first."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cofund.campaign.release import encryption_key
from cofund.chain.contract import opening_arguments
from cofund.errors import InputError, Reverted
from cofund.market.terms import MAX_BATCH
from cofund.roles.desk import Call, Desk, Work
from cofund.roles.duties import sealed_bid, sealed_offer
from cofund.roles.next_actions import awaited
from cofund.roles.openings import Sealed, checksummed, kept_opening, load_opening, opening_path
from cofund.roles.store_evidence import events

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat
    from cofund.market.sealing import Opening

REVEAL_GAS_UP: Final = 150_000, 60_000
"""Of a batch, and of every opening in it."""
LONGEST: Final = 100_000
"""Bytes of an opening that somebody hands over; it has a few hundred."""
LOST_BITS: Final = 32
"""Of an offer's commitment, which the contract does not keep."""


def own(desk: Desk, seen: "Seat", role: str) -> Work:
    """Open this account's bid or offer; no work if it is open already.

    Raises:
        InputError: if the account sealed none, its opening is not here, or it is another seal's.
        Reverted: if it is not the reveal phase, or the campaign can only be cancelled.
    """
    mine = {"owner": seen.owner, "client": seen.offer}[role]
    if mine is None:
        what = "a bid" if role == "owner" else "an offer"
        raise InputError(desk.account.address, "", f"expected an account that has sealed {what} in this campaign")
    if not (sealed_bid if role == "owner" else sealed_offer)(seen):
        return Work(())
    kept = kept_opening(desk.folder, role)
    if kept is None:
        raise InputError(str(opening_path(desk.folder, role)), "", f"not there: {_restore(role)}")
    kept = require_own(desk, kept)
    require_reveal_phase(seen)
    function = "reveal_bids" if role == "owner" else "reveal_offers"
    note, gas_up = f"reveal {'bid' if role == 'owner' else 'offer'}", sum(REVEAL_GAS_UP)
    return Work((desk.call(note, function, opening_arguments([kept.opening]), gas_up=gas_up),))


def require_own(desk: Desk, kept: Sealed) -> Sealed:
    """The account's opening as calls take it; refuse one that does not open what this account has sealed.

    Of an offer the chain has the seal; of a bid it shows the key that was sealed along with it.

    Raises:
        InputError: naming the file.
    """
    path, kept = str(opening_path(desk.folder, kept.role)), checksummed(kept)
    require_place(desk, kept, path)
    if kept.opening.sender != desk.account.address:
        raise InputError(path, "account", f"expected {desk.account.address}, got {kept.opening.sender}")
    if kept.role == "client":
        require_seal(desk, kept, path)
        return kept
    mine = [event.arguments for event in events(desk) if event.name == "BidCommitted"]
    keys = [bytes(bid["encryption_key"]) for bid in mine if bid["owner"] == desk.account.address]
    if keys and encryption_key(kept.encryption_secret) not in keys:
        raise InputError(path, "", f"opens another bid than the one that this account sealed: {_restore('owner')}")
    return kept


def require_place(desk: Desk, sealed: Sealed, path: str) -> None:
    """Refuse an opening of another campaign or chain."""
    if (sealed.chain_id, sealed.campaign) != (desk.node.chain_id, desk.campaign.address):
        there = f"expected an opening of {desk.campaign.address} on chain {desk.node.chain_id}"
        raise InputError(path, "campaign", f"{there}, got {sealed.campaign} on chain {sealed.chain_id}")


def require_seal(desk: Desk, sealed: Sealed, path: str) -> int | None:
    """Position of the offer that an opening opens; None if it is open by now.

    Raises:
        InputError: the account sealed no offer, or another one.
    """
    try:
        (position, _, opened, _, kept, *_), _, _ = desk.campaign.view("offer", sealed.opening.sender)
    except Reverted as error:
        there = f"expected a client of this campaign; {sealed.opening.sender} has sealed no offer"
        raise InputError(path, "account", there) from error
    if opened:
        return None
    if int.from_bytes(sealed.commitment) >> LOST_BITS != kept:
        raise InputError(path, "", f"does not open what {sealed.opening.sender} has sealed on chain")
    return int(position)


def handed_over(desk: Desk, seen: "Seat", paths: Sequence[Path]) -> Work:
    """Open offers of others in commit order, which is cheapest; those that are open by now are passed over.

    So are files that open nothing here, which the work names.

    Raises:
        InputError: if there is such a file, and nothing to open.
    """
    loaded, refused = loadable(paths)
    found, misfits = _fitting(desk, [(str(path), sealed) for path, sealed in loaded])
    calls, reverted = _calls(desk, seen, found)
    bad = [*refused, *misfits, *reverted]
    if bad and not calls:
        raise bad[0]
    return Work(calls, tuple(f"{error}; passed over" for error in bad))


def loadable(paths: Sequence[Path]) -> tuple[list[tuple[Path, Sealed]], list[InputError]]:
    """Openings of offers in files, and what is wrong with the others."""
    loaded, refused = [], []
    for path in paths:
        try:
            _require_short(path)
            loaded.append((path, checksummed(load_opening(path, "client"))))
        except InputError as error:
            refused.append(error)
    return loaded, refused


def _require_short(path: Path) -> None:
    """Refuse what would be read for long, or for ever: others put files where a watcher looks."""
    if path.exists() and not path.is_dir() and not (path.is_file() and path.stat().st_size <= LONGEST):
        raise InputError(str(path), "", f"expected a file of at most {LONGEST:,} bytes")


def require_reveal_phase(seen: "Seat") -> None:
    """Refuse what the contract would refuse.

    Raises:
        Reverted: in the contract's words, or because nothing will ever be opened here.
    """
    if seen.phase != "reveal":
        raise Reverted("reveal: not the reveal phase")
    if not seen.complete():
        raise Reverted(f"reveal: nothing can be opened; waiting for {awaited(seen)}")


def _restore(role: str) -> str:
    return f"restore it from its backup (cofund {role} restore)"


Places = dict[int, tuple[str, "Opening"]]
"""By position in commit order: where an opening came from, and itself."""


def _fitting(desk: Desk, openings: Sequence[tuple[str, Sealed]]) -> tuple[Places, list[InputError]]:
    """Openings that fit a seal which is not open yet, and what is wrong with the others."""
    found: Places = {}
    refused = []
    for name, sealed in openings:
        try:
            require_place(desk, sealed, name)
            position = require_seal(desk, sealed, name)
        except InputError as error:
            refused.append(error)
        else:
            if position is not None:
                found[position] = name, sealed.opening
    return found, refused


def _calls(desk: Desk, seen: "Seat", found: Places) -> tuple[tuple[Call, ...], list[InputError]]:
    """Batches of openings in commit order, without those that the contract refuses, such as at an edge that admits."""
    if not found:
        return (), []
    require_reveal_phase(seen)
    calls: list[Call] = []
    refused: list[InputError] = []
    ordered = [found[position] for position in sorted(found)]
    for start in range(0, len(ordered), MAX_BATCH):
        batch, bad = _accepted(desk, ordered[start : start + MAX_BATCH])
        calls += [_call(desk, [opening for _, opening in batch])] if batch else []
        refused += bad
    return tuple(calls), refused


def _accepted(desk: Desk, batch: list[tuple[str, "Opening"]]) -> "tuple[list[tuple[str, Opening]], list[InputError]]":
    if _refusal(desk, [opening for _, opening in batch]) is None:
        return batch, []
    answers = [(name, opening, _refusal(desk, [opening])) for name, opening in batch]
    good = [(name, opening) for name, opening, refusal in answers if refusal is None]
    return good, [InputError(name, "", refusal) for name, _, refusal in answers if refusal is not None]


def _refusal(desk: Desk, openings: "list[Opening]") -> str | None:
    """Why the contract would refuse to open these now; None if it would not."""
    call = _call(desk, openings)
    try:
        desk.node.call(call.contract.address, call.data, desk.account.address)
    except Reverted as error:
        return str(error)
    return None


def _call(desk: Desk, openings: "list[Opening]") -> Call:
    gas_up = REVEAL_GAS_UP[0] + REVEAL_GAS_UP[1] * len(openings)
    return desk.call("reveal offers", "reveal_offers", opening_arguments(openings), gas_up=gas_up)
