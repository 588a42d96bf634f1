"""Whatever shape a provider's error has, a person reads the contract's sentence, or what to do."""

import pytest
from eth_abi.abi import encode

from cofund.chain.provider import Refused
from cofund.chain.refusals import NO_REASON, understood
from cofund.errors import AccountError, NodeError, Reverted

SENTENCE = "settle: wrong cutoff"
DATA = "0x08c379a0" + encode(["string"], [SENTENCE]).hex()


def rpc(message: str, data: object = None) -> Refused:
    return Refused("http://node", -32_000, message, data)


@pytest.mark.parametrize(
    "error",
    [
        rpc(f"execution reverted: {SENTENCE}", DATA),
        rpc(f"execution reverted: {SENTENCE}"),
        rpc("execution reverted", DATA),
        rpc("VM execution error.", f"Reverted {DATA}"),
        rpc("VM Exception while processing transaction", {"message": "x", "data": DATA}),
        rpc("VM Exception while processing transaction", {"0xabc": 1, "result": {"data": DATA}}),
        rpc(f"VM Exception while processing transaction: reverted with reason string '{SENTENCE}'"),
    ],
    ids=["with data", "without data", "geth", "parity", "ganache", "nested", "hardhat"],
)
def test_a_revert_is_the_contracts_own_sentence(error) -> None:
    meaning = understood(error)
    assert type(meaning) is Reverted
    assert str(meaning) == SENTENCE


@pytest.mark.parametrize(
    ("error", "kind", "start"),
    [
        (rpc("execution reverted"), Reverted, NO_REASON),
        (
            rpc("execution reverted", "0x4e487b71" + "00" * 31 + "11"),
            Reverted,
            "arithmetic or bounds error (panic 0x11)",
        ),
        (rpc("out of gas: gas required exceeds: 1"), NodeError, "needs more gas than one transaction may use"),
        (rpc("EVM error: OutOfGas"), Reverted, "out of gas"),
        (rpc("invalid opcode: opcode 0x5e not defined"), NodeError, "this chain follows rules older than Cancun"),
        (rpc("Insufficient funds for gas * price + value"), AccountError, "the account has not enough"),
        (rpc("nonce too low: next nonce 5, tx nonce 4"), NodeError, "this nonce was used already"),
        (rpc("max fee per gas less than block base fee"), NodeError, "the fee offered is too low"),
        (rpc("replacement transaction underpriced"), NodeError, "the fee offered is too low"),
        (rpc("intrinsic gas too high -- tx.gas_limit > env.block.gas_limit"), NodeError, "needs more gas"),
        (rpc("two lines"), NodeError, "http://node: two lines"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_else_a_node_says_is_one_line(error, kind, start: str) -> None:
    meaning = understood(error)
    assert isinstance(meaning, kind)
    assert str(meaning).startswith(start)
    assert "\n" not in str(meaning)
