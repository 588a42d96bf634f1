"""Settle or cancel: the market cleared anew by ``mechanism/`` (mechanism.md, 2, 3a and 3b)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.market.terms import Terms
from cofund.mechanism.certificate import Certificate, Key, certificate
from cofund.mechanism.cohort import Cohort, choose_cohort
from cofund.mechanism.rules import charge
from cofund.mechanism.vcg import efficient_slacks
from cofund.settlement.commitments import Committing
from cofund.settlement.deadlines import Status
from cofund.settlement.state import EdgeAccount, Offer, OwnerAccount, require
from cofund.units import ONE


def right_certificate(terms: Terms, edges: Sequence[EdgeAccount], offers: Mapping[int, Offer]) -> Certificate:
    """The only certificate that ``settle`` accepts (mechanism.md, 4); amounts in ticks, positions among all offers.

    Args:
        terms: of the campaign.
        edges: an edge that owes its bond has no room.
        offers: by position; those that are not opened count for nothing.
    """
    terms = replace(terms, quality=(ONE,), goal=1)  # the cohort depends on neither, and no view tells the curve
    opened = {position: offers[position] for position in sorted(offers) if offers[position].cost is not None}
    found, positions = certificate(choose_cohort(market(terms, edges, opened.values()))), list(opened)

    def on_chain(key: Key | None) -> Key | None:
        return None if key is None else Key(key.amount // terms.tick, positions[key.position])

    return Certificate(on_chain(found.cutoff), tuple(on_chain(key) for key in found.edge_cutoffs))


def market(
    terms: Terms, edges: Sequence[EdgeAccount], offers: Iterable[Offer], owners: Iterable[OwnerAccount] = ()
) -> Instance:
    """The market as revealed; ids are accounts, clients in commit order.

    An edge that owes its bond has no room. Of a cost above the ceiling only that much is kept: it cannot win.
    """
    beyond = terms.ceiling // terms.tick + 1
    return Instance(
        cohort=terms.cohort,
        min_cohort=terms.min_cohort,
        ceiling=terms.ceiling,
        coordinator_fee=terms.coordinator_fee,
        goal=terms.goal,
        match=terms.match,
        quality=terms.quality,
        edges=tuple(
            Edge(edge.id, edge.capacity if account.bonded or terms.edge_bond == 0 else 0, edge.fee)
            for edge, account in zip(terms.edges, edges, strict=True)
        ),
        owners=tuple(Owner(owner.account, owner.bid, owner.weight) for owner in owners if owner.bid is not None),
        clients=tuple(
            Client(offer.client, terms.edges[offer.edge].id, min(offer.cost, beyond) * terms.tick)
            for offer in offers
            if offer.cost is not None
        ),
    )


class Clearing(Committing):
    """The calls after the reveal phase."""

    __slots__ = ()

    def instance(self) -> Instance:
        """The market as revealed; ids are accounts, clients in commit order."""
        return market(self.terms, self.edges, self.offers, self.owners)

    def right_certificate(self) -> Certificate:
        """The only certificate that ``settle`` accepts."""
        return right_certificate(self.terms, self.edges, dict(enumerate(self.offers)))

    def settle(self, now: int, claimed: Certificate) -> None:
        """Fix cohort, prices, levels and charges if the certificate is the right one (invariant I-4)."""
        require(self.status == Status.OPEN, "settle: settled or cancelled already")
        require(self.terms.reveal_end <= now < self.terms.settle_end, "settle: not the settle phase")
        require(self.coordinator_bonded, "settle: the coordinator posted no bond")
        require(self.sponsor_locked == self.terms.sponsorship, "settle: the sponsor locked nothing")
        require(len(claimed.edge_cutoffs) == len(self.edges), "settle: one cutoff per edge")
        require(claimed == self.right_certificate(), "settle: wrong certificate")
        instance = self.instance()
        cohort = choose_cohort(instance)
        self._fix_cohort(cohort)
        self._charge_owners(instance, cohort)
        self._forfeit_what_stayed_sealed()
        if self.rounds == 0:
            self.status = Status.UNFUNDED
            self._return_bonds_and_sponsorship()
        else:
            self.status = Status.TRAINING
            self.round_deadline = now + self.terms.round_limit_s
            self._return_what_no_round_needs()

    def cancel(self, now: int) -> None:
        """If nobody settled in time, give everything back, bonds included (invariant I-6)."""
        require(self.status == Status.OPEN, "cancel: settled or cancelled already")
        require(self.terms.settle_end <= now, "cancel: may still be settled")
        self.status = Status.CANCELLED
        for owner in self.owners:
            owner.owed += self.terms.owner_bond
        self._return_bonds_and_sponsorship()

    def _fix_cohort(self, cohort: Cohort) -> None:
        self.round_cost, self.true_cost = cohort.round_cost, cohort.true_round_cost
        revealed = [offer for offer in self.offers if offer.cost is not None]
        for position in cohort.winners:
            revealed[position].winner = True
        for account, price, winners in zip(self.edges, cohort.prices, cohort.counts, strict=True):
            account.price, account.winners = price, winners

    def _charge_owners(self, instance: Instance, cohort: Cohort) -> None:
        bought = charge(instance, cohort, "vcg" if self.terms.underwritten else "serial")
        opened = (owner for owner in self.owners if owner.bid is not None)
        for owner, level, amount in zip(opened, bought.levels, bought.charges, strict=True):
            owner.level, owner.charge = level, amount
            owner.owed += self.terms.owner_bond - amount
        self.rounds = bought.rounds
        if self.terms.underwritten and bought.rounds:
            self.slacks = tuple(efficient_slacks(instance, cohort))

    def _forfeit_what_stayed_sealed(self) -> None:
        bids = sum(owner.bid is None for owner in self.owners)
        offers = sum(offer.cost is None for offer in self.offers)
        self.credit[self.initiator] += bids * self.terms.owner_bond + offers * self.terms.client_bond

    def _return_what_no_round_needs(self) -> None:
        needed = self.rounds * (self.round_cost if self.terms.underwritten else self.matched())
        self.credit[self.terms.sponsor] += self.sponsor_locked - needed
        self.sponsor_locked = needed

    def _return_bonds_and_sponsorship(self) -> None:
        if self.coordinator_bonded:
            self.credit[self.terms.coordinator] += self.terms.coordinator_bond
        for account, edge in zip(self.edges, self.terms.edges, strict=True):
            if account.bonded:
                self.credit[edge.operator] += self.terms.edge_bond
        self.credit[self.terms.sponsor] += self.sponsor_locked
        self.sponsor_locked = 0
