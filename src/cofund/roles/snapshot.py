"""What one account has at stake in a campaign, and where the campaign stands, at one moment; ``reading`` reads it."""

from dataclasses import dataclass
from typing import Any

from cofund.campaign.standing import Standing
from cofund.market.terms import most_promised
from cofund.settlement.bonds import BondRule, unclaimed_bond


@dataclass(frozen=True, slots=True)
class OwnerSeat:
    """An owner's place; amounts in base units.

    Args:
        owed: the escrow until settlement, then what can be withdrawn.
        opened: whether the bid was revealed.
        bid: 0 until then.
        level: rounds bought.
        charge: price of those rounds.
    """

    owed: int
    opened: bool
    bid: int
    level: int
    charge: int


@dataclass(frozen=True, slots=True)
class OfferSeat:
    """A client's place.

    Args:
        position: in commit order.
        relayed_by: index of the edge that locked the bond, None if the client did.
        opened: whether the offer was revealed.
        bond_settled: whether the bond has gone back, or is lost.
        edge: index, once opened.
        amount: ticks, fee included, once opened.
        wins: whether it trains; False before settlement.
        paid_rounds: rounds that it was paid for.
        paid: base units.
    """

    position: int
    relayed_by: int | None
    opened: bool
    bond_settled: bool
    edge: int | None
    amount: int | None
    wins: bool
    paid_rounds: int
    paid: int


@dataclass(frozen=True, slots=True)
class EdgeSeat:
    """An edge server's place; rounds are client-rounds unless said otherwise.

    Args:
        index: in the order of the terms.
        operator: its account.
        fee: base units per client-round.
        bonded: whether it serves anybody.
        winners: clients that train there.
        up_to_round: last round of its signed root.
        delivered, claimed, fee_rounds: signed for, paid to clients, paid to the operator.
    """

    index: int
    operator: str
    fee: int
    bonded: bool
    winners: int
    up_to_round: int
    delivered: int
    claimed: int
    fee_rounds: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that ``next_steps`` looks at.

    Args:
        campaign, account: addresses.
        standing: of the campaign.
        status: the contract's.
        credit: base units that ``withdraw`` pays the account, besides an owner's.
        owner, offer: the account's place among owners and clients, None if it has none.
        edges: all of them, in the order of the terms.
        training_end: seconds since the epoch, 0 while rounds are outstanding.
        recorded_at: of the last round, 0 if none.
        released: whether the coordinator has committed to the sealed models.
        halted: whether a record did not come in time.
        relayed: offers that the account's edges relayed; only the campaign's events say which they are
            (``collecting.relayed_offers``), so empty unless somebody has looked.
        model_kept: whether the account's folder says that its model was fetched; False where nobody has looked.
        block: at which all of it was read.
    """

    campaign: str
    account: str
    standing: Standing
    status: str
    credit: int
    owner: OwnerSeat | None
    offer: OfferSeat | None
    edges: tuple[EdgeSeat, ...]
    training_end: int
    recorded_at: int
    released: bool = False
    halted: bool = False
    relayed: tuple[OfferSeat, ...] = ()
    model_kept: bool = False
    block: int | str = "latest"

    @property
    def terms(self) -> dict[str, Any]:
        """As on chain."""
        return self.standing.terms

    @property
    def now(self) -> int:
        """Earliest time that the next block can have."""
        return self.standing.now

    @property
    def operated(self) -> tuple[EdgeSeat, ...]:
        """The edges that this account operates."""
        return tuple(edge for edge in self.edges if edge.operator == self.account)

    @property
    def rounds_done(self) -> int:
        """Rounds recorded and not vetoed."""
        return self.standing.counts["rounds_done"]

    @property
    def accepted_end(self) -> int:
        """When the last round's veto window ends; meaningful once training has ended."""
        return int(self.training_end + self.terms["veto_window"])

    @property
    def bonds_end(self) -> int:
        """When a winner's bond that no claim has settled is lost, or goes back if its edge never signed."""
        return int(self.accepted_end + 3 * self.terms["delivery_window"])

    def returns_bond(self, offer: OfferSeat) -> bool:
        """Whether ``return_bonds`` gives an offer's bond back now, to whoever posted it."""
        signed = offer.edge is not None and 0 < self.rounds_done == self.edges[offer.edge].up_to_round
        final = bool(self.training_end) and self.bonds_end <= self.now
        rule = unclaimed_bond(self.status, opened=offer.opened, wins=offer.wins, final=final, signed=signed)
        return not offer.bond_settled and rule == BondRule.RETURNS

    @property
    def late_end(self) -> int:
        """When no root is taken any more, the stand-in's included, and anybody may close."""
        return int(self.accepted_end + 2 * self.terms["delivery_window"])

    @property
    def complete(self) -> bool:
        """Whether the coordinator's bond and the sponsor's money are there; without them nothing opens or settles."""
        terms = self.terms
        round_cost = terms["cohort"] * terms["ceiling"] * terms["tick"] + terms["coordinator_fee"]
        most = most_promised(terms["rounds"], round_cost, None if terms["underwritten"] else terms["match"])
        return self.standing.coordinator_bonded and self.standing.money["sponsor_locked"] == most

    @property
    def withdrawable(self) -> int:
        """Base units that ``withdraw`` pays the account now."""
        own = self.owner.owed if self.owner is not None and self.status != "open" else 0
        return self.credit + own
