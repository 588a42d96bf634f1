"""A signed call of a campaign or of its books against what it logged: every event must be one that the call makes.

What an account signed nobody can change, so where a call is to be seen its events are bound by it, signatures and
proofs included. Of a call through another contract, a multisig wallet say, only the events are known.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from eth_keys.exceptions import BadSignature
from eth_utils.address import to_checksum_address

from cofund.campaign.books import Given
from cofund.campaign.sealed_events import PAYMENTS
from cofund.chain.abi import called_with
from cofund.chain.accounts import deliveries_message, signer
from cofund.chain.contract import DecodedCall, contracts_of, opened_records
from cofund.chain.logs import Event
from cofund.chain.signed import Signed
from cofund.errors import CheckFailed
from cofund.market.offer_book import ADDRESS_BYTES
from cofund.settlement.ledger import Ledger

MONEY: Final = frozenset({"Deposited", "Paid", "PaymentRefused"})
"""Held against all money, whatever was called."""
KEY_SIGNATURE: Final = 64
"""Bytes of a signature by a key (EIP-2098)."""


def call_of(signed: Signed, ledger: Ledger) -> DecodedCall | None:
    """What a transaction calls of a campaign or its books; None if something else.

    Raises:
        CheckFailed: if it calls one of them with what is no call of it.
    """
    name = contracts_of(ledger.address, sealed=ledger.terms.sealed).get(signed.to)
    return None if name is None else DecodedCall(signed.sender, signed.to, *called_with(name, signed.data))


def check_call(ledger: Ledger, call: DecodedCall, data: bytes, events: Sequence[Event]) -> None:
    """Hold a call's events against what was called, and by whom.

    Args:
        ledger: the books before the call.
        call: decoded.
        data: calldata.
        events: what it logged, in order.

    Raises:
        CheckFailed: naming the call.
    """
    office = OFFICES[call.function](ledger, call.arguments) if call.function in OFFICES else call.sender
    if call.sender != office:
        raise CheckFailed(f"{call.function} was called by {call.sender}, not by {office}")
    heads = [(event.name, event.arguments) for event in events if event.name not in MONEY]
    right = EXPECTED[call.function](ledger, call.sender, call.arguments) if call.function in EXPECTED else []
    names, expected = [name for name, _ in heads], [name for name, _ in right]
    if call.function == "open_book" and names[1:] == ["AttemptEnded"]:  # the last one that was missing
        right, expected = [*right, ("AttemptEnded", {})], [*expected, "AttemptEnded"]
    if names != expected and call.function != "reveal_bids":
        raise CheckFailed(f"{call.function} logs {', '.join(expected)}, not {', '.join(names)}")
    _check_arguments(call, heads, right)
    if "clients" in call.arguments and call.function == "claim":
        _check_paid(call, events)
    if (
        call.function == "open_book"
        and "counts" in call.arguments
        and b"".join(records(events)) != opened_records(data, call.arguments["counts"])
    ):
        raise CheckFailed("open_book: the event ChunkOpened says other records than were given")


def _check_paid(call: DecodedCall, events: Sequence[Event]) -> None:
    """Of a sealed book a claim pays nobody but whom it names, in their order."""
    named = iter([to_checksum_address(word[:ADDRESS_BYTES]) for word in call.arguments["clients"]])
    for account in (event.arguments["account"] for event in events if event.name in PAYMENTS):
        if account not in named:
            raise CheckFailed(f"claim: paid {account}, whom it does not name there")


def proofs_of(call: DecodedCall | None) -> list[list[bytes]]:
    """Of a claim, the proof of its bitmaps."""
    return [call.arguments["delivered_proof"]] if call is not None and call.function == "claim" else []


def records(events: Sequence[Event]) -> list[bytes]:
    """The chunks that were opened."""
    return [event.arguments["records"] for event in events if event.name == "ChunkOpened"]


def _check_arguments(call: DecodedCall, heads: Sequence[tuple[str, Given]], right: Sequence[tuple[str, Given]]) -> None:
    """What events repeat of the call; bids that were open already are passed over."""
    left = list(right)
    for name, given in heads:
        at = next((at for at, (one, said) in enumerate(left) if one == name and said.items() <= given.items()), None)
        if at is None:
            said = {field: given[field] for field in dict(right).get(name, {}) if field in given}
            raise CheckFailed(f"{call.function}: the event {name} says {said}, called with {call.arguments}")
        del left[at]


def signed_by_key(ledger: Ledger, call: DecodedCall, now: int) -> bool:
    """Whether deliveries are signed by the key of the account that must sign them; else only a contract can have.

    Args:
        ledger: the books before the call.
        call: of ``post_deliveries``.
        now: time of its block.
    """
    given, signature = call.arguments, call.arguments["signature"]
    ledger.edge(given["edge"])
    named = {name: given[name] for name in ("edge", "up_to_round", "root", "missing")}
    message = deliveries_message(ledger.chain_id, ledger.address, **named)
    if len(signature) != KEY_SIGNATURE:
        return False
    try:
        return signer(message, signature[:32], signature[32:]) == ledger.signer(now, given["edge"])
    except BadSignature:
        return False


# ------------------------------------------------------------------ what a call logs

Heads = list[tuple[str, Given]]


def _settle(_: Ledger, by: str, given: Given) -> Heads:
    if given.get("absent"):
        return [("Attempted", {"settler": by, "absent": given["absent"]})]
    return [("MarketCleared", {}), ("Settled", {"winners": sum(row["winners"] for row in given["boundaries"])})]


def _confirm(_: Ledger, __: str, given: Given) -> Heads:
    cleared = {name: given[name] for name in ("results", "absent")}
    return [("MarketCleared", cleared), ("Settled", {"winners": sum(row["winners"] for row in given["results"])})]


def _claim(_: Ledger, __: str, given: Given) -> Heads:
    said = {name: given[name] for name in ("edge", "chunk", "chosen", "delivered")}
    return [("Claimed", said), ("ClientsPaid", {"edge": given["edge"]})]


def _open_book(_: Ledger, __: str, given: Given) -> Heads:
    if "counts" not in given:  # a sealed one, that was called absent
        return [("BookOpened", {name: given[name] for name in ("edge", "seed", "records")})]
    operator, counts = given["operator"], given["counts"]
    opened = {"operator": operator, "seed": given["seed"], "sections": counts}
    chunks = -(-sum(count & 0xFFFF for count in counts) // 64)
    return [("BookOpened", opened), *[("ChunkOpened", {"operator": operator})] * chunks]


def _reveal_bids(_: Ledger, __: str, given: Given) -> Heads:
    rows = given["openings"]
    return [("BidRevealed", {"owner": row["sender"], "bid": row["amount"], "salt": row["salt"]}) for row in rows]


def _one(event: str, *named: str, sender: str = "", **renamed: str) -> Callable[[Ledger, str, Given], Heads]:
    """A call that logs one event.

    Args:
        event: its name.
        named: arguments that it repeats.
        sender: its field for who called; empty if it has none.
        renamed: arguments that it repeats under another name, by that name.
    """

    def heads(_: Ledger, by: str, given: Given) -> Heads:
        said: dict[str, Any] = {name: given[name] for name in named}
        said |= {field: given[name] for field, name in renamed.items()}
        return [(event, said | ({sender: by} if sender else {}))]

    return heads


EXPECTED: Final[dict[str, Callable[[Ledger, str, Given], Heads]]] = {
    "post_coordinator_bond": _one("CoordinatorBonded"),
    "post_edge_bond": _one("EdgeBonded", "edge"),
    "lock_sponsorship": _one("SponsorLocked"),
    "commit_bid": _one("BidCommitted", "commitment", "escrow", "encryption_key", sender="owner"),
    "commit_book": _one("BookCommitted", "commitment", "clients", sender="operator"),
    "reveal_bids": _reveal_bids,
    "open_book": _open_book,
    "return_bond": lambda _, __, given: [("BookReturned", given)],
    "settle": _settle,
    "confirm": _confirm,
    "give_up": _one("AttemptEnded"),
    "cancel": _one("Cancelled"),
    "record_round": _one("RoundRecorded", "model_digest", "updates_root", "metric", round="number"),
    "veto": _one("Vetoed", sender="owner", round="number"),
    "halt": _one("Halted"),
    "post_deliveries": _one("DeliveriesPosted", "edge", "up_to_round", "root", "missing"),
    "release_models": _one("ModelsReleased", "boxes"),
    "close": _one("Closed"),
    "claim": _claim,
    "claim_edge_fee": _one("FeePaid", "edge"),
    "withdraw": lambda _, __, given: [("Withdrawn", {"account": account}) for account in given["accounts"]],
}
"""The events of each call, their money apart, with what they repeat of its arguments."""


def _operator(ledger: Ledger, given: Given) -> str:
    ledger.edge(given["edge"])
    return ledger.terms.edges[given["edge"]].operator


OFFICES: Final[dict[str, Callable[[Ledger, Given], str]]] = {
    "post_coordinator_bond": lambda ledger, _: ledger.terms.coordinator,
    "post_edge_bond": _operator,
    "lock_sponsorship": lambda ledger, _: ledger.terms.sponsor,
    "commit_book": _operator,
    "record_round": lambda ledger, _: ledger.terms.coordinator,
    "release_models": lambda ledger, _: ledger.terms.coordinator,
}
"""Who alone may call; anybody the rest, or whom the event names."""
