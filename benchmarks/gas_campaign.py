"""One campaign on a real node, from its creation until its contract is empty, with the gas of every transaction."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from eth_abi.abi import encode
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from benchmarks.gas_market import Keys, keys, terms_of
from benchmarks.gas_node import CHAIN_ID, Call, Chain, Receipt, calldata
from cofund.chain.accounts import deliveries_message, permit_arguments, permit_message, sign
from cofund.chain.artifacts import artifact
from cofund.chain.contract import HELPERS, claim_arguments, creation_arguments, opening_arguments
from cofund.market.instance import Instance
from cofund.market.offer_book import (
    CHUNK,
    NO_BOUNDARY,
    ListedOffer,
    OfferBook,
    delivered_levels,
    delivered_parts,
    missing_words,
    tree_proof,
)
from cofund.market.sealed_book import SealedBook, sorted_sealed
from cofund.market.sealing import Opening, seal
from cofund.market.terms import MAX_BATCH, Terms
from cofund.mechanism.cohort import Cohort, choose_cohort
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.rules import clear

PLENTY: Final = 2**128
BLUEPRINTS: Final = ("Campaign", "Books", "SealedBooks")


def batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Neighbours, as many as a call takes."""
    for first in range(0, len(items), MAX_BATCH):
        yield items[first : first + MAX_BATCH]


@dataclass(frozen=True, slots=True)
class Spent:
    """Gas of one transaction that did something for so many parties."""

    gas: int
    parties: int


@dataclass
class Campaign:
    """A market, its keys, and the contracts it lives in; where the terms ask for no edge bond, none is posted."""

    chain: Chain
    instance: Instance
    rule: str = "serial"
    edge_bond: int = 10**6
    spent: dict[str, list[Spent]] = field(default_factory=dict)
    who: Keys = field(init=False)
    terms: Terms = field(init=False)
    cohort: Cohort = field(init=False)
    outcome: Outcome = field(init=False)
    token: str = ""
    address: str = ""
    books: str = ""
    sealed = False

    def __post_init__(self) -> None:
        self.who = keys(self.instance)
        self.cohort, self.outcome = choose_cohort(self.instance), clear(self.instance, self.rule)
        self.chain.fund(self.who.senders())

    # -------------------------------------------------------------- transactions

    def do(self, name: str, calls: Iterable[tuple[Call, int]]) -> list[Receipt]:
        """Mine calls and write down what each used, under ``name``, and for how many parties."""
        listed = list(calls)
        if not listed:
            return []
        receipts = self.chain.mine([call for call, _ in listed])
        spent = self.spent.setdefault(name, [])
        spent.extend(Spent(receipt.gas, parties) for receipt, (_, parties) in zip(receipts, listed, strict=True))
        return receipts

    def call(self, sender: LocalAccount, function: str, *arguments: Any) -> Call:
        """A call of the campaign."""
        return Call(sender, self.address, calldata("Campaign", function, *arguments))

    def token_call(self, sender: LocalAccount, function: str, *arguments: Any) -> Call:
        """A call of the token."""
        return Call(sender, self.token, calldata("TestToken", function, *arguments))

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What happens inside is measured and then undone."""
        snapshot, nonces, clock = self.chain.rpc("evm_snapshot"), dict(self.chain.nonces), self.chain.clock
        yield
        self.chain.rpc("evm_revert", snapshot)
        self.chain.nonces, self.chain.clock = nonces, clock

    # -------------------------------------------------------------- creation and commitments

    def create(self) -> None:
        """Deploy everything, create the campaign, and give everybody money."""
        deployer = self.who.anyone
        self.token = self._deploy("TestToken", artifact("TestToken").bytecode)
        blueprints = [self._deploy(f"{name} blueprint", artifact(name).blueprint) for name in BLUEPRINTS]
        helpers = [self._deploy(name, artifact(name).bytecode) for name in HELPERS]
        arguments = encode(["address"] * (len(blueprints) + len(helpers)), [*blueprints, *helpers])
        factory = self._deploy("CampaignFactory", artifact("CampaignFactory").bytecode + arguments.hex())
        terms = terms_of(self.instance, self.who, self.token, self.chain.clock, self.rule, sealed=self.sealed)
        self.terms = replace(terms, edge_bond=self.edge_bond)
        data = calldata("CampaignFactory", "create", *creation_arguments(self.terms))
        (receipt,) = self.do("create", [(Call(self.who.initiator, factory, data), 1)])
        self.address = to_checksum_address("0x" + receipt.logs[-1]["topics"][1][-40:])
        self.books = to_checksum_address(self.chain.view("Campaign", self.address, "books"))
        payers = [self.who.coordinator, self.who.sponsor, *self.who.edges, *self.who.owners]
        minted = [self.token_call(deployer, "mint", [each.address for each in payers], PLENTY)]
        self.chain.mine(minted)
        approving = [self.who.coordinator, *self.who.edges, *self.who.owners[1::2]]
        approving += [self.who.sponsor] if self.rule == "vcg" else []
        self.do("approve", ((self.token_call(each, "approve", self.address, PLENTY), 1) for each in approving))

    def _deploy(self, name: str, code: str) -> str:
        data = bytes.fromhex(code.removeprefix("0x"))
        (receipt,) = self.do(f"deploy {name}", [(Call(self.who.anyone, None, data), 1)])
        return str(receipt.created)

    def commit(self) -> None:
        """Bonds, the sponsor's lock, bids (every other one with a permit) and books."""
        self.do("post_coordinator_bond", [(self.call(self.who.coordinator, "post_coordinator_bond"), 1)])
        bonded = enumerate(self.who.edges if self.edge_bond else ())
        self.do("post_edge_bond", ((self.call(each, "post_edge_bond", at), 1) for at, each in bonded))
        if self.rule == "vcg":
            self.do("lock_sponsorship", [(self.call(self.who.sponsor, "lock_sponsorship"), 1)])
        for remainder, name in enumerate(("commit_bid with permit", "commit_bid")):
            chosen = range(remainder, len(self.who.owners), 2)
            self.do(name, [(self.bid_call(at, permit=not remainder), 1) for at in chosen])
        self.do("commit_book", self.commit_calls())

    def bid_call(self, at: int, *, permit: bool) -> Call:
        """An owner's sealed bid; the escrow is exactly the bid."""
        owner, escrow = self.who.owners[at], self.instance.owners[at].bid
        permitted = self._permit(owner, escrow + self.terms.owner_bond) if permit else (0, 0, bytes(32), bytes(32))
        sealed = seal(CHAIN_ID, self.address, self.bid_opening(at))
        return self.call(owner, "commit_bid", sealed, escrow, keccak(text=owner.address), *permitted)

    def _permit(self, owner: LocalAccount, amount: int) -> tuple[int, int, bytes, bytes]:
        name, deadline = self.chain.view("TestToken", self.token, "name"), self.terms.commit_end
        message = permit_message(CHAIN_ID, self.token, name, owner.address, self.address, amount, 0, deadline)
        return permit_arguments(owner, message, deadline)

    def books_call(self, sender: LocalAccount, function: str, *arguments: Any) -> Call:
        """A call of the campaign's books."""
        return Call(sender, self.books, calldata("Books", function, *arguments))

    @cached_property
    def book_of(self) -> dict[int, OfferBook]:
        """The book of every edge that has clients."""
        return {
            edge: OfferBook.of(operator.address, keccak(text=f"seed {edge}"), {edge: self.offers_of(edge)})
            for edge, operator in enumerate(self.who.edges)
            if self.clients_of(edge)
        }

    def offers_of(self, edge: int) -> list[ListedOffer]:
        """What an edge's clients ask."""
        return [ListedOffer(self.who.addresses[at], self.instance.clients[at].cost) for at in self.clients_of(edge)]

    def commit_calls(self) -> Iterator[tuple[Call, int]]:
        """Every operator seals its book."""
        for edge, book in self.book_of.items():
            arguments = (edge, book.commitment(CHAIN_ID, self.address), len(book.offers))
            yield self.books_call(self.who.edges[edge], "commit_book", *arguments), len(book.offers)

    def clients_of(self, edge: int) -> list[int]:
        """Positions of the clients at an edge."""
        name = self.instance.edges[edge].id
        return [at for at, client in enumerate(self.instance.clients) if client.edge == name]

    def bid_opening(self, at: int) -> Opening:
        """What opens an owner's bid."""
        owner = self.instance.owners[at]
        return Opening(self.who.owners[at].address, owner.bid, keccak(text=owner.id))

    # -------------------------------------------------------------- opening and settlement

    def reveal(self) -> None:
        """Open every bid and every book."""
        self.chain.clock = self.terms.commit_end
        openings = [self.bid_opening(at) for at in range(len(self.who.owners))]
        self.do(
            "reveal_bids",
            (
                (self.call(self.who.anyone, "reveal_bids", opening_arguments(part)), len(part))
                for part in batches(openings)
            ),
        )
        self.do("open_book", self.open_calls())

    def open_calls(self) -> Iterator[tuple[Call, int]]:
        """Every book, opened whole: the records follow the arguments."""
        for book in self.book_of.values():
            call = self.books_call(self.who.anyone, "open_book", book.operator, book.seed, list(book.counts))
            yield replace(call, data=call.data + book.records), len(book.offers)

    def settle(self) -> int:
        """Settle where the winners of every edge end, in one transaction; returns its gas."""
        self.chain.clock = self.terms.reveal_end
        (receipt,) = self.do("settle", [(self.settle_call(), len(self.who.addresses))])
        return receipt.gas

    def settle_call(self) -> Call:
        """The boundary of every edge."""
        shown = [
            self.book_of[edge].boundary(edge, won) if edge in self.book_of else NO_BOUNDARY
            for edge, won in enumerate(self.cohort.counts)
        ]
        return self.books_call(self.who.anyone, "settle", [boundary.arguments for boundary in shown])

    # -------------------------------------------------------------- training and deliveries

    def train(self) -> None:
        """Record every round that was bought."""
        digests = {number: keccak(number.to_bytes(32)) for number in range(1, self.outcome.rounds + 1)}
        self.do(
            "record_round",
            (
                (self.call(self.who.coordinator, "record_round", number, digest, digest, 5 * 10**8), 1)
                for number, digest in digests.items()
            ),
        )

    def bitmaps(self, edge: int) -> list[int]:
        """Rounds that an edge's winners delivered: every tenth missed the first."""
        return [(1 << self.outcome.rounds) - 1 - (at % 10 == 0) for at in range(self.cohort.counts[edge])]

    def deliver(self) -> None:
        """The models are released; every edge that has winners signs one root over all rounds; anybody posts it."""
        buyers = sum(owner.level > 0 for owner in self.outcome.owners)
        boxes = [keccak(b"a model")] * buyers
        self.do("release_models", [(self.call(self.who.coordinator, "release_models", boxes), 1)])
        self.do(
            "post_deliveries", ((self._root_call(edge), 1) for edge, count in enumerate(self.cohort.counts) if count)
        )

    def _root_call(self, edge: int) -> Call:
        bitmaps, rounds = self.bitmaps(edge), self.outcome.rounds
        root, missing = delivered_levels(0, bitmaps)[-1][0], missing_words(bitmaps, rounds)
        message = deliveries_message(CHAIN_ID, self.address, edge, rounds, root, missing)
        signed = b"".join(sign(self.who.edges[edge], message))
        return self.call(self.who.anyone, "post_deliveries", edge, rounds, root, missing, signed)

    # -------------------------------------------------------------- payments

    def pay(self) -> None:
        """Push everything to whom it belongs."""
        self.do("claim", self.claim_calls())
        served = [edge for edge, count in enumerate(self.cohort.counts) if count]
        self.do("claim_edge_fee", ((self.call(self.who.anyone, "claim_edge_fee", edge), 1) for edge in served))
        self.do("close", [(self.call(self.who.anyone, "close"), 1)])
        self.do(
            "return_bond", ((self.return_call(edge), 1) for edge in range(len(self.who.edges)) if self.clients_of(edge))
        )
        payees = [each.address for each in (*self.who.senders(),)]
        self.do("withdraw", ((self.call(self.who.anyone, "withdraw", part), len(part)) for part in batches(payees)))

    def return_call(self, edge: int) -> Call:
        """The bond of an edge's book."""
        return self.books_call(self.who.anyone, "return_bond", self.who.edges[edge].address)

    def claim_alone(self) -> None:
        """A claim by one client, and the largest batch again if its clients already hold the token."""
        edge = max(range(len(self.cohort.counts)), key=self.cohort.counts.__getitem__)
        first, second = (self.claim_call(edge, 0, 1 << at) for at in range(2))
        with self.aside():
            self.chain.mine([first])  # the campaign's first payment also pays for what all of them count in
            self.do("(claim by one)", [(second, 1)])
        winners = sorted(self.offers_of(edge), key=lambda offer: offer.cost)[: min(CHUNK, self.cohort.counts[edge])]
        with self.aside():
            self.chain.mine([self.token_call(self.who.anyone, "mint", [each.client for each in winners], 1)])
            self.do("(claim, clients hold tokens)", [(self.claim_call(edge, 0), len(winners))])

    def claim_calls(self) -> Iterator[tuple[Call, int]]:
        """One claim for every chunk of a book that has winners."""
        for edge, count in enumerate(self.cohort.counts):
            for part in range(-(-count // CHUNK)):
                yield self.claim_call(edge, part), min(CHUNK, count - part * CHUNK)

    def claim_call(self, edge: int, part: int, chosen: int | None = None) -> Call:
        """Claim for all winners of a chunk, or those chosen."""
        book, bitmaps = self.book_of[edge], self.bitmaps(edge)
        chunk, delivered = delivered_parts(0, bitmaps)[part]
        proof = tree_proof(delivered_levels(0, bitmaps), part)
        who = (1 << len(delivered)) - 1 if chosen is None else chosen
        arguments = claim_arguments(book, edge, chunk, who, delivered, proof)
        return self.books_call(self.who.anyone, "claim", *arguments)

    # -------------------------------------------------------------- sums

    def gas(self, *names: str) -> int:
        """Gas of all transactions of these names."""
        return sum(each.gas for name in names for each in self.spent.get(name, ()))

    def parties(self, name: str) -> int:
        """For how many parties they did something."""
        return sum(each.parties for each in self.spent[name])


@dataclass
class SealedCampaign(Campaign):
    """The same with books that are never opened."""

    sealed = True

    def books_call(self, sender: LocalAccount, function: str, *arguments: Any) -> Call:
        """A call of the campaign's books."""
        return Call(sender, self.books, calldata("SealedBooks", function, *arguments))

    @cached_property
    def tree_of(self) -> dict[int, SealedBook]:
        """The search tree of every edge that has clients."""
        edges = [edge for edge in range(len(self.who.edges)) if self.clients_of(edge)]
        return {edge: sorted_sealed(edge, keccak(text=f"seed {edge}"), self.offers_of(edge)) for edge in edges}

    def commit_calls(self) -> Iterator[tuple[Call, int]]:
        """Every operator seals its book."""
        for edge, tree in self.tree_of.items():
            arguments = (edge, tree.commitment(CHAIN_ID, self.address), len(tree.offers))
            yield self.books_call(self.who.edges[edge], "commit_book", *arguments), len(tree.offers)

    def open_calls(self) -> Iterator[tuple[Call, int]]:
        """None."""
        return iter(())

    def settle_call(self) -> Call:
        """Two leaves of every book."""
        shown = [self.tree_of[edge].boundary(won) for edge, won in enumerate(self.cohort.counts)]
        rows = [(won, last.arguments, following.arguments) for won, last, following in shown]
        return self.books_call(self.who.anyone, "settle", rows, 0)

    def return_call(self, edge: int) -> Call:
        """The bond of an edge's book."""
        return self.books_call(self.who.anyone, "return_bond", edge)

    def claim_call(self, edge: int, part: int, chosen: int | None = None) -> Call:
        """Claim for all winners of a chunk, or those chosen."""
        tree, bitmaps = self.tree_of[edge], self.bitmaps(edge)
        chunk, delivered = delivered_parts(0, bitmaps)[part]
        who = (1 << len(delivered)) - 1 if chosen is None else chosen
        places = [at for at in range(len(delivered)) if who >> at & 1]
        shown = tree.shown(chunk * CHUNK + at for at in places)
        proof = tree_proof(delivered_levels(0, bitmaps), part)
        return self.books_call(self.who.anyone, "claim", *shown.claim(chunk, places, delivered, proof))
