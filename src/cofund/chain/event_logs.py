"""Logs of one contract as a node tells them, and decoded as events of a packaged contract."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from eth_utils.conversions import to_hex
from hexbytes import HexBytes

from cofund.chain.artifacts import artifact
from cofund.chain.refusals import understood
from cofund.errors import CofundError

if TYPE_CHECKING:
    from cofund.chain.node import Node


@dataclass(frozen=True, slots=True)
class Log:
    """One log entry of the contract; ``position`` is its place in the block, ``hash`` its transaction's."""

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


def logs_between(node: "Node", where: dict[str, Any], first: int, last: int) -> list[Any]:
    """Raw logs of a range of blocks in order; ranges that are too long or too full for the node are halved.

    Args:
        node: not the embedded one.
        where: address and topics, as in ``eth_getLogs``.
        first: number of a block.
        last: number of a block, included like the first.
    """
    try:
        return list(node.web3.eth.get_logs(cast("Any", where | {"fromBlock": first, "toBlock": last})))
    except Exception as error:
        if first >= last or isinstance(error, CofundError):
            raise understood(error) from error
    middle = (first + last) // 2
    return logs_between(node, where, first, middle) + logs_between(node, where, middle + 1, last)


def log_of(raw: Any) -> Log:
    """A raw log entry."""
    return Log(
        int(raw["blockNumber"]),
        int(raw["logIndex"]),
        to_hex(raw["transactionHash"]),
        tuple(to_hex(topic) for topic in raw["topics"]),
        to_hex(raw["data"]),
    )


def decoded(node: "Node", name: str, logs: Iterable[Log]) -> list[Event]:
    """Logs as events of the packaged contract ``name``; entries that are none of its events are left out."""
    contract = node.web3.eth.contract(abi=artifact(name).abi)
    kinds: dict[str, Any] = {found().topic: found() for found in cast("Any", contract.events)}
    events = []
    for log in logs:
        kind = kinds.get(log.topics[0]) if log.topics else None
        if kind is not None:
            arguments = dict(kind.process_log(_raw(log))["args"])
            events.append(Event(str(kind.event_name), arguments, log.block, log.position, log.hash))
    return events


def _raw(log: Log) -> Any:
    """As web3 wants to see a log entry."""
    return {
        "topics": [HexBytes(topic) for topic in log.topics],
        "data": HexBytes(log.data),
        "logIndex": log.position,
        "transactionHash": HexBytes(log.hash),
        "blockNumber": log.block,
        "blockHash": None,
        "transactionIndex": None,
        "address": None,
    }
