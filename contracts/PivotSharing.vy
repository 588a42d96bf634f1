# pragma version 0.4.3
"""
@title The efficient outcome, underwritten by a sponsor: pivots of owners and clients
@license Apache-2.0
@notice A stateless contract, deployed once and called by every campaign with the rule `vcg`.
        A round runs if and only if its value to all owners covers what its clients asked. Each owner pays what
        the round would lack without it; whatever is then missing is the sponsor's.
@dev    With slack = value of the round - true cost, an owner pays max(0, value to it - slack), and a client gets
        at most the slack above what it asked. Quality never increases, so neither does the slack.
"""

import distribution
import quality
from interfaces import ISharing

implements: ISharing

ONE: constant(uint256) = 10**9
MAX_OWNERS: constant(uint256) = 64
MAX_ROUNDS: constant(uint256) = 256


struct Round:
    step: uint256  # the quality that it adds, parts of 10**9
    slack: uint256  # base units


@external
@view
def bills(
    bids: DynArray[ISharing.Bid, MAX_OWNERS], curve: DynArray[uint256, quality.MAX_WORDS], sale: ISharing.Sale
) -> DynArray[ISharing.Bill, MAX_OWNERS]:
    """
    @notice Everyone whose bid was opened gets all rounds that run, and pays its pivots.
    """
    anybody: bool = False
    for bid: ISharing.Bid in bids:
        anybody = anybody or bid.weight != 0
    run: DynArray[Round, MAX_ROUNDS] = self._rounds(bids, curve, sale.true_cost, sale.rounds if anybody else 0)
    pivots: DynArray[uint256, MAX_OWNERS] = self._pivots(bids, run)
    result: DynArray[ISharing.Bill, MAX_OWNERS] = []
    for i: uint256 in range(len(bids), bound=MAX_OWNERS):
        result.append(ISharing.Bill(level=len(run) if bids[i].weight != 0 else 0, charge=pivots[i]))
    return result


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
    @notice Everybody's part at the end; the sponsor has paid whatever the pivots did not. Everybody who bought rounds
            bought all of them, so what was not delivered goes back by what each paid.
    @custom:invariant I-2 I-5
    """
    shares: distribution.Shares = empty(distribution.Shares)
    run: DynArray[Round, MAX_ROUNDS] = self._rounds(bids, curve, sale.true_cost, books.rounds_done)
    shares.earned = self._pivots(bids, run)
    shares.sponsored = books.round_cost * books.rounds_done
    undelivered: uint256 = 0
    for r: uint256 in range(len(run), bound=MAX_ROUNDS):
        undelivered += books.undelivered[r]
    shares.sponsor_back = undelivered
    due: uint256 = shares.sponsored
    for i: uint256 in range(len(bids), bound=MAX_OWNERS):
        shares.more.append(0)
        shares.sponsored -= shares.earned[i]
        shares.back.append(distribution._part(undelivered, shares.earned[i], due))
        shares.sponsor_back -= shares.back[i]
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
    @notice Value of round `number` less its true cost; the round must be one that runs.
    """
    return self._value(bids, quality.step(curve, number - 1)) - true_cost


@internal
@pure
def _value(bids: DynArray[ISharing.Bid, MAX_OWNERS], step: uint256) -> uint256:
    """
    @notice What a round that adds `step` of quality is worth to all owners, rounded down for each.
    @dev Unchecked, like the pivots: 64 amounts below 2**96, steps below 2**32.
    """
    value: uint256 = 0
    for bid: ISharing.Bid in bids:
        value = unsafe_add(value, unsafe_div(unsafe_mul(bid.amount, step), ONE))
    return value


@internal
@pure
def _rounds(
    bids: DynArray[ISharing.Bid, MAX_OWNERS],
    curve: DynArray[uint256, quality.MAX_WORDS],
    true_cost: uint256,
    rounds: uint256,
) -> DynArray[Round, MAX_ROUNDS]:
    """
    @notice The first `rounds` rounds, up to the first that is not worth its cost.
    """
    result: DynArray[Round, MAX_ROUNDS] = []
    for r: uint256 in range(rounds, bound=MAX_ROUNDS):
        step: uint256 = quality.step(curve, r)
        value: uint256 = self._value(bids, step)
        if value < true_cost:
            break
        result.append(Round(step=step, slack=value - true_cost))
    return result


@internal
@pure
def _pivots(
    bids: DynArray[ISharing.Bid, MAX_OWNERS], rounds: DynArray[Round, MAX_ROUNDS]
) -> DynArray[uint256, MAX_OWNERS]:
    """
    @notice What every owner pays for these rounds: the sum of max(0, value to it - slack).
    @dev Value to it - slack is the true cost less the value to all others, so it never falls from one round to
         the next: counted from the last round back, where it is 0 all is counted.
    """
    backwards: DynArray[Round, MAX_ROUNDS] = []
    for k: uint256 in range(len(rounds), bound=MAX_ROUNDS):
        backwards.append(rounds[len(rounds) - 1 - k])
    result: DynArray[uint256, MAX_OWNERS] = []
    for bid: ISharing.Bid in bids:
        pivots: uint256 = 0
        for each: Round in backwards:
            value: uint256 = unsafe_div(unsafe_mul(bid.amount, each.step), ONE)
            if value <= each.slack:
                break
            pivots = unsafe_add(pivots, unsafe_sub(value, each.slack))
        result.append(pivots)
    return result
