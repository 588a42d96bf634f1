"""A token that refuses to pay whom it is told to, and the model told of it."""

from functools import cache
from pathlib import Path

from eth_abi import encode
from eth_utils.crypto import keccak

import evm
from evm import DEPLOYER, Build
from hatch_build import compile_contract
from twin import Twin, address

WAYS = {
    "reverts": 1,
    "says no": 2,
    "says two": 3,
    "says a byte": 4,
    "burns all gas": 5,
    "says a lot": 6,
    "says nothing": 8,
}
"""In which a token does not pay."""
MOVES = {"says no": 7, "says nothing": 9}
"""In which it pays, and does not say yes."""
MOVES_HALF = 10


@cache
def stubborn() -> Build:
    """The packaged contracts with the token ``StubbornToken``."""
    source = Path(evm.__file__).parent / "tokens" / "StubbornToken.vy"
    return Build({"TestToken": compile_contract(source)["bytecode"]})


def refuse(twin: Twin, *names: str, way: int = 1) -> None:
    """From now on the token does not pay these; with way 0 it does again."""
    for name in names:
        data = keccak(text="refuse(address,uint256)")[:4] + encode(["address", "uint256"], [address(name), way])
        twin.chain.machine.send(twin.chain.token, data, DEPLOYER)
    change = twin.ledger.refused_by_token.update if way else twin.ledger.refused_by_token.difference_update
    change(map(address, names))
