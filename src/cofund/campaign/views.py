"""A campaign as its contract's views tell it, all of it at one block: no log is needed, so it is always to be had."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final, TypeVar

from cofund.campaign.chain_state import attempt_told, book_told, edge_told, sealed_book_told, terms_told
from cofund.campaign.seat import COURSE, MONEY, Seat, recent
from cofund.chain.contract import Contract, books_of, both_views
from cofund.chain.node import EmbeddedNode
from cofund.chain.patience import LOOKS
from cofund.chain.terms_abi import quality_of, told_head
from cofund.errors import CheckFailed, CofundError, NodeError
from cofund.market.phases import STATUS
from cofund.market.terms import Terms
from cofund.settlement.deadlines import Status
from cofund.settlement.state import Attempt, BookAccount, OwnerAccount

T = TypeVar("T")
NONSENSE: Final = (LookupError, ValueError, TypeError, ArithmeticError)
"""What comes of reading values that no campaign has."""
UNPRICED: Final = frozenset({Status.OPEN, Status.CANCELLED})
"""While there are no prices."""
FIRST: Final = ("terms", "status", "progress", "market", "owner_count", "edge_count", *MONEY, "deposited", "paid_out")


@contextmanager
def read_as_campaign(address: str) -> Iterator[None]:
    """Whatever stands at an address, reading it as a campaign ends in a sentence.

    A proxy, say, may answer with a campaign's code, and has not its state.

    Raises:
        CheckFailed: what was answered is no campaign's.
    """
    try:
        yield
    except CofundError:
        raise
    except NONSENSE as error:
        raise CheckFailed(f"{address}: does not answer as a campaign of this program does") from error


def at_one_block(campaign: Contract, read: Callable[[Contract, int], T]) -> T:
    """What ``read`` finds at the last block, from the campaign there and the earliest time of the next block.

    The backends of a node may lag behind each other or be on another branch; a mixture of two blocks was never true.

    Raises:
        CheckFailed: no campaign answers so.
        NodeError: if the last block is another one every time.
    """
    node = campaign.node
    with read_as_campaign(campaign.address):
        if isinstance(node, EmbeddedNode):
            return read(campaign, node.now())
        for left in reversed(range(LOOKS)):
            head = node.head()
            try:
                found = read(replace(campaign, block=head.number), head.following)
            except NONSENSE:
                if not left:
                    raise
            else:
                if node.is_on_chain(head):
                    return found
    raise NodeError("the node changes its mind about the last block all the time; try again later")


def seat_at(campaign: Contract, account: str) -> Seat:
    """An account's seat by the views of the campaign and its books, without the offers of a client.

    Raises:
        CheckFailed: no campaign answers so.
    """
    return at_one_block(campaign, lambda there, now: _seat(there, account, now))


def _seat(campaign: Contract, account: str, now: int) -> Seat:
    *first, credit = campaign.views([*((name,) for name in FIRST), ("credit", account)])
    values = dict(zip(FIRST, first, strict=True))
    status, head, course = Status(STATUS[values["status"]]), told_head(values["terms"]), values["progress"]
    sites, owners, sections = _rows(campaign, values["edge_count"], values["owner_count"], sealed=head["sealed"])
    curve, goals = values["market"]
    terms = terms_told(head, sites, owners, quality_of(curve)[: head["rounds"]], goals)
    priced = status not in UNPRICED
    edges = [edge_told(site, section, terms.tick, priced=priced) for site, section in zip(sites, sections, strict=True)]
    known = dict(zip(COURSE, course, strict=True))
    rounds = recent(terms, known["rounds_done"])
    recorded = campaign.views([("recorded_at", one) for one in rounds]) if rounds else []
    books, attempt = _books(campaign, terms)
    return Seat(
        campaign=campaign.address,
        account=account,
        now=now,
        initiator=head["initiator"],
        edges=tuple(edges),
        books=books,
        attempt=attempt,
        bids=len(owners),
        recorded_at=dict(zip(rounds, recorded, strict=True)),
        credit=credit,
        owner=next((_owner(each, account) for each in owners if int(each[0][0], 16) == int(account, 16)), None),
        block=campaign.block,
        terms=terms,
        status=status,
        **known,
        **{name: values[name] for name in (*MONEY, "deposited", "paid_out")},
    )


def _books(campaign: Contract, terms: Terms) -> tuple[tuple[BookAccount, ...], Attempt | None]:
    """All that are committed, and the attempt that stands to settle without some of them."""
    operators, contract = [edge.operator for edge in terms.edges], books_of(campaign, sealed=terms.sealed)
    if not terms.sealed:
        keys = list(dict.fromkeys(operators))
        told = contract.views([("book", key) for key in keys])
        books = [book_told(operator, book) for operator, book in zip(keys, told, strict=True)]
        return tuple(book for book in books if book is not None), None
    attempt, *told = contract.views([("attempt",), *(("book", at) for at in range(len(operators)))])
    books = [sealed_book_told(operators[at], at, book) for at, book in enumerate(told)]
    return tuple(book for book in books if book is not None), attempt_told(attempt)


def _rows(campaign: Contract, edges: int, owners: int, *, sealed: bool) -> tuple[list[Any], list[Any], list[Any]]:
    """What the views tell of every edge, of every owner, and of every edge's section; a sealed book has none."""
    wanted = [("edge", at) for at in range(edges)], [("owner", at) for at in range(owners)]
    if sealed:
        told = campaign.views([*wanted[0], *wanted[1]])
        return told[:edges], told[edges:], [(0, 0)] * edges
    told = both_views(campaign, [*wanted[0], *wanted[1], *(("section", at) for at in range(edges))])
    return told[:edges], told[edges : edges + owners], told[edges + owners :]


def _owner(told: Any, account: str) -> OwnerAccount:
    (_, weight, opened, owed, bid), (level, charge) = told
    return OwnerAccount(account, b"", 0, weight, owed, bid if opened else None, level, charge)
