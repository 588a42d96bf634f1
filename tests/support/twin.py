"""The contract and its integer model, called together: same refusals, same books, after every call."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from eth_utils.address import to_checksum_address

from cofund.chain.accounts import deliveries_message, offer_message, rehearsal_account, sign
from cofund.chain.contract import cutoff_key, opening_arguments
from cofund.errors import Reverted
from cofund.market.phases import STATUS
from cofund.market.sealing import BID, OFFER, Opening, seal
from cofund.market.terms import NOBODY, EdgeTerms, Terms
from cofund.mechanism.certificate import Certificate
from cofund.settlement.ledger import Ledger, Offer, SealedOffer, Status
from evm import CHAIN_ID, DEPLOYER, PACKAGED, START, TOKEN, Build, deploy_campaign

WEALTH = 10**30
WRONG_CERTIFICATE = {
    "settle: edge over capacity",
    "settle: wrong edge cutoff",
    "settle: wrong cutoff",
    "settle: wrong cohort size",
}
SIGNERS = ("coordinator", "edge0", "edge1", "edge2", "outsider", *(f"client{i}" for i in range(8)))
KEYS = {name: rehearsal_account("tests", name) for name in SIGNERS}
ROOT = b"\7" * 32


@cache
def address(name: str) -> str:
    """Accounts that sign have keys; the others are only addresses."""
    return KEYS[name].address if name in KEYS else to_checksum_address("0x" + name.encode().hex().rjust(40, "0"))


@cache
def signed_offer(signer: str, campaign: str, edge: int, commitment: bytes) -> tuple[bytes, bytes]:
    return sign(KEYS[signer], offer_message(CHAIN_ID, campaign, edge, commitment))


INITIATOR, COORDINATOR, SPONSOR = address("initiator"), address("coordinator"), address("sponsor")
SOME_TERMS = Terms(
    token=TOKEN,
    coordinator=COORDINATOR,
    commit_end=START + 100,
    reveal_end=START + 200,
    settle_end=START + 300,
    round_limit_s=50,
    veto_window_s=0,
    delivery_window_s=40,
    tick=10,
    cohort=3,
    min_cohort=2,
    ceiling=200,
    coordinator_fee=7,
    goal=2,
    quality=(400_000_000, 300_000_000, 200_000_000, 100_000_000),
    edges=(EdgeTerms("edge0", address("edge0"), 2, 20), EdgeTerms("edge1", address("edge1"), 2, 0)),
    weights=((address("owner0"), 2),),
    owner_bond=11,
    client_bond=200,
    edge_bond=0,
    coordinator_bond=1000,
    digest=b"\7" * 32,
)


def with_terms(**changes: Any) -> Terms:
    return replace(SOME_TERMS, **changes)


class Twin:
    """One campaign on revm beside its ledger; ``calls`` counts those of all twins."""

    calls = 0

    def __init__(self, terms: Terms, build: Build = PACKAGED) -> None:
        self.terms = terms
        self.chain = deploy_campaign(terms, INITIATOR, build)
        self.ledger = Ledger(terms, INITIATOR, CHAIN_ID, self.chain.campaign)
        self.openings: dict[tuple[bytes, str], Opening] = {}
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
        self.chain.machine.now = max(self.now, timestamp)

    def both(self, sender: str, function: str, arguments: tuple[Any, ...], model: Callable[[], None]) -> str | None:
        """Call both; return the sentence they refused with, or None."""
        Twin.calls += 1
        refusals: list[str | None] = []
        for call in (lambda: self.chain.call(function, *arguments, sender=sender), model):
            try:
                call()
            except Reverted as error:
                refusals.append(str(error))
            else:
                refusals.append(None)
        chain, ledger = refusals
        if ledger == "settle: wrong certificate":
            assert chain in WRONG_CERTIFICATE
        else:
            assert chain == ledger, (function, arguments)
        self.compare()
        if ledger is None:
            self.accepted.append((self.now, sender, function, arguments))
        return ledger

    # ------------------------------------------------------------ comparison

    def compare(self) -> None:
        """Every public figure of the contract equals the model's, and every balance is accounted for (I-2)."""
        view, ledger = self.chain.view, self.ledger
        figures = {
            "status": {name: number for number, name in STATUS.items()}[ledger.status],
            "coordinator_bonded": ledger.coordinator_bonded,
            "sponsor_locked": ledger.sponsor_locked,
            "edge_count": len(ledger.edges),
            "owner_count": len(ledger.owners),
            "offer_count": len(ledger.offers),
            "revealed_count": sum(offer.cost is not None for offer in ledger.offers),
            "round_cost": ledger.round_cost,
            "true_cost": ledger.true_cost,
            "rounds": ledger.rounds,
            "rounds_done": ledger.rounds_done,
            "round_deadline": ledger.round_deadline,
            "training_end": ledger.training_end,
            "halted": ledger.halted,
            "release_root": ledger.release_root,
            "lost_bonds": ledger.lost_bonds,
            "deposited": ledger.deposits.total(),
            "paid_out": ledger.payments.total(),
        }
        assert {name: view(name) for name in figures} == figures
        self._compare_owners()
        self._compare_edges()
        self._compare_offers()
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
            fixed, (_, *state), root = self.chain.view("edge", index)
            assert fixed == (terms.operator.lower(), terms.capacity, terms.fee // self.terms.tick, terms.admits)
            counts = [e.winners, e.up_to_round, e.delivered, e.claimed, e.fee_rounds]
            assert (state, root) == ([*counts, e.bonded, e.stood_in], e.root)
            if self.ledger.status in {Status.UNFUNDED, Status.TRAINING, Status.CLOSED}:
                assert self.chain.view("price", index) == e.price

    def _compare_offers(self) -> None:
        for position, offer in enumerate(self.ledger.offers):
            client, edge, amount = self.chain.view("offer", offer.client)
            seal_kept = 0 if offer.cost is not None else int.from_bytes(offer.commitment[:28])
            poster = 0 if offer.poster is None else 1 + offer.poster
            state = (offer.cost is not None, not offer.bond_held, seal_kept, offer.paid_rounds, offer.paid)
            assert client == (position, poster, *state)
            assert (edge, amount) == (offer.edge, self._amount(offer))

    def _amount(self, offer: Offer) -> int:
        """Ticks, fee included, cut above the ceiling."""
        if offer.cost is None:
            return 0
        beyond = self.terms.ceiling // self.terms.tick + 1
        return min(offer.cost + self.terms.edges[offer.edge].fee // self.terms.tick, beyond)

    # ------------------------------------------------------------ commit and reveal

    def post_coordinator_bond(self, sender: str = "coordinator") -> str | None:
        return self._by(sender, "post_coordinator_bond")

    def post_edge_bond(self, edge: int, sender: str | None = None) -> str | None:
        return self._by(sender or f"edge{edge}", "post_edge_bond", edge)

    def lock_sponsorship(self, sender: str = "sponsor") -> str | None:
        return self._by(sender, "lock_sponsorship")

    def commit_bid(self, name: str, bid: int, escrow: int) -> str | None:
        opening, owner = self._fresh(name, bid, 0), address(name)
        commitment = self._seal(BID, opening)
        self._fund(owner)
        arguments = (commitment, escrow, ROOT)
        refusal = self.both(
            owner, "commit_bid", arguments, lambda: self.ledger.commit_bid(self.now, owner, commitment, escrow)
        )
        return self._remember(BID, opening, refusal)

    def commit_offer(self, name: str, cost: int, edge: int) -> str | None:
        opening = self._fresh(name, cost, edge)
        refusal = self._by(name, "commit_offer", self._seal(OFFER, opening))
        return self._remember(OFFER, opening, refusal)

    def relay_offers(
        self,
        edge: int,
        offers: Sequence[tuple[str, int]],
        *,
        sender: str | None = None,
        forged: str | None = None,
        opens_at: int | None = None,
    ) -> str | None:
        """Relay (client, cost) at an edge; ``forged`` signs for all of them, ``opens_at`` is another edge."""
        openings = [self._fresh(name, cost, edge if opens_at is None else opens_at) for name, cost in offers]
        rows, sealed = [], []
        for (name, _), opening in zip(offers, openings, strict=True):
            commitment = self._seal(OFFER, opening)
            rows.append(
                (opening.sender, commitment, *signed_offer(forged or name, self.chain.campaign, edge, commitment))
            )
            sealed.append(SealedOffer(opening.sender, commitment, address(forged or name)))
            self.accounts.add(opening.sender)
        by = address(sender or f"edge{edge}")
        known = set(self.ledger.positions)
        refusal = self.both(
            by, "relay_offers", (edge, rows), lambda: self.ledger.relay_offers(self.now, by, edge, sealed)
        )
        for opening in reversed(openings):
            if opening.sender not in known:
                self._remember(OFFER, opening, refusal)
        return refusal

    def reveal_bids(self, *names: str) -> str | None:
        openings = [self._opening(BID, name) for name in names]
        arguments = (opening_arguments(openings),)
        return self.both(DEPLOYER, "reveal_bids", arguments, lambda: self.ledger.reveal_bids(self.now, openings))

    def reveal_offers(self, *names: str) -> str | None:
        openings = [self._opening(OFFER, name) for name in names]
        arguments = (opening_arguments(openings),)
        return self.both(DEPLOYER, "reveal_offers", arguments, lambda: self.ledger.reveal_offers(self.now, openings))

    # ------------------------------------------------------------ settle and train

    def settle(self, certificate: Certificate | None = None) -> str | None:
        claimed = certificate or self.ledger.right_certificate()
        arguments = (cutoff_key(claimed.cutoff), [cutoff_key(key) for key in claimed.edge_cutoffs])
        return self.both(DEPLOYER, "settle", arguments, lambda: self.ledger.settle(self.now, claimed))

    def record_round(self, number: int, sender: str = "coordinator") -> str | None:
        digest, by = bytes([number % 256]) * 32, address(sender)
        self.digests.setdefault(number, digest)
        arguments = (number, digest, b"\2" * 32, 5)
        return self.both(by, "record_round", arguments, lambda: self.ledger.record_round(self.now, by, number))

    def veto(self, number: int, name: str) -> str | None:
        return self._by(name, "veto", number)

    def post_deliveries(self, edge: int, up_to_round: int, root: bytes, total: int, signer: str) -> str | None:
        message = deliveries_message(CHAIN_ID, self.chain.campaign, edge, up_to_round, root, total)
        arguments = (edge, up_to_round, root, total)
        by = address(signer)
        return self.both(
            DEPLOYER,
            "post_deliveries",
            (*arguments, *sign(KEYS[signer], message)),
            lambda: self.ledger.post_deliveries(self.now, *arguments, signer=by),
        )

    def release_models(self, root: bytes = ROOT, sender: str = "coordinator") -> str | None:
        by = address(sender)
        return self.both(by, "release_models", (root,), lambda: self.ledger.release_models(self.now, by, root))

    # ------------------------------------------------------------ payments and what anyone may call

    def claim(self, name: str, bitmap: int, proof: list[bytes]) -> str | None:
        client = address(name)
        return self.both(DEPLOYER, "claim", (client, bitmap, proof), lambda: self.ledger.claim(client, bitmap, proof))

    def claim_many(self, edge: int, names: Sequence[str], bitmaps: Sequence[int], proof: list[bytes]) -> str | None:
        arguments = (edge, [address(name) for name in names], list(bitmaps), proof)
        return self.both(DEPLOYER, "claim_many", arguments, lambda: self.ledger.claim_many(*arguments))

    def withdraw(self, *names: str) -> str | None:
        accounts = [address(name) for name in names]
        return self.both(DEPLOYER, "withdraw", (accounts,), lambda: self.ledger.withdraw(accounts))

    def return_bonds(self, *names: str) -> str | None:
        accounts = [address(name) for name in names]
        return self.both(DEPLOYER, "return_bonds", (accounts,), lambda: self.ledger.return_bonds(self.now, accounts))

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
        account = self.ledger.offers[position].client
        return next(name for name in SIGNERS if address(name) == account)

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
    def _fresh(name: str, amount: int, edge: int) -> Opening:
        return Opening(address(name), amount, edge, name.encode().rjust(32, b"s"))

    def _seal(self, role: bytes, opening: Opening) -> bytes:
        return seal(role, CHAIN_ID, self.chain.campaign, opening)

    def _remember(self, role: bytes, opening: Opening, refusal: str | None) -> str | None:
        """The opening of a commitment that was accepted."""
        if refusal is None:
            self.openings[role, opening.sender] = opening
        return refusal

    def _opening(self, role: bytes, name: str) -> Opening:
        unknown = Opening(address(name), 1, 0, bytes(32))
        return self.openings.get((role, address(name)), unknown)
