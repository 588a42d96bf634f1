"""The books of a campaign, kept by the integer model from the calls that were mined and held against the contract."""

from collections.abc import Iterable
from typing import Any

from cofund.chain.accounts import deliveries_message, signer
from cofund.chain.contract import NO_CUTOFF, POSITION_BITS, STATUS, Call, Contract
from cofund.errors import CheckFailed
from cofund.market.sealing import Opening
from cofund.mechanism.certificate import Certificate, Key
from cofund.settlement.ledger import Ledger


def keep_books(ledger: Ledger, calls: Iterable[tuple[int, Call]]) -> Ledger:
    """Apply the campaign's calls, each at its block's timestamp, to the model.

    Raises:
        Reverted: if the model refuses what the chain accepted.
    """
    for now, call in calls:
        _apply(ledger, now, call)
    return ledger


def _apply(ledger: Ledger, now: int, call: Call) -> None:  # noqa: C901 - one case a call of the contract
    given = call.arguments
    match call.function:
        case "post_coordinator_bond":
            ledger.post_coordinator_bond(now, call.sender)
        case "commit_bid":
            ledger.commit_bid(now, call.sender, given["commitment"], given["escrow"])
        case "commit_offer":
            ledger.commit_offer(now, call.sender, given["commitment"])
        case "reveal_bids":
            ledger.reveal_bids(now, openings(given["openings"]))
        case "reveal_offers":
            ledger.reveal_offers(now, openings(given["openings"]))
        case "settle":
            ledger.settle(now, Certificate(_key(given["cutoff"]), tuple(map(_key, given["edge_cutoffs"]))))
        case "record_round":
            ledger.record_round(now, call.sender, given["number"])
        case "post_deliveries":
            signed = {name: given[name] for name in ("edge", "up_to_round", "root", "total")}
            message = deliveries_message(ledger.chain_id, ledger.address, **signed)
            ledger.post_deliveries(now, **signed, signer=signer(message, given["signature"]))
        case "claim":
            ledger.claim(given["client"], given["bitmap"], given["proof"])
        case "cancel" | "halt" | "close":
            getattr(ledger, call.function)(now)
        case _:  # withdraw, return_bond, claim_edge_fee
            getattr(ledger, call.function)(*given.values())


def openings(rows: Iterable[Any]) -> list[Opening]:
    """Openings as they stand in calldata."""
    return [Opening(row["sender"], row["amount"], row["edge"], row["salt"]) for row in rows]


def _key(number: int) -> Key | None:
    return None if number == NO_CUTOFF else Key(number >> POSITION_BITS, number & (1 << POSITION_BITS) - 1)


def check_against_chain(ledger: Ledger, campaign: Contract, token: Contract) -> None:
    """Hold every figure of the model against the contract and the token.

    Raises:
        CheckFailed: naming the first figure that differs.
    """
    figures: dict[str, tuple[Any, Any]] = {
        "status": (STATUS[campaign.view("status")], str(ledger.status)),
        "rounds": (campaign.view("rounds"), ledger.rounds),
        "rounds_done": (campaign.view("rounds_done"), ledger.rounds_done),
        "round_cost": (campaign.view("round_cost"), ledger.round_cost),
        "deposited": (campaign.view("deposited"), ledger.deposits.total()),
        "paid_out": (campaign.view("paid_out"), ledger.payments.total()),
        "token balance": (token.view("balanceOf", campaign.address), ledger.held()),
    }
    for index, owner in enumerate(ledger.owners):
        *_, level, charge = campaign.view("owners", index)
        figures[f"owner {owner.account}"] = ((level, charge), (owner.level, owner.charge))
    for index, edge in enumerate(ledger.edges):
        _, _, _, winners, _, up_to_round, _, delivered, claimed, _ = campaign.view("edges", index)
        kept = (edge.winners, edge.up_to_round, edge.delivered, edge.claimed)
        figures[f"edge {index}"] = ((winners, up_to_round, delivered, claimed), kept)
        figures[f"price at edge {index}"] = (campaign.view("price", index), edge.price)
    for name, (on_chain, kept) in figures.items():
        if on_chain != kept:
            raise CheckFailed(f"{name}: the contract says {on_chain}, the recomputation {kept}")
