"""The commit phase, role by role: what is sealed or locked, and the money that goes along."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cofund.campaign.release import encryption_key
from cofund.campaign.token import amounts_of
from cofund.errors import InputError, Reverted
from cofund.market.terms import MAX_BATCH
from cofund.roles.desk import Call, Desk, Work
from cofund.roles.openings import Sealed, keep, kept_opening, opening_path, seal_anew
from cofund.roles.paying import NO_PERMIT, accepted, allowance, funded, permit, require_balance
from cofund.roles.signed_offers import SignedOffer, load_signed_offer, sign_offer, write_signed_offer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cofund.campaign.seat import Seat

BID_GAS_UP: Final = 450_000
OFFER_GAS_UP: Final = 300_000
BOND_GAS_UP: Final = 300_000
RELAY_GAS_UP: Final = 200_000, 60_000
"""Of a batch, and of every offer in it."""


def bid(desk: Desk, seen: "Seat", value: int, escrow: int, backup: Path | None) -> Work:
    """Seal a bid and lock its escrow and bond; the same bid again is no work.

    Args:
        desk: the owner's.
        seen: now.
        value: base units, what the full model is worth to the owner.
        escrow: base units, at least the value: the opened bid may not exceed it.
        backup: folder for a second copy of the opening.

    Raises:
        InputError: if the escrow is below the value, or the account has sealed another bid.
        Reverted: if the commit phase is over, or only listed owners may bid.
    """
    if escrow < value:
        raise InputError("--escrow", "", "expected at least the value: a bid above its escrow cannot be opened")
    sealed = _sealed(desk, seen, "owner", value, 0)
    if seen.owner is not None:
        _require_on_chain(desk, sealed)
        return Work((), keep=lambda: keep(sealed, desk.folder, backup))
    require_commit_phase(seen)
    calls = _bid_calls(desk, seen, sealed, escrow)
    says = ("an escrow equal to the value tells everybody your bid: add to it",) if escrow == value else ()
    return Work(calls, says, lambda: keep(sealed, desk.folder, backup))


def _bid_calls(desk: Desk, seen: "Seat", sealed: Sealed, escrow: int) -> tuple[Call, ...]:
    """The bid: with a permit if its money is not allowed yet, after an allowance where the token has no such permit."""
    token, amount = desk.token(seen.terms.token), escrow + seen.terms.owner_bond
    key = encryption_key(sealed.encryption_secret)

    def commit(permitted: tuple[int, int, bytes, bytes]) -> Call:
        arguments = (sealed.commitment, escrow, key, *permitted)
        return desk.call("commit bid", "commit_bid", *arguments, gas_up=BID_GAS_UP)

    require_balance(desk, token, amount)
    if accepted(desk, commit(NO_PERMIT)):  # before a permit is signed
        return (commit(NO_PERMIT),)
    signed = permit(desk, token, amount, seen.terms.commit_end)
    if signed and accepted(desk, commit(signed)):
        return (commit(signed),)
    return (*allowance(desk, token, amount), commit(NO_PERMIT))


def offer(desk: Desk, seen: "Seat", edge: int, cost: int, backup: Path | None) -> tuple[Sealed, Work]:
    """Seal an offer and lock its bond; the same offer again is no work.

    Args:
        desk: the client's.
        seen: now.
        edge: index of the edge where the client wants to train.
        cost: ticks per round.
        backup: folder for a second copy of the opening.

    Raises:
        InputError: if the account has sealed another offer.
        Reverted: if the commit phase is over.
        CheckFailed: if the contract is not what was published.
    """
    sealed = _sealed(desk, seen, "client", cost, edge)
    if seen.offer is not None:
        _require_on_chain(desk, sealed)
        return sealed, Work((), keep=lambda: keep(sealed, desk.folder, backup))
    require_commit_phase(seen)
    desk.require_checked()  # also of what an edge will relay, and pay for
    call = desk.call("commit offer", "commit_offer", sealed.commitment, gas_up=OFFER_GAS_UP)
    hopeless = cost * seen.terms.tick > seen.terms.ceiling
    says = ("this cost is above the ceiling: the offer cannot win",) if hopeless else ()
    return sealed, Work((call,), says, lambda: keep(sealed, desk.folder, backup))


def to_relay(desk: Desk, sealed: Sealed, work: Work, out: Path) -> Work:
    """Instead of sending an offer, sign it into a file for its edge to relay, once its opening is kept."""

    def write() -> list[Path]:
        kept = work.keep()
        write_signed_offer(sign_offer(sealed, desk.account), out)
        return kept

    return Work((), work.says, write)


def with_client_bond(desk: Desk, seen: "Seat", work: Work) -> Work:
    """The work with an allowance for one client's bond before it, if there is anything to send."""
    if not work.calls:
        return work
    calls = funded(desk, desk.token(seen.terms.token), seen.terms.client_bond, work.calls)
    return Work(calls, work.says, work.keep)


def signed_offers(desk: Desk, seen: "Seat", files: "Sequence[Path]") -> list[SignedOffer]:
    """What clients handed over for the account's edges to relay.

    Raises:
        InputError: if a file is none, or for another campaign or edge.
        CheckFailed: if a signature is not the client's.
    """
    mine = set(operated(seen))
    return [load_signed_offer(path, desk.node.chain_id, desk.campaign.address, mine) for path in files]


def relay(desk: Desk, seen: "Seat", offers: "Sequence[SignedOffer]") -> Work:
    """Bring clients' signed offers in batches and lock their bonds; offers that are there by now are passed over."""
    new = [each for each in dict.fromkeys(offers) if not has_offer(desk, each.client)]
    if not new:
        return Work(())
    require_commit_phase(seen)
    calls = []
    for edge in sorted({each.edge for each in new}):
        mine = [each for each in new if each.edge == edge]
        for start in range(0, len(mine), MAX_BATCH):
            batch = mine[start : start + MAX_BATCH]
            gas_up = RELAY_GAS_UP[0] + RELAY_GAS_UP[1] * len(batch)
            arguments = [each.argument() for each in batch]
            calls.append(desk.call("relay offers", "relay_offers", edge, arguments, gas_up=gas_up))
    return Work(funded(desk, desk.token(seen.terms.token), len(new) * seen.terms.client_bond, calls))


def has_offer(desk: Desk, client: str) -> bool:
    """Whether a client has sealed an offer by now."""
    try:
        desk.campaign.view("offer", client)
    except Reverted:
        return False
    return True


def operated(seen: "Seat") -> tuple[int, ...]:
    """Indices of the edges that the account operates.

    Raises:
        InputError: if there are none.
    """
    if not seen.operated:
        raise InputError(seen.account, "", "expected the operator of an edge of this campaign")
    return seen.operated


def edge_index(document: "Mapping[str, Any]", name: str) -> int:
    """Index of an edge that the terms call ``name``.

    Raises:
        InputError: with the edges that there are.
    """
    names = [str(edge["id"]) for edge in document["edges"]]
    if name not in names:
        raise InputError("--edge", "", f"expected one of {', '.join(names)}, got {name!a}")
    return names.index(name)


def edge_bonds(desk: Desk, seen: "Seat") -> Work:
    """Lock the bonds of the account's edges that have none yet."""
    wanted = [edge for edge in operated(seen) if not seen.edges[edge].bonded]
    calls = [desk.call("post edge bond", "post_edge_bond", edge, gas_up=BOND_GAS_UP) for edge in wanted]
    return _locked(desk, seen, calls, seen.terms.edge_bond)


def coordinator_bond(desk: Desk, seen: "Seat") -> Work:
    """Lock the coordinator's bond, if it is not there yet."""
    calls = [desk.call("post coordinator bond", "post_coordinator_bond", gas_up=BOND_GAS_UP)]
    done = seen.coordinator_bonded
    return _locked(desk, seen, [] if done else calls, seen.terms.coordinator_bond)


def sponsorship(desk: Desk, seen: "Seat", amount: int) -> Work:
    """Lock what the sponsor promised, ``amount`` base units, if it is not there yet."""
    calls = [desk.call("lock sponsorship", "lock_sponsorship", gas_up=BOND_GAS_UP)]
    return _locked(desk, seen, [] if seen.sponsor_locked else calls, amount)


def require_commit_phase(seen: "Seat") -> None:
    """Refuse what the contract would refuse, before an allowance is paid for.

    Raises:
        Reverted: in the contract's words.
    """
    if seen.phase != "commit":
        raise Reverted("commit: the phase is over")


def _locked(desk: Desk, seen: "Seat", calls: list[Call], amount: int) -> Work:
    """Calls that each lock ``amount``, with an allowance for all of them."""
    if not calls:
        return Work(())
    require_commit_phase(seen)
    return Work(funded(desk, desk.token(seen.terms.token), len(calls) * amount, calls))


def _sealed(desk: Desk, seen: "Seat", role: str, amount: int, edge: int) -> Sealed:
    """What this account has sealed here already, or a new seal.

    Raises:
        InputError: if it has sealed something else.
    """
    kept = kept_opening(desk.folder, role)
    if kept is None:
        return seal_anew(role, desk.node.chain_id, desk.campaign.address, desk.account.address, amount, edge)
    if (kept.opening.amount, kept.opening.edge) != (amount, edge):
        there = f" at edge {kept.opening.edge}" if role == "client" else ""
        units = kept.opening.amount * (seen.terms.tick if role == "client" else 1)
        sum_ = amounts_of(desk.token(seen.terms.token))(units)
        expected = (
            f"holds another {'bid' if role == 'owner' else 'offer'}, of {sum_}{there}; a commitment cannot be changed. "
            "Move the file away only if that one was never sent"
        )
        raise InputError(str(opening_path(desk.folder, role)), "", expected)
    return kept


def _require_on_chain(desk: Desk, sealed: Sealed) -> None:
    """Refuse to take a fresh seal for the one that the chain has."""
    if kept_opening(desk.folder, sealed.role) != sealed:
        raise InputError(
            str(opening_path(desk.folder, sealed.role)),
            "",
            "not there, but this account has sealed already: restore the backup of its opening",
        )
