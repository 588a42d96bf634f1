"""Transactions of every type that somebody signs are put together again from their fields, and say who signed."""

import pytest
from eth_account import Account
from eth_utils.crypto import keccak

from cofund.chain.fees import Fees
from cofund.chain.signed import Signed, opened, raw_of, told_of
from cofund.errors import CheckFailed

ACCOUNT = Account.from_key(keccak(text="somebody"))
TO = "0x" + "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
CALL = {"nonce": 7, "gas": 90_000, "to": TO, "value": 3, "data": "0x1234"}
PRICE = {"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 10**9}
ACCESS = [{"address": TO, "storageKeys": ["0x" + "11" * 32]}]
DELEGATION = {"chainId": 5, "address": TO, "nonce": 8}
KINDS = {
    "legacy": {"gasPrice": 10**9, "chainId": 5},
    "legacy for any chain": {"gasPrice": 10**9},
    "access list": {"type": 1, "gasPrice": 10**9, "chainId": 5, "accessList": ACCESS},
    "dynamic fee": {"type": 2, "chainId": 5, **PRICE, "accessList": ACCESS},
    "delegation": {"type": 4, "chainId": 5, **PRICE, "authorizationList": [ACCOUNT.sign_authorization(DELEGATION)]},
}


def as_a_node_tells(fields, signed):
    """The object of ``eth_getTransactionByHash``."""
    found = {"accessList": [], **fields} | {"input": fields["data"], "hash": signed.hash, "type": fields.get("type", 0)}
    if "authorizationList" in fields:
        given = fields["authorizationList"][0]
        found["authorizationList"] = [
            {"chainId": given.chain_id, "address": "0x" + given.address.hex(), "nonce": given.nonce}
            | {"yParity": given.y_parity, "r": given.r, "s": given.s}
        ]
    return found | {"v": signed.v, "r": hex(signed.r), "s": signed.s.to_bytes(32)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_transaction_is_put_together_again(kind: str) -> None:
    fields = CALL | KINDS[kind]
    signed = ACCOUNT.sign_transaction(fields)
    raw = raw_of(as_a_node_tells(fields, signed))
    assert raw == "0x" + signed.raw_transaction.hex()
    price = fields.get("gasPrice", 0)
    fees = Fees(fields.get("maxFeePerGas", price), fields.get("maxPriorityFeePerGas", price))
    assert opened(raw) == Signed(ACCOUNT.address, TO, b"\x12\x34", fields.get("chainId"), 7, 90_000, fees)


@pytest.mark.parametrize("field", ["value", "nonce", "gas", "input", "r"])
def test_a_field_that_was_not_signed_is_found(field: str) -> None:
    fields = CALL | KINDS["dynamic fee"]
    told = as_a_node_tells(fields, ACCOUNT.sign_transaction(fields))
    told[field] = "0x99"
    with pytest.raises(CheckFailed, match="does not have this hash"):
        raw_of(told)


def test_what_nobody_signed_is_refused() -> None:
    with pytest.raises(CheckFailed, match="of type 126, which nobody signs"):
        raw_of({"hash": bytes(32), "type": 126})
    for raw in ("0x", "0x02", "0x7e" + "00" * 40, "0xc0"):
        with pytest.raises(CheckFailed, match="not a signed transaction"):
            opened(raw)


def test_what_nobody_signed_is_believed_only_where_a_page_shows_it() -> None:
    """A development node lets anybody send for anybody, and such a transaction has no signature."""
    anybody, somewhere = "0x" + "ab" * 20, "0x" + "cd" * 20
    told = {"from": anybody, "to": somewhere, "input": "0x1234", "r": "0x0", "s": "0x0"}
    found = opened(told_of(told), unsigned=True)
    assert (found.sender.lower(), found.to.lower(), found.data) == (anybody, somewhere, b"\x124")
    with pytest.raises(CheckFailed, match="not a signed transaction"):
        opened(told_of(told))
