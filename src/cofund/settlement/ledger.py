"""An integer model of the campaign contract: the same calls, the same refusals, the same money to the unit.

The contract checks a certificate in one pass; this model clears the market anew (mechanism.md, 2 and 3a) and accepts
only the certificate it finds itself, so that agreement of the two is evidence for both. Times are seconds since the
epoch and passed in; amounts are base units.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from cofund import merkle
from cofund.errors import Reverted
from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.market.sealing import BID, OFFER, Opening, seal
from cofund.market.terms import MAX_AMOUNT, MAX_COST_TICKS, MAX_OFFERS, MAX_OWNERS, Terms
from cofund.mechanism.certificate import Certificate, Key, certificate
from cofund.mechanism.cohort import Cohort, choose_cohort
from cofund.mechanism.rules import charge
from cofund.settlement.earned import earned


class Status(StrEnum):
    """Where a campaign stands; the phases before settlement are told apart by the clock."""

    OPEN = "open"
    UNFUNDED = "unfunded"
    CANCELLED = "cancelled"
    TRAINING = "training"
    CLOSED = "closed"


@dataclass(slots=True)
class OwnerAccount:
    """One sealed bid and what became of it; ``bid`` is None until opened."""

    account: str
    commitment: bytes
    escrow: int
    weight: int
    bid: int | None = None
    level: int = 0
    charge: int = 0


@dataclass(slots=True)
class Offer:
    """One sealed offer; ``cost`` (ticks) is None until opened."""

    client: str
    commitment: bytes
    edge: int = 0
    cost: int | None = None
    winner: bool = False
    bond_held: bool = True
    paid_bitmap: int = 0


@dataclass(slots=True)
class EdgeAccount:
    """Deliveries an edge signed for, and what was paid on them; counts are client-rounds."""

    winners: int = 0
    price: int = 0
    up_to_round: int = 0
    root: bytes = merkle.EMPTY_ROOT
    delivered: int = 0
    claimed: int = 0
    fee_rounds: int = 0


@dataclass(slots=True)
class Ledger:
    """The books of one campaign.

    Args:
        terms: public terms.
        initiator: account that created the campaign and gets the dust and the forfeited bonds.
        chain_id: of the chain, bound into every seal.
        address: of the campaign, bound into every seal.
    """

    terms: Terms
    initiator: str
    chain_id: int
    address: str
    status: Status = Status.OPEN
    coordinator_bonded: bool = False
    owners: list[OwnerAccount] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    edges: list[EdgeAccount] = field(default_factory=list)
    round_cost: int = 0
    rounds: int = 0
    rounds_done: int = 0
    round_deadline: int = 0
    training_end: int = 0
    halted: bool = False
    credit: Counter[str] = field(default_factory=Counter)
    deposits: Counter[str] = field(default_factory=Counter)
    payments: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Open one account per edge."""
        self.edges = [EdgeAccount() for _ in self.terms.edges]

    # ---------------------------------------------------------------- commit and reveal

    def post_coordinator_bond(self, now: int, sender: str) -> None:
        """The coordinator accepts its role by locking its bond."""
        self._in_commit_phase(now)
        _require(sender == self.terms.coordinator, "bond: not the coordinator")
        _require(not self.coordinator_bonded, "bond: posted already")
        self.coordinator_bonded = True
        self.deposits[sender] += self.terms.coordinator_bond

    def commit_bid(self, now: int, sender: str, commitment: bytes, escrow: int) -> None:
        """Seal a bid and lock ``escrow`` and the bond for it."""
        self._in_commit_phase(now)
        _require(any(commitment), "commit: empty commitment")
        _require(all(owner.account != sender for owner in self.owners), "commit: one bid per owner")
        _require(escrow <= MAX_AMOUNT, "commit: escrow out of range")
        _require(len(self.owners) < MAX_OWNERS, "commit: owner cap reached")
        self.owners.append(OwnerAccount(sender, commitment, escrow, self.terms.weight(sender)))
        self.deposits[sender] += escrow + self.terms.owner_bond

    def commit_offer(self, now: int, sender: str, commitment: bytes) -> None:
        """Seal an offer and lock the bond; the order of commitments breaks ties."""
        self._in_commit_phase(now)
        _require(any(commitment), "commit: empty commitment")
        _require(all(offer.client != sender for offer in self.offers), "commit: one offer per client")
        _require(len(self.offers) < MAX_OFFERS, "commit: offer cap reached")
        self.offers.append(Offer(sender, commitment))
        self.deposits[sender] += self.terms.client_bond

    def reveal_bids(self, now: int, openings: Sequence[Opening]) -> None:
        """Open sealed bids: all of the batch or none (invariant I-3)."""
        self._in_reveal_phase(now)
        sealed = {owner.account: owner for owner in self.owners if owner.bid is None}
        matched = []
        for opening in openings:
            owner = sealed.pop(opening.sender, None)
            opened = seal(BID, self.chain_id, self.address, opening)
            if owner is None or owner.commitment != opened:
                raise Reverted("reveal: no such sealed bid")
            _require(opening.amount <= owner.escrow, "reveal: bid over escrow")
            matched.append((owner, opening))
        for owner, opening in matched:
            owner.bid = opening.amount

    def reveal_offers(self, now: int, openings: Sequence[Opening]) -> None:
        """Open sealed offers: all of the batch or none (invariant I-3)."""
        self._in_reveal_phase(now)
        sealed = {offer.client: offer for offer in self.offers if offer.cost is None}
        matched = []
        for opening in openings:
            offer = sealed.pop(opening.sender, None)
            opened = seal(OFFER, self.chain_id, self.address, opening)
            if offer is None or offer.commitment != opened:
                raise Reverted("reveal: no such sealed offer")
            _require(opening.amount <= MAX_COST_TICKS, "reveal: cost out of range")
            _require(opening.edge < len(self.edges), "reveal: unknown edge")
            matched.append((offer, opening))
        for offer, opening in matched:
            offer.cost, offer.edge = opening.amount, opening.edge

    # ---------------------------------------------------------------- settle or cancel

    def instance(self) -> Instance:
        """The market as revealed; ids are accounts, clients in commit order."""
        t = self.terms
        return Instance(
            cohort=t.cohort,
            min_cohort=t.min_cohort,
            ceiling=t.ceiling,
            coordinator_fee=t.coordinator_fee,
            goal=t.goal,
            match=0,
            quality=t.quality,
            edges=tuple(Edge(e.id, e.capacity, e.fee) for e in t.edges),
            owners=tuple(Owner(o.account, o.bid, o.weight) for o in self.owners if o.bid is not None),
            clients=tuple(
                Client(o.client, t.edges[o.edge].id, o.cost * t.tick) for o in self.offers if o.cost is not None
            ),
        )

    def right_certificate(self) -> Certificate:
        """The only certificate that ``settle`` accepts; amounts in ticks, positions among all offers."""
        found = certificate(choose_cohort(self.instance()))
        positions = [i for i, offer in enumerate(self.offers) if offer.cost is not None]

        def on_chain(key: Key | None) -> Key | None:
            return None if key is None else Key(key.amount // self.terms.tick, positions[key.position])

        return Certificate(on_chain(found.cutoff), tuple(on_chain(key) for key in found.edge_cutoffs))

    def settle(self, now: int, claimed: Certificate) -> None:
        """Fix cohort, prices, levels and charges if the certificate is the right one (invariant I-4)."""
        _require(self.status == Status.OPEN, "settle: settled or cancelled already")
        in_phase = self.terms.reveal_end <= now < self.terms.settle_end
        _require(in_phase, "settle: not the settle phase")
        _require(self.coordinator_bonded, "settle: the coordinator posted no bond")
        _require(claimed == self.right_certificate(), "settle: wrong certificate")
        instance = self.instance()
        cohort = choose_cohort(instance)
        self._fix_cohort(cohort)
        self._charge_owners(instance, cohort)
        self._return_escrow()
        if self.rounds == 0:
            self.status = Status.UNFUNDED
            self.credit[self.terms.coordinator] += self.terms.coordinator_bond
        else:
            self.status = Status.TRAINING
            self.round_deadline = now + self.terms.round_limit_s

    def cancel(self, now: int) -> None:
        """If nobody settled in time, give everything back, bonds included (invariant I-6)."""
        _require(self.status == Status.OPEN, "cancel: settled or cancelled already")
        _require(self.terms.settle_end <= now, "cancel: may still be settled")
        self.status = Status.CANCELLED
        for owner in self.owners:
            self.credit[owner.account] += owner.escrow + self.terms.owner_bond
        if self.coordinator_bonded:
            self.credit[self.terms.coordinator] += self.terms.coordinator_bond

    def _fix_cohort(self, cohort: Cohort) -> None:
        self.round_cost = cohort.round_cost
        revealed = [offer for offer in self.offers if offer.cost is not None]
        for position in cohort.winners:
            revealed[position].winner = True
        for account, price, winners in zip(self.edges, cohort.prices, cohort.counts, strict=True):
            account.price, account.winners = price, winners

    def _charge_owners(self, instance: Instance, cohort: Cohort) -> None:
        bought = charge(instance, cohort, "serial")
        opened = (owner for owner in self.owners if owner.bid is not None)
        for owner, level, amount in zip(opened, bought.levels, bought.charges, strict=True):
            owner.level, owner.charge = level, amount
        self.rounds = bought.rounds

    def _return_escrow(self) -> None:
        forfeited = sum(offer.cost is None for offer in self.offers) * self.terms.client_bond
        for owner in self.owners:
            self.credit[owner.account] += owner.escrow - owner.charge
            if owner.bid is None:
                forfeited += self.terms.owner_bond
            else:
                self.credit[owner.account] += self.terms.owner_bond
        self.credit[self.initiator] += forfeited

    # ---------------------------------------------------------------- training

    def record_round(self, now: int, sender: str, number: int) -> None:
        """The coordinator records the next round in time."""
        _require(sender == self.terms.coordinator, "record: not the coordinator")
        _require(self.status == Status.TRAINING and self.training_end == 0, "record: not training")
        _require(now < self.round_deadline, "record: past the round's time limit")
        _require(number == self.rounds_done + 1, "record: not the next round")
        self.rounds_done = number
        self.round_deadline = now + self.terms.round_limit_s
        if number == self.rounds:
            self.training_end = now

    def halt(self, now: int) -> None:
        """If a round's time limit passed, end at the last recorded round (invariant I-6)."""
        _require(self.status == Status.TRAINING and self.training_end == 0, "halt: not training")
        _require(self.round_deadline <= now, "halt: the round may still be recorded")
        self.halted, self.training_end, self.rounds = True, now, self.rounds_done

    def post_deliveries(self, now: int, edge: int, up_to_round: int, root: bytes, total: int, signer: str) -> None:
        """Post an edge's root over cumulative bitmaps, signed by ``signer`` (invariant I-8)."""
        _require(self.status == Status.TRAINING, "deliveries: not training")
        _require(edge < len(self.edges), "deliveries: unknown edge")
        account = self.edges[edge]
        later = account.up_to_round < up_to_round <= self.rounds_done
        _require(later, "deliveries: not a later recorded round")
        possible = account.delivered <= total <= account.winners * up_to_round
        _require(possible, "deliveries: impossible total")
        expected = self.terms.edges[edge].operator
        if self.training_end:
            deadline = self.training_end + self.terms.delivery_window_s
            _require(now < deadline + self.terms.delivery_window_s, "deliveries: too late")
            expected = self.terms.coordinator if deadline <= now else expected
        _require(signer == expected, "deliveries: wrong signature")
        account.up_to_round, account.root, account.delivered = up_to_round, root, total

    def close(self, now: int) -> None:
        """Close the books; the contract's NatSpec states who gets which remainder (invariants I-2 and I-5)."""
        _require(self.status == Status.TRAINING and self.training_end != 0, "close: still training")
        pending = any(e.winners and e.up_to_round < self.rounds_done for e in self.edges)
        final = self.training_end + 2 * self.terms.delivery_window_s <= now
        _require(final or not pending, "close: an edge may still post deliveries")
        self.status = Status.CLOSED
        backs = self._backs()
        for owner, back in zip(self.owners, backs, strict=True):
            self.credit[owner.account] += back
        fee = self.terms.coordinator_fee * self.rounds_done
        if not self.halted:
            fee += self.terms.coordinator_bond
        self.credit[self.terms.coordinator] += fee
        held = sum(owner.charge for owner in self.owners) + self.terms.coordinator_bond
        to_sites = sum(e.delivered * e.price for e in self.edges)
        self.credit[self.initiator] += held - to_sites - fee - sum(backs)

    def undelivered(self) -> int:
        """Base units of round cost that no client and no edge earned."""
        return sum((e.winners * self.rounds_done - e.delivered) * e.price for e in self.edges)

    def earned(self) -> list[int]:
        """Base units of each owner's charge that the rounds done have earned."""
        weights, levels = [o.weight for o in self.owners], [o.level for o in self.owners]
        return earned(weights, levels, self.terms.goal, self.round_cost, self.rounds_done)

    def _backs(self) -> list[int]:
        """What each owner gets back at close: unearned charge, undelivered rounds, compensation after a halt."""
        got = self.earned()
        total, charges, undelivered = sum(got), sum(o.charge for o in self.owners), self.undelivered()
        compensation = 0
        if self.halted:
            lost_by_rounding = max(0, self.round_cost * self.rounds_done - total)
            compensation = self.terms.coordinator_bond - lost_by_rounding
        return [
            owner.charge
            - amount
            + (compensation * owner.charge // charges if charges else 0)
            + (undelivered * amount // total if total else 0)
            for owner, amount in zip(self.owners, got, strict=True)
        ]

    # ---------------------------------------------------------------- payments

    def withdraw(self, account: str) -> None:
        """Pay an account what it is credited with."""
        amount = self.credit[account]
        _require(amount > 0, "withdraw: nothing credited")
        self.credit[account] = 0
        self.payments[account] += amount

    def return_bond(self, client: str) -> None:
        """Pay an opened offer's bond back after settlement, every offer's after a cancellation."""
        _require(self.status != Status.OPEN, "bond: not settled yet")
        offer = next((offer for offer in self.offers if offer.client == client and offer.bond_held), None)
        if offer is None:
            raise Reverted("bond: nothing held")
        _require(self.status == Status.CANCELLED or offer.cost is not None, "bond: forfeited")
        offer.bond_held = False
        self.payments[client] += self.terms.client_bond

    def claim(self, client: str, bitmap: int, proof: Sequence[bytes]) -> None:
        """Pay a client for every delivered round not paid yet (invariant I-9)."""
        _require(self.status in {Status.TRAINING, Status.CLOSED}, "claim: not funded")
        position = next((i for i, offer in enumerate(self.offers) if offer.client == client), None)
        if position is None:
            raise Reverted("claim: unknown client")
        offer = self.offers[position]
        edge = self.edges[offer.edge]
        _require(offer.winner, "claim: not in the cohort")
        _require(bitmap >> edge.up_to_round == 0, "claim: a round that was not delivered")
        leaf = delivery_leaf(position, bitmap)
        _require(merkle.verify(edge.root, leaf, proof), "claim: not in the signed deliveries")
        rounds = (bitmap & ~offer.paid_bitmap).bit_count()
        _require(rounds > 0, "claim: nothing new")
        _require(edge.claimed + rounds <= edge.delivered, "claim: more than the edge signed for")
        offer.paid_bitmap |= bitmap
        edge.claimed += rounds
        self.payments[client] += rounds * (edge.price - self.terms.edges[offer.edge].fee)

    def claim_edge_fee(self, edge: int) -> None:
        """Pay an edge's operator its fee for the client-rounds it signed for."""
        _require(self.status in {Status.TRAINING, Status.CLOSED}, "claim: not funded")
        account, terms = self.edges[edge], self.terms.edges[edge]
        amount = (account.delivered - account.fee_rounds) * terms.fee
        _require(amount > 0, "claim: nothing new")
        account.fee_rounds = account.delivered
        self.payments[terms.operator] += amount

    # ---------------------------------------------------------------- sums

    def held(self) -> int:
        """Token balance of the contract: what came in and did not go out."""
        return self.deposits.total() - self.payments.total()

    def _in_commit_phase(self, now: int) -> None:
        _require(now < self.terms.commit_end, "commit: the phase is over")

    def _in_reveal_phase(self, now: int) -> None:
        in_phase = self.terms.commit_end <= now < self.terms.reveal_end
        _require(in_phase, "reveal: not the reveal phase")


def delivery_leaf(position: int, bitmap: int) -> bytes:
    """Leaf of an edge's cumulative deliveries: (position of the client's offer, bitmap of its rounds)."""
    return merkle.leaf(["uint256", "uint256"], [position, bitmap])


def _require(condition: bool, sentence: str) -> None:
    if not condition:
        raise Reverted(sentence)
