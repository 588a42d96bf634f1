# pragma version 0.4.3
"""
@title What rounds cost, and how they are sold
@license Apache-2.0
@notice The public curve, the goal table, and after settlement the two costs of a round. Amounts are base units.
"""

import agreement
import quality
from interfaces import ISharing

uses: agreement

LOW_128: constant(uint256) = 2**128 - 1
UNKNOWN: constant(uint256) = 1 << 255  # settlement then changes a word, which costs a quarter of writing it first

SHARING: immutable(ISharing)

curve: DynArray[uint256, quality.MAX_WORDS]
goals: DynArray[uint256, agreement.MAX_GOALS]  # least weight << 16 | rounds sold together
costs: uint256  # of a round: at what the clients asked << 128 | at their prices


@deploy
def __init__(
    sharing: address,
    curve: DynArray[uint256, quality.MAX_WORDS],
    goals: DynArray[uint256, agreement.MAX_GOALS],
):
    SHARING = ISharing(sharing)
    self.curve = curve
    self.goals = goals
    self.costs = UNKNOWN


@internal
def _fix(round_cost: uint256, true_cost: uint256):
    self.costs = (true_cost << 128) | round_cost


@internal
@view
def _round_cost() -> uint256:
    return self.costs & LOW_128


@internal
@view
def _true_cost() -> uint256:
    return (self.costs & ~UNKNOWN) >> 128


@internal
@view
def _matched() -> uint256:
    """
    @notice The sponsor's part of a round, rounded down; 0 if it underwrites instead.
    """
    return agreement.terms.match * self._round_cost() // agreement.ONE


@internal
@view
def _sale() -> ISharing.Sale:
    return ISharing.Sale(
        rounds=agreement.terms.rounds,
        goals=self.goals,
        round_cost=self._round_cost() - self._matched(),
        true_cost=self._true_cost(),
    )
