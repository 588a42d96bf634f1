"""A connection to a chain as the source of an index of events, over JSON-RPC or inside this process."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from eth_utils.conversions import to_hex

from cofund.chain.events import Source
from cofund.chain.logs import Header, Log, ProviderSource
from cofund.chain.node import EmbeddedNode
from cofund.chain.signed import raw_of

if TYPE_CHECKING:
    from cofund.chain.node import Node


def NodeSource(node: "Node", contract: str) -> Source:  # noqa: N802 - makes the source that fits
    """A node as a source; the embedded chain is read from receipts, because its own search is slow."""
    if isinstance(node, EmbeddedNode):
        return EmbeddedSource(node, contract)
    return ProviderSource(node.provider, contract)


class EmbeddedSource:
    """The embedded chain as a source."""

    def __init__(self, node: EmbeddedNode, contract: str) -> None:
        self.eth, self.contract, self.blocks = node.web3.eth, contract, node.blocks

    def head(self) -> int:
        """See ``Source``."""
        return int(self.eth.block_number)

    def headers(self, numbers: Sequence[int]) -> list[Header | None]:
        """See ``Source``."""
        return [self._header(number) for number in numbers]

    def logs_of_blocks(self, hashes: Sequence[str]) -> list[list[Log] | None]:
        """See ``Source``."""
        numbers = {header.hash: number for number, (header, _) in self.blocks.items()}
        return [self._logs_of(numbers[each]) if each in numbers else None for each in hashes]

    def logs_of_range(self, first: int, last: int) -> list[Log]:
        """See ``Source``."""
        return [log for number in range(first, last + 1) for log in self._logs_of(number)]

    def signed(self, hashes: Sequence[str]) -> list[str | None]:
        """See ``Source``."""
        return [raw_of(self.eth.get_transaction(cast("Any", hash_))) for hash_ in hashes]

    def _header(self, number: int) -> Header | None:
        return None if number > self.head() else self._block(number)[0]

    def _block(self, number: int) -> tuple[Header, list[tuple[str, Log]]]:
        """A block and everything that was logged in it, each log with its contract; read once for all contracts."""
        if number not in self.blocks:
            block: Any = self.eth.get_block(number)
            receipts = [self.eth.get_transaction_receipt(transaction) for transaction in block["transactions"]]
            logs = [(str(raw["address"]), _log_of(raw)) for receipt in receipts for raw in receipt["logs"]]
            header = Header(number, to_hex(block["hash"]), to_hex(block["parentHash"]), int(block["timestamp"]))
            self.blocks[number] = header, logs
        found: tuple[Header, list[tuple[str, Log]]] = self.blocks[number]
        return found

    def _logs_of(self, number: int) -> list[Log]:
        return [log for contract, log in self._block(number)[1] if contract == self.contract]


def _log_of(raw: Any) -> Log:
    topics = tuple(to_hex(topic) for topic in raw["topics"])
    place = int(raw["blockNumber"]), int(raw["logIndex"])
    return Log(*place, to_hex(raw["transactionHash"]), topics, to_hex(raw["data"]))
