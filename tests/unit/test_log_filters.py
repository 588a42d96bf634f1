"""A log entry is one that was asked for: address, block and topics as `eth_getLogs` defines them."""

import pytest

from cofund.chain.shapes import matches

A, B = "0x" + "11" * 32, "0x" + "22" * 32
ENTRY = {"address": "0x" + "aB" * 20, "blockNumber": "0x5", "blockHash": A, "topics": [A, B]}


@pytest.mark.parametrize(
    ("where", "right"),
    [
        ({}, True),
        ({"address": "0x" + "Ab" * 20}, True),
        ({"address": "0x" + "cd" * 20}, False),
        ({"fromBlock": "0x5", "toBlock": "0x5"}, True),
        ({"fromBlock": "0x0", "toBlock": "latest"}, True),
        ({"fromBlock": "0x6"}, False),
        ({"toBlock": "0x4"}, False),
        ({"blockHash": B}, False),
        ({"topics": [A]}, True),
        ({"topics": [None, B]}, True),
        ({"topics": [[B, A]]}, True),
        ({"topics": [A, A]}, False),
        ({"topics": [A, B, A]}, False),
    ],
)
def test_what_was_asked_for(where, right: bool) -> None:
    assert matches(where, ENTRY) is right
