"""Campaigns of every kind on a chain that they have to themselves, taken from moment to moment by one journal."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from anvil import RICH
from campaign_days import WINNERS, Days
from cofund.campaign.campaign import Campaign
from cofund.campaign.delivery_rows import Claimable
from cofund.campaign.operate import boundaries, sealed_certificate
from cofund.campaign.publication import terms_of
from cofund.campaign.published import publish_deliveries, publish_releases, publish_round, publish_terms
from cofund.campaign.rehearsed import rehearsal
from cofund.campaign.release import Release, release_of
from cofund.campaign.sealed_events import bits_of
from cofund.campaign.store import Store
from cofund.campaign.terms_file import TokenFacts, load_terms
from cofund.chain.accounts import rehearsal_account
from cofund.chain.contract import Contract, books_of, create_campaign, deploy_factory
from cofund.market.offer_book import OfferBook
from cofund.market.sealed_book import SealedBook, sorted_sealed
from cofund.training.deliveries import NO_DIGEST, Delivery, updates_root
from operating import CLIENTS, COORDINATOR, EDGES, OWNER, Operating

SPONSOR = rehearsal_account("operating", "sponsor")
OFFICES = f'sponsor = "{SPONSOR.address}"\nlisted_owners = true\n'
VETO_S = 3600
SEALED = '[sealed]\nbooks = true\nstake = "10"\nabsence_window_s = 3600\n'
MARKETS = {
    "serial": "",
    "matched": f"{OFFICES}match = 300_000_000\n",
    "underwritten": f'{OFFICES}rule = "vcg"\n',
    "silent": "",
    "halted": "",
    "vetoed": "",
    "unfunded": "",
    "cancelled": "",
    "sealed": SEALED,
    "absent": SEALED,
}
"""Kind of campaign -> what its terms say of the market besides, or of its books."""


class Own(Operating):
    """Created by the node's own journal, so that all of the chain is in it."""

    market = ""
    document: dict[str, Any]
    sealed_books: ClassVar[dict[int, SealedBook]] = {}

    def toml(self) -> str:
        text = super().toml()
        if self.sealed:
            text += self.market
        elif self.market:
            text = text.replace("goal = 2\n", f"goal = 2\n{self.market}")
            text += f'[[owners]]\nid = "owner"\naccount = "{OWNER.address}"\n'
        return text.replace("veto_window_s = 0", f"veto_window_s = {VETO_S}")

    @property
    def sealed(self) -> bool:
        return self.market == SEALED

    @property
    def books(self) -> Contract:
        return books_of(self.campaign, sealed=self.sealed)

    @property
    def store(self) -> Store:
        return Store(f"file://{self.folder}/store")

    def create(self, *more: object) -> dict[str, Any]:
        assert not more
        facts = TokenFacts("Rehearsal euro", "rEUR", 6)
        self.document = load_terms(self.terms, RICH.address, lambda _: facts)
        terms, factory = terms_of(self.document), deploy_factory(self.node, RICH)
        made = create_campaign(factory, RICH, terms, self.store.url)
        self.address, self.factory = made.address, factory.address
        publish_terms(self.store, self.document)
        if self.market and not self.sealed:
            self.node.fund([SPONSOR.address])
            self.token.send(RICH, "mint", "mint", [SPONSOR.address], terms.sponsorship)
            self.token.send(SPONSOR, "approve", "approve", self.address, terms.sponsorship)
        return {}

    def rehearsed(self) -> Campaign:
        return rehearsal(self.node, self.document, self.store)

    def commit_book(self, at: int, book: OfferBook) -> None:
        if not self.sealed:
            super().commit_book(at, book)
            return
        sealed = sorted_sealed(at, bytes([at]) * 32, book.offers)
        self.sealed_books[at] = sealed
        commitment = sealed.commitment(self.node.chain_id, self.address)
        self.books.send(EDGES[at], "book", "commit_book", at, commitment, len(sealed.offers))

    def open_book(self, book: OfferBook) -> None:
        if not self.sealed:
            super().open_book(book)

    def settle_sealed(self, absent: Sequence[int] = ()) -> None:
        """Whoever settles without books stakes money."""
        ledger = self.rehearsed().ledger
        shown = {at: book.nameless for at, book in self.sealed_books.items() if at not in absent}
        rows = [
            (winners, last.arguments, following.arguments)
            for winners, last, following in sealed_certificate(ledger.terms, ledger.edges, shown)
        ]
        if absent:
            self.token.send(RICH, "mint", "mint", [RICH.address], ledger.terms.stake)
            self.token.send(RICH, "approve", "approve", self.address, ledger.terms.stake)
        self.books.send(RICH, "settle", "settle", rows, bits_of(absent))

    def call(self, function: str) -> tuple[int, str]:
        assert function == "settle"
        if self.sealed:
            self.settle_sealed()
            return 0, ""
        ledger, books = self.rehearsed().ledger, {book.operator: book for book in self.offer_books}
        opened = {operator: book for operator, book in books.items() if ledger.books[operator].opened}
        shown = boundaries(ledger.terms, ledger.edges, opened)
        self.books.send(RICH, function, function, [each.arguments for each in shown])
        return 0, ""


@dataclass
class Life(Days):
    """One kind of campaign; ``moments`` goes on to the next whenever it is asked."""

    operating: Own
    kind: str = "serial"
    delivered: dict[int, list[Delivery]] = field(default_factory=dict)
    boxes: list[Release] = field(default_factory=list)

    def moments(self) -> Iterator[str]:
        self.operating.create()
        yield "created"
        for step in self.steps():
            step()
            yield step.__name__

    def steps(self) -> list[Callable[[], Any]]:
        begun = [self.offices, self.commit, self.reveal]
        if self.kind == "cancelled":
            return [*begun, self.cancelled, self.withdrawn]
        if self.kind == "unfunded":
            return [*begun, self.settled, self.withdrawn]
        if self.kind == "absent":
            begun.append(self.attempted)
        recorded = {"halted": [self.first, self.halted], "vetoed": [self.first, self.second, self.vetoed]}
        training = recorded.get(self.kind, [self.first, self.rest])
        return [*begun, self.settled, *training, self.signed, self.closed, self.half_paid, self.paid_out]

    def offices(self) -> None:
        if self.operating.market and not self.operating.sealed:
            self.operating.campaign.send(SPONSOR, "lock", "lock_sponsorship")

    def commit(self) -> None:
        self.operating.commit(bid=100 if self.kind == "unfunded" else 100_000)

    def reveal(self) -> None:
        self.operating.reveal(silent=self.silent)

    @property
    def silent(self) -> int | None:
        """The edge whose book is never opened."""
        return 1 if self.kind in {"silent", "absent"} else None

    @property
    def winners(self) -> dict[int, list[tuple[int, Any]]]:
        """As of ``Days``; where an edge is silent, the other one's."""
        return WINNERS if self.silent is None else {0: [(0, CLIENTS[0]), (1, CLIENTS[1])]}

    def attempted(self) -> None:
        """To settle without the book of the edge that is silent."""
        self.operating.at(3)
        self.operating.settle_sealed([1])

    def settled(self) -> None:
        self.operating.at(3)
        if self.kind == "absent":
            attempt = self.operating.rehearsed().ledger.attempt
            assert attempt is not None
            self.operating.node.advance_to(attempt.until)
            results = [(won, price // 10) for won, price in attempt.results]
            self.operating.books.send(RICH, "confirm", "confirm", results, bits_of(attempt.absent))
        else:
            self.operating.call("settle")
        self.rounds = self.operating.campaign.view("progress")[0]

    def cancelled(self) -> None:
        self.operating.at(5)
        self.send(RICH, "cancel")

    def record(self, number: int) -> None:
        """As soon as it may be built; one client misses the second round."""
        self.operating.node.advance_to(self.operating.rehearsed().ledger.may_build(number))
        rows = [
            Delivery(client.address, ("north", "south")[edge], number, True, "", 7, bytes([number] * 32))
            if (edge, number) != (1, 2)
            else Delivery(client.address, "south", number, False, "it rained", 0, NO_DIGEST)
            for edge, winners in self.winners.items()
            for _, client in winners
        ]
        self.delivered[number] = rows
        publish_round(self.operating.store, number, rows)
        self.send(COORDINATOR, "record_round", number, bytes([number] * 32), updates_root(rows), 800_000_000 + number)

    def first(self) -> None:
        self.record(1)

    def second(self) -> None:
        self.record(2)

    def rest(self) -> None:
        for number in range(2, self.rounds + 1):
            self.record(number)

    def halted(self) -> None:
        self.operating.node.advance_to(self.operating.rehearsed().ledger.round_deadline)
        self.send(RICH, "halt")

    def vetoed(self) -> None:
        self.send(OWNER, "veto", 2)

    def signed(self) -> None:
        """All edges with winners sign for the rounds done."""
        ledger = self.operating.rehearsed().ledger
        self.operating.node.advance_to(ledger.accepted_end())
        done = ledger.rounds_done
        for edge, winners in self.winners.items():
            rows = [(at, sum(self.accepted(client, n) << n - 1 for n in range(1, done + 1))) for at, client in winners]
            self.post(edge, rows, done)
            publish_deliveries(self.operating.store, self.shown(edge, done))

    def accepted(self, client: Any, number: int) -> bool:
        return any(row.accepted and row.client == client.address for row in self.delivered[number])

    def closed(self) -> None:
        """The owner that bought rounds gets its box."""
        ledger = self.operating.rehearsed().ledger
        levels = {owner.account: min(owner.level, ledger.rounds_done) for owner in ledger.owners}
        self.boxes = [release_of(owner, level, b"a box") for owner, level in levels.items() if level]
        publish_releases(self.operating.store, self.boxes)
        self.send(COORDINATOR, "release_models", [box.digest for box in self.boxes])
        self.send(RICH, "close")

    def claim_part(self, edge: int, claim: Claimable) -> None:
        if not self.operating.sealed:
            super().claim_part(edge, claim)
            return
        shown = self.operating.sealed_books[edge].shown(range(len(self.winners[edge])))
        arguments = shown.claim(claim.chunk, range(len(claim.rows)), claim.bitmaps, claim.proof)
        self.operating.books.send(RICH, "claim", "claim", *arguments)

    def book_of(self, at: int) -> int | str:
        return at if self.operating.sealed else super().book_of(at)

    def half_paid(self) -> None:
        self.claim(0)

    def paid_out(self) -> None:
        self.paid(0)

    def withdrawn(self) -> None:
        for at in range(len(EDGES)):
            self.operating.books.send(RICH, "return_bond", "return_bond", self.book_of(at))
        everybody = [OWNER, COORDINATOR, RICH, SPONSOR, *EDGES, *CLIENTS]
        self.send(RICH, "withdraw", [account.address for account in everybody])
