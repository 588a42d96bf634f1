# pragma version 0.4.3
"""
@title The edges of a campaign: their terms, what settlement fixed for them, what they signed and earned
@license Apache-2.0
@notice An edge may lie under another one, a region; capacity and fee of a region count everybody at or below it.
@dev    What is read and written together lies together in a word; nothing but this file knows where.
@custom:invariants E-1 claimed, extra_rounds <= delivered <= winners * up_to_round, at every edge
        E-2 fee_rounds of an edge <= claimed of all edges at or below it
"""

import Refusals
import agreement
import refusing
from interfaces import IClearing

uses: agreement
uses: refusing


event EdgeBonded:
    edge: uint256


struct EdgeState:
    price: uint256  # ticks per client-round, fees included
    winners: uint256
    up_to_round: uint256  # of the last signed deliveries
    delivered: uint256  # client-rounds signed for
    claimed: uint256  # client-rounds paid to clients
    fee_rounds: uint256  # client-rounds at and below it whose fee was paid
    extra_rounds: uint256  # client-rounds whose extra was paid
    bonded: bool
    stood_in: bool  # the coordinator signed in the operator's place


LOW_8: constant(uint256) = 2**8 - 1
LOW_16: constant(uint256) = 2**16 - 1
LOW_32: constant(uint256) = 2**32 - 1
LOW_48: constant(uint256) = 2**48 - 1
LOW_160: constant(uint256) = 2**160 - 1
HAS_BELOW: constant(uint256) = 1 << 112
ROUNDS_PER_WORD: constant(uint256) = 16
MAX_WORDS: constant(uint256) = agreement.MAX_ROUNDS // ROUNDS_PER_WORD

count: public(uint256)
operators: uint256[agreement.MAX_EDGES]  # address, capacity, own fee
# ceiling, fees of itself and all above, parent, its operator's first edge, whether edges lie below it
limits: uint256[agreement.MAX_EDGES]
states: uint256[agreement.MAX_EDGES]
roots: bytes32[agreement.MAX_EDGES]
# of every signed round, the first lowest, sixteen to a word: winners who did not deliver it
missing: uint256[MAX_WORDS][agreement.MAX_EDGES]


@deploy
def __init__(edges: DynArray[agreement.EdgeTerms, agreement.MAX_EDGES]):
    self.count = len(edges)
    for e: uint256 in range(len(edges), bound=agreement.MAX_EDGES):
        above: uint256 = 0
        if edges[e].parent != 0:
            above = (self.limits[edges[e].parent - 1] >> 48) & LOW_48
            self.limits[edges[e].parent - 1] |= HAS_BELOW
        self.operators[e] = convert(edges[e].operator, uint256) | (edges[e].capacity << 160) | (edges[e].fee << 176)
        first: uint256 = e
        for k: uint256 in range(e, bound=agreement.MAX_EDGES):
            if edges[k].operator == edges[e].operator:
                first = k
                break
        self.limits[e] = edges[e].ceiling | ((above + edges[e].fee) << 48) | (edges[e].parent << 96) | (first << 104)
        # never 0 again: settlement changes the word, which costs a quarter of writing it first
        self.states[e] = 1 << 255


@internal
@view
def _operator(edge: uint256) -> address:
    refusing.unless(edge < self.count, Refusals.EDGE_UNKNOWN)
    return convert(self.operators[edge] & LOW_160, address)


@internal
@view
def _terms(edge: uint256) -> agreement.EdgeTerms:
    refusing.unless(edge < self.count, Refusals.EDGE_UNKNOWN)
    word: uint256 = self.operators[edge]
    limits: uint256 = self.limits[edge]
    return agreement.EdgeTerms(
        operator=convert(word & LOW_160, address),
        capacity=(word >> 160) & LOW_16,
        fee=word >> 176,
        ceiling=limits & LOW_48,
        parent=(limits >> 96) & LOW_8,
    )


@internal
@view
def _path_fee(edge: uint256) -> uint256:
    """
    @notice Ticks per client-round that go to the edge and to every edge above it.
    """
    return (self.limits[edge] >> 48) & LOW_48


@internal
@view
def _first(edge: uint256) -> uint256:
    """
    @notice The first edge of its operator.
    """
    return (self.limits[edge] >> 104) & LOW_8


@internal
@view
def _state(edge: uint256) -> EdgeState:
    refusing.unless(edge < self.count, Refusals.EDGE_UNKNOWN)
    word: uint256 = self.states[edge]
    return EdgeState(
        price=word & LOW_48,
        winners=(word >> 48) & LOW_16,
        up_to_round=(word >> 64) & LOW_16,
        delivered=(word >> 80) & LOW_32,
        claimed=(word >> 112) & LOW_32,
        fee_rounds=(word >> 144) & LOW_32,
        extra_rounds=(word >> 176) & LOW_32,
        bonded=(word >> 208) & 1 != 0,
        stood_in=(word >> 209) & 1 != 0,
    )


@internal
def _set(edge: uint256, state: EdgeState):
    self.states[edge] = (
        state.price
        | (state.winners << 48)
        | (state.up_to_round << 64)
        | (state.delivered << 80)
        | (state.claimed << 112)
        | (state.fee_rounds << 144)
        | (state.extra_rounds << 176)
        | (convert(state.bonded, uint256) << 208)
        | (convert(state.stood_in, uint256) << 209)
        | (1 << 255)
    )


@internal
def _win(edge: uint256, winners: uint256, price: uint256):
    """
    @notice What settlement fixed for an edge.
    """
    state: EdgeState = self._state(edge)
    state.winners = winners
    state.price = price
    self._set(edge, state)


@internal
def _bond(edge: uint256, account: address):
    """
    @notice Note that an edge's operator brings its bond; an edge without it, and all below it, serve nobody.
    """
    refusing.unless(account == self._operator(edge), Refusals.BOND_NOT_THE_EDGES_OPERATOR)
    state: EdgeState = self._state(edge)
    refusing.unless(not state.bonded, Refusals.BOND_POSTED_ALREADY)
    state.bonded = True
    self._set(edge, state)
    log EdgeBonded(edge=edge)


@internal
@view
def _capacity(edge: uint256) -> uint256:
    """
    @notice Clients that may win at and below an edge: none without its bond.
    """
    bonded: bool = (self.states[edge] >> 208) & 1 != 0 or agreement.terms.edge_bond == 0
    return (self.operators[edge] >> 160) & LOW_16 if bonded else 0


@internal
@view
def _sites() -> DynArray[IClearing.Site, agreement.MAX_EDGES]:
    """
    @notice Every edge as the certificate sees it, in the order of the terms.
    """
    result: DynArray[IClearing.Site, agreement.MAX_EDGES] = []
    for e: uint256 in range(self.count, bound=agreement.MAX_EDGES):
        each: agreement.EdgeTerms = self._terms(e)
        result.append(
            IClearing.Site(
                operator=each.operator,
                capacity=self._capacity(e),
                path_fee=self._path_fee(e),
                ceiling=each.ceiling,
                parent=each.parent,
                first=self._first(e),
            )
        )
    return result


@internal
@view
def _fee_rounds_due(edge: uint256) -> uint256:
    """
    @notice Client-rounds paid at and below an edge. Edges come after those above them.
    """
    if self.limits[edge] & HAS_BELOW == 0:
        return self._state(edge).claimed
    rounds: DynArray[uint256, agreement.MAX_EDGES] = []
    for e: uint256 in range(self.count, bound=agreement.MAX_EDGES):
        rounds.append((self.states[e] >> 112) & LOW_32)
    for k: uint256 in range(self.count - edge, bound=agreement.MAX_EDGES):
        e: uint256 = self.count - 1 - k
        parent: uint256 = (self.limits[e] >> 96) & LOW_8
        if e != edge and parent != 0:
            rounds[parent - 1] += rounds[e]
    return rounds[edge]


@internal
def _note_missing(
    edge: uint256, before: uint256, up_to: uint256, missing: DynArray[uint256, MAX_WORDS], winners: uint256
) -> uint256:
    """
    @notice Keep how many winners missed each of the rounds after `before`, and count them all.
    @dev What was signed for earlier rounds stays as it is.
    """
    total: uint256 = 0
    words: uint256 = (up_to + ROUNDS_PER_WORD - 1) // ROUNDS_PER_WORD
    refusing.unless(len(missing) == words, Refusals.DELIVERIES_IMPOSSIBLE_COUNTS)
    for k: uint256 in range(words, bound=MAX_WORDS):
        word: uint256 = missing[k]
        for lane: uint256 in range(ROUNDS_PER_WORD):
            absent: uint256 = (word >> (lane << 4)) & LOW_16
            refusing.unless(
                absent <= (winners if k * ROUNDS_PER_WORD + lane < up_to else 0), Refusals.DELIVERIES_IMPOSSIBLE_COUNTS
            )
            total += absent
        if k * ROUNDS_PER_WORD < before:
            kept: uint256 = min(before - k * ROUNDS_PER_WORD, ROUNDS_PER_WORD)  # lanes signed before
            signed: uint256 = max_value(uint256) if kept == ROUNDS_PER_WORD else (1 << (kept << 4)) - 1
            refusing.unless((word ^ self.missing[edge][k]) & signed == 0, Refusals.DELIVERIES_CHANGE_WHAT_WAS_SIGNED)
        self.missing[edge][k] = word
    return total
