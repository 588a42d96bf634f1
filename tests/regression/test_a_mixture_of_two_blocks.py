"""A watcher read half of a campaign at one block and half three before it, took the campaign for over, and ended.

The money of its account stayed in the contract: the campaign was cancelled by the phase and open by the status.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from anvil import Anvil
from cofund.chain import patience, provider, sending
from cofund.chain.node import connect
from cofund.errors import NodeError
from cofund.roles.automatic import WatcherInputs
from cofund.roles.desk import Desk, open_desk
from cofund.roles.watching import Screen, watch
from lagging_node import LaggingNode
from operating import FLAGS
from parties import OWNERS, PLENTY, Parties

pytestmark = pytest.mark.node


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "BACKOFF_S", 0.002)
    monkeypatch.setattr(patience, "LOOK_AGAIN_S", 0.01)
    monkeypatch.setattr(sending, "SEND_AGAIN_S", 0.5)


@pytest.mark.parametrize("every", [1, 2, 3])
def test_a_watcher_takes_what_is_back_before_it_ends(tmp_path: Path, every: int) -> None:
    with Anvil(FLAGS) as anvil:
        parties, owner = Parties(anvil, tmp_path), OWNERS[0]
        parties.did(owner, "owner", "bid", "--value", "10", "--escrow", "12")
        anvil.ask("anvil_mine", "0x4")
        parties.at(5)
        assert parties.call("cancel")[0] == 0
        sent = parties.sent(owner)
        said: list[str] = []
        with LaggingNode(anvil.port, 2, every) as node:

            @contextmanager
            def desk() -> Iterator[Desk]:
                with open_desk(
                    connect(node.url),
                    owner,
                    parties.address,
                    parties.home(owner),
                    terms=parties.published,
                ) as opened:
                    yield opened

            anvil.ask("evm_setIntervalMining", 1)  # what lags arrives
            screen = Screen(lambda *_: None, said.append, lambda _: None)
            assert watch("owner", desk, WatcherInputs(), screen, lambda: len(said) > 9) is True, said
        assert parties.balance(owner) == PLENTY, said
        short = sum("out of gas" in line for line in said)  # estimated by a backend that had nothing to pay yet
        assert parties.sent(owner) == sent + 1 + short, said


def test_a_node_that_falls_behind_its_own_word_is_waited_for(tmp_path: Path) -> None:
    with Anvil(FLAGS) as anvil:
        parties = Parties(anvil, tmp_path)
        before = anvil.ask("evm_snapshot")
        anvil.ask("evm_mine")
        parties.token.send(OWNERS[0], "approve", "approve", parties.address, 1)
        assert parties.node.head().number == parties.node.journal.last_block
        anvil.ask("evm_revert", before)
        with pytest.raises(NodeError, match="it lags behind"):
            parties.node.head()
