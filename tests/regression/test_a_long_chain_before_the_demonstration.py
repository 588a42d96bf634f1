"""A demonstration on a chain that has had a thousand blocks before was refused by its own verification."""

from types import SimpleNamespace
from typing import Any

import pytest

from anvil import RICH
from cofund.campaign.verify import MOST_BLOCKS_BEFORE, re_executed
from cofund.chain.contract import deploy
from cofund.chain.journal import Journal
from cofund.chain.node import EmbeddedNode
from cofund.errors import CheckFailed


def evidence_after(blocks: int, claimed: int = 0) -> Any:
    node = EmbeddedNode([RICH.address], Journal())
    node.mine_up_to(blocks)
    deploy(node, RICH, "TestToken")
    ((intent, mined),) = node.sent()
    mined = type(mined)(mined.hash, claimed or mined.block, mined.timestamp, mined.gas_used, mined.status)
    return SimpleNamespace(transactions=[(intent.raw, mined)])


def test_a_chain_may_have_had_a_thousand_blocks_before() -> None:
    assert re_executed(evidence_after(1100)).web3.eth.block_number == 1101


def test_a_record_cannot_make_its_reader_mine_for_ever() -> None:
    with pytest.raises(CheckFailed, match="expected a block soon after 0, got 20001"):
        re_executed(evidence_after(0, MOST_BLOCKS_BEFORE + 1))
