"""Every figure that a contract and its books both have, by name: asked of the contract, held against the books."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from eth_utils.address import to_checksum_address

from cofund.campaign.seat import COURSE
from cofund.errors import CheckFailed
from cofund.market.phases import STATUS
from cofund.settlement.ledger import Ledger

if TYPE_CHECKING:
    from cofund.chain.contract import Contract

View = tuple[Any, ...]
"""A view's name and what it is called with."""
Asking = Callable[[Sequence[View]], list[Any]]
"""Gives what many views of one campaign tell at one block."""
WHOLE: Final = (*COURSE, "lost_bonds", "true_cost")
"""Views of the campaign as a whole that the books have by the same names."""
COUNTS: Final = ("owner_count", "offer_count", "revealed_count")
EDGE_STATE: Final = 5
"""Where in an edge's view its state begins, after its terms and the bound of its winners' keys."""


def figures_of(ledger: Ledger, accounts: Collection[str]) -> Iterator[tuple[str, View, Any]]:
    """Name, view and what the books say.

    Args:
        ledger: the books.
        accounts: whose credit is compared.
    """
    yield "status", ("status",), str(ledger.status)
    for name in WHOLE:
        yield name, (name,), getattr(ledger, name)
    counts = len(ledger.owners), len(ledger.offers), sum(offer.cost is not None for offer in ledger.offers)
    yield from ((name, (name,), count) for name, count in zip(COUNTS, counts, strict=True))
    yield "deposited", ("deposited",), ledger.deposits.total()
    yield "paid_out", ("paid_out",), ledger.payments.total()
    for at, o in enumerate(ledger.owners):
        bid = o.bid is not None, o.owed, o.bid or 0
        yield f"owner {o.account}", ("owner", at), (o.account, o.weight, *bid, o.level, o.charge)
    for at, e in enumerate(ledger.edges):
        served = e.winners, e.up_to_round, e.delivered, e.claimed, e.fee_rounds
        yield f"edge {at}", ("edge", at), (*served, e.bonded, e.stood_in, e.root)
        if ledger.is_settled():  # before, the contract's word on prices means nothing
            yield f"price at edge {at}", ("price", at), e.price
    yield from ((f"credit of {account}", ("credit", account), ledger.credit[account]) for account in accounts)


def check_figures(ledger: Ledger, ask: Asking, accounts: Collection[str]) -> int:
    """Hold every figure of the books against the contract.

    Args:
        ledger: the books.
        ask: views of the campaign.
        accounts: whose credit is compared.

    Returns:
        How many there are.

    Raises:
        CheckFailed: naming the first figure that differs.
    """
    figures = list(figures_of(ledger, accounts))
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
    check_figures(ledger, campaign.views, ledger.credit)
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
        return (to_checksum_address(account), *state)
    return tuple(flat(told)[EDGE_STATE:]) if view == "edge" else STATUS[told] if view == "status" else told
