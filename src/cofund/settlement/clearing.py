"""Settle or cancel: the market cleared anew by ``mechanism/`` (mechanism.md, 2, 3a, 3b and 5.1)."""

from collections import Counter
from collections.abc import Iterable, Sequence

from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.market.terms import Terms
from cofund.mechanism.cohort import Cohort, choose_cohort
from cofund.mechanism.rules import charge
from cofund.mechanism.vcg import efficient_slacks
from cofund.settlement.commitments import Committing
from cofund.settlement.deadlines import Status
from cofund.settlement.state import EdgeAccount, Offer, OwnerAccount, require

Results = tuple[tuple[int, int], ...]
"""Winners and price of every edge, base units."""


def market(
    terms: Terms, edges: Sequence[EdgeAccount], offers: Iterable[Offer], owners: Iterable[OwnerAccount] = ()
) -> Instance:
    """The market as revealed, clients by edge and place, each named by its number; owners are named by their accounts.

    An edge that owes its bond has no room.
    """
    return Instance(
        cohort=terms.cohort,
        min_cohort=terms.min_cohort,
        ceiling=terms.ceiling,
        coordinator_fee=terms.coordinator_fee,
        goal=1 if terms.goals else terms.goal,
        goals=terms.goals,
        match=terms.match,
        quality=terms.quality,
        edges=tuple(
            Edge(
                edge.id,
                edge.capacity if account.bonded or terms.edge_bond == 0 else 0,
                edge.fee,
                edge.parent,
                edge.ceiling,
            )
            for edge, account in zip(terms.edges, edges, strict=True)
        ),
        owners=tuple(Owner(owner.account, owner.bid, owner.weight) for owner in owners if owner.bid is not None),
        clients=tuple(
            Client(str(number), terms.edges[offer.edge].id, offer.cost * terms.tick)
            for number, offer in enumerate(offers)
        ),
    )


def results_of(instance: Instance, offers: Sequence[Offer]) -> Results:
    """How many of its own offers win at every edge, and at what price.

    Args:
        instance: the market of these offers (``market``).
        offers: by edge and place.
    """
    cohort = choose_cohort(instance)
    chosen = Counter(offers[position].edge for position in cohort.winners)
    return tuple((chosen[edge], price) for edge, price in enumerate(cohort.prices))


def winners_of(instance: Instance, offers: Sequence[Offer]) -> list[int]:
    """How many of its own offers win at every edge; see ``results_of``."""
    return [winners for winners, _ in results_of(instance, offers)]


class Clearing(Committing):
    """The calls after the reveal phase."""

    __slots__ = ()

    def instance(self) -> Instance:
        """The market as revealed."""
        return market(self.terms, self.edges, self.offers, self.owners)

    def right_winners(self) -> list[int]:
        """How many of its own offers win at every edge: the only numbers that ``settle`` accepts."""
        return winners_of(self.instance(), self.offers)

    def settle(self, now: int, winners: Sequence[int]) -> None:
        """Fix cohort, prices, levels and charges if these are the right winners (invariants I-4 and B-2)."""
        require(len(winners) == len(self.edges), "settle: one boundary per edge")
        require(list(winners) == self.right_winners(), "settle: wrong winners")
        self._in_settle_phase(now)
        instance = self.instance()
        cohort = choose_cohort(instance)
        self._fix_cohort(cohort)
        self._fund(now, instance, cohort, sum(book.clients for book in self.books.values() if not book.opened))

    def cancel(self, now: int) -> None:
        """If nobody settled in time, give everything back, bonds included (invariant I-6)."""
        require(self.status == Status.OPEN, "cancel: settled or cancelled already")
        require(self.terms.settle_end <= now, "cancel: may still be settled")
        self.status = Status.CANCELLED
        for owner in self.owners:
            owner.owed += self.terms.owner_bond
        self._return_bonds_and_sponsorship()

    def _in_settle_phase(self, now: int) -> None:
        """Once, in its time, with everybody's promise there."""
        require(self.status == Status.OPEN, "settle: settled or cancelled already")
        require(self.terms.reveal_end <= now < self.terms.settle_end, "settle: not the settle phase")
        self._require_roles()

    def _fund(self, now: int, instance: Instance, cohort: Cohort, silent: int) -> None:
        """Charge the owners for this cohort; ``silent`` clients are in books that nobody showed."""
        self._charge_owners(instance, cohort)
        bids = sum(owner.bid is None for owner in self.owners)
        self.lost_bonds = bids * self.terms.owner_bond + silent * self.terms.book_bond
        if self.rounds == 0:
            self.status = Status.UNFUNDED
            self._return_bonds_and_sponsorship()
            self._divide_by_bids()
        else:
            self.status = Status.TRAINING
            self.round_deadline = now + self.terms.round_limit_s
            self._return_what_no_round_needs()

    def _fix_cohort(self, cohort: Cohort) -> None:
        self.round_cost, self.true_cost = cohort.round_cost, cohort.true_round_cost
        for position in cohort.winners:
            self.offers[position].winner = True
            self.edges[self.offers[position].edge].winners += 1
        for account, price in zip(self.edges, cohort.prices, strict=True):
            account.price = price

    def _charge_owners(self, instance: Instance, cohort: Cohort) -> None:
        bought = charge(instance, cohort, "vcg" if self.terms.underwritten else "serial")
        opened = (owner for owner in self.owners if owner.bid is not None)
        for owner, level, amount in zip(opened, bought.levels, bought.charges, strict=True):
            owner.level, owner.charge = level, amount
            owner.owed += self.terms.owner_bond - amount
        self.rounds = bought.rounds
        if self.terms.underwritten and bought.rounds:
            self.slacks = tuple(efficient_slacks(instance, cohort))

    def _divide_by_bids(self) -> None:
        """Nobody is charged, so what silence cost goes to those who would have paid."""
        lost, self.lost_bonds = self.lost_bonds, 0
        self.dust = lost - self.compensate(lost, [owner.bid or 0 for owner in self.owners])
        self.credit[self.initiator] += self.dust

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
