"""A campaign as its contract's views tell it, all of it at one block: no log is needed, so it is always to be had."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, islice, zip_longest
from typing import Any, Final, TypeVar

from cofund.campaign.chain_state import edge_told, offer_told, read_offers, terms_told
from cofund.campaign.figures import COUNTS
from cofund.campaign.seat import COURSE, PAYING, Seat
from cofund.chain.contract import Contract
from cofund.chain.node import EmbeddedNode
from cofund.chain.patience import LOOKS
from cofund.chain.terms_abi import told_head
from cofund.errors import CheckFailed, CofundError, NodeError, Reverted
from cofund.market.phases import STATUS
from cofund.market.terms import MAX_ROUNDS, Terms
from cofund.settlement.deadlines import Status
from cofund.settlement.ledger import Offer
from cofund.settlement.state import OwnerAccount

T = TypeVar("T")
NONSENSE: Final = (LookupError, ValueError, TypeError, ArithmeticError)
"""What comes of reading values that no campaign has."""
PRICED: Final = PAYING | {Status.UNFUNDED}
"""Once the market was cleared; before, the contract's word on prices means nothing."""
FIRST: Final = (*COUNTS, "edge_count", "terms", "status", *COURSE, "deposited", "paid_out")


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
    """An account's seat by the contract's views, without the offers that its edges relayed.

    Raises:
        CheckFailed: no campaign answers so.
    """
    return at_one_block(campaign, lambda there, now: _seat(there, account, now))


def _seat(campaign: Contract, account: str, now: int) -> Seat:
    *first, credit = campaign.views([*((name,) for name in FIRST), ("credit", account)])
    values = dict(zip(FIRST, first, strict=True))
    status, done = Status(STATUS[values["status"]]), values["rounds_done"]
    told = _grouped(
        campaign,
        edges=[("edge", at) for at in range(values["edge_count"])],
        owners=[("owner", at) for at in range(values["owner_count"])],
        prices=[("price", at) for at in range(values["edge_count"]) if status in PRICED],
        recorded=[("recorded_at", done)] if done else [],
        offers=[("offer", account)],
    )
    edges, owners, head = told["edges"], told["owners"], told_head(values["terms"])
    terms = terms_told(head, edges, owners, _untold_curve(head["rounds"]))
    bounds = [state[0] for _, state, _ in edges]
    position, offer = offer_told(account, told["offers"][0], terms, bounds, status) or (None, None)
    return Seat(
        campaign=campaign.address,
        account=account,
        now=now,
        initiator=head["initiator"],
        edges=tuple(edge_told(*each) for each in zip_longest(edges, told["prices"], fillvalue=0)),
        bids=len(owners),
        offers=values["offer_count"],
        opened=values["revealed_count"],
        recorded_at=sum(told["recorded"]),
        credit=credit,
        owner=next((_owner(each, account) for each in owners if int(each[0][0], 16) == int(account, 16)), None),
        offer=offer,
        position=position,
        block=campaign.block,
        terms=terms,
        status=status,
        **{name: values[name] for name in (*COURSE, "deposited", "paid_out")},
    )


def _untold_curve(rounds: int) -> tuple[int, ...]:
    """No view tells the curve, only how many rounds it has; nothing that an account does next depends on more."""
    if not 0 < rounds <= MAX_ROUNDS:
        raise ValueError(rounds)
    return (0,) * rounds


def _grouped(campaign: Contract, **groups: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Answers of groups of views, which are asked together; of offers there may be none."""
    found = iter(campaign.found([view for group in groups.values() for view in group]))
    answers = {name: list(islice(found, len(group))) for name, group in groups.items()}
    for answer in chain.from_iterable(told for name, told in answers.items() if name != "offers"):
        if isinstance(answer, Reverted):
            raise answer
    return answers


def _owner(told: Any, account: str) -> OwnerAccount:
    (_, weight, opened, owed, bid), (level, charge) = told
    return OwnerAccount(account, b"", 0, weight, owed, bid if opened else None, level, charge)


def offers_at(campaign: Contract, terms: Terms, clients: Sequence[str]) -> dict[int, Offer]:
    """The offers of these clients that have sealed one, by position, in the order that they are asked for."""
    return dict(read_offers(campaign.found, terms, clients).values())
