"""One campaign on a real node, from its creation until its contract is empty, with the gas of every transaction."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from eth_abi.abi import encode
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from benchmarks.gas_market import Keys, keys, terms_of
from benchmarks.gas_node import CHAIN_ID, Call, Chain, Receipt, calldata
from cofund import merkle
from cofund.chain.accounts import deliveries_message, permit_arguments, permit_message, sign
from cofund.chain.artifacts import artifact
from cofund.chain.contract import HELPERS, creation_arguments, cutoff_key, opening_arguments
from cofund.market.instance import Instance
from cofund.market.sealing import BID, OFFER, Opening, seal
from cofund.market.terms import MAX_BATCH, Terms
from cofund.mechanism.cohort import Cohort, choose_cohort
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.rules import clear

PLENTY: Final = 2**128
FULL_HEIGHT: Final = MAX_BATCH.bit_length() - 1
"""Height of the node above as many neighbours as one claim takes."""


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

    def __post_init__(self) -> None:
        self.who = keys(self.instance)
        self.cohort, self.outcome = choose_cohort(self.instance), clear(self.instance, self.rule)
        self.chain.fund(self.who.senders())

    # -------------------------------------------------------------- transactions

    def do(self, name: str, calls: Iterable[tuple[Call, int]]) -> list[Receipt]:
        """Mine calls and write down what each used, under ``name``, and for how many parties."""
        listed = list(calls)
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
        blueprint = self._deploy("Campaign blueprint", artifact("Campaign").blueprint)
        helpers = [self._deploy(name, artifact(name).bytecode) for name in HELPERS]
        arguments = encode(["address"] * (1 + len(helpers)), [blueprint, *helpers])
        factory = self._deploy("CampaignFactory", artifact("CampaignFactory").bytecode + arguments.hex())
        terms = terms_of(self.instance, self.who, self.token, self.chain.clock, self.rule)
        self.terms = replace(terms, edge_bond=self.edge_bond)
        data = calldata("CampaignFactory", "create", *creation_arguments(self.terms))
        (receipt,) = self.do("create", [(Call(self.who.initiator, factory, data), 1)])
        self.address = to_checksum_address("0x" + receipt.logs[-1]["topics"][1][-40:])
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
        """Bonds, the sponsor's lock, bids (every other one with a permit) and relayed offers."""
        self.do("post_coordinator_bond", [(self.call(self.who.coordinator, "post_coordinator_bond"), 1)])
        bonded = enumerate(self.who.edges if self.edge_bond else ())
        self.do("post_edge_bond", ((self.call(each, "post_edge_bond", at), 1) for at, each in bonded))
        if self.rule == "vcg":
            self.do("lock_sponsorship", [(self.call(self.who.sponsor, "lock_sponsorship"), 1)])
        for remainder, name in enumerate(("commit_bid with permit", "commit_bid")):
            chosen = range(remainder, len(self.who.owners), 2)
            self.do(name, [(self.bid_call(at, permit=not remainder), 1) for at in chosen])
        self.do("relay_offers", self.relay_calls())

    def bid_call(self, at: int, *, permit: bool) -> Call:
        """An owner's sealed bid; the escrow is exactly the bid."""
        owner, escrow = self.who.owners[at], self.instance.owners[at].bid
        permitted = self._permit(owner, escrow + self.terms.owner_bond) if permit else (0, 0, bytes(32), bytes(32))
        sealed = seal(BID, CHAIN_ID, self.address, self.bid_opening(at))
        return self.call(owner, "commit_bid", sealed, escrow, keccak(text=owner.address), *permitted)

    def _permit(self, owner: LocalAccount, amount: int) -> tuple[int, int, bytes, bytes]:
        name, deadline = self.chain.view("TestToken", self.token, "name"), self.terms.commit_end
        message = permit_message(CHAIN_ID, self.token, name, owner.address, self.address, amount, 0, deadline)
        return permit_arguments(owner, message, deadline)

    def relay_calls(self) -> Iterator[tuple[Call, int]]:
        """Every edge relays its clients' signed offers."""
        name, version = keccak(text="cofund"), keccak(text="1")
        domain_type = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
        types = ["bytes32", "bytes32", "bytes32", "uint256", "address"]
        domain = keccak(encode(types, [keccak(text=domain_type), name, version, CHAIN_ID, self.address]))
        kind = keccak(text="Offer(uint256 edge,bytes32 commitment)")
        for edge, operator in enumerate(self.who.edges):
            prefix = kind + edge.to_bytes(32)
            for part in batches(self.clients_of(edge)):
                offers = []
                for at in part:
                    sealed = seal(OFFER, CHAIN_ID, self.address, self.opening(at))
                    digest = keccak(b"\x19\x01" + domain + keccak(prefix + sealed))
                    signed = self.who.clients[at].sign_recoverable(digest, hasher=None)
                    vs = int.from_bytes(signed[32:64]) | signed[64] << 255
                    offers.append((self.who.addresses[at], sealed, signed[:32], vs.to_bytes(32)))
                yield self.call(operator, "relay_offers", edge, offers), len(part)

    def clients_of(self, edge: int) -> list[int]:
        """Positions of the clients at an edge."""
        name = self.instance.edges[edge].id
        return [at for at, client in enumerate(self.instance.clients) if client.edge == name]

    def opening(self, at: int) -> Opening:
        """What opens a client's offer."""
        client, address = self.instance.clients[at], self.who.addresses[at]
        return Opening(address, client.cost, int(client.edge.removeprefix("edge-")), keccak(text=client.id))

    def bid_opening(self, at: int) -> Opening:
        """What opens an owner's bid."""
        owner = self.instance.owners[at]
        return Opening(self.who.owners[at].address, owner.bid, 0, keccak(text=owner.id))

    def commit_alone(self) -> None:
        """What an offer costs a client that sends it itself."""
        client = self.who.anyone
        with self.aside():
            minted = self.token_call(client, "mint", [client.address], PLENTY)
            approved = self.token_call(client, "approve", self.address, PLENTY)
            self.chain.mine([minted, approved])
            self.do("(commit_offer)", [(self.call(client, "commit_offer", keccak(b"sealed")), 1)])

    # -------------------------------------------------------------- opening and settlement

    def reveal(self) -> None:
        """Open every bid and every offer, in commit order."""
        self.chain.clock = self.terms.commit_end
        for name, openings in {
            "reveal_bids": [self.bid_opening(at) for at in range(len(self.who.owners))],
            "reveal_offers": [self.opening(at) for at in range(len(self.who.addresses))],
        }.items():
            self.do(
                name,
                ((self.call(self.who.anyone, name, opening_arguments(part)), len(part)) for part in batches(openings)),
            )

    def settle(self) -> int:
        """Settle with the mechanism's certificate, in one transaction; returns its gas."""
        self.chain.clock = self.terms.reveal_end
        cutoffs = [cutoff_key(key) for key in self.cohort.edge_cutoffs]
        call = self.call(self.who.anyone, "settle", cutoff_key(self.cohort.cutoff), cutoffs)
        (receipt,) = self.do("settle", [(call, len(self.who.addresses))])
        return receipt.gas

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

    def bitmap(self, at: int) -> int:
        """Rounds that a winner delivered: every tenth missed the first."""
        return (1 << self.outcome.rounds) - 1 - (at % 10 == 0)

    def winners_of(self, edge: int) -> list[int]:
        """Positions of an edge's winners."""
        chosen = set(self.cohort.winners)
        return [at for at in self.clients_of(edge) if at in chosen]

    def tree(self, edge: int) -> list[list[bytes]]:
        """All nodes over an edge's deliveries."""
        leaves = [merkle.leaf(["uint256", "uint256"], [at, self.bitmap(at)]) for at in self.winners_of(edge)]
        return merkle.levels(leaves)

    def deliver(self) -> None:
        """The models are released; every edge that has winners signs one root over all rounds; anybody posts it."""
        self.chain.clock += self.terms.veto_window_s
        self.do("release_models", [(self.call(self.who.coordinator, "release_models", keccak(b"models")), 1)])
        self.do(
            "post_deliveries", ((self._root_call(edge), 1) for edge, count in enumerate(self.cohort.counts) if count)
        )

    def _root_call(self, edge: int) -> Call:
        root, rounds = self.tree(edge)[-1][0], self.outcome.rounds
        total = sum(self.bitmap(at).bit_count() for at in self.winners_of(edge))
        message = deliveries_message(CHAIN_ID, self.address, edge, rounds, root, total)
        signed = sign(self.who.edges[edge], message)
        return self.call(self.who.anyone, "post_deliveries", edge, rounds, root, total, *signed)

    # -------------------------------------------------------------- payments

    def pay(self) -> None:
        """Push everything to whom it belongs."""
        self.do("claim_many", self.claim_calls())
        losers = sorted(set(range(len(self.who.addresses))) - set(self.cohort.winners))
        lost = [self.who.addresses[at] for at in losers]
        self.do(
            "return_bonds", ((self.call(self.who.anyone, "return_bonds", part), len(part)) for part in batches(lost))
        )
        served = [edge for edge, count in enumerate(self.cohort.counts) if count]
        self.do("claim_edge_fee", ((self.call(self.who.anyone, "claim_edge_fee", edge), 1) for edge in served))
        self.do("close", [(self.call(self.who.anyone, "close"), 1)])
        payees = [each.address for each in (*self.who.senders(),)]
        self.do("withdraw", ((self.call(self.who.anyone, "withdraw", part), len(part)) for part in batches(payees)))

    def claim_alone(self) -> None:
        """A claim by one client, and the largest batch again if its clients already hold the token."""
        edge = max(range(len(self.cohort.counts)), key=self.cohort.counts.__getitem__)
        winners, tree = self.winners_of(edge), self.tree(edge)
        alone = [
            self.call(self.who.anyone, "claim", self.who.addresses[at], self.bitmap(at), merkle.proof(tree, number))
            for number, at in enumerate(winners[:2])
        ]
        with self.aside():
            self.chain.mine(alone[:1])  # the campaign's first payment also pays for what all of them count in
            self.do("(claim)", [(alone[1], 1)])
        part = winners[:MAX_BATCH]
        with self.aside():
            self.chain.mine([self.token_call(self.who.anyone, "mint", [self.who.addresses[at] for at in part], 1)])
            proof = merkle.proof(tree, 0, FULL_HEIGHT) if len(tree) > FULL_HEIGHT else []
            self.do("(claim_many, clients hold tokens)", [(self.claim_call(edge, part, proof), len(part))])

    def claim_calls(self) -> Iterator[tuple[Call, int]]:
        """One claim for 64 neighbours of an edge's tree at a time."""
        for edge, count in enumerate(self.cohort.counts):
            tree = self.tree(edge) if count else []
            for number, part in enumerate(batches(self.winners_of(edge))):
                yield (
                    self.claim_call(
                        edge, part, merkle.proof(tree, number, FULL_HEIGHT) if len(tree) > FULL_HEIGHT else []
                    ),
                    len(part),
                )

    def claim_call(self, edge: int, part: Sequence[int], proof: list[bytes]) -> Call:
        """Claim for neighbours with the proof of the node above them."""
        addresses, bitmaps = [self.who.addresses[at] for at in part], [self.bitmap(at) for at in part]
        return self.call(self.who.anyone, "claim_many", edge, addresses, bitmaps, proof)

    # -------------------------------------------------------------- sums

    def gas(self, *names: str) -> int:
        """Gas of all transactions of these names."""
        return sum(each.gas for name in names for each in self.spent[name])

    def parties(self, name: str) -> int:
        """For how many parties they did something."""
        return sum(each.parties for each in self.spent[name])
