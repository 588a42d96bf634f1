"""Every figure that the contracts and the books both have, by name: asked of the contracts, held against the books."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from cofund.campaign.sealed_events import bits_of
from cofund.chain.contract import View, both_views
from cofund.errors import CheckFailed
from cofund.market.phases import STATUS
from cofund.market.terms import NOBODY
from cofund.settlement.ledger import Ledger, Offer

if TYPE_CHECKING:
    from cofund.chain.contract import Contract

Asking = Callable[[Sequence[View]], list[Any]]
"""Gives what many views of one campaign and its books tell at one block."""
WHOLE: Final = ("coordinator_bonded", "sponsor_locked", "round_cost", "true_cost", "extra", "lost_bonds")
"""Views of the campaign as a whole that the books have by the same names."""
EDGE_TERMS: Final = 5
"""Values of an edge's terms, after which its view tells its state."""


def figures_of(ledger: Ledger, accounts: Collection[str]) -> Iterator[tuple[str, View, Any]]:
    """Name, view and what the books say.

    Args:
        ledger: the books.
        accounts: whose credit is compared.
    """
    yield "status", ("status",), str(ledger.status)
    for name in WHOLE:
        yield name, (name,), getattr(ledger, name)
    course = ledger.rounds, ledger.rounds_done, ledger.round_deadline, ledger.training_end
    yield "progress", ("progress",), (*course, ledger.halted, ledger.models_released)
    yield "owner_count", ("owner_count",), len(ledger.owners)
    yield "deposited", ("deposited",), ledger.deposits.total()
    yield "paid_out", ("paid_out",), ledger.payments.total()
    for at, o in enumerate(ledger.owners):
        bid = o.bid is not None, o.owed, o.bid or 0
        yield f"owner {o.account}", ("owner", at), (o.account, o.weight, *bid, o.level, o.charge)
    yield from _edges(ledger)
    yield from _sealed_books(ledger) if ledger.terms.sealed else _books(ledger)
    yield from ((f"credit of {account}", ("credit", account), ledger.credit[account]) for account in accounts)


def _edges(ledger: Ledger) -> Iterator[tuple[str, View, Any]]:
    for at, e in enumerate(ledger.edges):
        served = e.winners, e.up_to_round, e.delivered, e.claimed, e.fee_rounds, e.extra_claimed
        price = e.price // ledger.terms.tick
        yield f"edge {at}", ("edge", at), (price, *served, e.bonded, e.stood_in, e.root)
        if not ledger.terms.sealed:
            yield f"section of edge {at}", ("section", at), (e.start, e.offers)


def _books(ledger: Ledger) -> Iterator[tuple[str, View, Any]]:
    for operator in dict.fromkeys(edge.operator for edge in ledger.terms.edges):
        book = ledger.books.get(operator)
        kept = (book.clients, book.opened, book.returned) if book else (0, False, False)
        yield f"book of {operator}", ("book", operator), kept


def _sealed_books(ledger: Ledger) -> Iterator[tuple[str, View, Any]]:
    """Of every edge, and the attempt to settle without some that stands."""
    for at in range(len(ledger.edges)):
        book = ledger.sealed_books.get(at)
        kept = (book.clients, book.opened, book.returned, book.void) if book else (0, False, False, False)
        yield f"book of edge {at}", ("book", at), kept
    attempt = ledger.attempt
    if attempt is None:
        yield "attempt", ("attempt",), (bytes(32), NOBODY, 0, 0)
    else:
        rows = [(winners, price // ledger.terms.tick) for winners, price in attempt.results]
        absent = bits_of(attempt.absent)
        digest = keccak(encode(["(uint256,uint256)[]", "uint256"], [rows, absent]))
        yield "attempt", ("attempt",), (digest, attempt.settler, attempt.until, absent)


def paid_figures(offers: Collection[Offer]) -> Iterator[tuple[str, View, Any]]:
    """The same of what clients were paid."""
    for offer in offers:
        kept = offer.paid_up_to, offer.extra_rounds >= 0
        yield f"client {offer.client} at edge {offer.edge}", ("paid", offer.edge, offer.place), kept


def check_figures(ledger: Ledger, ask: Asking, accounts: Collection[str]) -> int:
    """Hold every figure of the books against the contract.

    Args:
        ledger: the books.
        ask: views of the campaign and its books.
        accounts: whose credit is compared.

    Returns:
        How many there are.

    Raises:
        CheckFailed: naming the first figure that differs.
    """
    return compare_figures(list(figures_of(ledger, accounts)), ask)


def compare_figures(figures: Sequence[tuple[str, View, Any]], ask: Asking) -> int:
    """Hold figures against the contracts; how many there are.

    Raises:
        CheckFailed: naming the first figure that differs.
    """
    for (name, view, kept), told in zip(figures, ask([view for _, view, _ in figures]), strict=True):
        says = _told(view[0], told)
        if says != kept:
            raise CheckFailed(f"{name}: the contract says {says}, the recomputation {kept}")
    return len(figures)


def check_against_chain(ledger: Ledger, campaign: "Contract", token: "Contract") -> None:
    """Hold every figure of the books against the contract and the token.

    Raises:
        CheckFailed: naming the first figure that differs.
    """

    def ask(views: Sequence[View]) -> list[Any]:
        return both_views(campaign, views, sealed=ledger.terms.sealed)

    check_figures(ledger, ask, ledger.credit)
    compare_figures(list(paid_figures(ledger.offers)), ask)
    balance = token.view("balanceOf", campaign.address)
    if balance != ledger.held():
        raise CheckFailed(f"token balance: the contract says {balance}, the recomputation {ledger.held()}")


def flat(told: Any) -> list[Any]:
    """The values in what a view tells, structures resolved."""
    return [told] if isinstance(told, str | bytes | int) else [value for part in told for value in flat(part)]


def _told(view: str, told: Any) -> Any:
    """What a view tells, as the books have it."""
    if view == "owner":
        account, *state = flat(told)
        return (str(to_checksum_address(account)), *state)
    if view == "edge":
        return tuple(flat(told)[EDGE_TERMS:])
    if view == "attempt":
        digest, settler, *rest = told
        return (bytes(digest), str(to_checksum_address(settler)), *rest)
    return STATUS[told] if view == "status" else tuple(told) if isinstance(told, list | tuple) else told
