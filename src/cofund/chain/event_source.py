"""A node as the source of an index of events; the embedded chain is read from receipts, its own search is slow."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from eth_utils.conversions import to_hex

from cofund.chain.event_logs import Log, log_of, logs_between
from cofund.chain.events import Header
from cofund.chain.node import EmbeddedNode
from cofund.chain.refusals import understood
from cofund.chain.transport import at_once

if TYPE_CHECKING:
    from cofund.chain.node import Node


class NodeSource:
    """A node as a source; the embedded chain is read from receipts, because its own search is slow."""

    def __init__(self, node: "Node", contract: str) -> None:
        self.node, self.contract = node, contract

    def head(self) -> int:
        """See ``Source``."""
        try:
            return int(self.node.web3.eth.block_number)
        except Exception as error:
            raise understood(error) from error

    def headers(self, numbers: Sequence[int]) -> list[Header | None]:
        """See ``Source``."""
        return at_once(self._header, numbers)

    def logs_of_blocks(self, hashes: Sequence[str]) -> list[list[Log] | None]:
        """See ``Source``."""
        return at_once(self._logs_of_block, hashes)

    def _logs_of_block(self, block_hash: str) -> list[Log] | None:
        if isinstance(self.node, EmbeddedNode):
            return self._logs_of_receipts(block_hash)
        try:
            where: Any = {"blockHash": block_hash, "address": self.contract}
            return [log_of(raw) for raw in self.node.web3.eth.get_logs(where)]
        except Exception as error:
            if type(error).__name__ == "Web3RPCError":  # each client has its own words for an unknown block
                return None
            raise understood(error) from error

    def logs_of_range(self, first: int, last: int) -> list[Log]:
        """See ``Source``."""
        if isinstance(self.node, EmbeddedNode):
            found = [self._logs_of_receipts(header.hash) for header in self.headers(range(first, last + 1)) if header]
            return [log for logs in found for log in logs]
        return [log_of(raw) for raw in logs_between(self.node, {"address": self.contract}, first, last)]

    def _header(self, number: int) -> Header | None:
        try:
            block = self.node.web3.eth.get_block(number)
        except Exception as error:
            if type(error).__name__ in {"BlockNotFound", "TransactionFailed"}:
                return None
            raise understood(error) from error
        return Header(number, to_hex(block["hash"]), to_hex(block["parentHash"]))

    def _logs_of_receipts(self, block_hash: str) -> list[Log]:
        eth = self.node.web3.eth
        transactions: Any = eth.get_block(cast("Any", block_hash))["transactions"]
        receipts = [eth.get_transaction_receipt(transaction) for transaction in transactions]
        return [log_of(raw) for receipt in receipts for raw in receipt["logs"] if raw["address"] == self.contract]
