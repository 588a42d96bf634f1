# pragma version 0.4.3
"""
@title Which clients win and what their edges' prices are, proved by where the winners of every edge end
@license Apache-2.0
@notice Offers are ordered by their keys, amount << 32 | edge << 16 | place at the edge, amount being cost and fees in
        ticks; no two are equal. The winners of an edge are its first ones. An offer wins if its key is below B(S) of every
        S on its path to the cloud, B(S) being the cheapest loser whom one more place at S would let in.
@custom:invariants B-2 exactly one choice of winners is accepted: the cheapest cohort within all capacities
        (docs/mechanism.md, theorem 5.3)
"""

from interfaces import IClearing

import Refusals
import refusing

uses: refusing


struct Shown:  # of an edge's own clients
    winners: uint256
    last: uint256  # the key of the last winner, plus one; 0 if there is none
    next: uint256  # the key of the first who does not win; NOBODY if there is none, or it is above the ceiling


MAX_EDGES: constant(uint256) = 64
NOBODY: constant(uint256) = max_value(uint256)  # the key of nobody


@internal
@pure
def _key(edge: uint256, amount: uint256, place: uint256) -> uint256:
    return (amount << 32) | (edge << 16) | place


@internal
@view
def _results(
    sites: DynArray[IClearing.Site, MAX_EDGES], shown: DynArray[Shown, MAX_EDGES], cohort: uint256
) -> DynArray[IClearing.Result, MAX_EDGES]:
    """
    @notice Winners and prices, if these winners are the right ones.
    @dev Counts and losers go up the tree, where those above come before; bounds come down again.
    """
    # by 1 + edge; 0 is the cloud
    turned_away: uint256[MAX_EDGES + 1] = empty(uint256[MAX_EDGES + 1])  # B, then the smallest B on the path
    below: uint256[MAX_EDGES + 1] = empty(uint256[MAX_EDGES + 1])  # winners at and below
    turned_away[0] = NOBODY
    for e: uint256 in range(len(sites), bound=MAX_EDGES):
        turned_away[e + 1] = shown[e].next
        below[e + 1] = shown[e].winners
    for k: uint256 in range(len(sites), bound=MAX_EDGES):
        e: uint256 = len(sites) - 1 - k
        refusing.unless(below[e + 1] <= sites[e].capacity, Refusals.SETTLE_EDGE_OVER_CAPACITY)
        above: uint256 = sites[e].parent
        if below[e + 1] < sites[e].capacity:
            turned_away[above] = min(turned_away[above], turned_away[e + 1])
        below[above] += below[e + 1]
    refusing.unless(
        below[0] == cohort or (below[0] < cohort and turned_away[0] == NOBODY), Refusals.SETTLE_WRONG_COHORT_SIZE
    )
    results: DynArray[IClearing.Result, MAX_EDGES] = []
    for e: uint256 in range(len(sites), bound=MAX_EDGES):
        bound: uint256 = min(turned_away[e + 1], turned_away[sites[e].parent])
        turned_away[e + 1] = bound
        refusing.unless(shown[e].last <= bound, Refusals.SETTLE_A_CHEAPER_OFFER_IS_TURNED_AWAY)
        results.append(IClearing.Result(winners=shown[e].winners, price=min(bound >> 32, sites[e].ceiling)))
    return results
