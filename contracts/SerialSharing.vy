# pragma version 0.4.3
"""
@title Serial cost sharing of the rounds among the owners
@license Apache-2.0
@notice A stateless contract, deployed once and called by every campaign.
        The first rounds, as many as the goal table says for the weight of those who stay, are sold together, all or
        nothing; every later round is a block of its own.
        A block is bought by the largest set of buyers of the block before in which each can pay its share.
        Shares are rounded up, so a block never earns less than it costs; what is over goes to the initiator.
"""

import distribution
import quality
from interfaces import ISharing

implements: ISharing

LOW_16: constant(uint256) = 2**16 - 1
ONE: constant(uint256) = 10**9
MAX_OWNERS: constant(uint256) = 64
MAX_ROUNDS: constant(uint256) = 256
MAX_GOALS: constant(uint256) = 16
MAX_STRETCHES: constant(uint256) = 65  # the goal, and one for every owner that leaves


struct Stretch:  # rounds with the same buyers; the first is the goal
    first: uint256  # rounds before it
    last: uint256
    weight: uint256  # of its buyers


@external
@view
def bills(
    bids: DynArray[ISharing.Bid, MAX_OWNERS], curve: DynArray[uint256, quality.MAX_WORDS], sale: ISharing.Sale
) -> DynArray[ISharing.Bill, MAX_OWNERS]:
    """
    @notice What every owner buys and pays, in the order of `bids`.
    @dev While nobody leaves, the shares of single rounds stay the same and a round costs one comparison. So the
         work is one pass over the buyers for each time that somebody leaves, and one step a round. Buyers are one bit
         each: arrays of them would be copied at every step.
    """
    result: DynArray[ISharing.Bill, MAX_OWNERS] = []
    buyers: uint256 = 0
    for i: uint256 in range(len(bids), bound=MAX_OWNERS):
        result.append(ISharing.Bill(level=0, charge=0))
        if bids[i].weight > 0:
            buyers |= 1 << i
    goal: uint256 = 0
    for attempt: uint256 in range(MAX_OWNERS + 1):
        # who stays decides how many rounds are sold together, and that decides who stays
        goal = self._goal(sale.goals, self._weight(bids, buyers))
        able: uint256 = self._able(bids, buyers, goal * sale.round_cost, self._quality(curve, goal))
        if able == buyers:
            break
        buyers = able
    if goal == 0:
        return result
    weight: uint256 = self._weight(bids, buyers)
    for i: uint256 in range(len(bids), bound=MAX_OWNERS):
        if (buyers >> i) & 1 == 1:
            charge: uint256 = self._share_up(bids[i].weight, goal * sale.round_cost, weight)
            result[i] = ISharing.Bill(level=goal, charge=charge)
    billed: uint256 = goal  # rounds that are in the bills; those since were bought by the same buyers
    enough: uint256 = self._enough(bids, buyers, sale.round_cost)
    for r: uint256 in range(goal, max(goal, sale.rounds), bound=MAX_ROUNDS):
        step: uint256 = quality.step(curve, r)
        if step < enough:
            result = self._billed(result, bids, buyers, sale.round_cost, billed, r)
            billed = r
            buyers = self._largest(bids, buyers, sale.round_cost, step)
            enough = self._enough(bids, buyers, sale.round_cost)
    return self._billed(result, bids, buyers, sale.round_cost, billed, max(goal, sale.rounds))


@external
@view
def parts(
    books: ISharing.Books,
    bids: DynArray[ISharing.Bid, MAX_OWNERS],
    bought: DynArray[ISharing.Bill, MAX_OWNERS],
    curve: DynArray[uint256, quality.MAX_WORDS],
    sale: ISharing.Sale,
) -> ISharing.Parts:
    """
    @notice Everybody's part at the end; the sponsor has matched every round done.
    @dev Who bought round r are exactly those whose level is at least r, so shares follow from the levels. Inside the
         goal a share counts pro rata, rounded down: quality falls from round to round, so that is never more than
         the rounds done are worth. Whoever ended the campaign there, and after a halt everybody, pays what they are
         worth by its bid, at most its share of the goal: else it would pay to end early. What that is more goes to
         the clients, if any delivered. What was not delivered goes back to those who paid for the round.
    @custom:invariant I-2 I-5
    """
    shares: distribution.Shares = empty(distribution.Shares)
    for bill: ISharing.Bill in bought:
        shares.earned.append(0)
        shares.back.append(0)
        shares.more.append(0)
    done: uint256 = books.rounds_done
    shares.sponsored = books.matched * done
    stretches: DynArray[Stretch, MAX_STRETCHES] = self._stretches(bids, bought, sale.goals)
    worth: uint256 = self._quality(curve, done)
    delivered: uint256 = (books.round_cost - books.coordinator_fee) * done
    for amount: uint256 in books.undelivered:
        delivered -= amount
    for k: uint256 in range(len(stretches), bound=MAX_STRETCHES):
        stretch: Stretch = stretches[k]
        if done <= stretch.first:
            break
        last: uint256 = min(done, stretch.last)
        rounds: uint256 = last - stretch.first
        undelivered: uint256 = 0
        for r: uint256 in range(stretch.first, last, bound=MAX_ROUNDS):
            undelivered += books.undelivered[r]
        paid: DynArray[uint256, MAX_OWNERS] = []
        collected: uint256 = books.matched * rounds
        for i: uint256 in range(len(bids), bound=MAX_OWNERS):
            amount: uint256 = 0
            if stretch.first < bought[i].level:
                if k > 0:
                    amount = rounds * self._share_up(bids[i].weight, sale.round_cost, stretch.weight)
                else:
                    share: uint256 = self._share_up(bids[i].weight, stretch.last * sale.round_cost, stretch.weight)
                    amount = share * rounds // stretch.last
                    if delivered > 0 and rounds < stretch.last and (books.halted or (books.vetoed >> i) & 1 == 1):
                        shares.more[i] = max(amount, min(share, bids[i].amount * worth // ONE)) - amount
            paid.append(amount)
            collected += amount
            shares.earned[i] += amount
        for i: uint256 in range(len(bids), bound=MAX_OWNERS):
            shares.back[i] += distribution._part(undelivered, paid[i], collected)
        shares.sponsor_back += distribution._part(undelivered, books.matched * rounds, collected)
    return distribution.parts(books, bought, shares)


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
def _stretches(
    bids: DynArray[ISharing.Bid, MAX_OWNERS],
    bought: DynArray[ISharing.Bill, MAX_OWNERS],
    goals: DynArray[uint256, MAX_GOALS],
) -> DynArray[Stretch, MAX_STRETCHES]:
    """
    @notice The rounds that were sold, in stretches with the same buyers; the first is the goal.
    """
    leaving: uint256[MAX_ROUNDS + 1] = empty(uint256[MAX_ROUNDS + 1])  # weight of all whose last round this is
    weight: uint256 = 0
    most: uint256 = 0
    for i: uint256 in range(len(bids), bound=MAX_OWNERS):
        if bought[i].level > 0:
            leaving[bought[i].level] += bids[i].weight
            weight += bids[i].weight
            most = max(most, bought[i].level)
    goal: uint256 = self._goal(goals, weight)
    result: DynArray[Stretch, MAX_STRETCHES] = [Stretch(first=0, last=goal, weight=weight)]
    weight -= leaving[goal]
    before: uint256 = goal
    for r: uint256 in range(goal + 1, max(goal, most) + 1, bound=MAX_ROUNDS):
        if leaving[r] != 0:
            result.append(Stretch(first=before, last=r, weight=weight))
            weight -= leaving[r]
            before = r
    return result


@internal
@pure
def _goal(goals: DynArray[uint256, MAX_GOALS], weight: uint256) -> uint256:
    """
    @notice Rounds that buyers of this weight buy together; 0 if they are too few.
    """
    goal: uint256 = 0
    for entry: uint256 in goals:
        if weight < entry >> 16:
            break
        goal = entry & LOW_16
    return goal


@internal
@pure
def _quality(curve: DynArray[uint256, quality.MAX_WORDS], rounds: uint256) -> uint256:
    """
    @notice Quality of the first rounds together, parts of 10**9.
    """
    total: uint256 = 0
    for r: uint256 in range(rounds, bound=MAX_ROUNDS):
        total += quality.step(curve, r)
    return total


@internal
@pure
def _weight(bids: DynArray[ISharing.Bid, MAX_OWNERS], buyers: uint256) -> uint256:
    weight: uint256 = 0
    for i: uint256 in range(len(bids), bound=MAX_OWNERS):
        if (buyers >> i) & 1 == 1:
            weight = unsafe_add(weight, bids[i].weight)
    return weight


@internal
@pure
def _share_up(weight: uint256, cost: uint256, total_weight: uint256) -> uint256:
    """
    @notice One buyer's share of what a block costs, rounded up; there is a buyer, so the weight of all is not 0.
    @dev Unchecked, like all of these: amounts are below 2**96, weights below 2**32, costs below 2**125.
    """
    return unsafe_div(unsafe_add(unsafe_mul(weight, cost), unsafe_sub(total_weight, 1)), total_weight)


@internal
@pure
def _able(bids: DynArray[ISharing.Bid, MAX_OWNERS], buyers: uint256, cost: uint256, block_quality: uint256) -> uint256:
    """
    @notice Those buyers of a block who can pay their share of its cost.
    """
    weight: uint256 = self._weight(bids, buyers)
    able: uint256 = 0
    for i: uint256 in range(len(bids), bound=MAX_OWNERS):
        if (buyers >> i) & 1 == 1:
            worth: uint256 = unsafe_div(unsafe_mul(bids[i].amount, block_quality), ONE)
            if self._share_up(bids[i].weight, cost, weight) <= worth:
                able |= 1 << i
    return able


@internal
@pure
def _largest(
    bids: DynArray[ISharing.Bid, MAX_OWNERS], candidates: uint256, cost: uint256, block_quality: uint256
) -> uint256:
    """
    @notice The largest set of candidates in which each can pay its share of the block.
    @dev Dropping all who cannot pay until nobody drops gives the unique largest set, because a share only
         grows when others leave.
    """
    buyers: uint256 = candidates
    for attempt: uint256 in range(MAX_OWNERS):
        able: uint256 = self._able(bids, buyers, cost, block_quality)
        if able == buyers:
            break
        buyers = able
    return buyers


@internal
@pure
def _enough(bids: DynArray[ISharing.Bid, MAX_OWNERS], buyers: uint256, cost: uint256) -> uint256:
    """
    @notice The least quality of a block of this cost at which all buyers can pay their share.
    @dev floor(amount * quality / ONE) >= share exactly when quality >= ceil(share * ONE / amount).
    """
    weight: uint256 = self._weight(bids, buyers)
    most: uint256 = 0
    for i: uint256 in range(len(bids), bound=MAX_OWNERS):
        if (buyers >> i) & 1 == 1:
            share: uint256 = self._share_up(bids[i].weight, cost, weight)
            amount: uint256 = bids[i].amount
            if share != 0:
                if amount == 0:
                    return max_value(uint256)
                enough: uint256 = unsafe_div(unsafe_add(unsafe_mul(share, ONE), unsafe_sub(amount, 1)), amount)
                most = max(most, enough)
    return most


@internal
@pure
def _billed(
    so_far: DynArray[ISharing.Bill, MAX_OWNERS],
    bids: DynArray[ISharing.Bid, MAX_OWNERS],
    buyers: uint256,
    cost: uint256,
    first: uint256,
    last: uint256,
) -> DynArray[ISharing.Bill, MAX_OWNERS]:
    """
    @notice The bills when all buyers have bought the single rounds after `first` up to `last`.
    """
    result: DynArray[ISharing.Bill, MAX_OWNERS] = so_far
    weight: uint256 = self._weight(bids, buyers)
    for i: uint256 in range(len(bids), bound=MAX_OWNERS):
        if (buyers >> i) & 1 == 1:
            share: uint256 = self._share_up(bids[i].weight, cost, weight)
            result[i] = ISharing.Bill(level=last, charge=result[i].charge + (last - first) * share)
    return result
