"""A campaign from the logs, transactions and views of a node, kept up to date from block to block, without web3.

The integer model keeps the books from every transaction that the contract logged anything in; what the contract does
without logging it is read from its views, of a client only if some figure of the contract says that there is
something. Then every figure of the contract is that of the books. What a node leaves out or makes up does not fit, and
is read again; in the end one sentence says so.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cofund.campaign.campaign import Campaign, Location
from cofund.campaign.chain_document import document_from_chain, published_if_right
from cofund.campaign.chain_state import edge_told, read_curve, read_offers
from cofund.campaign.creations import Created, creation_arguments
from cofund.campaign.figures import COUNTS, WHOLE, Asking, View, check_figures
from cofund.campaign.observed import Observed
from cofund.campaign.publication import LAST_TIME
from cofund.campaign.token import token_facts
from cofund.campaign.unlogged import Unlogged, apply_bonds, apply_rounds, offer_of, unlogged_bonds, unlogged_rounds
from cofund.chain.abi import call_data, decoded
from cofund.chain.agreement import agreed, disagreement
from cofund.chain.contract import Contract
from cofund.chain.events import Index
from cofund.chain.journal import Journal
from cofund.chain.logs import Event, Log, ProviderSource
from cofund.chain.node import Node
from cofund.chain.signed import opened
from cofund.chain.terms_abi import quality_of, told_head
from cofund.chain.trail import CampaignTransaction, seen_in
from cofund.errors import CheckFailed, NodeError, Reverted
from cofund.market.terms import MAX_EDGES, MAX_OFFERS, MAX_OWNERS, MAX_ROUNDS, Terms
from cofund.money import MOST_DECIMALS
from cofund.settlement.ledger import Ledger, Offer, Status

if TYPE_CHECKING:
    from cofund.chain.provider import Provider

WORD: Final = 32
MOST_EVENTS: Final = 200_000
LIMITS: Final = {
    **dict.fromkeys(("commit_end", "reveal_end", "settle_end", "training_end", "round_deadline"), LAST_TIME),
    **dict.fromkeys(("round_limit", "veto_window", "delivery_window"), LAST_TIME),
    "edge_count": MAX_EDGES,
    "owner_count": MAX_OWNERS,
    "offer_count": MAX_OFFERS,
    "revealed_count": MAX_OFFERS,
    "rounds": MAX_ROUNDS,
    "rounds_done": MAX_ROUNDS,
    "event_count": MOST_EVENTS,
    "decimals": MOST_DECIMALS,
}
"""The most that a figure of a campaign can be; seconds before the year 10000."""
FIGURES: Final = ("status", "edge_count", "deposited", "paid_out", *COUNTS, *WHOLE)
"""Views of the campaign as a whole."""


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
        index: of its logs.
    """

    provider: "Provider"
    created: Created
    chain_id: int
    initiator: str
    terms: Terms
    document: dict[str, Any]
    published: bool
    index: Index
    _books: Observed | None = None
    _trace: list[tuple[int, int, str]] = field(default_factory=list)
    _seen: list[CampaignTransaction] = field(default_factory=list)
    _events: dict[Log, list[Event]] = field(default_factory=dict)
    _clients: dict[str, Offer] = field(default_factory=dict)
    _roles: set[str] = field(default_factory=set)

    @property
    def address(self) -> str:
        """Of the campaign."""
        return self.created.campaign

    def at(self, block: Block) -> Campaign:
        """The campaign at a block.

        Raises:
            NodeError: if what the node tells never fits.
        """
        views = _asking(self._at(block))

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
        figures = dict(zip(FIGURES, views([(name,) for name in FIGURES]), strict=True))
        try:
            events = [event for event in self._decoded() if event.block <= block.number]
            require_possible(figures | {"event_count": len(events)})
        except NodeError as error:
            return None, str(error)
        wrong = disagreement(((event.name, event.arguments) for event in events), views)
        if wrong:
            return None, wrong
        try:
            books = self._kept(events, figures, views)
            ledger, unlogged = self._with_unlogged(books, views)
            check_figures(ledger, views, _operators(ledger))
        except CheckFailed as error:
            self._start_over()
            return None, str(error)
        place = Location(self.chain_id, self.address, self.created.factory, self.created.store, block.number)
        seen, calls = tuple(self._seen), tuple(books.calls)
        return Campaign(self.document, self.published, place, block.time, ledger, seen, calls, unlogged), ""

    def _decoded(self) -> list[Event]:
        """All events in order; each log is decoded once."""
        known = self._events
        self._events = {log: known[log] if log in known else decoded("Campaign", [log]) for log in self.index.logs()}
        return [event for found in self._events.values() for event in found]

    def _start_over(self) -> None:
        self._books, self._trace, self._seen = None, [], []
        self._clients, self._roles = {}, set()

    def _kept(self, events: Sequence[Event], figures: Mapping[str, Any], views: Asking) -> Observed:
        """The books with every transaction so far; those of the block before stay as they are."""
        trace = [(event.block, event.position, event.hash) for event in events]
        if trace[: len(self._trace)] != self._trace:  # another chain than before
            self._start_over()
        new = self._new(events[len(self._trace) :])
        roles = set(_roles(self.terms, events, figures, views)) - self._roles
        if self._books is None or new or roles:
            books = self._begun() if self._books is None else self._books.copy()
            books.posters |= self._posters(new, views)
            for role in roles:
                books.accept(role)
            for seen in new:
                books.follow(seen)
            self._books, self._trace, self._seen = books, trace, self._seen + new
            self._roles |= roles
        return self._books

    def _begun(self) -> Observed:
        ledger = Ledger(self.terms, self.initiator, self.chain_id, self.address)
        return Observed(ledger, {}, shown_only=True)

    def _new(self, events: Sequence[Event]) -> list[CampaignTransaction]:
        """The transactions of events that were not seen before."""
        return seen_in(self.index, {event.hash: event.block for event in events}, events)

    def _posters(self, new: Iterable[CampaignTransaction], views: Asking) -> dict[str, int | None]:
        """Which edge relayed the offers that came through another contract."""
        through = [seen for seen in new if opened(seen.raw, unsigned=True).to != self.address]
        events = [event for seen in through for event in seen.events if event.name == "OfferCommitted"]
        told = self._told(views, [event.arguments["client"] for event in events])
        return {client: offer.poster for client, offer in told.items()}

    def _with_unlogged(self, books: Observed, views: Asking) -> tuple[Ledger, Unlogged]:
        """The books with what the contract did silently; a client is asked for only if some figure tells of it."""
        ledger, unlogged = self._settled(books)
        suspects = _suspects(ledger, views)
        if suspects:
            self._clients |= self._told(views, suspects)
            ledger, unlogged = self._settled(books)
        return ledger, unlogged

    def _told(self, views: Asking, clients: Sequence[str]) -> dict[str, Offer]:
        """What the contract keeps of clients."""
        return {client: offer for client, (_, offer) in read_offers(views, self.terms, clients).items()}

    def _settled(self, books: Observed) -> tuple[Ledger, Unlogged]:
        """The books with what is known of clients."""
        ledger = books.ledger.copy() if self._clients else books.ledger
        known = {
            client: state
            for client, state in self._clients.items()
            if state.paid_rounds >= offer_of(ledger, client).paid_rounds
        }
        rounds, bonds = unlogged_rounds(ledger, known), unlogged_bonds(ledger, known)
        apply_rounds(ledger, rounds)
        apply_bonds(ledger, bonds)
        return ledger, Unlogged(tuple(sorted(self._roles)), dict(books.posters), rounds, bonds)


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
    head, count = views([("terms",), ("edge_count",)])
    terms = told_head(head)
    require_possible(terms | {"edge_count": count})
    edges = [fixed for fixed, _, _ in views([("edge", at) for at in range(count)])]
    _, call = creation_arguments(provider, created) or ("", None)
    quality = quality_of(call["curve"])[: terms["rounds"]] if call else read_curve(campaign, terms["rounds"])
    token = token_facts(campaign.node, terms["token"])
    require_possible({"decimals": token.decimals or 0})
    weights = call["weights"] if call else []
    said = document_from_chain(terms, edges, quality, weights, (token.symbol or "", token.decimals or 0))
    document, right, is_published = published_if_right(published, terms["digest"], said, weighed=call is not None)
    index = Index(ProviderSource(provider, created.campaign), chain_id, created.campaign, created.block)
    return Following(provider, created, chain_id, terms["initiator"], right, document, is_published, index)


def _operators(ledger: Ledger) -> list[str]:
    """Whose credit silent bonds change; before settlement nobody is credited with anything."""
    if ledger.status == Status.OPEN:
        return []
    return list(dict.fromkeys(edge.operator for edge in ledger.terms.edges))


def _suspects(ledger: Ledger, views: Asking) -> list[str]:
    """Clients of whom the contract may have settled something silently.

    Rounds paid with nothing are among those that an edge's clients claimed; a bond that went back to the edge that
    posted it is among what its operator is owed.
    """
    edges, operators = ledger.terms.edges, _operators(ledger)
    told = views([("edge", at) for at in range(len(edges))])
    claimed = {at for at, each in enumerate(told) if edge_told(each).claimed != ledger.edges[at].claimed}
    credits_told = zip(operators, views([("credit", account) for account in operators]), strict=True)
    owed = {account for account, credit in credits_told if credit != ledger.credit[account]}
    return [
        offer.client
        for offer in ledger.offers
        if (offer.winner and offer.edge in claimed)
        or (offer.bond_held and offer.poster is not None and edges[offer.poster].operator in owed)
    ]


def _roles(terms: Terms, events: Sequence[Event], figures: Mapping[str, Any], views: Asking) -> Iterator[str]:
    """Who accepted its role: no event tells; the sponsor did if nothing else makes what came in."""
    told = views([("edge", at) for at in range(len(terms.edges))])
    bonded = [str(at) for at, each in enumerate(told) if edge_told(each).bonded]
    came = Counter(event.name for event in events)
    rest = figures["deposited"] - len(bonded) * terms.edge_bond - came["OfferCommitted"] * terms.client_bond
    rest -= came["BidCommitted"] * terms.owner_bond
    rest -= sum(event.arguments["escrow"] for event in events if event.name == "BidCommitted")
    if figures["coordinator_bonded"]:
        yield "coordinator"
        rest -= terms.coordinator_bond
    yield from bonded
    if terms.sponsorship and rest == terms.sponsorship:
        yield "sponsor"


def _contract(provider: "Provider", chain_id: int, campaign: str, block: Block) -> Contract:
    return Contract(Node(provider, chain_id, Journal()), "Campaign", campaign, block.number)


def _asking(campaign: Contract) -> Asking:
    """Views of a campaign at a block, of which none is asked twice."""
    known: dict[View, Any] = {}

    def views(wanted: Sequence[View]) -> list[Any]:
        missing = [view for view in dict.fromkeys(wanted) if view not in known]
        try:
            known.update(zip(missing, campaign.views(missing), strict=True))
        except Reverted as error:
            raise NodeError(f"{campaign.address}: no campaign is there") from error
        return [known[view] for view in wanted]

    return views
