# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title All money that a campaign takes, holds and pays
@license Apache-2.0
@notice Nothing else of the campaign moves tokens. Money is taken from who brings it, and paid to, or kept as the credit
        of, the account that it belongs to.
@dev    The books are the contract's own: `balanceOf` is read only to refuse a token that takes a fee, and to see whether
        a token that does not say yes has paid. Amounts are base units.
@custom:invariants I-1 deposited - paid_out is what is held, and never less than all credits together
        I-6 no account's payment depends on whether another's is possible
"""

from ethereum.ercs import IERC20

import Refusals
import refusing

uses: refusing


event Deposited:
    account: indexed(address)
    amount: uint256


event Paid:
    account: indexed(address)
    amount: uint256


event PaymentRefused:  # by the token; the amount is the account's credit
    account: indexed(address)
    amount: uint256


TRANSFER_GAS: constant(uint256) = 300_000  # what a token may use to move money; a plain one needs a tenth

TOKEN: immutable(IERC20)

credit: public(HashMap[address, uint256])
deposited: public(uint256)
paid_out: public(uint256)


@deploy
def __init__(token: address):
    TOKEN = IERC20(token)


@internal
def _take(account: address, amount: uint256):
    """
    @notice Take exactly this much from an account that allowed it.
    """
    self.deposited += amount
    before: uint256 = self._balance()
    refusing.unless(
        extcall TOKEN.transferFrom(account, self, amount, default_return_value=True), Refusals.DEPOSIT_TOKEN_REFUSED
    )
    refusing.unless(self._balance() == before + amount, Refusals.DEPOSIT_TOKEN_TAKES_A_FEE)
    log Deposited(account=account, amount=amount)


@internal
def _owe(account: address, amount: uint256):
    """
    @notice More for an account to withdraw.
    """
    if amount > 0:
        self.credit[account] += amount


@internal
def _pay(account: address, amount: uint256) -> bool:
    """
    @notice Move money now, or if the token refuses make it the account's credit: nobody else is hurt by that.
    @return whether the money was moved
    """
    return self._moved(account, amount, TRANSFER_GAS)


@internal
def _withdraw(account: address, alone: bool) -> (bool, bool):
    """
    @notice Pay an account its credit. Alone its transfer may use all gas, so that no token is too dear to be paid in.
    @return whether there was anything, whether it was moved
    """
    amount: uint256 = self.credit[account]
    if amount == 0:
        return False, False
    self.credit[account] = 0
    return True, self._moved(account, amount, msg.gas if alone else TRANSFER_GAS)


@internal
def _permit(account: address, amount: uint256, deadline: uint256, v: uint256, r: bytes32, s: bytes32):
    """
    @notice Use a permit (ERC-2612) if it can be used.
    @dev It is not checked: if somebody used it up a moment before, the allowance stands; if it is wrong, the deposit is
         refused.
    """
    used: bool = raw_call(
        TOKEN.address,
        abi_encode(
            account,
            self,
            amount,
            deadline,
            v,
            r,
            s,
            method_id=method_id("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"),
        ),
        revert_on_failure=False,
    )


@internal
@view
def _balance() -> uint256:
    return staticcall TOKEN.balanceOf(self)


@internal
def _moved(account: address, amount: uint256, limit: uint256) -> bool:
    """
    @dev Whoever calls must leave the token its gas, or it could turn payments into credits. Of the answer no more
         than a word is read. Unless it is yes, the balance tells what happened.
    """
    refusing.unless(msg.gas > TRANSFER_GAS + TRANSFER_GAS // 10, Refusals.PAYMENT_TOO_LITTLE_GAS)
    before: uint256 = self._balance()
    moved: bool = False
    answer: Bytes[32] = b""
    moved, answer = raw_call(
        TOKEN.address,
        abi_encode(account, amount, method_id=method_id("transfer(address,uint256)")),
        max_outsize=32,
        gas=limit,
        revert_on_failure=False,
    )
    if moved and (len(answer) < 32 or convert(answer, uint256) != 1):
        after: uint256 = self._balance()
        moved = after + amount == before
        refusing.unless(moved or after == before, Refusals.PAYMENT_TOKEN_REFUSED)
    if moved:
        self.paid_out += amount
        log Paid(account=account, amount=amount)
    else:
        self.credit[account] += amount
        log PaymentRefused(account=account, amount=amount)
    return moved
