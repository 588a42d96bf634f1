"""``cofund ROLE status``: what this account has done, what it can do next, until when, and what it can take out."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cofund.cli.connection import Address, rpc_options
from cofund.cli.role_session import output_options, terms_option
from cofund.cli.role_words import TokenUnit, left, next_lines, time_text, unit_of
from cofund.cli.settings import setting
from cofund.errors import AccountError, InputError

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat
    from cofund.settlement.ledger import Offer
    from cofund.settlement.state import BookAccount


def add_status(group: click.Group, role: str) -> None:
    """Give a role's group its ``status``."""

    @group.command("status")
    @click.argument("address", type=Address())
    @rpc_options
    @terms_option
    @click.option("--as", "account", type=Address(), help="Account to look at; not its key.")
    @click.option(
        "--account",
        "keystore",
        envvar="ETH_KEYSTORE_ACCOUNT",
        default=setting("account"),
        help="Keystore whose account to look at.",
    )
    @output_options
    def status(
        address: str,
        rpc_url: str,
        state: Path,
        terms: Path | None,
        account: str | None,
        keystore: str | None,
        as_json: bool,
        quiet: bool,
    ) -> None:
        """Say where the campaign at ADDRESS stands for you: done so far, next action, deadline, money to take out."""
        del quiet
        _status(role, address, rpc_url, state, terms, account or _address_of(keystore), as_json)


def _address_of(keystore: str | None) -> str:
    from cofund.chain.keys import address_in_keystore

    if keystore is None:
        raise AccountError("no account to look at: give --as ADDRESS or --account KEYSTORE")
    return address_in_keystore(keystore)


def _status(role: str, address: str, rpc_url: str, home: Path, terms: Path | None, account: str, as_json: bool) -> None:
    from cofund.chain.node import connect
    from cofund.roles.desk import visiting
    from cofund.roles.kept_terms import published_terms
    from cofund.roles.watching import observe

    desk = visiting(connect(rpc_url), address, home, account)
    seen, chain_id = observe(role, desk), desk.node.chain_id
    try:
        unit = unit_of(published_terms(seen.terms.digest, seen.initiator, terms, desk.place))
    except InputError:
        if terms is not None:
            raise
        unit = TokenUnit("", None)
    kept = _kept(role, desk.folder)
    if as_json:
        click.echo(json.dumps(_document(role, seen, chain_id, unit, kept), indent=2))
        return
    for line in _lines(role, seen, chain_id, unit, kept):
        click.echo(line)


def _document(role: str, seen: "Seat", chain_id: int, unit: TokenUnit, opening: Path | None) -> dict[str, Any]:
    from dataclasses import asdict

    from cofund.roles.next_actions import next_steps, over, waiting_for

    steps = [asdict(step) | {"lost_amount": str(step.lost_amount)} for step in next_steps(role, seen)]
    return {
        "role": role,
        "account": seen.account,
        "campaign": seen.campaign,
        "chain_id": chain_id,
        "now": seen.now,
        "phase": seen.phase,
        "until": seen.until,
        "token": {"unit": unit.symbol, "decimals": unit.decimals},
        "owner": _owner_document(seen),
        "offers": [_offer_document(offer, seen) for offer in seen.offers],
        "book": _book_document(seen),
        "edges": [_edge_document(edge, seen) for edge in seen.operated],
        "opening": None if opening is None else str(opening),
        "next": steps,
        "waiting_for": waiting_for(role, seen),
        "withdrawable": str(seen.withdrawable),
        "over": over(role, seen),
    }


def _owner_document(seen: "Seat") -> dict[str, Any] | None:
    owner = seen.owner
    if owner is None:
        return None
    return {
        "owed": str(owner.owed),
        "opened": owner.bid is not None,
        "bid": str(owner.bid or 0),
        "level": owner.level,
        "charge": str(owner.charge),
    }


def _offer_document(offer: "Offer", seen: "Seat") -> dict[str, Any]:
    return {
        "edge": offer.edge,
        "place": offer.place,
        "cost": str(offer.cost * seen.terms.tick),
        "wins": offer.winner,
        "paid_up_to_round": offer.paid_up_to,
    }


def _book_document(seen: "Seat") -> dict[str, Any] | None:
    books = seen.own_books
    if not books:
        return None
    clients = sum(book.clients for book in books)
    opened, returned = all(book.opened for book in books), all(book.returned for book in books)
    bond = str(clients * seen.terms.book_bond)
    return {"clients": clients, "opened": opened, "bond": bond, "bond_returned": returned}


def _kept(role: str, folder: Path) -> Path | None:
    """What of this role's must not be lost, if it is here."""
    from cofund.cli.role_backup import SECRETS

    path = folder / SECRETS[role].file if role in SECRETS else None
    return path if path is not None and path.exists() else None


def _edge_document(edge: int, seen: "Seat") -> dict[str, Any]:
    names = ("bonded", "winners", "up_to_round", "delivered", "claimed", "fee_rounds")
    fixed, counts = seen.terms.edges[edge], {name: getattr(seen.edges[edge], name) for name in names}
    return {"index": edge, "operator": fixed.operator, "fee": str(fixed.fee)} | counts


def _lines(role: str, seen: "Seat", chain_id: int, unit: TokenUnit, opening: Path | None) -> list[str]:
    until = seen.until
    end = f" until {time_text(until)} ({left(until - seen.now)})" if until is not None else ""
    lines = [
        f"{role} {seen.account}",
        f"campaign  {seen.campaign} on chain {chain_id} at {time_text(seen.now)}",
        f"phase     {seen.phase}{end}",
        *(f"you       {text}" for text in _done(role, seen, unit)),
    ]
    if opening is not None:
        lines.append(f"{'book' if role == 'edge' else 'opening':9} {opening}")
        if seen.phase == "commit" and not _is_sealed(role, seen):
            lines.append("          not on chain yet: run the same command again")
    elif _is_sealed(role, seen):
        what = "book     " if role == "edge" else "opening  "
        lines.append(f"{what} not here: without it nothing can be opened; cofund {role} restore FILE")
    return [*lines, *next_lines(role, seen, unit), f"withdraw  {unit.amount(seen.withdrawable)} now"]


def _is_sealed(role: str, seen: "Seat") -> bool:
    """Whether something of this role's is sealed on chain, and may still be opened."""
    from cofund.roles.duties import holds_book, sealed_bid

    sealed = {"owner": sealed_bid, "edge": holds_book}.get(role)
    return sealed is not None and sealed(seen) and seen.status == "open"


def _done(role: str, seen: "Seat", unit: TokenUnit) -> list[str]:
    """What the account has done in its role, a line each."""
    if role == "owner":
        return [_owner_line(seen, unit)]
    if role == "client":
        return _client_lines(seen, unit)
    if role == "edge":
        return _edge_lines(seen, unit) or ["operate no edge of this campaign"]
    return [_office_line(role, seen, unit)]


def _office_line(role: str, seen: "Seat", unit: TokenUnit) -> str:
    """Of a role that the terms give to one account."""
    named = seen.office(role)
    if named != seen.account:
        return f"are not the {role}: " + (f"that is {named}" if int(named, 16) else "there is none")
    if role == "sponsor":
        locked = seen.sponsor_locked
        return f"have locked {unit.amount(locked)}" if locked else "have nothing locked"
    if role == "coordinator":
        bonded = "posted" if seen.coordinator_bonded else "have not posted"
        return f"{bonded} your bond; {seen.rounds_done} of {seen.rounds} rounds recorded"
    return "created this campaign"


def _owner_line(seen: "Seat", unit: TokenUnit) -> str:
    owner = seen.owner
    if owner is None:
        return "have sealed no bid"
    if seen.status == "open":
        bid = "sealed a bid" if owner.bid is None else f"opened a bid of {unit.amount(owner.bid)}"
        return f"{bid}, with {unit.amount(owner.owed)} in escrow and a bond of {unit.amount(seen.terms.owner_bond)}"
    if owner.level:
        return f"bought {owner.level} rounds for {unit.amount(owner.charge)}, {seen.rounds_done} recorded so far"
    return "bought nothing" + (": the bid was never opened" if owner.bid is None else "")


def _client_lines(seen: "Seat", unit: TokenUnit) -> list[str]:
    if seen.terms.sealed and not seen.offers:
        return ["are in no book that this machine knows of: cofund client check keeps your place"]
    return [_client_line(offer, seen, unit) for offer in seen.offers] or [
        "are in no open book" + (" yet: check the place that your edge gave you" if seen.phase == "commit" else "")
    ]


def _client_line(offer: "Offer", seen: "Seat", unit: TokenUnit) -> str:
    text = f"are listed at edge {unit.edge(offer.edge)} for {unit.amount(offer.cost * seen.terms.tick)} a round"
    if seen.status in {"training", "closed"}:
        won = f"you train; paid up to round {offer.paid_up_to}" if offer.winner else "you do not train"
        text += f"; {won}"
    return text


def _edge_lines(seen: "Seat", unit: TokenUnit) -> list[str]:
    lines = [_book_line(book, seen, unit) for book in seen.own_books]
    for at in seen.operated:
        edge = seen.edges[at]
        bond = "" if edge.bonded or not seen.terms.edge_bond else ", no bond posted"
        signed = f"signed up to round {edge.up_to_round}: {edge.delivered} client-rounds, {edge.claimed} claimed"
        lines.append(f"operate edge {unit.edge(at)}{bond}; {edge.winners} clients train; {signed}")
    return lines


def _book_line(book: "BookAccount", seen: "Seat", unit: TokenUnit) -> str:
    bond = unit.amount(book.clients * seen.terms.book_bond)
    where = "lost: it was called absent" if book.void else "returned" if book.returned else "locked"
    at = "" if book.edge is None else f" at edge {unit.edge(book.edge)}"
    did = "opened" if book.opened else "sealed"
    return f"{did} a book of {book.clients} clients{at}; its bond of {bond} is {where}"
