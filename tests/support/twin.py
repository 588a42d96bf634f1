"""The contract and its integer model, called together: same refusals, same books, after every call.

A second model is told nothing but what the contracts logged, and has the same books after every call.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from eth_abi import encode
from eth_utils.address import to_checksum_address

from cofund.campaign.called import check_call, proofs_of
from cofund.campaign.sealed_events import applying
from cofund.chain.abi import called_with, campaign_events
from cofund.chain.accounts import deliveries_message, rehearsal_account, sign
from cofund.chain.contract import DecodedCall, claim_arguments, opening_arguments
from cofund.chain.logs import Event, Log
from cofund.errors import Reverted
from cofund.market.offer_book import NO_BOUNDARY, Boundary, ListedOffer, OfferBook
from cofund.market.phases import STATUS
from cofund.market.sealing import Opening, seal
from cofund.market.terms import NOBODY, EdgeTerms, Terms
from cofund.settlement.ledger import Ledger, Status
from evm import CHAIN_ID, DEPLOYER, PACKAGED, START, TOKEN, Build, deploy_campaign, signature_of
from single_offers import SingleOffers, missing_of

WEALTH = 10**30
WRONG_WINNERS = {
    "settle: edge over capacity",
    "settle: no such winner",
    "settle: not in the book",
    "settle: wrong cohort size",
    "settle: a cheaper offer is turned away",
    "settle: a winner above the ceiling",
    "settle: not in order",
}
SIGNERS = ("coordinator", "edge0", "edge1", "edge2", "outsider", *(f"client{i}" for i in range(8)))
KEYS = {name: rehearsal_account("tests", name) for name in SIGNERS}
ROOT = b"\7" * 32
EARLY = "record: an earlier round may still be vetoed"
NAMES: dict[str, str] = {}


@cache
def address(name: str) -> str:
    """Accounts that sign have keys; the others are only addresses."""
    account = KEYS[name].address if name in KEYS else to_checksum_address("0x" + name.encode().hex().rjust(40, "0"))
    NAMES[account] = name
    return account


def name_of(account: str) -> str:
    """Of an account that has been named, or itself."""
    return NAMES.get(account, account)


INITIATOR, COORDINATOR, SPONSOR = address("initiator"), address("coordinator"), address("sponsor")
SOME_TERMS = Terms(
    token=TOKEN,
    coordinator=COORDINATOR,
    commit_end=START + 100,
    reveal_end=START + 200,
    settle_end=START + 300,
    round_limit_s=50,
    veto_window_s=0,
    unaccepted=1,
    delivery_window_s=40,
    tick=10,
    cohort=3,
    min_cohort=2,
    ceiling=200,
    coordinator_fee=7,
    goal=2,
    quality=(400_000_000, 300_000_000, 200_000_000, 100_000_000),
    edges=(EdgeTerms("edge0", address("edge0"), 2, 20, 200), EdgeTerms("edge1", address("edge1"), 2, 0, 200)),
    weights=(),
    owner_bond=11,
    book_bond=200,
    edge_bond=0,
    coordinator_bond=1000,
    digest=b"\7" * 32,
)


def with_terms(**changes: Any) -> Terms:
    """Terms with these changes; whoever names weights alone lists the owners of the scripts with them."""
    if changes.get("weights") and "listed_owners" not in changes:
        named = dict(changes["weights"])
        everybody = {address(f"owner{at}"): 1 for at in range(8)} | named
        changes |= {"listed_owners": True, "weights": tuple(everybody.items())}
    return replace(SOME_TERMS, **changes)


def listed(*names: str) -> dict[str, Any]:
    """Terms under which only these may bid, as whoever promises money wants it."""
    return {"listed_owners": True, "weights": tuple((address(name), 1) for name in names)}


class Twin:
    """One campaign on revm beside its ledger; ``calls`` counts those of all twins."""

    calls = 0

    def __init__(self, terms: Terms, build: Build = PACKAGED) -> None:
        self.terms = terms
        self.chain = deploy_campaign(terms, INITIATOR, build)
        self.ledger = Ledger(terms, INITIATOR, CHAIN_ID, self.chain.campaign)
        self.logged = Ledger(terms, INITIATOR, CHAIN_ID, self.chain.campaign)  # from logs alone
        self.events: list[tuple[int, list[Event]]] = []  # of every accepted call: time and what was logged
        self.books = to_checksum_address(self.chain.view("books"))
        self.openings: dict[str, Opening] = {}
        self.sealed: dict[str, OfferBook] = {}
        self.singly = self.chain.singly = SingleOffers(self, address, name_of)
        self.digests: dict[int, bytes] = {}
        self.accepted: list[tuple[int, str, str, tuple[Any, ...]]] = []  # time, sender, function, arguments
        self.funded: set[str] = set()
        self.donated = 0  # tokens that somebody sent to the campaign without a call
        self.accounts = {INITIATOR, COORDINATOR, *(edge.operator for edge in terms.edges), terms.sponsor} - {NOBODY}
        for account in self.accounts - {INITIATOR}:
            self._fund(account)

    @property
    def now(self) -> int:
        return self.chain.machine.now

    def at(self, timestamp: int) -> None:
        """Wait; what was offered singly is sealed before the phase for it ends."""
        if self.now < self.terms.commit_end <= timestamp:
            self.singly.seal()
        self.chain.machine.now = max(self.now, timestamp)

    def both(
        self,
        sender: str,
        function: str,
        arguments: tuple[Any, ...],
        model: Callable[[], None],
        contract: str = "Campaign",
        behind: bytes = b"",
    ) -> str | None:
        """Call both; return the sentence they refused with, or None. ``behind`` follows the arguments."""
        Twin.calls += 1
        refusals: list[str | None] = []
        selector, inputs, _ = signature_of(contract, function, len(arguments))
        data = selector + encode(inputs, arguments) + behind
        to = self.chain.campaign if contract == "Campaign" else self.books
        for call in (lambda: self.chain.machine.send(to, data, sender), model):
            try:
                call()
            except Reverted as error:
                refusals.append(str(error))
            else:
                refusals.append(None)
        chain, ledger = refusals
        if ledger == "settle: wrong winners":
            assert chain in WRONG_WINNERS, chain
        else:
            assert chain == ledger, (chain, ledger, function, arguments[:3])
        self.compare()
        if ledger is None:
            self.accepted.append((self.now, sender, function, arguments))
            self._replay(DecodedCall(to_checksum_address(sender), to, *called_with(contract, data)), data)
        return ledger

    def _replay(self, call: DecodedCall, data: bytes) -> None:
        """The logs alone tell all that the call did, and are those that the call makes."""
        own, logs = {self.chain.campaign, self.books}, []
        for address_, topics, (_, payload) in self.chain.machine.logs:
            if to_checksum_address(address_) in own:
                logs.append(Log(len(self.events), len(logs), "", tuple(topics), "0x" + payload.hex()))
        self.chain.machine.logs.clear()
        events = campaign_events(logs, sealed=self.terms.sealed)
        assert len(events) == len(logs)
        self.events.append((self.now, events))
        check_call(self.logged, call, data, events)
        applying(self.logged, self.now, proofs_of(call)).apply(events)
        self.logged.refused_by_token = self.ledger.refused_by_token
        assert self.logged == self.as_told()
        self.logged.refused_by_token = set()

    def as_told(self) -> Ledger:
        """The books as logs alone can tell them."""
        return self.ledger

    # ------------------------------------------------------------ comparison

    def compare(self) -> None:
        """Every public figure of the contract equals the model's, and every balance is accounted for (I-2)."""
        view, ledger = self.chain.view, self.ledger
        figures = {
            "status": {name: number for number, name in STATUS.items()}[ledger.status],
            "coordinator_bonded": ledger.coordinator_bonded,
            "sponsor_locked": ledger.sponsor_locked,
            "owner_count": len(ledger.owners),
            "round_cost": ledger.round_cost,
            "true_cost": ledger.true_cost,
            "extra": ledger.extra,
            "lost_bonds": ledger.lost_bonds,
            "deposited": ledger.deposits.total(),
            "paid_out": ledger.payments.total(),
        }
        assert {name: view(name) for name in figures} == figures
        progress = ledger.rounds, ledger.rounds_done, ledger.round_deadline, ledger.training_end
        assert view("progress") == (*progress, ledger.halted, bool(ledger.boxes))
        self._compare_owners()
        self._compare_edges()
        self.compare_books()
        for number in list(ledger.recorded_at)[-2:]:  # each is written once, so the last are enough after every call
            recorded = (view("recorded_at", number), view("model_digest", number))
            assert recorded == (ledger.recorded_at[number], self.digests[number])
        for account in self.accounts:
            assert view("credit", account) == ledger.credit[account]
            started = WEALTH if account in self.funded else 0
            assert self.chain.balance(account) == started + ledger.payments[account] - ledger.deposits[account]
        assert self.chain.balance(self.chain.campaign) == ledger.held() + self.donated

    def _compare_owners(self) -> None:
        for index, o in enumerate(self.ledger.owners):
            account, bill = self.chain.view("owner", index)
            assert account == (o.account.lower(), o.weight, o.bid is not None, o.owed, o.bid or 0)
            assert bill == (o.level, o.charge)

    def _compare_edges(self) -> None:
        for index, (terms, e) in enumerate(zip(self.terms.edges, self.ledger.edges, strict=True)):
            fixed, (price, *state), root = self.chain.view("edge", index)
            parent = 0 if terms.parent is None else 1 + self.terms.number_of(terms.parent)
            in_ticks = terms.fee // self.terms.tick, terms.ceiling // self.terms.tick
            assert fixed == (terms.operator.lower(), terms.capacity, *in_ticks, parent)
            counts = [e.winners, e.up_to_round, e.delivered, e.claimed, e.fee_rounds, e.extra_claimed]
            assert (state, root) == ([*counts, e.bonded, e.stood_in], e.root)
            if self.ledger.status in {Status.UNFUNDED, Status.TRAINING, Status.CLOSED}:
                assert price * self.terms.tick == e.price

    def compare_books(self) -> None:
        for index, e in enumerate(self.ledger.edges):
            assert self._on_books("section", index) == (e.start, e.offers)
        for book in self.ledger.books.values():
            assert self._on_books("book", book.operator) == (book.clients, book.opened, book.returned)
        for offer in self.ledger.offers:
            extra = offer.extra_rounds >= 0
            assert self._on_books("paid", offer.edge, offer.place) == (offer.paid_up_to, extra)

    def _on_books(self, function: str, *arguments: Any) -> Any:
        return self.chain.machine.view("Books", self.books, function, *arguments)

    # ------------------------------------------------------------ commit and reveal

    def post_coordinator_bond(self, sender: str = "coordinator") -> str | None:
        return self._by(sender, "post_coordinator_bond")

    def post_edge_bond(self, edge: int, sender: str | None = None) -> str | None:
        return self._by(sender or f"edge{edge}", "post_edge_bond", edge)

    def lock_sponsorship(self, sender: str = "sponsor") -> str | None:
        return self._by(sender, "lock_sponsorship")

    def commit_bid(self, name: str, bid: int, escrow: int) -> str | None:
        opening, owner = self._fresh(name, bid), address(name)
        commitment = seal(CHAIN_ID, self.chain.campaign, opening)
        self._fund(owner)
        arguments = (commitment, escrow, ROOT)
        refusal = self.both(
            owner, "commit_bid", arguments, lambda: self.ledger.commit_bid(self.now, owner, commitment, escrow)
        )
        if refusal is None:
            self.openings[owner] = opening
        return refusal

    def commit_book(
        self, operator: str, offers: Mapping[int, Sequence[tuple[str, int]]], *, sender: str | None = None
    ) -> str | None:
        """Seal a book of (client, cost in ticks) by edge; any of the operator's edges stands for all."""
        listed = {edge: [ListedOffer(address(name), cost) for name, cost in rows] for edge, rows in offers.items()}
        book, by = (
            OfferBook.of(address(operator), operator.encode().rjust(32, b"b"), listed),
            address(sender or operator),
        )
        edge = min(offers, default=0)
        arguments = (edge, book.commitment(CHAIN_ID, self.chain.campaign), len(book.offers))
        self._fund(by)
        refusal = self.both(
            by, "commit_book", arguments, lambda: self.ledger.commit_book(self.now, by, *arguments), "Books"
        )
        if refusal is None:
            self.sealed[book.operator] = book
            self.accounts |= {offer.client for offer in book.offers}
        return refusal

    def commit_offer(self, name: str, cost: int, edge: int) -> str | None:
        """A client offers, to be listed by its edge's operator."""
        return self.singly.add(name, cost, edge)

    def relay_offers(self, edge: int, offers: Sequence[tuple[str, int]], *, sender: str | None = None) -> str | None:
        """The same of several clients (name, cost); the first refusal."""
        said = [self.singly.add(name, cost, edge, sender) for name, cost in offers]
        return next((refusal for refusal in said if refusal), None)

    def reveal_offers(self, *names: str) -> str | None:
        """Open the books that these clients are in."""
        return self.singly.open(*names)

    def open_book(self, operator: str, book: OfferBook | None = None) -> str | None:
        """Open an operator's book, or what somebody says is it."""
        said = book or self.sealed.get(address(operator)) or OfferBook(address(operator), bytes(32), ())
        arguments = (said.operator, said.seed, list(said.counts))
        model = lambda: self.ledger.open_book(self.now, said)  # noqa: E731 - a name for the call
        return self.both(DEPLOYER, "open_book", arguments, model, "Books", said.records)

    def return_book_bond(self, operator: str) -> str | None:
        by = address(operator)
        return self.both(DEPLOYER, "return_bond", (by,), lambda: self.ledger.return_book_bond(by), "Books")

    def return_bonds(self, *names: str) -> str | None:
        """Of the books that these clients are in, or that are theirs; the first refusal."""
        said = [self.return_book_bond(operator) for operator in self.singly.at_stake(names)]
        return next((refusal for refusal in said if refusal), None)

    def return_all_bonds(self) -> None:
        """Of all books, whoever's they are."""
        for operator in self.ledger.books:
            self.both(
                DEPLOYER, "return_bond", (operator,), lambda by=operator: self.ledger.return_book_bond(by), "Books"
            )

    def reveal_bids(self, *names: str) -> str | None:
        openings = [self._opening(name) for name in names]
        arguments = (opening_arguments(openings),)
        return self.both(DEPLOYER, "reveal_bids", arguments, lambda: self.ledger.reveal_bids(self.now, openings))

    # ------------------------------------------------------------ settle and train

    def boundary(self, edge: int, winners: int) -> Boundary:
        """Where the winners of an edge end in its operator's open book."""
        operator = self.terms.edges[edge].operator
        known = self.ledger.books.get(operator)
        return self.sealed[operator].boundary(edge, winners) if known and known.opened else NO_BOUNDARY

    def settle(self, winners: Sequence[int] | None = None) -> str | None:
        chosen = self.ledger.right_winners() if winners is None else list(winners)
        shown = [self.boundary(edge, count).arguments for edge, count in enumerate(chosen)]
        said = [row[0] for row in shown]
        return self.both(DEPLOYER, "settle", (shown,), lambda: self.ledger.settle(self.now, said), "Books")

    def record_round(self, number: int, sender: str = "coordinator", *, waits: bool = True) -> str | None:
        """Record a round, if need be as soon as it may be built upon those before it."""
        digest, by = bytes([number % 256]) * 32, address(sender)
        self.digests.setdefault(number, digest)
        arguments = (number, digest, b"\2" * 32, 5)
        refusal = self.both(by, "record_round", arguments, lambda: self.ledger.record_round(self.now, by, number))
        if refusal != EARLY or not waits:
            return refusal
        self.at(self.ledger.may_build(number))
        return self.record_round(number, sender, waits=False)

    def veto(self, number: int, name: str) -> str | None:
        return self._by(name, "veto", number)

    def post_deliveries(
        self, edge: int, up_to_round: int, root: bytes, missing: Sequence[int] | int, signer: str
    ) -> str | None:
        """Who missed which round, or all client-rounds delivered in one number."""
        if isinstance(missing, int):
            missing = missing_of(root, missing, up_to_round, self.ledger.edges[edge].winners)
        message = deliveries_message(CHAIN_ID, self.chain.campaign, edge, up_to_round, root, missing)
        arguments = (edge, up_to_round, root, list(missing))
        by = address(signer)
        return self.both(
            DEPLOYER,
            "post_deliveries",
            (*arguments, b"".join(sign(KEYS[signer], message))),
            lambda: self.ledger.post_deliveries(self.now, *arguments, signer=by),
        )

    def release_models(self, boxes: Sequence[bytes] | bytes | None = None, sender: str = "coordinator") -> str | None:
        by, buyers = address(sender), sum(owner.level > 0 for owner in self.ledger.owners)
        each = ROOT if boxes is None else boxes
        said = [each] * buyers if isinstance(each, bytes) else list(each)
        return self.both(by, "release_models", (said,), lambda: self.ledger.release_models(self.now, by, said))

    # ------------------------------------------------------------ payments and what anyone may call

    def claim(
        self,
        edge: int | str,
        chunk: int,
        bitmaps: Sequence[int],
        proof: Sequence[bytes] = (),
        chosen: int | None = None,
    ) -> str | None:
        """Claims of winners of one chunk of the open book of the edge's operator; or (client, bitmap, proof) of one."""
        if isinstance(edge, str):
            return self.claim_many(0, [edge], [chunk], bitmaps)
        arguments = self.claim_arguments(edge, chunk, bitmaps, proof, chosen)
        model = lambda: self.ledger.claim(edge, chunk, arguments[2], bitmaps, proof)  # noqa: E731 - a name for the call
        return self.both(DEPLOYER, "claim", arguments, model, "Books")

    def claim_many(self, _: int, names: Sequence[str], bitmaps: Sequence[int], proof: Sequence[bytes]) -> str | None:
        """Claims of clients whose places are in one chunk."""
        try:
            return self.claim(*self.singly.claim([address(name) for name in names], bitmaps, proof))
        except Reverted as refusal:
            return str(refusal)

    def claim_arguments(
        self, edge: int, chunk: int, bitmaps: Sequence[int], proof: Sequence[bytes] = (), chosen: int | None = None
    ) -> tuple[Any, ...]:
        """As the contract takes them; of a book that is not open there is nothing to show."""
        who = (1 << len(bitmaps)) - 1 if chosen is None else chosen
        operator = self.terms.edges[edge].operator if edge < len(self.terms.edges) else ""
        book = self.sealed.get(operator)
        if book is None or not self.ledger.books[operator].opened or chunk >= len(book.chunks):
            return edge, chunk, who, 0, bytes(1664), [], list(bitmaps), list(proof)
        return claim_arguments(book, edge, chunk, who, bitmaps, proof)

    def withdraw(self, *names: str) -> str | None:
        accounts = [address(name) for name in names]
        return self.both(DEPLOYER, "withdraw", (accounts,), lambda: self.ledger.withdraw(accounts))

    def claim_edge_fee(self, edge: int) -> str | None:
        return self.both(DEPLOYER, "claim_edge_fee", (edge,), lambda: self.ledger.claim_edge_fee(edge))

    def cancel(self) -> str | None:
        return self.both(DEPLOYER, "cancel", (), lambda: self.ledger.cancel(self.now))

    def halt(self) -> str | None:
        return self.both(DEPLOYER, "halt", (), lambda: self.ledger.halt(self.now))

    def close(self) -> str | None:
        return self.both(DEPLOYER, "close", (), lambda: self.ledger.close(self.now))

    # ------------------------------------------------------------ helpers

    def name_of(self, position: int) -> str:
        """The client whose offer has this position."""
        return name_of(self.ledger.offers[position].client)

    def _by(self, name: str, function: str, *arguments: Any) -> str | None:
        """A call whose model takes time, sender and the contract's arguments."""
        sender, model = address(name), getattr(self.ledger, function)
        self._fund(sender)
        return self.both(sender, function, arguments, lambda: model(self.now, sender, *arguments))

    def _fund(self, account: str) -> None:
        if account not in self.funded:
            self.chain.fund(account, WEALTH)
            self.funded.add(account)
            self.accounts.add(account)

    @staticmethod
    def _fresh(name: str, amount: int) -> Opening:
        return Opening(address(name), amount, name.encode().rjust(32, b"s"))

    def _opening(self, name: str) -> Opening:
        return self.openings.get(address(name), Opening(address(name), 1, bytes(32)))
