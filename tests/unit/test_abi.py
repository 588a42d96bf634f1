"""Calls, answers and events of our contracts against eth-abi and web3."""

import pytest
from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from cofund.chain.abi import OF_A_CAMPAIGN, abi_type, answer, call_data, called_with, events, functions, named
from cofund.chain.artifacts import artifact
from cofund.errors import CheckFailed, NodeError

FIELDS = [
    entry[side]
    for name in ("Campaign", "Books", "SealedBooks", "CampaignFactory", "TestToken")
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
        "bytes": st.binary(max_size=70),
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
    fields = [field | {"name": str(at)} for at, field in enumerate(data.draw(st.sampled_from(FIELDS)))]
    values = [data.draw(value(field)) for field in fields]
    encoded = encode([abi_type(field) for field in fields], values)
    assert list(plain(named(fields, encoded))) == values


@given(st.data())
def test_a_call_is_what_was_called(data: DataObject):
    entry = data.draw(st.sampled_from([entry for entry in functions("Campaign").values() if entry["inputs"]]))
    values = [data.draw(value(field)) for field in entry["inputs"]]
    name, arguments = called_with("Campaign", bytes.fromhex(call_data("Campaign", entry["name"], *values)[2:]))
    assert (name, list(plain(arguments))) == (entry["name"], values)


def test_topics_and_selectors_are_those_of_web3():
    from web3 import Web3

    for name in ("Campaign", "Books", "SealedBooks", "CampaignFactory"):
        contract = Web3().eth.contract(abi=artifact(name).abi)
        assert set(events(name)) == {found().topic for found in contract.events}
        for selector, entry in functions(name).items():
            assert contract.get_function_by_selector(selector).abi == entry


def test_no_two_events_of_a_campaign_have_a_topic():
    assert len(events(*OF_A_CAMPAIGN)) == sum(len(events(name)) for name in OF_A_CAMPAIGN)


def test_an_answer_that_is_cut_short_is_the_nodes_fault():
    with pytest.raises(NodeError, match="answered as by no Campaign"):
        answer("Campaign", "deposited", 0, b"\0" * 31)


def test_what_is_no_call_is_named():
    with pytest.raises(CheckFailed, match="no function of it is called with 0x00000000"):
        called_with("CampaignFactory", bytes(4))
