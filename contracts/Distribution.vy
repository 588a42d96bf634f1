# pragma version 0.4.3
"""
@title Who gets what when a campaign closes
@license Apache-2.0
@notice A stateless contract, deployed once and called by every campaign: it moves nothing and only divides.
        A coordinator that let a round's time pass, or released no models, loses its bond; in the second case also its
        fee. That, and the bonds that edges and clients lost, goes to the owners in proportion to charges. What was
        not delivered goes back in proportion to what owners and sponsor paid for the rounds done. Both divisions
        round down; the rest, below one unit per payer, and the dust of the shares go to the initiator. What a goal
        charged pro rata lost by rounding is taken from the coordinator's bond.
"""

import quality
from interfaces import ISharing

MAX_OWNERS: constant(uint256) = 64


struct Books:  # base units, unless said otherwise
    sharing: address  # the rule
    rounds_done: uint256  # rounds
    goal: uint256  # rounds
    round_cost: uint256  # at the clients' prices
    true_cost: uint256  # of a round at what the clients asked
    underwritten: bool
    matched: uint256  # the sponsor's part of a round; 0 if it underwrites
    sponsor_locked: uint256
    coordinator_fee: uint256  # per round
    coordinator_bond: uint256
    released: bool  # or there was nothing to release
    halted: bool
    lost_bonds: uint256  # of edges and clients
    undelivered: uint256  # of what clients and edges would have got for the rounds done


struct Parts:  # base units
    owners: DynArray[uint256, MAX_OWNERS]  # in the order of the bids
    coordinator: uint256
    sponsor: uint256
    initiator: uint256


@external
@view
def parts(
    books: Books,
    bids: DynArray[ISharing.Bid, MAX_OWNERS],
    bought: DynArray[ISharing.Bill, MAX_OWNERS],
    curve: DynArray[uint256, quality.MAX_WORDS],
) -> Parts:
    """
    @notice Everybody's part of what the campaign holds and has not promised to clients and edges, to the unit.
    @custom:invariant I-2 I-5
    """
    charges: uint256 = 0
    for bill: ISharing.Bill in bought:
        charges += bill.charge
    earned: DynArray[uint256, MAX_OWNERS] = staticcall ISharing(books.sharing).earned(
        bids, bought, curve, books.goal, books.round_cost - books.matched, books.true_cost, books.rounds_done
    )
    covered: uint256 = 0
    for amount: uint256 in earned:
        covered += amount
    due: uint256 = books.round_cost * books.rounds_done
    sponsored: uint256 = due - covered if books.underwritten else books.matched * books.rounds_done
    covered += sponsored

    fee: uint256 = books.coordinator_fee * books.rounds_done
    delivered: uint256 = due - fee - books.undelivered
    left: uint256 = books.lost_bonds + books.coordinator_bond + books.sponsor_locked + charges - delivered
    bond: uint256 = books.coordinator_bond - (max(due, covered) - covered)
    result: Parts = empty(Parts)
    if books.released:
        result.coordinator = fee
        if not books.halted:
            result.coordinator += bond
    compensation: uint256 = books.lost_bonds + fee + bond - result.coordinator
    left -= result.coordinator
    for i: uint256 in range(len(bought), bound=MAX_OWNERS):
        back: uint256 = bought[i].charge - earned[i] + self._part(compensation, bought[i].charge, charges)
        back += self._part(books.undelivered, earned[i], covered)
        result.owners.append(back)
        left -= back
    result.sponsor = books.sponsor_locked - sponsored + self._part(books.undelivered, sponsored, covered)
    result.initiator = left - result.sponsor
    return result


@internal
@pure
def _part(amount: uint256, share: uint256, total: uint256) -> uint256:
    """
    @notice `amount * share / total`, rounded down; nothing if there is nothing to divide by, as when rounds are free.
    """
    return 0 if total == 0 else amount * share // total
