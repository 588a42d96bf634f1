"""Answers of a wrong length were decoded, a count of 2**256 - 1 was counted up to, a missing round was not missed."""

import pytest

from cofund.chain.abi import answer
from cofund.chain.agreement import VIEWS, disagreement
from cofund.chain.counts import is_possible
from cofund.chain.shapes import Malformed, shaped
from cofund.errors import NodeError

WORD = "00" * 31 + "07"


def test_a_view_has_the_length_of_its_type() -> None:
    assert answer("Campaign", "deposited", 0, bytes.fromhex(WORD)) == 7
    with pytest.raises(NodeError, match="answered as by no Campaign"):
        answer("Campaign", "deposited", 0, bytes.fromhex(2 * WORD))


def test_a_call_returns_whole_words() -> None:
    assert shaped("eth_call", [], "0x" + WORD) == "0x" + WORD
    with pytest.raises(Malformed, match="whole words"):
        shaped("eth_call", [], "0x" + "ff" * 100)


def test_a_campaign_counts_no_further_than_its_factory_lets_it() -> None:
    assert (is_possible("edge_count", 64), is_possible("edge_count", 65)) == (True, False)
    assert is_possible("paid_out", 2**96)
    assert (is_possible("progress", (256, 256, 1, 1, True, False)), is_possible("book", (2**16, 1, 0))) == (True, False)


def test_several_addresses_may_be_asked_for() -> None:
    entry = {"address": "0x" + "01" * 20, "topics": [], "data": "0x", "blockNumber": "0x1", "logIndex": "0x0"}
    entry |= {"transactionIndex": "0x0"} | dict.fromkeys(("blockHash", "transactionHash"), "0x" + "02" * 32)
    where = {"address": ["0x" + "03" * 20, "0x" + "01" * 20]}
    assert len(shaped("eth_getLogs", [where], [entry])) == 1


def test_a_round_that_is_left_out_is_missed() -> None:
    values = dict.fromkeys(VIEWS, 0) | {"progress": (4, 2, 9, 0, False, False), "status": 1}

    def views(wanted: list[tuple[str, ...]]) -> list[object]:
        return [values[name] for name, *_ in wanted]

    rounds = [("RoundRecorded", {"round": number}) for number in (1, 2)]
    assert disagreement(rounds, views) == ""
    assert disagreement(rounds[1:], views).startswith("rounds done")
