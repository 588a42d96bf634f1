"""A campaign's contract as a reader sees it: views and events, without web3 and without an account."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cofund.errors import NodeError
from cofund.web.abi import arguments_of, call_arguments, call_data, checksummed, events, result
from cofund.web.rpc import Refused, Rpc

CONTRACT: Final = "Campaign"
LONGEST_RANGE: Final = 10_000
RECENT_BLOCKS: Final = 64  # deeper than any reorganisation
View = tuple[str, tuple[int | str, ...]]


@dataclass(frozen=True, slots=True)
class Block:
    """The last block; ``time`` in seconds since the epoch."""

    number: int
    hash: str
    time: int


@dataclass(frozen=True, slots=True)
class Event:
    """A decoded log entry; ``hash`` is its transaction's, ``log`` its place in the block."""

    name: str
    arguments: dict[str, Any]
    block: int
    log: int
    hash: str


class Reader:
    """One campaign on one node; remembers the events it has read."""

    def __init__(self, rpc: Rpc, address: str, first_block: int = 0) -> None:
        self.rpc, self.address = rpc, address
        self._read_to = first_block - 1
        self._first = first_block
        self._logs: list[dict[str, Any]] = []
        self._times: dict[int, int] = {}

    def views(self, wanted: Sequence[View], block: Block) -> list[Any]:
        """Values of views, all at the same block.

        Raises:
            NodeError: if there is no campaign.
        """
        at = hex(block.number)
        questions = [
            ("eth_call", [{"to": self.address, "data": call_data(CONTRACT, name, *given)}, at])
            for name, given in wanted
        ]
        answers = self.rpc.ask_all(questions)
        if any(answer in {None, "0x"} for answer in answers):
            raise NodeError(f"{self.address}: no campaign is there")
        return [result(CONTRACT, name, answer) for (name, _), answer in zip(wanted, answers, strict=True)]

    def passes(self, function: str, block: Block) -> bool:
        """Whether anybody's call of a function without arguments would pass now."""
        try:
            self.rpc.ask("eth_call", {"to": self.address, "data": call_data(CONTRACT, function)}, hex(block.number))
        except Refused:
            return False
        return True

    def token(self, token: str, function: str, *arguments: int | str, block: Block) -> Any:
        """A view of the campaign's token; None if the token has none such."""
        data = call_data("TestToken", function, *arguments)
        try:
            answer = self.rpc.ask("eth_call", {"to": token, "data": data}, hex(block.number))
            return result("TestToken", function, answer)
        except (Refused, NodeError, ValueError):
            return None

    def events(self, block: Block) -> list[Event]:
        """Every event so far, in order; the last blocks are read again, as a reorganisation may change them."""
        start = max(self._first, min(self._read_to + 1, block.number + 1) - RECENT_BLOCKS)
        kept = [log for log in self._logs if int(log["blockNumber"], 16) < start]
        self._logs = kept + logs(self.rpc, {"address": self.address}, start, block.number)
        self._read_to = block.number
        known = events(CONTRACT)
        return [
            Event(
                known[log["topics"][0]]["name"],
                arguments_of(known[log["topics"][0]], log["topics"], log["data"]),
                int(log["blockNumber"], 16),
                int(log["logIndex"], 16),
                log["transactionHash"],
            )
            for log in self._logs
            if log["topics"] and log["topics"][0] in known
        ]

    def times(self, numbers: Sequence[int]) -> dict[int, int]:
        """Timestamp of each block; asked once for a block that is old enough to stay."""
        missing = [number for number in dict.fromkeys(numbers) if number not in self._times]
        answers = self.rpc.ask_all([("eth_getBlockByNumber", [hex(number), False]) for number in missing])
        found = {
            number: int(answer["timestamp"], 16) for number, answer in zip(missing, answers, strict=True) if answer
        }
        self._times |= {number: time for number, time in found.items() if number < self._read_to - RECENT_BLOCKS}
        return self._times | found


def head(rpc: Rpc) -> Block:
    """The last block of the chain."""
    found = rpc.ask("eth_getBlockByNumber", "latest", False)
    return Block(int(found["number"], 16), found["hash"], int(found["timestamp"], 16))


@dataclass(frozen=True, slots=True)
class Creation:
    """Where a campaign came from: the factory that logged it, and the transaction."""

    campaign: str
    factory: str
    block: int
    hash: str


def creations(rpc: Rpc, first: int, last: int, campaign: str | None = None) -> list[Creation]:
    """Every campaign that some factory logged, or one; whether the factory is ours, ``cofund verify`` says."""
    (topic,) = (topic for topic, entry in events("CampaignFactory").items() if entry["name"] == "CampaignCreated")
    topics = [topic] if campaign is None else [topic, "0x" + campaign[2:].lower().zfill(64)]
    return [
        Creation(
            checksummed(log["topics"][1][-40:]),
            checksummed(log["address"]),
            int(log["blockNumber"], 16),
            log["transactionHash"],
        )
        for log in logs(rpc, {"topics": topics}, first, last)
        if len(log["topics"]) > 1  # anybody may log the event's name alone
    ]


def created_with(rpc: Rpc, created: Creation) -> dict[str, Any] | None:
    """What the factory's ``create`` was called with; None if another contract called it."""
    transaction = rpc.ask("eth_getTransactionByHash", created.hash)
    if not transaction or checksummed(transaction["to"] or "0x" + "0" * 40) != created.factory:
        return None
    return call_arguments("CampaignFactory", "create", transaction["input"])


def logs(rpc: Rpc, where: dict[str, Any], first: int, last: int) -> list[dict[str, Any]]:
    """Raw logs of a range of blocks; a range that the node finds too long or too full is halved."""
    found: list[dict[str, Any]] = []
    for start in range(first, last + 1, LONGEST_RANGE):
        found += _logs(rpc, where, start, min(last, start + LONGEST_RANGE - 1))
    return found


def _logs(rpc: Rpc, where: dict[str, Any], first: int, last: int) -> list[dict[str, Any]]:
    try:
        return list(rpc.ask("eth_getLogs", where | {"fromBlock": hex(first), "toBlock": hex(last)}))
    except Refused:
        if first >= last:
            raise
    middle = (first + last) // 2
    return _logs(rpc, where, first, middle) + _logs(rpc, where, middle + 1, last)
