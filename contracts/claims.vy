# pragma version 0.4.3
"""
@title What clients and edges are paid for what was delivered
@license Apache-2.0
@notice The books know who delivered what; the campaign knows how much an edge signed for, and holds the money.
@custom:invariant E-1
"""

import Refusals
import agreement
import closing
import edges
import owners
import phases
import refusing
import sale
import treasury
from interfaces import IClearing

uses: agreement
uses: closing
uses: edges
uses: owners
uses: phases
uses: refusing
uses: sale
uses: treasury


event ClientsPaid:
    edge: indexed(uint256)
    rounds: uint256
    extra_rounds: uint256
    saved: uint256


event FeePaid:
    edge: indexed(uint256)
    rounds: uint256


MAX_BATCH: constant(uint256) = 64

full_rounds: uint256  # underwritten: recorded rounds, from the first, in which every client gets its price
slack: HashMap[uint256, uint256]  # underwritten: of the recorded rounds after these, base units


@internal
def _note_slack(number: uint256):
    """
    @notice Underwritten: what clients may be paid at most above what they asked, in a round just recorded.
    """
    slack: uint256 = staticcall sale.SHARING.slack(owners._bids(), sale.curve, number, sale._true_cost())
    if agreement.terms.ceiling * agreement.terms.tick <= slack:
        self.full_rounds = number
    else:
        self.slack[number] = slack


@internal
def _pay_clients(
    edge: uint256,
    rounds: uint256,
    extra_rounds: uint256,
    clients: DynArray[address, MAX_BATCH],
    amounts: DynArray[uint256, MAX_BATCH],
    saved: uint256,
):
    """
    @notice Pay for so many client-rounds of an edge, if it signed for as many; `saved` goes back to the sponsor.
    """
    refusing.unless(
        phases.status == phases.Status.TRAINING or phases.status == phases.Status.CLOSED, Refusals.CLAIM_NOT_FUNDED
    )
    state: edges.EdgeState = edges._state(edge)
    state.claimed += rounds
    state.extra_rounds += extra_rounds
    refusing.unless(
        max(state.claimed, state.extra_rounds) <= state.delivered, Refusals.CLAIM_MORE_THAN_THE_EDGE_SIGNED_FOR
    )
    edges._set(edge, state)
    treasury._owe(agreement.terms.sponsor, saved)
    log ClientsPaid(edge=edge, rounds=rounds, extra_rounds=extra_rounds, saved=saved)
    for i: uint256 in range(len(clients), bound=MAX_BATCH):
        moved: bool = treasury._pay(clients[i], amounts[i])


@internal
def _pay_fee(edge: uint256):
    state: edges.EdgeState = edges._state(edge)
    rounds: uint256 = edges._fee_rounds_due(edge) - state.fee_rounds
    fee: uint256 = rounds * edges._terms(edge).fee * agreement.terms.tick
    refusing.unless(fee > 0, Refusals.CLAIM_NOTHING_NEW)
    state.fee_rounds += rounds
    edges._set(edge, state)
    log FeePaid(edge=edge, rounds=rounds)
    moved: bool = treasury._pay(edges._operator(edge), fee)


@internal
@view
def _delivered_at(edge: uint256) -> IClearing.Delivered:
    """
    @notice What claims at an edge need.
    """
    state: edges.EdgeState = edges._state(edge)
    tick: uint256 = agreement.terms.tick
    full: uint256 = state.up_to_round
    slacks: DynArray[uint256, agreement.MAX_ROUNDS] = []
    if agreement.terms.underwritten:
        full = min(full, self.full_rounds)
        for r: uint256 in range(full, state.up_to_round, bound=agreement.MAX_ROUNDS):
            slacks.append(self.slack[r + 1])
    return IClearing.Delivered(
        operator=edges._operator(edge),
        root=edges.roots[edge],
        up_to_round=state.up_to_round,
        winners=state.winners,
        price=state.price * tick,
        path_fee=edges._path_fee(edge) * tick,
        extra=closing.extra,
        tick=tick,
        full_rounds=full,
        slacks=slacks,
    )
