"""Logs of one contract decoded as events of a packaged contract."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from hexbytes import HexBytes

from cofund.chain.artifacts import artifact
from cofund.chain.logs import Log
from cofund.errors import NodeError

if TYPE_CHECKING:
    from cofund.chain.node import Node


__all__ = ["Event", "Log", "decoded"]


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


def decoded(node: "Node", name: str, logs: Iterable[Log]) -> list[Event]:
    """Logs as events of the packaged contract ``name``; entries that are none of its events are left out.

    Raises:
        NodeError: if a log has the topic of an event but not its arguments.
    """
    contract = node.web3.eth.contract(abi=artifact(name).abi)
    kinds: dict[str, Any] = {found().topic: found() for found in cast("Any", contract.events)}
    events = []
    for log in logs:
        kind = kinds.get(log.topics[0]) if log.topics else None
        if kind is not None:
            try:
                arguments = dict(kind.process_log(_raw(log))["args"])
            except Exception as error:  # web3 has several
                raise NodeError(f"{name}: a log in block {log.block} is no {kind.event_name} of it") from error
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
