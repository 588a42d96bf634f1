# pragma version 0.4.3
"""
@title Who gets what when a campaign closes
@license Apache-2.0
@notice A coordinator that let a round's time pass, or released no models, loses its bond; in the second case also its
        fee. That, and the bonds that edges, operators of unopened books and silent owners lost, goes to the owners in
        proportion to charges, rounded down. What is left over, the dust of shares and divisions, goes to the
        initiator. What a goal charged pro rata lost by rounding is taken from the coordinator's bond.
"""

from interfaces import ISharing

MAX_OWNERS: constant(uint256) = 64


struct Shares:  # base units
    earned: DynArray[uint256, MAX_OWNERS]  # what the rounds done have earned of every charge
    more: DynArray[uint256, MAX_OWNERS]  # what an early end inside the goal costs beyond that
    back: DynArray[uint256, MAX_OWNERS]  # of what was not delivered
    sponsored: uint256  # what the sponsor pays for the rounds done
    sponsor_back: uint256  # of what was not delivered


@internal
@pure
def parts(books: ISharing.Books, bought: DynArray[ISharing.Bill, MAX_OWNERS], shares: Shares) -> ISharing.Parts:
    """
    @notice Everybody's part of what the campaign holds and has not promised to clients and edges, to the unit.
    @custom:invariant I-2 I-5
    """
    charges: uint256 = 0
    for bill: ISharing.Bill in bought:
        charges += bill.charge
    covered: uint256 = shares.sponsored
    for amount: uint256 in shares.earned:
        covered += amount
    undelivered: uint256 = 0
    for amount: uint256 in books.undelivered:
        undelivered += amount
    due: uint256 = books.round_cost * books.rounds_done

    fee: uint256 = books.coordinator_fee * books.rounds_done
    delivered: uint256 = due - fee - undelivered
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
        result.clients += shares.more[i]
        back: uint256 = bought[i].charge - shares.earned[i] - shares.more[i]
        back += self._part(compensation, bought[i].charge, charges) + shares.back[i]
        result.owners.append(back)
        left -= back
    result.sponsor = books.sponsor_locked - shares.sponsored + shares.sponsor_back
    result.initiator = left - result.sponsor - result.clients
    return result


@internal
@pure
def _part(amount: uint256, share: uint256, total: uint256) -> uint256:
    """
    @notice `amount * share / total`, rounded down; nothing if there is nothing to divide by, as when rounds are free.
    """
    return 0 if total == 0 else amount * share // total
