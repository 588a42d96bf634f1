"""The small ABI decoder of ``cofund web`` against eth-abi, on every event, view and argument of our contracts."""

import pytest
from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from cofund.chain.artifacts import artifact
from cofund.errors import NodeError
from cofund.web.abi import call_arguments, checksummed, decoded, events, functions, signature, spelled

FIELDS = [
    entry[side]
    for name in ("Campaign", "CampaignFactory", "TestToken")
    for entry in artifact(name).abi
    for side in ("inputs", "outputs")
    if entry.get(side)
]
WORDS = st.integers(0, 2**256 - 1)


def value(field):
    kind = field["type"]
    if kind.endswith("[]"):
        return st.lists(value(field | {"type": kind[:-2]}), max_size=3)
    if kind == "tuple":
        return st.tuples(*(value(part) for part in field["components"]))
    simple = {
        "address": st.binary(min_size=20, max_size=20).map(lambda raw: to_checksum_address("0x" + raw.hex())),
        "bool": st.booleans(),
        "string": st.text(max_size=40),
        "bytes32": st.binary(min_size=32, max_size=32),
        "uint8": st.integers(0, 255),
        "uint256": WORDS,
        "int256": st.integers(-(2**255), 2**255 - 1),
    }
    return simple[kind]


def plain(found):
    """Structs as tuples, as eth-abi has them."""
    if isinstance(found, dict):
        return tuple(plain(part) for part in found.values())
    return [plain(part) for part in found] if isinstance(found, list) else found


@given(st.data())
def test_whatever_eth_abi_encodes_is_decoded(data: DataObject):
    fields = data.draw(st.sampled_from(FIELDS))
    values = [data.draw(value(field)) for field in fields]
    encoded = encode([spelled(field) for field in fields], values)
    assert plain(decoded(fields, encoded)) == values


@given(st.binary(min_size=20, max_size=20))
def test_checksums_are_those_of_eip_55(raw):
    assert checksummed("0x" + raw.hex()) == to_checksum_address("0x" + raw.hex())


def test_topics_and_selectors_are_those_of_web3():
    from web3 import Web3

    for name in ("Campaign", "CampaignFactory"):
        contract = Web3().eth.contract(abi=artifact(name).abi)
        assert set(events(name)) == {found().topic for found in contract.events}
    create = functions("CampaignFactory")["create"]
    assert call_arguments("CampaignFactory", "create", "0x" + "00" * 4) is None
    assert signature(create).startswith("create((address,")


def test_an_answer_that_is_cut_short_is_the_nodes_fault():
    with pytest.raises(NodeError, match="shorter"):
        decoded([{"type": "uint256"}], b"\0" * 31)
