# pragma version 0.4.3
"""
@title Serial cost sharing of the rounds among the owners
@license Apache-2.0
@notice A stateless contract, deployed once and called by every campaign.
        The first `goal` rounds are sold together, all or nothing; every later round is a block of its own.
        A block is bought by the largest set of buyers of the block before in which each can pay its share.
        Shares are rounded up, so a block never earns less than it costs; what is over goes to the initiator.
"""

import quality
from interfaces import ISharing

implements: ISharing

ONE: constant(uint256) = 10**9
MAX_OWNERS: constant(uint256) = 64
MAX_ROUNDS: constant(uint256) = 256


@external
@view
def bills(
    bids: DynArray[ISharing.Bid, MAX_OWNERS],
    curve: DynArray[uint256, quality.MAX_WORDS],
    rounds: uint256,
    goal: uint256,
    round_cost: uint256,
    true_cost: uint256,
) -> DynArray[ISharing.Bill, MAX_OWNERS]:
    """
    @notice What every owner buys and pays, in the order of `bids`.
    @dev Dropping all who cannot pay until nobody drops gives the unique largest set, because a share only
         grows when others leave. While nobody leaves, the shares of single rounds stay the same and a round
         costs one comparison: the least quality at which every buyer can still pay. So the work is one pass
         over the buyers for each time that somebody leaves, and one step a round.
    """
    result: DynArray[ISharing.Bill, MAX_OWNERS] = []
    buyers: DynArray[uint256, MAX_OWNERS] = []
    for i: uint256 in range(len(bids), bound=MAX_OWNERS):
        result.append(ISharing.Bill(level=0, charge=0))
        if bids[i].weight > 0:
            buyers.append(i)

    # the goal: one block of many rounds
    goal_quality: uint256 = 0
    for r: uint256 in range(goal, bound=MAX_ROUNDS):
        goal_quality += quality.step(curve, r)
    buyers = self._who_can_pay(bids, buyers, goal_quality, goal, round_cost)
    total_weight: uint256 = self._weight(bids, buyers)
    for i: uint256 in buyers:
        result[i] = ISharing.Bill(level=goal, charge=self._share_up(bids[i].weight, goal, round_cost, total_weight))
    # stretch rounds: `unbilled` of them were bought by the same buyers
    unbilled: uint256 = 0
    enough: uint256 = self._least_quality(bids, buyers, round_cost)
    for r: uint256 in range(goal, max(goal, rounds), bound=MAX_ROUNDS):
        if quality.step(curve, r) < enough:
            result = self._billed(result, bids, buyers, unbilled, round_cost)
            unbilled = 0
            buyers = self._who_can_pay(bids, buyers, quality.step(curve, r), 1, round_cost)
            enough = self._least_quality(bids, buyers, round_cost)
        if len(buyers) == 0:
            break
        unbilled += 1
    return self._billed(result, bids, buyers, unbilled, round_cost)


@external
@view
def earned(
    bids: DynArray[ISharing.Bid, MAX_OWNERS],
    bought: DynArray[ISharing.Bill, MAX_OWNERS],
    curve: DynArray[uint256, quality.MAX_WORDS],
    goal: uint256,
    round_cost: uint256,
    true_cost: uint256,
    rounds_done: uint256,
) -> DynArray[uint256, MAX_OWNERS]:
    """
    @notice The part of every owner's charge that `rounds_done` rounds have earned.
    @dev Who bought round r are exactly those whose level is at least r, so the shares follow from the levels.
         Inside the goal the share of the goal counts pro rata, rounded down: marginal quality falls from
         round to round, so this never exceeds the value of the rounds delivered.
    @custom:invariant I-5
    """
    weight_of_round: uint256[MAX_ROUNDS] = empty(uint256[MAX_ROUNDS])  # entry r - 1: weight of all who bought r
    for i: uint256 in range(len(bids), bound=MAX_OWNERS):
        for r: uint256 in range(min(bought[i].level, rounds_done), bound=MAX_ROUNDS):
            weight_of_round[r] += bids[i].weight
    result: DynArray[uint256, MAX_OWNERS] = []
    for i: uint256 in range(len(bids), bound=MAX_OWNERS):
        amount: uint256 = 0
        last: uint256 = min(bought[i].level, rounds_done)
        if last != 0:
            amount = self._share_up(bids[i].weight, goal, round_cost, weight_of_round[0])
            if last < goal:
                amount = amount * last // goal
            for r: uint256 in range(goal, max(goal, last), bound=MAX_ROUNDS):
                amount += self._share_up(bids[i].weight, 1, round_cost, weight_of_round[r])
        result.append(amount)
    return result


@external
@view
def slack(
    bids: DynArray[ISharing.Bid, MAX_OWNERS],
    curve: DynArray[uint256, quality.MAX_WORDS],
    number: uint256,
    true_cost: uint256,
) -> uint256:
    """
    @notice Without limit: under this rule clients always get their price.
    """
    return max_value(uint256)


@internal
@pure
def _share_up(weight: uint256, size: uint256, round_cost: uint256, total_weight: uint256) -> uint256:
    """
    @notice One buyer's share of a block of `size` rounds, rounded up.
    """
    cost: uint256 = weight * size * round_cost
    return (cost + total_weight - 1) // total_weight


@internal
@pure
def _weight(bids: DynArray[ISharing.Bid, MAX_OWNERS], buyers: DynArray[uint256, MAX_OWNERS]) -> uint256:
    total: uint256 = 0
    for i: uint256 in buyers:
        total += bids[i].weight
    return total


@internal
@pure
def _who_can_pay(
    bids: DynArray[ISharing.Bid, MAX_OWNERS],
    candidates: DynArray[uint256, MAX_OWNERS],
    block_quality: uint256,
    size: uint256,
    round_cost: uint256,
) -> DynArray[uint256, MAX_OWNERS]:
    """
    @notice The largest set of candidates in which each can pay its share of the block.
    """
    buyers: DynArray[uint256, MAX_OWNERS] = candidates
    for attempt: uint256 in range(MAX_OWNERS):
        total_weight: uint256 = self._weight(bids, buyers)
        able: DynArray[uint256, MAX_OWNERS] = []
        for i: uint256 in buyers:
            value: uint256 = bids[i].amount * block_quality // ONE
            if value >= self._share_up(bids[i].weight, size, round_cost, total_weight):
                able.append(i)
        if len(able) == len(buyers):
            break
        buyers = able
    return buyers


@internal
@pure
def _least_quality(
    bids: DynArray[ISharing.Bid, MAX_OWNERS], buyers: DynArray[uint256, MAX_OWNERS], round_cost: uint256
) -> uint256:
    """
    @notice The least quality of a single round at which every buyer can pay its share.
    @dev floor(amount * quality / ONE) >= share exactly when quality >= ceil(share * ONE / amount).
    """
    total_weight: uint256 = self._weight(bids, buyers)
    least: uint256 = 0
    for i: uint256 in buyers:
        share: uint256 = self._share_up(bids[i].weight, 1, round_cost, total_weight)
        if share > 0:  # then the amount is positive too: the buyer could pay the block before
            least = max(least, (share * ONE + bids[i].amount - 1) // bids[i].amount)
    return least


@internal
@pure
def _billed(
    so_far: DynArray[ISharing.Bill, MAX_OWNERS],
    bids: DynArray[ISharing.Bid, MAX_OWNERS],
    buyers: DynArray[uint256, MAX_OWNERS],
    rounds: uint256,
    round_cost: uint256,
) -> DynArray[ISharing.Bill, MAX_OWNERS]:
    """
    @notice The bills with `rounds` more single rounds for every buyer.
    """
    result: DynArray[ISharing.Bill, MAX_OWNERS] = so_far
    total_weight: uint256 = self._weight(bids, buyers)
    for i: uint256 in buyers:
        result[i].level += rounds
        result[i].charge += rounds * self._share_up(bids[i].weight, 1, round_cost, total_weight)
    return result
