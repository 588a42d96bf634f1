"""The commit phase, role by role: what is sealed or locked, and the money that goes along."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cofund.campaign.release import encryption_key
from cofund.campaign.token import amounts_of
from cofund.errors import InputError, Reverted
from cofund.roles.desk import Call, Desk, Work
from cofund.roles.edge_book import KeptBook, keep_book
from cofund.roles.openings import Sealed, keep, kept_opening, opening_path, seal_anew
from cofund.roles.paying import NO_PERMIT, accepted, allowance, funded, permit, require_balance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cofund.campaign.seat import Seat

BID_GAS_UP: Final = 450_000
BOND_GAS_UP: Final = 300_000
BOOK_GAS_UP: Final = 300_000


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
    sealed = _sealed(desk, seen, value)
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


def book(desk: Desk, seen: "Seat", bound: KeptBook, backup: Path | None) -> Work:
    """Commit an operator's book, or the books of its edges if they stay sealed, and lock their bonds.

    Args:
        desk: the operator's.
        seen: now.
        bound: what it lists; it is on disk before anything is sent.
        backup: folder for a second copy.

    Raises:
        InputError: another book is kept here.
        Reverted: if the commit phase is over.
    """
    new = [row for row in bound.commitments if not committed(desk, seen, row[0])]
    if not new:
        return Work((), keep=lambda: keep_book(bound, desk.folder, backup))
    require_commit_phase(seen)
    books, token = desk.books(seen.terms), desk.token(seen.terms.token)
    calls = [Call(books, "commit book", "commit_book", row, BOOK_GAS_UP) for row in new]
    bonds = sum(clients for _, _, clients in new) * seen.terms.book_bond
    return Work(funded(desk, token, bonds, calls), keep=lambda: keep_book(bound, desk.folder, backup))


def committed(desk: Desk, seen: "Seat", edge: int) -> bool:
    """Whether the chain has a book of an edge, or of its operator."""
    key = edge if seen.terms.sealed else seen.terms.edges[edge].operator
    clients, *_ = desk.books(seen.terms).view("book", key)
    return bool(clients)


def operated(seen: "Seat") -> tuple[int, ...]:
    """Indices of the edges that the account operates.

    Raises:
        InputError: if there are none.
    """
    if not seen.operated:
        raise InputError(seen.account, "", "expected the operator of an edge of this campaign")
    return seen.operated


def edge_index(document: "Mapping[str, Any]", name: str, option: str = "--edge") -> int:
    """Index of an edge that the terms call ``name``, as an option says.

    Raises:
        InputError: with the edges that there are.
    """
    names = [str(edge["id"]) for edge in document["edges"]]
    if name not in names:
        raise InputError(option, "", f"expected one of {', '.join(names)}, got {name!a}")
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


def _sealed(desk: Desk, seen: "Seat", amount: int) -> Sealed:
    """What this account has sealed here already, or a new seal.

    Raises:
        InputError: if it has sealed something else.
    """
    kept = kept_opening(desk.folder)
    if kept is None:
        return seal_anew(desk.node.chain_id, desk.campaign.address, desk.account.address, amount)
    if kept.opening.amount != amount:
        sum_ = amounts_of(desk.token(seen.terms.token))(kept.opening.amount)
        expected = (
            f"holds another bid, of {sum_}; a commitment cannot be changed. "
            "Move the file away only if that one was never sent"
        )
        raise InputError(str(opening_path(desk.folder)), "", expected)
    return kept


def _require_on_chain(desk: Desk, sealed: Sealed) -> None:
    """Refuse to take a fresh seal for the one that the chain has."""
    if kept_opening(desk.folder) != sealed:
        raise InputError(
            str(opening_path(desk.folder)),
            "",
            "not there, but this account has sealed already: restore the backup of its opening",
        )
