"""What a campaign left on a chain that it shares with others: its transactions, its events, its token's transfers.

Transactions are found by what they logged: every event of the campaign and its books, and every transfer of its token
from or to it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from eth_utils.address import to_checksum_address
from eth_utils.conversions import to_hex
from eth_utils.crypto import keccak
from hexbytes import HexBytes

from cofund.chain.contract import contracts_of
from cofund.chain.logs import Event, logs_between
from cofund.chain.patience import LOOKS, looked_again
from cofund.chain.provider import at_once
from cofund.errors import CheckFailed

if TYPE_CHECKING:
    from cofund.chain.events import Index
    from cofund.chain.node import Node

TRANSFER: Final = to_hex(keccak(text="Transfer(address,address,uint256)"))
_TOPICS: Final = 3


@dataclass(frozen=True, slots=True)
class CampaignTransaction:
    """One transaction that changed the campaign.

    Args:
        raw: as it was signed, hex.
        hash: of it, hex.
        block: number of its block.
        timestamp: of the block, seconds since the epoch.
        events: what the campaign logged, in order.
    """

    raw: str
    hash: str
    block: int
    timestamp: int
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Transfer:
    """Tokens that moved from or to the campaign: base units."""

    hash: str
    block: int
    position: int
    sender: str
    receiver: str
    amount: int


@dataclass(frozen=True, slots=True)
class Trail:
    """All that a campaign left until a block.

    Args:
        head: number of that block.
        seen: transactions in the order of the chain.
        transfers: of the campaign's token, in the same order.
    """

    head: int
    seen: tuple[CampaignTransaction, ...]
    transfers: tuple[Transfer, ...]


def read_trail(index: "Index", events: Sequence[Event], transfers: Sequence[Transfer], head: int) -> Trail:
    """Collect a campaign's trail.

    Args:
        index: of the campaign's logs, which keeps the transactions.
        events: of the campaign.
        transfers: of its token, from and to it.
        head: number of the last block.

    Raises:
        CheckFailed: if a transaction is not what its hash says.
    """
    logs: list[Event | Transfer] = [*events, *transfers]
    ordered = sorted(logs, key=lambda each: (each.block, each.position))
    places = {entry.hash: entry.block for entry in ordered}
    return Trail(head, tuple(seen_in(index, places, events)), tuple(transfers))


def seen_in(index: "Index", places: Mapping[str, int], events: Iterable[Event]) -> list[CampaignTransaction]:
    """Transactions with their times and events.

    Args:
        index: which keeps the transactions.
        places: number of the block of each, by hash, in the order of the chain.
        events: what they logged, in order.
    """
    logged: dict[str, list[Event]] = {hash_: [] for hash_ in places}
    for event in events:
        logged[event.hash].append(event)
    raw, times = index.signed(places), index.times(places.values())
    return [CampaignTransaction(raw[hash_], hash_, at, times[at], tuple(logged[hash_])) for hash_, at in places.items()]


def contradiction(node: "Node", campaign: str, events: Sequence[Event], hashes: Iterable[str]) -> str:
    """The first transaction whose receipt has other events of the campaign or its books; empty if there is none.

    Args:
        node: not the embedded one.
        campaign: address.
        events: what the node told of its logs.
        hashes: of transactions.
    """
    told: dict[str, list[int]] = {hash_: [] for hash_ in hashes}
    for event in events:
        told.setdefault(event.hash, []).append(event.position)
    receipts, own = at_once(node.receipt, list(told)), {address.lower() for address in contracts_of(campaign)}
    for (hash_, positions), receipt in zip(told.items(), receipts, strict=True):
        logs = [int(log["logIndex"], 16) for log in receipt["logs"] if log["address"].lower() in own]
        if sorted(logs) != sorted(positions):
            return hash_
    return ""


def transfers_of(
    node: "Node", campaign: str, token: str, blocks: tuple[int, int], least: tuple[int, int]
) -> list[Transfer]:
    """Transfers from or to the campaign; one to itself is there once.

    Args:
        node: not the embedded one.
        campaign: address.
        token: address.
        blocks: number of the first and of the last one.
        least: base units that went out and came in at least; asked again if the node tells of fewer.
    """
    place = "0x" + campaign[2:].lower().zfill(64)
    sides: Iterable[list[Any]] = ([TRANSFER, place], [TRANSFER, None, place])
    where = [{"address": token, "topics": topics} for topics in sides]
    raw = [
        log
        for one, units in zip(where, least, strict=True)
        for log in looked_again(
            lambda: logs_between(node.provider, one, *blocks),  # noqa: B023 - called at once
            lambda logs: sum(_transfer(log).amount for log in logs) >= units,  # noqa: B023
            at_once=LOOKS,
        )
    ]
    found = {(int(log["blockNumber"], 16), int(log["logIndex"], 16)): log for log in raw}
    return [_transfer(found[at]) for at in sorted(found)]


def _transfer(log: Any) -> Transfer:
    hash_ = log["transactionHash"].lower()
    if len(log["topics"]) != _TOPICS:
        raise CheckFailed(f"transaction {hash_}: the token logs a transfer otherwise than ERC-20 says")
    sender, receiver = (str(to_checksum_address(topic[-40:])) for topic in log["topics"][1:])
    amount = int.from_bytes(HexBytes(log["data"]))
    return Transfer(hash_, int(log["blockNumber"], 16), int(log["logIndex"], 16), sender, receiver, amount)
