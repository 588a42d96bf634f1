# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Cohort and prices are proved: charge the owners, or give everything back
@license Apache-2.0
@notice Who opened its bid gets its bond back; what silence cost is kept for the owners. If rounds are bought the campaign
        trains, and the sponsor gets back what they cannot need; if not, or if nobody settled in time, all bonds and
        promises go back.
@custom:invariants S-1 every bond is held, owed or among the lost ones
"""

import agreement
import edges
import owners
import phases
import sale
import training
import treasury
from interfaces import IClearing
from interfaces import ISharing

uses: agreement
uses: edges
uses: owners
uses: phases
uses: sale
uses: training
uses: treasury


event Settled:
    winners: uint256
    round_cost: uint256
    true_cost: uint256
    rounds: uint256  # 0 if the campaign is not funded


event Cancelled: pass


lost_bonds: public(uint256)  # base units, for the owners


@internal
def _clear(results: DynArray[IClearing.Result, agreement.MAX_EDGES], amounts: uint256, silent: uint256):
    """
    @notice Fix winners and prices of all edges, and what every owner bought.
    @param amounts ticks a round: what all winners ask, fees included
    @param silent clients in books that nobody showed
    @custom:invariant I-4
    """
    winners: uint256 = 0
    cost: uint256 = agreement.terms.coordinator_fee
    for e: uint256 in range(len(results), bound=agreement.MAX_EDGES):
        edges._win(e, results[e].winners, results[e].price)
        winners += results[e].winners
        cost += results[e].winners * results[e].price * agreement.terms.tick
    true_cost: uint256 = amounts * agreement.terms.tick + agreement.terms.coordinator_fee
    sale._fix(cost, true_cost)

    bills: DynArray[ISharing.Bill, agreement.MAX_OWNERS] = []
    if winners >= agreement.terms.min_cohort:
        bills = staticcall sale.SHARING.bills(owners._bids(), sale.curve, sale._sale())
    bought: uint256 = 0
    lost: uint256 = 0
    bought, lost = owners._charge(bills)
    self.lost_bonds = lost + silent * agreement.terms.book_bond
    if bought == 0:
        phases.status = phases.Status.UNFUNDED
        self._return_bonds_and_sponsorship()
        self._divide_lost_bonds_by_bids()
    else:
        phases.status = phases.Status.TRAINING
        training._begin(bought)
        needed: uint256 = bought * (cost if agreement.terms.underwritten else sale._matched())
        treasury._owe(agreement.terms.sponsor, phases.sponsor_locked - needed)
        phases.sponsor_locked = needed
    log Settled(winners=winners, round_cost=cost, true_cost=true_cost, rounds=bought)


@internal
def _cancel():
    phases.status = phases.Status.CANCELLED
    owners._return_all()
    self._return_bonds_and_sponsorship()
    log Cancelled()


@internal
def _return_bonds_and_sponsorship():
    if phases.coordinator_bonded:
        treasury._owe(agreement.terms.coordinator, agreement.terms.coordinator_bond)
    treasury._owe(agreement.terms.sponsor, phases.sponsor_locked)
    phases.sponsor_locked = 0
    for e: uint256 in range(edges.count, bound=agreement.MAX_EDGES):
        if edges._state(e).bonded:
            treasury._owe(edges._operator(e), agreement.terms.edge_bond)


@internal
def _divide_lost_bonds_by_bids():
    """
    @notice Nobody is charged, so what silence cost goes to those who would have paid, by what they bid; the rest,
            below a unit an owner, to the initiator.
    """
    bids: DynArray[ISharing.Bid, agreement.MAX_OWNERS] = owners._bids()
    total: uint256 = 0
    for bid: ISharing.Bid in bids:
        total += bid.amount
    left: uint256 = self.lost_bonds
    self.lost_bonds = 0
    if total > 0:
        all: uint256 = left
        for i: uint256 in range(len(bids), bound=agreement.MAX_OWNERS):
            part: uint256 = all * bids[i].amount // total
            owners._owe(i, part)
            left -= part
    treasury._owe(agreement.terms.initiator, left)
