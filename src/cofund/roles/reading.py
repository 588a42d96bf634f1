"""A snapshot for one account, read from the chain over web3."""

from typing import Any

from cofund.campaign.onchain import at_one_block, standing_at
from cofund.chain.contract import NO_CUTOFF, POSITION_BITS, Contract
from cofund.chain.transport import at_once
from cofund.errors import Reverted
from cofund.market.phases import STATUS
from cofund.roles.snapshot import EdgeSeat, OfferSeat, OwnerSeat, Snapshot


def snapshot(campaign: Contract, account: str) -> Snapshot:
    """Read the chain, all of it at one block.

    Raises:
        CheckFailed: no campaign answers so.
    """
    return at_one_block(campaign, lambda there, now: _snapshot(there, account, now))


def _snapshot(campaign: Contract, account: str, now: int) -> Snapshot:
    found = standing_at(campaign, now)
    count = range(len(found.edges))
    views = at_once(lambda at: campaign.view("edge", at), count)
    edges = tuple(_edge(campaign, at, view, found.terms["tick"]) for at, view in zip(count, views, strict=True))
    status = STATUS[campaign.view("status")]
    done = found.counts["rounds_done"]
    return Snapshot(
        campaign=campaign.address,
        account=account,
        standing=found,
        status=status,
        credit=campaign.view("credit", account),
        owner=_owner(campaign, account, found.counts["owner_count"]),
        offer=offer_of(campaign, account, [view[1][0] for view in views], status),
        edges=edges,
        training_end=campaign.view("training_end"),
        recorded_at=campaign.view("recorded_at", done) if done else 0,
        released=any(campaign.view("release_root")),
        halted=campaign.view("halted"),
        block=campaign.block,
    )


def _edge(campaign: Contract, at: int, view: Any, tick: int) -> EdgeSeat:
    (operator, _, fee, _), (_, winners, up_to, delivered, claimed, fee_rounds, bonded, _), _ = view
    address = campaign.node.web3.to_checksum_address(operator)
    return EdgeSeat(at, address, fee * tick, bonded, winners, up_to, delivered, claimed, fee_rounds)


def _owner(campaign: Contract, account: str, count: int) -> OwnerSeat | None:
    for (address, _, opened, owed, bid), (level, charge) in at_once(
        lambda index: campaign.view("owner", index), range(count)
    ):
        if int(address, 16) == int(account, 16):
            return OwnerSeat(owed, opened, bid, level, charge)
    return None


def offer_of(campaign: Contract, account: str, bounds: list[int], status: str) -> OfferSeat | None:
    """A client's place; None if it has sealed no offer.

    Args:
        campaign: the contract.
        account: the client's.
        bounds: of every edge: an offer wins exactly if its key is below.
        status: of the campaign.
    """
    try:
        (position, poster, opened, settled, _, rounds, paid), edge, amount = campaign.view("offer", account)
    except Reverted:
        return None
    trains = status in {"training", "closed"}
    wins = trains and opened and (amount << POSITION_BITS | position) < min(bounds[edge], NO_CUTOFF)
    relayed_by = poster - 1 if poster else None
    at, asked = (edge, amount) if opened else (None, None)
    return OfferSeat(position, relayed_by, opened, settled, at, asked, wins, rounds, paid)
