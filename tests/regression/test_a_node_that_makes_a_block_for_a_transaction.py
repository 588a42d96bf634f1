"""On anvil the last block's time stands still: whoever tried the call in that block waited for another one forever."""

import pytest

from anvil import Anvil
from operating import FLAGS, START
from parties import OWNERS, Parties


@pytest.mark.node
def test_a_phase_that_no_block_has_seen_yet_is_open(tmp_path) -> None:
    with Anvil(FLAGS) as anvil:
        parties, owner = Parties(anvil, tmp_path), OWNERS[0]
        parties.did(owner, "owner", "bid", "--value", "1000", "--escrow", "1200")
        parties.accept_late()
        last = parties.node.web3.eth.block_number
        anvil.ask("evm_setNextBlockTimestamp", START + 24 * 3600)  # the reveal phase begins, without a block
        assert parties.next_of(owner, "owner") == ["reveal"]
        assert parties.did(owner, "owner", "reveal")["transactions"][0]["block"] == last + 1
