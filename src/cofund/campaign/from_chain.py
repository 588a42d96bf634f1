"""A campaign from the logs and views of a node, kept up to date from block to block, without web3.

The integer model keeps the books from the events of the campaign and of its books, which tell everything. Then every
figure of the contracts is that of the books. What a node leaves out or makes up does not fit, and is read again; in the
end one sentence says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from cofund.campaign.campaign import Campaign, Location
from cofund.campaign.chain_document import document_from_chain, published_if_right
from cofund.campaign.chain_state import weights_told
from cofund.campaign.creations import Created, creation_arguments
from cofund.campaign.figures import Asking, check_figures
from cofund.campaign.observed import Observed
from cofund.campaign.publication import LAST_TIME
from cofund.campaign.token import token_facts
from cofund.chain.abi import call_data, campaign_events
from cofund.chain.agreement import agreed, disagreement
from cofund.chain.contract import Contract, View, both_views, contracts_of
from cofund.chain.events import Index
from cofund.chain.journal import Journal
from cofund.chain.logs import Event, Log, ProviderSource
from cofund.chain.node import Node
from cofund.chain.terms_abi import quality_of, told_head
from cofund.chain.trail import CampaignTransaction, seen_in
from cofund.errors import CheckFailed, NodeError, Reverted
from cofund.market.terms import MAX_EDGES, MAX_ROUNDS, NOBODY, Terms
from cofund.money import MOST_DECIMALS
from cofund.settlement.ledger import Ledger

if TYPE_CHECKING:
    from cofund.chain.provider import Provider

WORD: Final = 32
MOST_EVENTS: Final = 200_000
LIMITS: Final = {
    **dict.fromkeys(("commit_end", "reveal_end", "settle_end"), LAST_TIME),
    **dict.fromkeys(("round_limit", "veto_window", "delivery_window", "absence_window"), LAST_TIME),
    "edge_count": MAX_EDGES,
    "rounds": MAX_ROUNDS,
    "event_count": MOST_EVENTS,
    "decimals": MOST_DECIMALS,
}
"""The most that a figure of a campaign can be; seconds before the year 10000."""


def require_possible(figures: Mapping[str, Any]) -> None:
    """Refuse figures that no factory of ours lets a campaign have, before anything is counted up to them.

    Raises:
        NodeError: naming the first.
    """
    for name, most in LIMITS.items():
        found = figures.get(name, 0)
        if found > most:
            shown = f"{found:,}" if found < 10**18 else f"a number of {len(str(found))} digits"
            raise NodeError(f"no campaign of cofund: {name} is {shown}, and {most:,} is the most")


@dataclass(frozen=True, slots=True)
class Block:
    """The last block; ``time`` in seconds since the epoch."""

    number: int
    hash: str
    time: int


def head(provider: "Provider") -> Block:
    """The last block of the chain."""
    found = provider.ask("eth_getBlockByNumber", "latest", False)
    return Block(int(found["number"], 16), found["hash"], int(found["timestamp"], 16))


@dataclass(slots=True)
class Following:
    """One campaign on a node: what never changes about it, and the books as far as they were kept.

    Args:
        provider: the node.
        created: where the campaign came from.
        chain_id: of the chain.
        initiator: as on chain.
        terms: that the contract works with.
        document, published: see ``Campaign``.
        index: of the logs of the campaign and its books.
        weighed: whether the terms have everybody's weight; else that of those who have sealed a bid is read each time.
    """

    provider: "Provider"
    created: Created
    chain_id: int
    initiator: str
    terms: Terms
    document: dict[str, Any]
    published: bool
    index: Index
    weighed: bool
    _books: Observed | None = None
    _trace: list[tuple[int, int, str]] = field(default_factory=list)
    _seen: list[CampaignTransaction] = field(default_factory=list)
    _events: dict[Log, list[Event]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Of the campaign."""
        return self.created.campaign

    def at(self, block: Block) -> Campaign:
        """The campaign at a block.

        Raises:
            NodeError: if what the node tells never fits.
        """
        views = _asking(self._at(block), sealed=self.terms.sealed)

        def read(last: int) -> tuple[Campaign | None, str]:
            if last < block.number:
                raise NodeError(f"the node told block {block.number} and now ends at {last}")
            return self._read(views, block)

        found, _ = agreed(self.index, self.address, read)
        if found is None:
            raise NodeError(f"{self.address}: the node's events do not fit the contract's own counts; ask another")
        return found

    def balance(self, block: Block) -> int | None:
        """Base units of the token that lie at the campaign's address; None if the token does not tell."""
        asked = call_data("TestToken", "balanceOf", self.address)
        (told,) = self._at(block).node.calls(self.terms.token, [asked], block.number)
        return int.from_bytes(told) if isinstance(told, bytes) and len(told) == WORD else None

    def _at(self, block: Block) -> Contract:
        return _contract(self.provider, self.chain_id, self.address, block)

    def _read(self, views: Asking, block: Block) -> tuple[Campaign | None, str]:
        """The campaign, or what does not fit, in words."""
        try:
            events = [event for event in self._decoded() if event.block <= block.number]
            require_possible({"event_count": len(events)})
        except NodeError as error:
            return None, str(error)
        told = ((event.name, event.arguments) for event in events)
        wrong = disagreement(told, views, sealed=self.terms.sealed)
        if wrong:
            return None, wrong
        try:
            self._weigh(views)
            books = self._kept(events)
            check_figures(books.ledger, views, parties(books.ledger))
        except CheckFailed as error:
            self._start_over()
            return None, str(error)
        place = Location(self.chain_id, self.address, self.created.factory, self.created.store, block.number)
        return Campaign(self.document, self.published, place, block.time, books.ledger, tuple(self._seen)), ""

    def _decoded(self) -> list[Event]:
        """All events in order; each log is decoded once."""
        known = self._events
        self._events = {log: known[log] if log in known else self._events_in(log) for log in self.index.logs()}
        return [event for found in self._events.values() for event in found]

    def _events_in(self, log: Log) -> list[Event]:
        return campaign_events([log], sealed=self.terms.sealed)

    def _start_over(self) -> None:
        self._books, self._trace, self._seen = None, [], []

    def _weigh(self, views: Asking) -> None:
        """Whose weights the terms do not tell are told when they have sealed a bid."""
        if self.weighed:
            return
        (count,) = views([("owner_count",)])
        weights = tuple(weights_told(views([("owner", at) for at in range(count)])))
        if weights != self.terms.weights:
            self.terms = replace(self.terms, weights=weights)
            self._start_over()

    def _kept(self, events: Sequence[Event]) -> Observed:
        """The books with every transaction so far; those of the block before stay as they are."""
        trace = [(event.block, event.position, event.hash) for event in events]
        if trace[: len(self._trace)] != self._trace:  # another chain than before
            self._start_over()
        later = events[len(self._trace) :]
        new = seen_in(self.index, {event.hash: event.block for event in later}, later)
        if self._books is None or new:
            books = self._begun() if self._books is None else self._books.copy()
            for seen in new:
                books.follow(seen)
            self._books, self._trace, self._seen = books, trace, self._seen + new
        return self._books

    def _begun(self) -> Observed:
        return Observed(Ledger(self.terms, self.initiator, self.chain_id, self.address), unsigned=True)


def follow(
    provider: "Provider",
    chain_id: int,
    created: Created,
    block: Block,
    published: Mapping[bytes, dict[str, Any]],
) -> Following:
    """Read once what cannot change: terms, edges, curve, names.

    Args:
        provider: the node.
        chain_id: of the chain.
        created: where the campaign came from.
        block: the last one.
        published: terms documents by digest.

    Raises:
        NodeError: if there is no campaign.
    """
    campaign = _contract(provider, chain_id, created.campaign, block)
    views = _asking(campaign)
    (told,) = views([("terms",)])
    head = told_head(told)
    count, (curve, goals) = views([("edge_count",), ("market",)])
    require_possible(head | {"edge_count": count})
    edges = [fixed for fixed, _, _ in views([("edge", at) for at in range(count)])]
    _, call = creation_arguments(provider, created) or ("", None)
    token = token_facts(campaign.node, head["token"])
    require_possible({"decimals": token.decimals or 0})
    weights = call["weights"] if call else []
    quality = quality_of(curve)[: head["rounds"]]
    said = document_from_chain(head, edges, quality, goals, weights, (token.symbol or "", token.decimals or 0))
    weighed = call is not None or not head["listed_owners"]
    document, right, is_published = published_if_right(published, head["digest"], said, weighed=weighed)
    source = ProviderSource(provider, *contracts_of(created.campaign))
    index = Index(source, chain_id, created.campaign, created.block)
    known = weighed or is_published
    return Following(provider, created, chain_id, head["initiator"], right, document, is_published, index, known)


def parties(ledger: Ledger) -> list[str]:
    """Accounts with a part that the terms give them, each once."""
    terms = ledger.terms
    named = (ledger.initiator, terms.coordinator, terms.sponsor, *(edge.operator for edge in terms.edges))
    return [account for account in dict.fromkeys(named) if account != NOBODY]


def _contract(provider: "Provider", chain_id: int, campaign: str, block: Block) -> Contract:
    return Contract(Node(provider, chain_id, Journal()), "Campaign", campaign, block.number)


def _asking(campaign: Contract, *, sealed: bool = False) -> Asking:
    """Views of a campaign at a block, of which none is asked twice."""
    known: dict[View, Any] = {}

    def views(wanted: Sequence[View]) -> list[Any]:
        missing = [view for view in dict.fromkeys(wanted) if view not in known]
        try:
            known.update(zip(missing, both_views(campaign, missing, sealed=sealed), strict=True))
        except Reverted as error:
            raise NodeError(f"{campaign.address}: no campaign is there") from error
        return [known[view] for view in wanted]

    return views
