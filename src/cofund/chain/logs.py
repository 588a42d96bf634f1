"""Log entries as a node tells them, of a range of blocks and of one block; without any library of Ethereum's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from eth_utils.crypto import keccak

from cofund.chain.provider import Refused
from cofund.chain.signed import told_of
from cofund.errors import NodeError

if TYPE_CHECKING:
    from cofund.chain.provider import Provider

EMPTY_TRIES: Final = 2  # more, where a block says that there are logs


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
    """A block as far as an index needs it.

    Attributes:
        hash: hex, as ``parent``.
        time: seconds since the epoch.
        bloom: of the addresses and topics of its logs, a number of 2,048 bits; 0 if it is not known.
    """

    number: int
    hash: str
    parent: str
    time: int = 0
    bloom: int = 0

    def may_have_logs_of(self, contract: str) -> bool:
        """Whether its bloom has the three bits of an address (Ethereum yellow paper, "Transaction Receipt")."""
        digest = keccak(hexstr=contract)
        return all(self.bloom >> (int.from_bytes(digest[at : at + 2]) & 2047) & 1 for at in (0, 2, 4))


def header_of(number: int, raw: dict[str, Any]) -> Header:
    """A raw block."""
    hashes = raw["hash"].lower(), raw["parentHash"].lower()
    return Header(number, *hashes, int(raw["timestamp"], 16), int(raw.get("logsBloom", "0x")[2:] or "0", 16))


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
        self.provider, self.contracts = provider, contracts
        self.where: dict[str, Any] = {"address": list(contracts) if len(contracts) > 1 else contracts[0]}

    def head(self) -> int:
        """See ``Source``."""
        return int(self.provider.ask("eth_blockNumber"), 16)

    def headers(self, numbers: Sequence[int]) -> list[Header | None]:
        """See ``Source``."""
        found = self.provider.found_all([("eth_getBlockByNumber", [hex(number), False]) for number in numbers])
        return [block and header_of(number, block) for number, block in zip(numbers, found, strict=True)]

    def signed(self, hashes: Sequence[str]) -> list[str | None]:
        """See ``Source``."""
        found = self.provider.found_all([("eth_getTransactionByHash", [hash_]) for hash_ in hashes])
        return [None if each is None else told_of(each) for each in found]

    def logs_of_blocks(self, blocks: Sequence[Header]) -> list[list[Log] | None]:
        """See ``Source``; each client has its own words for a block that it does not know.

        A backend that has thrown logs away answers with none: where the block says otherwise, another may have them.
        """
        asked = [("eth_getLogs", [self.where | {"blockHash": block.hash}]) for block in blocks]
        found = self.provider.found_all(asked)
        for at, block in enumerate(blocks):
            for _ in range(EMPTY_TRIES * any(map(block.may_have_logs_of, self.contracts))):
                if found[at] == []:
                    (found[at],) = self.provider.found_all([asked[at]])
        return [None if logs is None else [log_of(raw) for raw in logs] for logs in found]

    def logs_of_range(self, first: int, last: int) -> list[Log]:
        """See ``Source``."""
        return [log_of(raw) for raw in logs_between(self.provider, self.where, first, last)]
