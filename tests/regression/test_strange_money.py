"""Tokens that take a fee, return false or nothing, or call back; ether and tokens that come without a call.

The books count only what a call brought in (I-1, I-2).
"""

from functools import cache
from pathlib import Path

import pytest
from eth_abi import encode
from eth_utils.crypto import keccak

import evm
from cofund.chain.contract import claim_arguments
from cofund.errors import Reverted
from deliveries import Tree
from evm import DEPLOYER, Build
from hatch_build import compile_contract
from scenario import Scenario, claim_all, close_and_leave, train
from twin import SOME_TERMS, Twin, address

TOKENS = Path(evm.__file__).parent / "tokens"


@cache
def code(name: str) -> str:
    return compile_contract(TOKENS / f"{name}.vy")["bytecode"]


def with_token(name: str) -> Build:
    return Build({"TestToken": code(name)})


def send(twin: Twin, signature: str, *arguments: object) -> bytes:
    """Call the token, which is not a TestToken here."""
    types = signature.partition("(")[2].rstrip(")").replace(",", " ").split()
    data = keccak(text=signature)[:4] + encode(types, arguments)
    return twin.chain.machine.send(twin.chain.token, data)


def test_a_token_that_takes_a_fee_is_refused() -> None:
    twin = Twin(SOME_TERMS, with_token("FeeToken"))
    with pytest.raises(Reverted, match="deposit: token takes a fee"):
        twin.chain.call("post_coordinator_bond", sender=address("coordinator"))
    assert not twin.chain.view("coordinator_bonded")
    assert twin.chain.view("deposited") == 0


def test_a_deposit_that_returns_false_is_refused() -> None:
    twin = Twin(SOME_TERMS, with_token("RefusingToken"))
    with pytest.raises(Reverted, match="deposit: token refused"):
        twin.chain.call("commit_bid", b"\1" * 32, 5, b"\1" * 32, sender=address("penniless"))
    assert twin.chain.view("owner_count") == 0


def test_a_token_that_returns_nothing_is_served() -> None:
    twin = Scenario().settled(with_token("SilentToken"))
    close_and_leave(twin, train(twin, 4))
    assert twin.ledger.held() == 0


CALLS_BACK = {
    "withdraw": ("Campaign", lambda *_: ([address("owner0"), address("owner1")],)),
    "claim_edge_fee": ("Campaign", lambda *_: (0,)),
    "close": ("Campaign", lambda *_: ()),
    "halt": ("Campaign", lambda *_: ()),
    "status": ("Campaign", lambda *_: ()),
    "credit": ("Campaign", lambda *_: (address("owner0"),)),
    "claim": ("Books", lambda twin, trees: claim_of(twin, trees[0])),
    "return_bond": ("Books", lambda *_: (address("edge0"),)),
    "book": ("Books", lambda *_: (address("edge0"),)),
}


def claim_of(twin: Twin, tree: Tree) -> tuple[object, ...]:
    """A claim of all winners at edge 0, who are in one chunk."""
    book, ((chunk, part, proof),) = twin.sealed[address("edge0")], tree.parts()
    return claim_arguments(book, 0, chunk, 2 ** len(part) - 1, part, proof)


@pytest.mark.parametrize("moves", ["by the campaign", "by the books"])
@pytest.mark.parametrize("function", CALLS_BACK)
def test_a_token_that_calls_back_is_refused(function, moves) -> None:
    """Whatever it asks of campaign or books while money moves: nobody is paid twice, all stays as the model has it.

    The books move money through the campaign, so that both are locked; while the campaign moves it by itself, the books
    answer what they know alone, and refuse whatever would need the campaign.
    """
    twin = Scenario().settled(with_token("CallingToken"))
    trees = train(twin, 4)
    contract, arguments_of = CALLS_BACK[function]
    arguments = arguments_of(twin, trees)
    selector, inputs, _ = evm.signature_of(contract, function, len(arguments))
    to = twin.chain.campaign if contract == "Campaign" else twin.books
    send(twin, "aim(address,bytes)", to, selector + encode(inputs, arguments))
    if moves == "by the campaign":
        assert twin.withdraw("owner0") is None
    else:
        claim_all(twin, trees)
    reads_alone = function == "book" and moves == "by the campaign"
    assert (int.from_bytes(send(twin, "answered()")) > 0) == reads_alone
    assert (int.from_bytes(send(twin, "refused()")) > 0) != reads_alone
    send(twin, "aim(address,bytes)", "0x" + "00" * 20, b"")
    close_and_leave(twin, trees)
    assert twin.ledger.held() == 0


def test_forced_ether_changes_nothing() -> None:
    twin = Scenario().settled()
    destroy_towards = "73" + twin.chain.campaign[2:] + "ff"  # PUSH20 campaign, SELFDESTRUCT
    twin.chain.machine.deploy_raw(destroy_towards, value=10**18)
    assert twin.chain.machine.evm.get_balance(twin.chain.campaign) == 10**18
    twin.compare()
    close_and_leave(twin, train(twin, 4))
    assert twin.ledger.held() == 0


def test_ether_in_a_call_is_refused() -> None:
    twin = Scenario().settled()
    for function in ("halt", "close", "cancel"):
        selector, _, _ = evm.signature_of("Campaign", function, 0)
        with pytest.raises(Reverted):
            twin.chain.machine.send(twin.chain.campaign, selector, DEPLOYER, value=1)
    with pytest.raises(Reverted):
        twin.chain.machine.send(twin.chain.campaign, b"", DEPLOYER, value=1)
    twin.compare()


def test_tokens_sent_without_a_call_change_nothing() -> None:
    twin = Scenario().committed()
    twin.donated = 12_345
    twin.chain.machine.call("TestToken", twin.chain.token, "mint", [twin.chain.campaign], twin.donated)
    twin.compare()
    twin.at(twin.terms.settle_end)
    assert twin.cancel() is None
    close_and_leave(twin, {})
    assert twin.ledger.held() == 0
