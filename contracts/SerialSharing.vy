# pragma version 0.4.3
"""
@title Serial cost sharing of the rounds among the owners
@license Apache-2.0
@notice A stateless contract, deployed once and called by every campaign.
        The first `goal` rounds are sold together, all or nothing; every later round is a block of its own.
        A block is bought by the largest set of buyers of the block before in which each can pay its share.
        Shares are rounded up, so a block never earns less than it costs; what is over goes to the initiator.
"""

import distribution
import quality
from interfaces import ISharing

implements: ISharing

ONE: constant(uint256) = 10**9
MAX_OWNERS: constant(uint256) = 64
MAX_ROUNDS: constant(uint256) = 256


struct Buyer:
    index: uint256  # in the order of the bids
    weight: uint256
    amount: uint256
    share: uint256  # of the block that it buys now
    enough: uint256  # the least quality at which it can pay that, parts of 10**9


struct Block:
    buyers: DynArray[Buyer, MAX_OWNERS]  # with their shares
    enough: uint256  # the least quality at which all of them can pay


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
    @dev While nobody leaves, the shares of single rounds stay the same and a round costs one comparison. So the
         work is one pass over the buyers for each time that somebody leaves, and one step a round.
    """
    result: DynArray[ISharing.Bill, MAX_OWNERS] = []
    buyers: DynArray[Buyer, MAX_OWNERS] = []
    for i: uint256 in range(len(bids), bound=MAX_OWNERS):
        result.append(ISharing.Bill(level=0, charge=0))
        if bids[i].weight > 0:
            buyers.append(Buyer(index=i, weight=bids[i].weight, amount=bids[i].amount, share=0, enough=0))

    # the goal: one block of many rounds
    goal_quality: uint256 = 0
    for r: uint256 in range(goal, bound=MAX_ROUNDS):
        goal_quality += quality.step(curve, r)
    sold: Block = self._largest_block(self._shared(buyers, goal * round_cost), goal_quality, goal * round_cost)
    for buyer: Buyer in sold.buyers:
        result[buyer.index] = ISharing.Bill(level=goal, charge=buyer.share)
    # stretch rounds: up to `billed` they are in the bills, those since were bought by the same buyers
    billed: uint256 = goal
    sold = self._shared(sold.buyers, round_cost)
    for r: uint256 in range(goal, max(goal, rounds), bound=MAX_ROUNDS):
        step: uint256 = quality.step(curve, r)
        if step < sold.enough:
            result = self._billed(result, sold.buyers, billed, r)
            billed = r
            sold = self._largest_block(sold, step, round_cost)
    return self._billed(result, sold.buyers, billed, max(goal, rounds))


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
    @custom:invariant I-5
    """
    return self._earned(bids, bought, goal, round_cost, rounds_done)


@external
@view
def parts(
    books: ISharing.Books,
    bids: DynArray[ISharing.Bid, MAX_OWNERS],
    bought: DynArray[ISharing.Bill, MAX_OWNERS],
    curve: DynArray[uint256, quality.MAX_WORDS],
) -> ISharing.Parts:
    """
    @notice Everybody's part at the end; the sponsor has matched every round done.
    @custom:invariant I-2 I-5
    """
    earned: DynArray[uint256, MAX_OWNERS] = self._earned(
        bids, bought, books.goal, books.round_cost - books.matched, books.rounds_done
    )
    return distribution.parts(books, bought, earned, books.matched * books.rounds_done)


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
def _earned(
    bids: DynArray[ISharing.Bid, MAX_OWNERS],
    bought: DynArray[ISharing.Bill, MAX_OWNERS],
    goal: uint256,
    round_cost: uint256,
    rounds_done: uint256,
) -> DynArray[uint256, MAX_OWNERS]:
    """
    @notice The part of every owner's charge that `rounds_done` rounds have earned.
    @dev Who bought round r are exactly those whose level is at least r, so the shares follow from the levels,
         and rounds between two levels cost the same.
         Inside the goal the share of the goal counts pro rata, rounded down: marginal quality falls from
         round to round, so this never exceeds the value of the rounds delivered.
    @custom:invariant I-5
    """
    leaving: uint256[MAX_ROUNDS + 1] = empty(uint256[MAX_ROUNDS + 1])  # weight of all whose last round this is
    total_weight: uint256 = 0  # of all who bought the goal, then of all who bought the next round
    for i: uint256 in range(len(bids), bound=MAX_OWNERS):
        last: uint256 = min(bought[i].level, rounds_done)
        if last != 0:
            leaving[last] += bids[i].weight
            total_weight += bids[i].weight
    goal_weight: uint256 = total_weight
    total_weight -= leaving[min(goal, rounds_done)]
    ends: DynArray[uint256, MAX_OWNERS] = []  # of the stretches of rounds with the same buyers
    weights: DynArray[uint256, MAX_OWNERS] = []  # of these buyers
    for r: uint256 in range(goal + 1, max(goal, rounds_done) + 1, bound=MAX_ROUNDS):
        if leaving[r] != 0:
            ends.append(r)
            weights.append(total_weight)
            total_weight -= leaving[r]
    result: DynArray[uint256, MAX_OWNERS] = []
    for i: uint256 in range(len(bids), bound=MAX_OWNERS):
        amount: uint256 = 0
        last: uint256 = min(bought[i].level, rounds_done)
        if last != 0:
            amount = self._share_up(bids[i].weight, goal * round_cost, goal_weight)
            if last < goal:
                amount = amount * last // goal
            before: uint256 = goal
            for k: uint256 in range(len(ends), bound=MAX_OWNERS):
                if last < ends[k]:
                    break
                amount += (ends[k] - before) * self._share_up(bids[i].weight, round_cost, weights[k])
                before = ends[k]
        result.append(amount)
    return result


@internal
@pure
def _share_up(weight: uint256, cost: uint256, total_weight: uint256) -> uint256:
    """
    @notice One buyer's share of what a block costs, rounded up.
    """
    return (weight * cost + total_weight - 1) // total_weight


@internal
@pure
def _largest_block(candidates: Block, block_quality: uint256, cost: uint256) -> Block:
    """
    @notice The largest set of candidates in which each can pay its share of the block.
    @param candidates who share a block of that cost
    @dev Dropping all who cannot pay until nobody drops gives the unique largest set, because a share only
         grows when others leave.
    """
    sold: Block = candidates
    for attempt: uint256 in range(MAX_OWNERS):
        if sold.enough <= block_quality:
            break
        able: DynArray[Buyer, MAX_OWNERS] = []
        for buyer: Buyer in sold.buyers:
            if buyer.enough <= block_quality:
                able.append(buyer)
        sold = self._shared(able, cost)
    return sold


@internal
@pure
def _shared(buyers: DynArray[Buyer, MAX_OWNERS], cost: uint256) -> Block:
    """
    @notice A block that all of them buy; shares are rounded up.
    @dev floor(amount * quality / ONE) >= share exactly when quality >= ceil(share * ONE / amount).
         Unchecked: amounts are below 2**96, weights below 2**32, costs below 2**120.
    """
    total_weight: uint256 = 0
    for buyer: Buyer in buyers:
        total_weight = unsafe_add(total_weight, buyer.weight)
    sold: Block = Block(buyers=[], enough=0)
    for buyer: Buyer in buyers:
        cost_up: uint256 = unsafe_add(unsafe_mul(buyer.weight, cost), unsafe_sub(total_weight, 1))
        share: uint256 = unsafe_div(cost_up, total_weight)
        enough: uint256 = 0
        if share != 0:
            enough = max_value(uint256)
            if buyer.amount != 0:
                enough = unsafe_div(unsafe_add(unsafe_mul(share, ONE), unsafe_sub(buyer.amount, 1)), buyer.amount)
        sold.buyers.append(
            Buyer(index=buyer.index, weight=buyer.weight, amount=buyer.amount, share=share, enough=enough)
        )
        if sold.enough < enough:
            sold.enough = enough
    return sold


@internal
@pure
def _billed(
    so_far: DynArray[ISharing.Bill, MAX_OWNERS], buyers: DynArray[Buyer, MAX_OWNERS], first: uint256, last: uint256
) -> DynArray[ISharing.Bill, MAX_OWNERS]:
    """
    @notice The bills when all buyers have bought the single rounds after `first` up to `last`.
    """
    result: DynArray[ISharing.Bill, MAX_OWNERS] = so_far
    for buyer: Buyer in buyers:
        charge: uint256 = result[buyer.index].charge + (last - first) * buyer.share
        result[buyer.index] = ISharing.Bill(level=last, charge=charge)
    return result
