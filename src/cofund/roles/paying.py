"""Money into a campaign: a permit along with the bid where the token knows ERC-2612, an allowance otherwise.

Nothing is signed for a call that must fail: each is tried before, as far as it goes without the money.
"""

import re
from typing import TYPE_CHECKING, Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from cofund.campaign.token import amounts_of
from cofund.chain.accounts import permit_arguments, permit_message
from cofund.chain.contract import Contract
from cofund.errors import AccountError, NodeError, Reverted, words_about
from cofund.roles.desk import Call, Desk

if TYPE_CHECKING:
    from collections.abc import Sequence

APPROVE_GAS_UP: Final = 100_000
NO_PERMIT: Final = (0, 0, bytes(32), bytes(32))
_RULE: Final = re.compile(r"(commit|bond|book|sponsor): ")
"""How the campaign's own refusals begin where money is to come; it takes the money last."""
_DOMAIN: Final = keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")


def require_balance(desk: Desk, token: Contract, amount: int) -> None:
    """Refuse before anything is signed what the token would refuse, and to pay into a contract that is not checked.

    Raises:
        AccountError: if the account has less.
        CheckFailed: if the contract is not what was published.
    """
    desk.require_checked()
    balance = token.view("balanceOf", desk.account.address)
    if balance < amount:
        written = amounts_of(token)
        raise AccountError(f"{desk.account.address} has {written(balance)}, and needs {written(amount)}")


def accepted(desk: Desk, call: Call) -> bool:
    """Whether a call that takes money would pass as things stand; False if only the money is not there for it yet.

    Raises:
        Reverted: in the contract's words, if it would fail with the money too.
    """
    try:
        desk.node.call(call.contract.address, call.data, desk.account.address)
    except Reverted as error:
        if _RULE.match(str(error)):
            raise Reverted(words_about(call.note, error)) from error
        return False
    return True


def funded(desk: Desk, token: Contract, amount: int, calls: "Sequence[Call]") -> tuple[Call, ...]:
    """The calls, with what lets the campaign take ``amount`` base units for all of them before.

    Raises:
        Reverted: if one of them would fail with the money too.
    """
    require_balance(desk, token, amount)
    for call in calls:
        accepted(desk, call)
    return (*allowance(desk, token, amount), *calls)


def allowance(desk: Desk, token: Contract, amount: int) -> tuple[Call, ...]:
    """Calls that let the campaign take exactly ``amount`` base units; none if it may already.

    An allowance that is there but too small goes to zero first: some tokens refuse to change it otherwise.
    """
    desk.require_checked()
    there = token.view("allowance", desk.account.address, desk.campaign.address)
    if amount <= there:
        return ()
    steps = (0, amount) if there else (amount,)
    return tuple(Call(token, "approve", "approve", (desk.campaign.address, value), APPROVE_GAS_UP) for value in steps)


def permit(desk: Desk, token: Contract, amount: int, deadline: int) -> tuple[int, int, bytes, bytes] | None:
    """A signed permit as ``commit_bid`` takes it; None if the token has none, or one with another domain.

    Whether the token understands it is not known before the bid is tried with it: another kind of permit
    (``permit(holder, spender, nonce, expiry, allowed, ...)``) can stand under the same domain.
    """
    desk.require_checked()
    try:
        name, nonce, domain = token.views([("name",), ("nonces", desk.account.address), ("DOMAIN_SEPARATOR",)])
    except (Reverted, NodeError):
        return None
    if domain != _domain(name, desk.node.chain_id, token.address):
        return None
    message = permit_message(
        desk.node.chain_id,
        token.address,
        name,
        desk.account.address,
        desk.campaign.address,
        amount,
        nonce=nonce,
        deadline=deadline,
    )
    return permit_arguments(desk.account, message, deadline)


def _domain(name: str, chain_id: int, token: str) -> bytes:
    """The separator that ``permit_message`` signs under: version "1"."""
    types = ["bytes32", "bytes32", "bytes32", "uint256", "address"]
    return keccak(encode(types, [_DOMAIN, keccak(text=name), keccak(text="1"), chain_id, token]))
