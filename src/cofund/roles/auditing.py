"""Sealed books handed over in confidence, held against what a campaign committed, settled and paid.

An auditor sees what nobody else does: every cost, and with whole books every name. What agrees and what does not is
said in a sentence each, and no sentence tells a cost.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cofund.campaign.sealed_files import require_quotes
from cofund.chain.accounts import ContractAsked, is_by
from cofund.errors import CheckFailed, InputError
from cofund.market.offer_book import ListedOffer
from cofund.roles.sealed_parts import HandedBook, files_in, handed_in

if TYPE_CHECKING:
    from cofund.campaign.campaign import Campaign
    from cofund.settlement.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Audited:
    """A sentence, and whether it agrees; None if nothing could be compared."""

    agrees: bool | None
    says: str


def handed_books(paths: Iterable[Path], chain_id: int, campaign: str) -> list[HandedBook]:
    """The books in files, or in all files of folders.

    Raises:
        InputError: naming the first file that is none of this campaign.
    """
    found = [handed for path in files_in(paths) for handed in handed_in(path, chain_id, campaign)]
    if not found:
        raise InputError("BOOKS", "", "expected a book, or what an operator shows of one, found none")
    return found


def audit(campaign: "Campaign", books: Iterable[HandedBook], asked: ContractAsked | None = None) -> list[Audited]:
    """Hold books against a campaign, read from its chain or its record.

    Args:
        campaign: whose books stay sealed.
        books: that were handed over.
        asked: asks clients that are contracts for their signatures; None if there is no node.

    Raises:
        InputError: its books are open.
    """
    ledger = campaign.ledger
    if not ledger.terms.sealed:
        words = "expected a campaign whose books stay sealed: open ones `cofund verify` clears again"
        raise InputError(ledger.address, "", words)
    right: dict[int, HandedBook] = {}
    found = []
    for handed in books:
        wrong = _fault(ledger, handed)
        if wrong is None:
            right[handed.book.edge] = handed
        found.append(Audited(wrong is None, wrong or _held(ledger, handed)))
        found += _offers(ledger, handed, asked) if wrong is None else []
    return [*found, *_market(ledger, right), *_paid(ledger, right)]


def _name(ledger: "Ledger", edge: int) -> str:
    return f"edge {ledger.terms.edges[edge].id}"


def _fault(ledger: "Ledger", handed: HandedBook) -> str | None:
    """What is wrong with a book, in a sentence."""
    edge, account = handed.book.edge, ledger.sealed_books.get(handed.book.edge)
    if account is None:
        known = _name(ledger, edge) if edge < len(ledger.edges) else f"edge {edge}"
        return f"{handed.where}: {known} has committed no book"
    operator = ledger.terms.edges[edge].operator
    if handed.whole is not None and handed.whole.operator != operator:
        return (
            f"{handed.where}: says that {handed.whole.operator} operates {_name(ledger, edge)}, which {operator} does"
        )
    try:
        require_quotes(handed.book, ledger.chain_id, ledger.address, account.commitment, handed.where)
    except CheckFailed as error:
        return str(error)
    return None


def _held(ledger: "Ledger", handed: HandedBook) -> str:
    clients, edge = len(handed.book.clients), handed.book.edge
    void = "; nobody showed it in time, so it took no part" if ledger.sealed_books[edge].void else ""
    return f"{handed.where}: the book that {_name(ledger, edge)} committed, {clients} clients, in order{void}"


def _offers(ledger: "Ledger", handed: HandedBook, asked: ContractAsked | None) -> Iterator[Audited]:
    """Whether clients have signed what is listed of them."""
    if handed.whole is None:
        yield Audited(None, f"{handed.where}: no names in it, so nobody's consent can be checked")
        return
    offers = handed.whole.at(handed.book.edge)
    here = ledger.chain_id, ledger.address  # what somebody signed for another campaign is no consent to this one
    agreed = (
        (one.chain_id, one.campaign) == here and is_by(one.client, one.message, one.signature, asked) for one in offers
    )
    without = [one.client for one, agrees in zip(offers, agreed, strict=True) if not agrees]
    if without:
        yield Audited(False, f"{handed.where}: not signed by its client: {', '.join(without)}")
    else:
        yield Audited(True, f"{handed.where}: all {len(offers)} offers are as their clients signed them")


def _market(ledger: "Ledger", right: dict[int, HandedBook]) -> Iterator[Audited]:
    """Whether clearing these books gives the winners and prices that were settled."""
    void = {edge for edge, book in ledger.sealed_books.items() if book.void}
    missing = sorted(ledger.sealed_books.keys() - right.keys() - void)
    if missing:
        names = ", ".join(_name(ledger, edge) for edge in missing)
        yield Audited(None, f"market: not cleared again, for the books of {names} are not here, or are others")
        return
    copy = ledger.copy()
    for edge, handed in right.items():
        listed = tuple(ListedOffer("", cost) for cost in handed.book.asked)
        copy.sealed_books[edge] = replace(copy.sealed_books[edge], known=listed)
    results = copy.right_results(void)
    settled = tuple((edge.winners, edge.price) for edge in ledger.edges)
    if not ledger.is_settled() or results is None:
        yield Audited(None, "market: not settled, so there is nothing to compare")
        return
    wrong = [at for at, (one, other) in enumerate(zip(results, settled, strict=True)) if one != other]
    winners = sum(won for won, _ in settled)
    if wrong:
        names = ", ".join(_name(ledger, edge) for edge in wrong)
        yield Audited(False, f"market: cleared again from these books, winners or price are others at {names}")
    else:
        same = f"the {winners} winners and all prices are those settled"
        yield Audited(True, f"market: cleared again from these books, {same}")


def _paid(ledger: "Ledger", right: dict[int, HandedBook]) -> Iterator[Audited]:
    """Whether whoever was paid is who the book lists at that place."""
    named = [offer for offer in ledger.offers if offer.winner and offer.client]
    whole = {edge: handed.whole.at(edge) for edge, handed in right.items() if handed.whole is not None}
    known = [offer for offer in named if offer.edge in whole]
    wrong = [offer for offer in known if whole[offer.edge][offer.place].client != offer.client]
    if wrong:
        yield Audited(False, f"payments: {wrong[0].client} was paid and is not listed where it was paid")
    elif known:
        yield Audited(True, f"payments: the {len(known)} clients paid are those listed at their places")
    else:
        yield Audited(None, "payments: no names were handed over of anybody who was paid")
