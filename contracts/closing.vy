# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title The end of a campaign: everybody's exact part of what it holds and has not promised to clients and edges
@license Apache-2.0
@notice An edge that left its last deliveries to the stand-in loses its bond to the owners. Its book's bond pays for
        client-rounds that are missing beyond the tolerance, at their price: to the clients who delivered, because
        to the owners it would be a reason to bring clients that never do. The rule divides the rest.
@custom:invariants C-1 what is owed, what clients and edges can still claim and the extra is all that is held
"""

import Refusals
import agreement
import edges
import owners
import phases
import refusing
import sale
import settlement
import training
import treasury
from interfaces import ISharing

uses: agreement
uses: edges
uses: owners
uses: phases
uses: refusing
uses: sale
uses: settlement
uses: training
uses: treasury


event Closed:
    owners: DynArray[uint256, agreement.MAX_OWNERS]  # what each is owed more, in the order of the bids
    coordinator: uint256
    sponsor: uint256
    initiator: uint256
    extra: uint256  # base units per client-round


struct Judged:  # what the edges did
    delivered: uint256  # client-rounds
    penalties: uint256  # base units
    unsigned: bool  # of some edge with winners, the last deliveries


penalties: HashMap[uint256, uint256]  # by book: base units of its bond that are lost
extra: public(uint256)  # base units per client-round, on top of the price


@internal
def _close():
    """
    @custom:invariant I-2 I-5
    """
    progress: training.Progress = training._progress()
    refusing.unless(phases.status == phases.Status.TRAINING and progress.end != 0, Refusals.CLOSE_STILL_TRAINING)
    unreleased: bool = progress.done > 0 and not progress.released
    judged: Judged = self._judge_edges(progress.done)
    end: uint256 = training._accepted(progress.end)
    refusing.unless(end <= block.timestamp, Refusals.CLOSE_A_ROUND_MAY_STILL_BE_VETOED)
    refusing.unless(
        end + 2 * agreement.terms.delivery_window <= block.timestamp or not (unreleased or judged.unsigned),
        Refusals.CLOSE_NOT_ALL_IS_DELIVERED_YET,
    )
    phases.status = phases.Status.CLOSED
    if judged.delivered == 0:
        settlement.lost_bonds += judged.penalties
        judged.penalties = 0
    parts: ISharing.Parts = staticcall sale.SHARING.parts(
        self._books(progress, not unreleased), owners._bids(), owners._bills(), sale.curve, sale._sale()
    )
    settlement.lost_bonds = 0
    more: uint256 = parts.clients + judged.penalties
    if judged.delivered > 0:
        self.extra = more // judged.delivered
        more -= self.extra * judged.delivered
    for i: uint256 in range(len(parts.owners), bound=agreement.MAX_OWNERS):
        owners._owe(i, parts.owners[i])
    treasury._owe(agreement.terms.coordinator, parts.coordinator)
    treasury._owe(agreement.terms.sponsor, parts.sponsor)
    treasury._owe(agreement.terms.initiator, parts.initiator + more)
    log Closed(
        owners=parts.owners,
        coordinator=parts.coordinator,
        sponsor=parts.sponsor,
        initiator=parts.initiator + more,
        extra=self.extra,
    )


@internal
@view
def _books(progress: training.Progress, released: bool) -> ISharing.Books:
    """
    @notice What the rule divides.
    """
    return ISharing.Books(
        rounds_done=progress.done,
        round_cost=sale._round_cost(),
        matched=sale._matched(),
        sponsor_locked=phases.sponsor_locked,
        coordinator_fee=agreement.terms.coordinator_fee,
        coordinator_bond=agreement.terms.coordinator_bond,
        released=released,
        halted=progress.halted,
        vetoed=training.vetoed,
        lost_bonds=settlement.lost_bonds,
        undelivered=training._undelivered(progress.done),
    )


@internal
def _judge_edges(done: uint256) -> Judged:
    """
    @notice Give bonds back to the edges that signed for all rounds of their winners; keep the others'.
    """
    judged: Judged = empty(Judged)
    for e: uint256 in range(edges.count, bound=agreement.MAX_EDGES):
        edge: edges.EdgeState = edges._state(e)
        unsigned: bool = edge.winners > 0 and edge.up_to_round < done
        judged.unsigned = judged.unsigned or unsigned
        judged.delivered += edge.delivered
        judged.penalties += self._penalise(e, edge, done)
        if edge.bonded:
            if edge.winners > 0 and (unsigned or edge.stood_in):
                settlement.lost_bonds += agreement.terms.edge_bond
            else:
                treasury._owe(edges._operator(e), agreement.terms.edge_bond)
    return judged


@internal
def _penalise(e: uint256, edge: edges.EdgeState, done: uint256) -> uint256:
    """
    @notice What an edge's operator loses of the bond of its book, for client-rounds that are missing.
    """
    rounds: uint256 = edge.winners * done
    missing: uint256 = rounds - edge.delivered
    allowed: uint256 = agreement.terms.tolerance * rounds // agreement.ONE
    if missing <= allowed:
        return 0
    penalty: uint256 = min(
        (missing - allowed) * edge.price * agreement.terms.tick, edge.winners * agreement.terms.book_bond
    )
    self.penalties[e if agreement.terms.sealed else convert(edges._operator(e), uint256)] += penalty
    return penalty
