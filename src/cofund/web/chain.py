"""A campaign's contract as a reader sees it: views and events, without web3 and without an account."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from cofund.chain.agreement import agreed, disagreement
from cofund.chain.artifacts import is_code_of
from cofund.chain.counts import is_possible
from cofund.chain.events import RECENT_BLOCKS, Index
from cofund.chain.logs import Log, ProviderSource, logs_between
from cofund.chain.patience import LOOKS, looked_again
from cofund.errors import NodeError
from cofund.web.abi import arguments_of, call_arguments, call_data, checksummed, events, result, words_of
from cofund.web.rpc import Refused, Rpc

CONTRACT: Final = "Campaign"
View = tuple[str, Sequence[int | str]]


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
        self._index = Index(ProviderSource(rpc, address), 0, address, first_block)
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

        values: list[Any] = [None] * len(wanted)

        def read() -> bool:
            missing = [at for at, value in enumerate(values) if value is None]
            answers = self.rpc.ask_all([questions[at] for at in missing])
            for at, answer in zip(missing, answers, strict=True):
                with suppress(NodeError, ValueError):  # a backend that lags does not know the contract yet
                    found = result(CONTRACT, wanted[at][0], answer)
                    exact = len(answer) == 2 + 64 * words_of(CONTRACT, wanted[at][0])
                    values[at] = found if exact and is_possible(wanted[at][0], found) else None
            return None not in values

        if not looked_again(read, bool, at_once=LOOKS):
            raise NodeError(f"{self.address}: no campaign is there")
        return values

    def passes(self, function: str, block: Block) -> bool:
        """Whether anybody's call of a function without arguments and results would pass now; said twice."""
        asked = {"to": self.address, "data": call_data(CONTRACT, function)}, hex(block.number)
        try:
            return all(self.rpc.ask("eth_call", *asked) == "0x" for _ in range(2))
        except Refused:
            return False

    def token(self, token: str, function: str, *arguments: int | str, block: Block) -> Any:
        """A view of the campaign's token; None if the token has none such.

        Raises:
            NodeError: if the node does not answer.
        """
        data = call_data("TestToken", function, *arguments)
        try:
            answer = self.rpc.ask("eth_call", {"to": token, "data": data}, hex(block.number))
        except Refused:
            return None
        try:
            return result("TestToken", function, answer)
        except (NodeError, ValueError):
            return None

    def events(self, block: Block) -> list[Event]:
        """Every event up to a block, in order, that fits what the contract says.

        Raises:
            NodeError: if what the node tells does not fit.
        """
        found, head = agreed(self._index, self.address, self._read)
        if head < block.number:
            raise NodeError(f"the node told block {block.number} and now ends at {head}")
        return [event for event in found if event.block <= block.number]

    def _read(self, head: int) -> tuple[list[Event], str]:
        try:
            found = [event for event in map(_event, self._index.logs()) if event]
        except (NodeError, ValueError) as error:
            return [], f"a log is no event of the contract: {error}"
        at = Block(head, "", 0)

        def views(wanted: list[tuple[Any, ...]]) -> list[Any]:
            return self.views([(name, given) for name, *given in wanted], at)

        return found, disagreement(((event.name, event.arguments) for event in found), views)

    def times(self, numbers: Sequence[int]) -> dict[int, int]:
        """Timestamp of each block; asked once for a block that is old enough to stay."""
        missing = [number for number in dict.fromkeys(numbers) if number not in self._times]
        answers = self.rpc.found_all([("eth_getBlockByNumber", [hex(number), False]) for number in missing])
        if None in answers:
            raise NodeError(f"block {missing[answers.index(None)]}: the node does not have it")
        found = {number: int(answer["timestamp"], 16) for number, answer in zip(missing, answers, strict=True)}
        self._times |= {number: time for number, time in found.items() if number < self._index.last - RECENT_BLOCKS}
        return self._times | found


def _event(log: Log) -> Event | None:
    """A log entry decoded; None if it is none of the contract's events."""
    entry = events(CONTRACT).get(log.topics[0]) if log.topics else None
    if entry is None:
        return None
    return Event(entry["name"], arguments_of(entry, list(log.topics), log.data), log.block, log.position, log.hash)


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
    """Every campaign that some factory logged, or one; whether all of the factory is ours, ``cofund verify`` says."""
    return looked_again(lambda: _creations(rpc, first, last, campaign), lambda found: found or campaign is None)


def _creations(rpc: Rpc, first: int, last: int, campaign: str | None) -> list[Creation]:
    (topic,) = (topic for topic, entry in events("CampaignFactory").items() if entry["name"] == "CampaignCreated")
    topics = [topic] if campaign is None else [topic, "0x" + campaign[2:].lower().zfill(64)]
    found = [log for log in logs_between(rpc, {"topics": topics}, first, last) if len(log["topics"]) > 1]
    factories = {address for address in {log["address"] for log in found} if _is_factory(rpc, address)}
    return [
        Creation(
            checksummed(log["topics"][1][-40:]),
            checksummed(log["address"]),
            int(log["blockNumber"], 16),
            log["transactionHash"],
        )
        for log in found
        if log["address"] in factories
    ]


def _is_factory(rpc: Rpc, address: str) -> bool:
    """Whether logs of creations are more than something that anybody can write."""
    code: str = looked_again(lambda: rpc.ask("eth_getCode", address, "latest"), lambda found: found != "0x")
    return is_code_of("CampaignFactory", bytes.fromhex(code[2:]))


def created_with(rpc: Rpc, created: Creation) -> dict[str, Any] | None:
    """What the factory's ``create`` was called with; None if another contract called it."""
    transaction = rpc.ask("eth_getTransactionByHash", created.hash)
    if not transaction or checksummed(transaction["to"] or "0x" + "0" * 40) != created.factory:
        return None
    return call_arguments("CampaignFactory", "create", transaction["input"])
