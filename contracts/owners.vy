# pragma version 0.4.3
"""
@title The owners of a campaign: sealed bids, escrows, what they bought
@license Apache-2.0
@notice A bid is sealed as a commitment and opened once; it may not exceed its escrow, which is public.
@dev    An owner takes three words; nothing but this file knows what lies where.
@custom:invariants O-1 an owner is charged at most its bid, and its bid is at most its escrow
        I-3 a seal opens once, for its sender, in this campaign, on this chain, to one amount
"""

import Refusals
import agreement
import refusing
import treasury
from interfaces import ISharing

uses: agreement
uses: refusing
uses: treasury


event BidCommitted:
    owner: indexed(address)
    commitment: bytes32
    escrow: uint256
    encryption_key: bytes32


event BidRevealed:
    owner: indexed(address)
    bid: uint256
    salt: bytes32


struct Opening:
    sender: address
    amount: uint256  # base units
    salt: bytes32


struct Owner:
    account: address
    weight: uint256
    opened: bool
    owed: uint256  # base units: the escrow until settlement, then what `withdraw` pays
    bid: uint256  # base units


LOW_16: constant(uint256) = 2**16 - 1
LOW_32: constant(uint256) = 2**32 - 1
LOW_128: constant(uint256) = 2**128 - 1
LOW_160: constant(uint256) = 2**160 - 1
SEALED_BID: constant(bytes32) = keccak256("cofund bid")

count: public(uint256)
number: HashMap[address, uint256]  # from 1; 0 for who sealed no bid
weight_of: HashMap[address, uint256]
identities: uint256[agreement.MAX_OWNERS]
monies: uint256[agreement.MAX_OWNERS]
seals: uint256[agreement.MAX_OWNERS]  # the commitment until settlement, then charge << 16 | level


@deploy
def __init__(weights: DynArray[agreement.OwnerWeight, agreement.MAX_OWNERS]):
    for entry: agreement.OwnerWeight in weights:
        self.weight_of[entry.owner] = entry.weight


@internal
def _commit(account: address, commitment: bytes32, escrow: uint256, encryption_key: bytes32):
    """
    @notice Note a sealed bid.
    """
    refusing.unless(self.number[account] == 0, Refusals.COMMIT_ONE_BID_PER_OWNER)
    refusing.unless(escrow <= agreement.MAX_AMOUNT, Refusals.COMMIT_ESCROW_OUT_OF_RANGE)
    weight: uint256 = self.weight_of[account]
    refusing.unless(weight != 0 or not agreement.terms.listed_owners, Refusals.COMMIT_NOT_A_LISTED_OWNER)
    index: uint256 = self.count
    if index < agreement.MAX_OWNERS:
        self.count = index + 1
    else:
        index = self._give_way(escrow)
    self.number[account] = index + 1
    self.identities[index] = convert(account, uint256) | (max(1, weight) << 160)
    self.monies[index] = escrow
    self.seals[index] = convert(commitment, uint256)
    log BidCommitted(owner=account, commitment=commitment, escrow=escrow, encryption_key=encryption_key)


@internal
def _give_way(escrow: uint256) -> uint256:
    """
    @notice All places are taken: the least escrow, of equal ones the last, gives way to a larger one.
    @dev What its owner locked becomes its credit, and it may bid again.
    @return the place
    """
    place: uint256 = 0
    least: uint256 = max_value(uint256)
    for i: uint256 in range(agreement.MAX_OWNERS):
        locked: uint256 = self.monies[i]
        if locked <= least:
            least = locked
            place = i
    refusing.unless(least < escrow, Refusals.COMMIT_OWNER_CAP_REACHED)
    account: address = self._owner(place).account
    self.number[account] = 0
    treasury._owe(account, least + agreement.terms.owner_bond)
    return place


@internal
def _reveal(openings: DynArray[Opening, agreement.MAX_OWNERS]):
    """
    @notice Open sealed bids, anybody's. Those that are open by now are passed over; one must be new.
    @custom:invariant I-3
    """
    opened: uint256 = 0
    for opening: Opening in openings:
        number: uint256 = self.number[opening.sender]
        refusing.unless(number > 0, Refusals.REVEAL_NO_SUCH_SEALED_BID)
        owner: Owner = self._owner(number - 1)
        if owner.opened:
            continue
        seal: bytes32 = keccak256(abi_encode(SEALED_BID, chain.id, self, opening.sender, opening.amount, opening.salt))
        refusing.unless(self.seals[number - 1] == convert(seal, uint256), Refusals.REVEAL_NO_SUCH_SEALED_BID)
        refusing.unless(opening.amount <= owner.owed, Refusals.REVEAL_BID_OVER_ESCROW)
        self.identities[number - 1] |= 1 << 192
        self.monies[number - 1] = owner.owed | (opening.amount << 128)
        opened += 1
        log BidRevealed(owner=opening.sender, bid=opening.amount, salt=opening.salt)
    refusing.unless(opened > 0, Refusals.REVEAL_NOTHING_NEW)


@internal
def _charge(bills: DynArray[ISharing.Bill, agreement.MAX_OWNERS]) -> (uint256, uint256):
    """
    @notice Fix what every owner bought and pays. Who opened its bid gets its bond back.
    @return rounds bought by whoever bought most, the bonds that were lost
    """
    most: uint256 = 0
    lost: uint256 = 0
    for i: uint256 in range(self.count, bound=agreement.MAX_OWNERS):
        bill: ISharing.Bill = bills[i] if i < len(bills) else empty(ISharing.Bill)
        most = max(most, bill.level)
        self.monies[i] -= bill.charge
        self.seals[i] = (bill.charge << 16) | bill.level
        if self._opened(i):
            self._owe(i, agreement.terms.owner_bond)
        else:
            lost += agreement.terms.owner_bond
    return most, lost


@internal
def _return_all():
    """
    @notice Nobody is charged: escrows are owed as they are, and so are all bonds.
    """
    for i: uint256 in range(self.count, bound=agreement.MAX_OWNERS):
        self._owe(i, agreement.terms.owner_bond)
        self.seals[i] = 0


@internal
def _owe(index: uint256, amount: uint256):
    """
    @notice More for an owner to withdraw.
    """
    self.monies[index] += amount


@internal
def _collect(account: address):
    """
    @notice Make what an owner is owed its credit, once it is its own.
    """
    number: uint256 = self.number[account]
    if number > 0:
        money: uint256 = self.monies[number - 1]
        self.monies[number - 1] = money & ~LOW_128
        treasury._owe(account, money & LOW_128)


@internal
@view
def _opened(index: uint256) -> bool:
    return self.identities[index] >> 192 != 0


@internal
@view
def _owner(index: uint256) -> Owner:
    identity: uint256 = self.identities[index]
    money: uint256 = self.monies[index]
    return Owner(
        account=convert(identity & LOW_160, address),
        weight=(identity >> 160) & LOW_32,
        opened=identity >> 192 != 0,
        owed=money & LOW_128,
        bid=money >> 128,
    )


@internal
@view
def _bids() -> DynArray[ISharing.Bid, agreement.MAX_OWNERS]:
    """
    @notice What the rule sees: the weight of a bid that was never opened is 0.
    """
    bids: DynArray[ISharing.Bid, agreement.MAX_OWNERS] = []
    for i: uint256 in range(self.count, bound=agreement.MAX_OWNERS):
        owner: Owner = self._owner(i)
        bids.append(ISharing.Bid(amount=owner.bid, weight=owner.weight if owner.opened else 0))
    return bids


@internal
@view
def _bills() -> DynArray[ISharing.Bill, agreement.MAX_OWNERS]:
    """
    @notice What every owner bought; meaningful after settlement.
    """
    bills: DynArray[ISharing.Bill, agreement.MAX_OWNERS] = []
    for i: uint256 in range(self.count, bound=agreement.MAX_OWNERS):
        bill: uint256 = self.seals[i]
        bills.append(ISharing.Bill(level=bill & LOW_16, charge=bill >> 16))
    return bills
