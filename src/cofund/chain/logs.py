"""Log entries as a node tells them, of a range of blocks and of one block; without any library of Ethereum's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cofund.chain.provider import Refused
from cofund.chain.signed import told_of
from cofund.errors import NodeError

if TYPE_CHECKING:
    from cofund.chain.provider import Provider


@dataclass(frozen=True, slots=True)
class Log:
    """One log entry; ``position`` is its place in the block, ``hash`` its transaction's."""

    block: int
    position: int
    hash: str
    topics: tuple[str, ...]
    data: str


@dataclass(frozen=True, slots=True)
class Event:
    """A decoded log entry.

    Args:
        name: of the event in the contract.
        arguments: by name; bytes as they are.
        block: number of its block.
        position: place in the block.
        hash: of its transaction, hex.
    """

    name: str
    arguments: dict[str, Any]
    block: int
    position: int
    hash: str


@dataclass(frozen=True, slots=True)
class Header:
    """A block as far as an index needs it; hashes are hex, ``time`` in seconds since the epoch."""

    number: int
    hash: str
    parent: str
    time: int = 0


def log_of(raw: dict[str, Any]) -> Log:
    """A raw log entry."""
    place = int(raw["blockNumber"], 16), int(raw["logIndex"], 16)
    return Log(*place, raw["transactionHash"].lower(), tuple(topic.lower() for topic in raw["topics"]), raw["data"])


def logs_between(provider: "Provider", where: dict[str, Any], first: int, last: int) -> list[dict[str, Any]]:
    """Raw logs of a range of blocks in order; ranges that are too long or too full for the node are halved.

    Args:
        provider: the node.
        where: address and topics, as in ``eth_getLogs``.
        first: number of a block.
        last: number of a block, included like the first.
    """
    if first > last:
        return []
    try:
        found: list[dict[str, Any]] = provider.ask(
            "eth_getLogs", where | {"fromBlock": hex(first), "toBlock": hex(last)}
        )
    except NodeError as error:
        if first == last or not (isinstance(error, Refused) or _answers(provider)):
            raise
    else:
        return found
    middle = (first + last) // 2
    return logs_between(provider, where, first, middle) + logs_between(provider, where, middle + 1, last)


def _answers(provider: "Provider") -> bool:
    """Whether the node is there: then it was the range that it could not answer in time, or whole."""
    try:
        provider.ask("eth_chainId")
    except Refused:
        return True
    except NodeError:
        return False
    return True


class ProviderSource:
    """A node as the source of an index of one contract's events, or of several that belong together."""

    def __init__(self, provider: "Provider", *contracts: str) -> None:
        self.provider = provider
        self.where: dict[str, Any] = {"address": list(contracts) if len(contracts) > 1 else contracts[0]}

    def head(self) -> int:
        """See ``Source``."""
        return int(self.provider.ask("eth_blockNumber"), 16)

    def headers(self, numbers: Sequence[int]) -> list[Header | None]:
        """See ``Source``."""
        found = self.provider.found_all([("eth_getBlockByNumber", [hex(number), False]) for number in numbers])
        return [
            Header(number, block["hash"].lower(), block["parentHash"].lower(), int(block["timestamp"], 16))
            if block
            else None
            for number, block in zip(numbers, found, strict=True)
        ]

    def signed(self, hashes: Sequence[str]) -> list[str | None]:
        """See ``Source``."""
        found = self.provider.found_all([("eth_getTransactionByHash", [hash_]) for hash_ in hashes])
        return [None if each is None else told_of(each) for each in found]

    def logs_of_blocks(self, hashes: Sequence[str]) -> list[list[Log] | None]:
        """See ``Source``; each client has its own words for a block that it does not know."""
        asked = [("eth_getLogs", [self.where | {"blockHash": one}]) for one in hashes]
        return [None if logs is None else [log_of(raw) for raw in logs] for logs in self.provider.found_all(asked)]

    def logs_of_range(self, first: int, last: int) -> list[Log]:
        """See ``Source``."""
        return [log_of(raw) for raw in logs_between(self.provider, self.where, first, last)]
