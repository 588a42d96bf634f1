"""A small campaign, played to its end by signed transactions on any node: two operators, a region, four clients."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_account.messages import _hash_eip191_message
from eth_utils.crypto import keccak
from hexbytes import HexBytes

from cofund.campaign.delivery_rows import Deliveries, Row, signed_root
from cofund.campaign.operate import boundaries
from cofund.campaign.publication import document_of, terms_of
from cofund.campaign.published import publish_deliveries, publish_releases, publish_round, publish_terms
from cofund.campaign.release import Release
from cofund.campaign.store import Store, box_name
from cofund.chain.accounts import deliveries_message, rehearsal_account
from cofund.chain.contract import (
    Contract,
    books_of,
    claim_arguments,
    create_campaign,
    deploy,
    deploy_factory,
    opening_arguments,
    opening_data,
)
from cofund.market.offer_book import ListedOffer, OfferBook
from cofund.market.sealing import Opening, seal
from cofund.market.terms import EdgeTerms, Terms
from cofund.settlement.ledger import Ledger
from cofund.training.deliveries import Delivery, updates_root
from hatch_build import compile_contract

DAY_S = 86_400
START = 1_767_225_600
NAMES = ("initiator", "coordinator", "north", "south", "owner0", "owner1", "client0", "client1", "client2", "client3")
KEYS = {name: rehearsal_account("small life", name) for name in NAMES}
ACCOUNTS = {name: key.address for name, key in KEYS.items()}
OFFERS = {"north": {0: [("client0", 30), ("client1", 50)]}, "south": {1: [("client2", 40)], 2: [("client3", 20)]}}
BIDS = {"owner0": 9_000, "owner1": 5_000}
BOX = b"a sealed model"
GONE = 0b01
"""Rounds that the last winner of every edge delivers."""


@dataclass
class SmallLife:
    """The campaign; ``steps`` plays it, and names every step after it is done.

    Args:
        node: sends, and can be told the time.
        accounts: of everybody, by name.
    """

    node: Any
    accounts: dict[str, str] = field(default_factory=lambda: dict(ACCOUNTS))

    def __post_init__(self) -> None:
        self.token = deploy(self.node, KEYS["initiator"], "TestToken")
        self.factory = deploy_factory(self.node, KEYS["initiator"])
        self.start = self.node.now()
        self.document = self.published()
        self.terms = terms_of(self.document)
        self.campaign = create_campaign(self.factory, KEYS["initiator"], self.terms)
        self.books = books_of(self.campaign)
        self.sealed = {operator: self.book(operator) for operator in OFFERS}

    def published(self) -> dict[str, Any]:
        plain = Terms(
            token=self.token.address,
            coordinator=self.accounts["coordinator"],
            commit_end=self.start + DAY_S,
            reveal_end=self.start + 2 * DAY_S,
            settle_end=self.start + 3 * DAY_S,
            round_limit_s=DAY_S,
            veto_window_s=100,
            unaccepted=1,
            delivery_window_s=DAY_S,
            tick=1,
            cohort=3,
            min_cohort=2,
            ceiling=100,
            coordinator_fee=7,
            goal=2,
            quality=(600_000_000, 400_000_000),
            edges=(
                EdgeTerms("north", self.accounts["north"], 3, 5, 100),
                EdgeTerms("south", self.accounts["south"], 2, 3, 90),
                EdgeTerms("island", self.accounts["south"], 1, 2, 100, parent="north"),
            ),
            weights=(),
            owner_bond=11,
            book_bond=100,
            edge_bond=70,
            coordinator_bond=1000,
            digest=b"",
        )
        return document_of(
            plain,
            name="Small life",
            token=("TEST", 6),
            initiator=self.accounts["initiator"],
            edge_names=("North", "South", "Island"),
            owners=((name, name, self.accounts[name]) for name in BIDS),
            clients=(
                (name, name, self.accounts[name], plain.edges[edge].id)
                for listed in OFFERS.values()
                for edge, rows in listed.items()
                for name, _ in rows
            ),
        )

    def book(self, operator: str) -> OfferBook:
        rows = {
            edge: [ListedOffer(self.accounts[name], cost) for name, cost in listed]
            for edge, listed in OFFERS[operator].items()
        }
        return OfferBook.of(self.accounts[operator], operator.encode().rjust(32, b"s"), rows)

    def send(self, name: str, function: str, *arguments: Any, to: Contract | None = None) -> None:
        there = to or self.campaign
        self.call(name, there.address, there.encode(function, *arguments), function)

    def call(self, name: str, to: str, data: str, note: str) -> None:
        self.node.send(KEYS[name], to, data, note)

    def steps(self, ledger: Callable[[], Ledger]) -> Iterator[str]:
        """Everybody's part.

        Args:
            ledger: the books as they stand, for who has won.
        """
        for step in (self.commit, self.reveal, self.settle, self.train, self.sign, self.claim, self.close, self.leave):
            step(ledger)
            yield step.__name__

    def commit(self, _: Callable[[], Ledger]) -> None:
        payers = ["coordinator", "north", "south", *BIDS]
        self.send("initiator", "mint", [self.accounts[name] for name in payers], 10**9, to=self.token)
        for name in payers:
            self.send(name, "approve", self.campaign.address, 2**256 - 1, to=self.token)
        self.send("coordinator", "post_coordinator_bond")
        for at, edge in enumerate(("north", "south", "south")):
            self.send(edge, "post_edge_bond", at)
        for name, bid in BIDS.items():
            self.send(name, "commit_bid", self.seal(name), bid + 100, b"\5" * 32)
        for operator, book in self.sealed.items():
            commitment = book.commitment(self.node.chain_id, self.campaign.address)
            self.send(operator, "commit_book", book.sections[0].edge, commitment, len(book.offers), to=self.books)

    def opening(self, name: str) -> Opening:
        return Opening(self.accounts[name], BIDS[name], name.encode().rjust(32, b"o"))

    def seal(self, name: str) -> bytes:
        return seal(self.node.chain_id, self.campaign.address, self.opening(name))

    def reveal(self, _: Callable[[], Ledger]) -> None:
        self.node.advance_to(self.terms.commit_end)
        self.send("initiator", "reveal_bids", opening_arguments([self.opening(name) for name in BIDS]))
        for book in self.sealed.values():
            self.call("initiator", self.books.address, opening_data(book), "open_book")

    def settle(self, ledger: Callable[[], Ledger]) -> None:
        self.node.advance_to(self.terms.reveal_end)
        shown = boundaries(self.terms, ledger().edges, {book.operator: book for book in self.sealed.values()})
        self.send("initiator", "settle", [boundary.arguments for boundary in shown], to=self.books)

    def train(self, ledger: Callable[[], Ledger]) -> None:
        for number in (1, 2):
            self.node.advance_to(ledger().may_build(number))
            root = updates_root([one for one in self.told(ledger()) if one.round == number])
            self.send("coordinator", "record_round", number, bytes([number]) * 32, root, 5)
        self.send("owner1", "veto", 2)

    def told(self, ledger: Ledger) -> tuple[Delivery, ...]:
        """What the coordinator says of both rounds."""
        names = {account: name for name, account in self.accounts.items()}
        return tuple(
            Delivery(
                client=names[row.client],
                edge=self.terms.edges[edge].id,
                round=number,
                accepted=bool(row.bitmap >> number - 1 & 1),
                reason="" if row.bitmap >> number - 1 & 1 else "gone",
                samples=7 * (row.bitmap >> number - 1 & 1),
                digest=bytes([row.bitmap >> number - 1 & 1]) * 32,
            )
            for number in (1, 2)
            for edge in self.with_winners(ledger)
            for row in self.deliveries(ledger, edge).rows
        )

    def releases(self, ledger: Ledger) -> tuple[Release, ...]:
        bought = (owner for owner in ledger.owners if owner.level)
        return tuple(Release(owner.account, min(owner.level, ledger.rounds_done), keccak(BOX)) for owner in bought)

    def publish(self, store: Store, ledger: Ledger) -> None:
        """All that parties put into a store once it is over."""
        publish_terms(store, self.document)
        for number in (1, 2):
            publish_round(store, number, [one for one in self.told(ledger) if one.round == number])
        for edge in self.with_winners(ledger):
            publish_deliveries(store, self.deliveries(ledger, edge))
        publish_releases(store, list(self.releases(ledger)))
        for release in self.releases(ledger):
            store.put(box_name(release.owner), BOX)

    def deliveries(self, ledger: Ledger, edge: int) -> Deliveries:
        account = ledger.edges[edge]
        winners = ledger.offers_at(edge)[: account.winners]
        rows = [Row(offer.client, GONE if offer is winners[-1] else 0b11) for offer in winners]
        return Deliveries(self.node.chain_id, self.campaign.address, edge, account.start, 2, tuple(rows))

    def with_winners(self, ledger: Ledger) -> list[int]:
        return [at for at, edge in enumerate(ledger.edges) if edge.winners]

    def sign(self, ledger: Callable[[], Ledger]) -> None:
        known = ledger()
        self.node.advance_to(known.accepted_end())
        for edge in self.with_winners(known):
            operator = "north" if edge == 0 else "south"
            self.send("south", "post_deliveries", *self.signed(operator, self.deliveries(known, edge)))
        self.send("coordinator", "release_models", [one.digest for one in self.releases(known)])

    def signed(self, operator: str, deliveries: Deliveries) -> tuple[Any, ...]:
        return signed_root(deliveries, KEYS[operator])

    def claim(self, ledger: Callable[[], Ledger]) -> None:
        known = ledger()
        for edge in self.with_winners(known):
            book = self.sealed["north" if edge == 0 else "south"]
            for claim in self.deliveries(known, edge).claims():
                chosen = (1 << len(claim.rows)) - 1
                arguments = claim_arguments(book, edge, claim.chunk, chosen, claim.bitmaps, claim.proof)
                self.send("initiator", "claim", *arguments, to=self.books)
            self.send("initiator", "claim_edge_fee", edge)

    def close(self, _: Callable[[], Ledger]) -> None:
        self.send("initiator", "close")

    def leave(self, _: Callable[[], Ledger]) -> None:
        for operator in OFFERS:
            self.send("initiator", "return_bond", self.accounts[operator], to=self.books)
        self.send("initiator", "withdraw", list(self.accounts.values()))


class WalletLife(SmallLife):
    """The north operator and an owner are one contract, through which goes also whatever anybody may call."""

    def __post_init__(self) -> None:
        compiled = compile_contract(Path(__file__).parent / "wallets" / "Wallet.vy")
        self.wallet = self.node.created(self.node.send(KEYS["initiator"], None, compiled["bytecode"], "wallet"))
        self.abi = self.node.web3.eth.contract(abi=compiled["abi"])
        self.accounts |= {"north": self.wallet, "owner1": self.wallet}
        super().__post_init__()

    def call(self, name: str, to: str, data: str, note: str) -> None:
        if name not in {"north", "owner1", "initiator"} or note == "mint":
            return super().call(name, to, data, note)
        run = self.abi.encode_abi("run", [[to], [HexBytes(data)]])
        return super().call("initiator", self.wallet, run, note)

    def signed(self, operator: str, deliveries: Deliveries) -> tuple[Any, ...]:
        if operator != "north":
            return super().signed(operator, deliveries)
        said = deliveries.edge, deliveries.up_to_round, deliveries.root, deliveries.missing
        digest = _hash_eip191_message(deliveries_message(self.node.chain_id, self.campaign.address, *said))
        super().call("initiator", self.wallet, self.abi.encode_abi("approve_digest", [digest]), "sign")
        return *said, b""
