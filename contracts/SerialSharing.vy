# pragma version 0.4.3
"""
@title Serial cost sharing of the rounds among the owners
@license Apache-2.0
@notice A stateless contract, deployed once and called by every campaign.
        The first `goal` rounds are sold together, all or nothing; every later round is a block of its own.
        A block is bought by the largest set of buyers of the block before in which each can pay its share.
        Shares are rounded up, so a block never earns less than it costs; what is over goes to the initiator.
"""

ONE: constant(uint256) = 10**9
MAX_OWNERS: constant(uint256) = 128
MAX_ROUNDS: constant(uint256) = 256


struct Bid:
    amount: uint256  # base units for full quality
    weight: uint256  # public size weight, at least 1; 0 marks a bid that was never opened


struct Bill:
    level: uint256  # rounds bought
    charge: uint256  # base units for all of them


@external
@pure
def bills(
    bids: DynArray[Bid, MAX_OWNERS], quality: DynArray[uint256, MAX_ROUNDS], goal: uint256, round_cost: uint256
) -> DynArray[Bill, MAX_OWNERS]:
    """
    @notice What every owner buys and pays, in the order of `bids`.
    @dev Dropping all who cannot pay until nobody drops gives the unique largest set, because a share only
         grows when others leave. Every pass but the last of a block drops somebody, so there are at most
         owners + rounds passes in all.
    """
    result: DynArray[Bill, MAX_OWNERS] = []
    buyers: DynArray[uint256, MAX_OWNERS] = []
    for i: uint256 in range(len(bids), bound=MAX_OWNERS):
        result.append(Bill(level=0, charge=0))
        if bids[i].weight > 0:
            buyers.append(i)
    first: uint256 = 0  # the block's first round, counted from 0
    size: uint256 = goal
    for each_block: uint256 in range(MAX_ROUNDS):
        block_quality: uint256 = 0
        for r: uint256 in range(first, first + size, bound=MAX_ROUNDS):
            block_quality += quality[r]

        total_weight: uint256 = 0
        for attempt: uint256 in range(MAX_OWNERS + 1):
            total_weight = 0
            for i: uint256 in buyers:
                total_weight += bids[i].weight
            able: DynArray[uint256, MAX_OWNERS] = []
            for i: uint256 in buyers:
                value: uint256 = bids[i].amount * block_quality // ONE
                if value >= self._share_up(bids[i].weight, size, round_cost, total_weight):
                    able.append(i)
            if len(able) == len(buyers):
                break
            buyers = able
        if len(buyers) == 0:
            break

        for i: uint256 in buyers:
            result[i].level += size
            result[i].charge += self._share_up(bids[i].weight, size, round_cost, total_weight)
        first += size
        size = 1
        if first == len(quality):
            break
    return result


@external
@pure
def earned(
    bids: DynArray[Bid, MAX_OWNERS],
    bought: DynArray[Bill, MAX_OWNERS],
    goal: uint256,
    round_cost: uint256,
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


@internal
@pure
def _share_up(weight: uint256, size: uint256, round_cost: uint256, total_weight: uint256) -> uint256:
    """
    @notice One buyer's share of a block of `size` rounds, rounded up.
    """
    cost: uint256 = weight * size * round_cost
    return (cost + total_weight - 1) // total_weight
