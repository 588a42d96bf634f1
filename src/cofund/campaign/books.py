"""The books of a campaign, kept by the integer model from the calls that were mined."""

from collections.abc import Collection, Iterable
from typing import Any

from eth_keys.exceptions import BadSignature

from cofund.chain.accounts import deliveries_message, offer_message, signer
from cofund.chain.contract import NO_CUTOFF, POSITION_BITS, DecodedCall
from cofund.market.sealing import Opening
from cofund.market.terms import NOBODY
from cofund.mechanism.certificate import Certificate, Key
from cofund.settlement.ledger import Ledger, SealedOffer


def apply_call(  # noqa: C901 - one case a call of the contract
    ledger: Ledger, now: int, call: DecodedCall, accepted: Collection[str] | None = None
) -> None:
    """Apply one call.

    Args:
        ledger: the books.
        now: time of its block, seconds since the epoch.
        call: the call.
        accepted: of relayed offers, whose the contract says it accepted; None to recover who signed each.
    """
    given = call.arguments
    match call.function:
        case "post_coordinator_bond" | "lock_sponsorship" | "post_edge_bond" | "veto" | "commit_offer":
            getattr(ledger, call.function)(now, call.sender, *given.values())
        case "commit_bid":
            ledger.commit_bid(now, call.sender, given["commitment"], given["escrow"])
        case "relay_offers":
            ledger.relay_offers(now, call.sender, given["edge"], _sealed_offers(ledger, **given, accepted=accepted))
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
            ledger.post_deliveries(now, **signed, signer=_signer(message, given["r"], given["vs"]))
        case "release_models":
            ledger.release_models(now, call.sender, given["root"])
        case "return_bonds" | "cancel" | "halt" | "close":
            getattr(ledger, call.function)(now, *given.values())
        case _:  # withdraw, claim, claim_many, claim_edge_fee
            getattr(ledger, call.function)(*given.values())


def _sealed_offers(
    ledger: Ledger, edge: int, offers: Iterable[Any], accepted: Collection[str] | None
) -> list[SealedOffer]:
    """Relayed offers as they stand in calldata."""

    def signed_by(row: Any) -> str:
        if accepted is not None:
            return str(row["client"]) if row["client"] in accepted else NOBODY
        return _signer(offer_message(ledger.chain_id, ledger.address, edge, row["commitment"]), row["r"], row["vs"])

    return [SealedOffer(row["client"], row["commitment"], signed_by(row)) for row in offers]


def _signer(message: Any, r: bytes, vs: bytes) -> str:
    """Who signed, or nobody: the contract accepts a batch with a broken signature of a client that it passes over."""
    try:
        return signer(message, r, vs)
    except BadSignature:
        return NOBODY


def openings(rows: Iterable[Any]) -> list[Opening]:
    """Openings as they stand in calldata."""
    return [Opening(row["sender"], row["amount"], row["edge"], row["salt"]) for row in rows]


def _key(number: int) -> Key | None:
    return None if number == NO_CUTOFF else Key(number >> POSITION_BITS, number & (1 << POSITION_BITS) - 1)
