# pragma version 0.4.3
"""
@title Who gets what when a campaign closes
@license Apache-2.0
@notice A coordinator that let a round's time pass, or released no models, loses its bond; in the second case also its
        fee. That, and the bonds that edges and clients lost, goes to the owners in proportion to charges. What was
        not delivered goes back in proportion to what owners and sponsor paid for the rounds done. Both divisions
        round down; the rest, below one unit per payer, and the dust of the shares go to the initiator. What a goal
        charged pro rata lost by rounding is taken from the coordinator's bond.
"""

from interfaces import ISharing

MAX_OWNERS: constant(uint256) = 64


@internal
@pure
def parts(
    books: ISharing.Books,
    bought: DynArray[ISharing.Bill, MAX_OWNERS],
    earned: DynArray[uint256, MAX_OWNERS],
    sponsored: uint256,
) -> ISharing.Parts:
    """
    @notice Everybody's part of what the campaign holds and has not promised to clients and edges, to the unit.
    @param earned what the rounds done have earned of every charge
    @param sponsored what the sponsor pays for the rounds done
    @custom:invariant I-2 I-5
    """
    charges: uint256 = 0
    for bill: ISharing.Bill in bought:
        charges += bill.charge
    covered: uint256 = sponsored
    for amount: uint256 in earned:
        covered += amount
    due: uint256 = books.round_cost * books.rounds_done

    fee: uint256 = books.coordinator_fee * books.rounds_done
    delivered: uint256 = due - fee - books.undelivered
    left: uint256 = books.lost_bonds + books.coordinator_bond + books.sponsor_locked + charges - delivered
    bond: uint256 = books.coordinator_bond - (max(due, covered) - covered)
    result: ISharing.Parts = empty(ISharing.Parts)
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
