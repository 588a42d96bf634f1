"""A campaign read from its chain alone: where it was created, where it stands, and the certificate that settles it."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from eth_utils.conversions import to_hex
from hexbytes import HexBytes

from cofund.campaign.standing import Standing
from cofund.chain.abi import decoded
from cofund.chain.agreement import agreed, at_block, disagreement
from cofund.chain.artifacts import artifact
from cofund.chain.code import is_factory
from cofund.chain.contract import Contract
from cofund.chain.event_logs import Event
from cofund.chain.event_source import NodeSource
from cofund.chain.events import Index
from cofund.chain.logs import logs_between
from cofund.chain.node import EmbeddedNode
from cofund.chain.patience import LOOKS, looked_again
from cofund.chain.sending import receipt_of
from cofund.errors import CheckFailed, CofundError, InputError, NodeError, Reverted
from cofund.market.instance import Client, Edge, Instance
from cofund.market.phases import STATUS, phase_of
from cofund.mechanism.certificate import Certificate, Key, certificate
from cofund.mechanism.cohort import choose_cohort
from cofund.units import ONE
from cofund.whole_files import write_whole

if TYPE_CHECKING:
    from cofund.chain.node import Node

T = TypeVar("T")
CREATION: Final = "creation.json"
NONSENSE: Final = (LookupError, ValueError, TypeError, ArithmeticError)
"""What comes of reading values that no campaign has."""
ANYONES: Final = ("cancel", "halt", "close")
"""Calls without arguments that anybody may make when their time has come."""


@dataclass(frozen=True, slots=True)
class Creation:
    """Where a campaign came from.

    Args:
        factory: the contract that says it created it.
        block: number of the block.
        transaction: hash, hex.
    """

    factory: str
    block: int
    transaction: str


def find_creation(node: "Node", campaign: str, factory: str | None, first: int, folder: Path) -> Creation:
    """The factory's log of this campaign; remembered in ``folder``, because searching a long chain takes time.

    Args:
        node: the chain.
        campaign: address.
        factory: address, or None to take the first that logged the campaign. Anybody can write such a log, so one that
            has not a factory's code is passed over, unless there is no other: then ``verify`` says what it is.
        first: number of the first block to search.
        folder: for what is known of this campaign.

    Raises:
        InputError: if no factory has logged it.
    """
    known = _remembered(folder)
    if known is not None and factory in {None, known.factory}:
        receipt = receipt_of(node.web3, known.transaction)
        if receipt is not None and int(receipt["blockNumber"]) == known.block:
            return known
    contract = node.web3.eth.contract(abi=artifact("CampaignFactory").abi)
    where: dict[str, Any] = {"topics": [contract.events.CampaignCreated().topic, "0x" + campaign[2:].lower().zfill(64)]}
    where |= {"address": factory} if factory else {}
    found = looked_again(lambda: logs_between(node.provider, where, first, int(node.web3.eth.block_number)), bool)
    if not found:
        raise InputError(campaign, "", f"expected a campaign that a factory created in block {first:,} or later")
    genuine = [log for log in found if len(found) == 1 or is_factory(node, log["address"])]
    log = (genuine or found)[0]
    place = node.web3.to_checksum_address(log["address"])
    created = Creation(place, int(log["blockNumber"], 16), log["transactionHash"].lower())
    with suppress(OSError):  # a home that cannot be written: the next command searches again
        remember(created, folder)
    return created


def _remembered(folder: Path) -> Creation | None:
    """What an earlier command found; None if there is none, or the file is damaged."""
    try:
        kept = json.loads((folder / CREATION).read_text(encoding="utf-8"))
        return Creation(str(kept["factory"]), int(kept["block"]), to_hex(HexBytes(kept["transaction"])))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(created: Creation, folder: Path) -> None:
    """Keep where a campaign came from."""
    write_whole(folder / CREATION, f"{json.dumps(asdict(created))}\n".encode())


def creation_call(node: "Node", created: Creation) -> tuple[str, dict[str, Any]]:
    """Who called the factory's ``create``, and with what.

    Raises:
        InputError: if the factory was called by a contract, whose calldata is not the factory's.
    """
    transaction = node.transaction(created.transaction)
    if transaction["to"] != created.factory:
        expected = "expected a campaign that an account created by calling the factory itself"
        raise InputError(created.transaction, "", expected)
    codec = node.web3.eth.contract(abi=artifact("CampaignFactory").abi)
    _, arguments = codec.decode_function_input(HexBytes(transaction["input"]))
    return str(transaction["from"]), dict(arguments)


def events_of(campaign: Contract, created: Creation, folder: Path) -> list[Event]:
    """Every event of the campaign so far, in order."""
    return events_until(campaign, created, folder)[0]


def events_until(
    campaign: Contract, created: Creation, folder: Path, last: int | None = None
) -> tuple[list[Event], int]:
    """Every event of the campaign in order, and number of the last block that was looked at.

    Args:
        campaign: contract.
        created: where it came from.
        folder: for the index of its events.
        last: number of the last block to look at; None for all.

    Raises:
        CheckFailed: if the chain does not have that block.
        NodeError: if what the node tells does not fit what the contract says; nothing of it is kept.
    """
    index = _index(campaign, created, folder)
    try:
        events, head = _agreed(campaign, index)
        if last is None:
            return events, head
        if last > head:
            raise CheckFailed(f"block {last}: the chain ends at {head}")
        return [event for event in events if event.block <= last], last
    finally:
        index.close()


def forget_events(campaign: Contract, created: Creation, folder: Path) -> None:
    """Read them anew the next time: something of them is wrong, or of the campaign."""
    index = _index(campaign, created, folder)
    index.forget()
    index.close()


def _index(campaign: Contract, created: Creation, folder: Path) -> Index:
    folder.mkdir(parents=True, exist_ok=True)
    source = NodeSource(campaign.node, campaign.address)
    return Index(source, campaign.node.chain_id, campaign.address, created.block, folder / "events.sqlite")


def _agreed(campaign: Contract, index: Index) -> tuple[list[Event], int]:
    """Events that agree with the contract's own counts, and the block of both."""
    if isinstance(campaign.node, EmbeddedNode):
        head = index.update()
        return decoded("Campaign", index.logs()), head

    def read(head: int) -> tuple[list[Event], str]:
        try:
            events = decoded("Campaign", index.logs())
        except NodeError as error:
            return [], str(error)
        told = ((event.name, event.arguments) for event in events)
        return events, disagreement(told, at_block(replace(campaign, block=head).view))

    return agreed(index, campaign.address, read)


def terms_on_chain(campaign: Contract) -> dict[str, Any]:
    """The contract's ``terms`` by name; ticks, seconds and base units as in ``contracts/Campaign.vy``."""
    (view,) = [entry for entry in artifact("Campaign").abi if entry.get("name") == "terms"]
    names = [field["name"] for field in view["outputs"][0]["components"]]
    checksummed = campaign.node.web3.to_checksum_address
    values = dict(zip(names, campaign.view("terms"), strict=True))
    addresses = ("token", "initiator", "coordinator", "sponsor", "sharing")
    return values | {name: checksummed(values[name]) for name in addresses}


def right_certificate(terms: dict[str, Any], edges: Sequence[Any], events: Sequence[Event]) -> Certificate:
    """The only certificate that ``settle`` accepts (mechanism.md, 4); amounts in ticks, positions among all offers.

    Args:
        terms: as on chain.
        edges: the contract's ``edge`` view of every edge.
        events: of the campaign; the opened offers are read from them.
    """
    opened = sorted(
        (event.arguments for event in events if event.name == "OfferRevealed"), key=lambda offer: int(offer["position"])
    )
    beyond = terms["ceiling"] + 1  # the contract keeps no more of an amount that cannot win
    market = Instance(
        cohort=terms["cohort"],
        min_cohort=terms["min_cohort"],
        ceiling=terms["ceiling"],
        coordinator_fee=0,
        goal=1,
        match=0,
        quality=(ONE,),
        edges=tuple(_edge(at, fixed, state, terms["edge_bond"]) for at, (fixed, state, _) in enumerate(edges)),
        owners=(),
        clients=tuple(Client(offer["client"], str(offer["edge"]), min(offer["cost"], beyond)) for offer in opened),
    )
    found = certificate(choose_cohort(market))
    positions = [int(offer["position"]) for offer in opened]

    def on_chain(key: Key | None) -> Key | None:
        return None if key is None else Key(key.amount, positions[key.position])

    return Certificate(on_chain(found.cutoff), tuple(on_chain(key) for key in found.edge_cutoffs))


def _edge(at: int, fixed: Any, state: Any, bond: int) -> Edge:
    """An edge of the market; one that posted no bond serves nobody."""
    _, capacity, fee, _ = fixed
    bonded = bond == 0 or state[6]
    return Edge(str(at), capacity if bonded else 0, fee)


def edges_of(campaign: Contract) -> list[Any]:
    """The contract's ``edge`` view of every edge: terms, state, last root."""
    return [campaign.view("edge", at) for at in range(campaign.view("edge_count"))]


@contextmanager
def read_as_campaign(address: str) -> Iterator[None]:
    """Whatever stands at an address, reading it as a campaign ends in a sentence.

    A proxy, say, may answer with a campaign's code, and has not its state.

    Raises:
        CheckFailed: what was answered is no campaign's.
    """
    try:
        yield
    except CofundError:
        raise
    except NONSENSE as error:
        raise CheckFailed(f"{address}: does not answer as a campaign of this program does") from error


def at_one_block(campaign: Contract, read: Callable[[Contract, int], T]) -> T:
    """What ``read`` finds at the last block, from the campaign there and the earliest time of the next block.

    The backends of a node may lag behind each other or be on another branch; a mixture of two blocks was never true.

    Raises:
        CheckFailed: no campaign answers so.
        NodeError: if the last block is another one every time.
    """
    node = campaign.node
    with read_as_campaign(campaign.address):
        if isinstance(node, EmbeddedNode):
            return read(campaign, node.now())
        for left in reversed(range(LOOKS)):
            head = node.head()
            try:
                found = read(replace(campaign, block=head.number), node.now_after(head))
            except NONSENSE:
                if not left:
                    raise
            else:
                if node.is_on_chain(head):
                    return found
    raise NodeError("the node changes its mind about the last block all the time; try again later")


def standing(campaign: Contract) -> Standing:
    """Where the campaign stands at the time of the last block.

    Raises:
        CheckFailed: no campaign answers so.
    """
    return at_one_block(campaign, standing_at)


def standing_at(campaign: Contract, now: int) -> Standing:
    """Where the campaign stands; ``now`` is the earliest time that the next block can have."""
    node, terms = campaign.node, terms_on_chain(campaign)
    phase, until = _phase(campaign, terms, now)
    token = Contract(node, "TestToken", terms["token"], campaign.block)  # of which only ERC-20's own calls are used
    settled = STATUS[campaign.view("status")] not in {"open", "cancelled"}
    edges = [
        {
            "operator": node.web3.to_checksum_address(fixed[0]),
            "capacity": fixed[1],
            "bonded": state[6] or terms["edge_bond"] == 0,
            "winners": state[1],
            "price": campaign.view("price", at) if settled else None,
            "signed_up_to_round": state[2],
            "delivered": state[3],
            "claimed": state[4],
        }
        for at, (fixed, state, _) in enumerate(edges_of(campaign))
    ]
    counts = ("owner_count", "offer_count", "revealed_count", "rounds", "rounds_done")
    return Standing(
        now=now,
        phase=phase,
        until=until,
        terms=terms,
        counts={name: campaign.view(name) for name in counts},
        money={name: campaign.view(name) for name in ("deposited", "paid_out", "round_cost", "sponsor_locked")}
        | {"token_balance": token.view("balanceOf", campaign.address)},
        coordinator_bonded=campaign.view("coordinator_bonded"),
        edges=edges,
        open_to_anyone=(["settle"] if phase == "settle" else [])
        + [call for call in ANYONES if _would_pass(campaign, call)],
    )


def _phase(campaign: Contract, terms: dict[str, Any], now: int) -> tuple[str, int | None]:
    status = STATUS[campaign.view("status")]
    return phase_of(status, terms, now, campaign.view("training_end"), campaign.view("round_deadline"))


def _would_pass(campaign: Contract, function: str) -> bool:
    """Whether a call that answers nothing passes: two answers out of three."""

    def asked() -> bytes | None:
        try:
            return campaign.node.call(campaign.address, campaign.encode(function), block=campaign.block)
        except Reverted:
            return None

    answers = [looked_again(asked, lambda answer: not answer, at_once=LOOKS) for _ in range(2)]
    if answers[0] != answers[1]:
        answers[0] = asked()
    return answers[0] == b""
