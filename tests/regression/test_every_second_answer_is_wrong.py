"""Of two backends one had nothing: every second answer of a node was empty, and no command got to its end.

A whole list of questions was asked again until all of its answers were there at once, which they never were.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from anvil import Anvil
from cofund.campaign.token import token_facts
from cofund.chain import agreement, patience, provider
from cofund.chain.journal import Journal
from cofund.chain.node import connect
from cofund.chain.provider import Provider
from cofund.web.board import Board, Follower
from faulty_node import Fault, FaultyNode, error, result
from operating import FLAGS, cofund
from parties import OWNERS, Parties

pytestmark = pytest.mark.node

WRONG = {
    "0x": result("0x"),
    "null": result(None),
    "[]": result([]),
    "header not found": error(-32000, "header not found"),
    "missing trie node": error(-32000, "missing trie node 0xab (path ) state 0xcd is not available"),
}


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parties]:
    with Anvil(FLAGS) as anvil:
        made = Parties(anvil, tmp_path_factory.mktemp("second"))
        made.accept()
        made.did(OWNERS[0], "owner", "bid", "--value", "1000", "--escrow", "1200")
        made.at(2)
        yield made


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "BACKOFF_S", 0.002)
    monkeypatch.setattr(patience, "LOOK_AGAIN_S", 0.01)
    monkeypatch.setattr(agreement, "PAUSE_S", 0.01)


@pytest.fixture(params=WRONG.values(), ids=WRONG)
def node(parties: Parties, request: Any) -> Iterator[FaultyNode]:
    fault: Fault = request.param
    with FaultyNode(parties.anvil.port, fault, lambda _, number: number % 2 == 0) as made:
        yield made


def test_a_bid_is_opened(parties: Parties, node: FaultyNode, monkeypatch: pytest.MonkeyPatch) -> None:
    before = parties.anvil.ask("evm_snapshot")
    flags = parties.flags(OWNERS[0])
    monkeypatch.setattr(parties, "flags", lambda _: [node.url if flag == parties.anvil.url else flag for flag in flags])
    monkeypatch.setattr(node, "name", None)  # whose bare keys may be used
    parties.did(OWNERS[0], "owner", "reveal")
    assert parties.campaign.view("owner", 0)[0][2]
    parties.anvil.ask("evm_revert", before)


def test_the_page_shows_the_campaign_that_it_was_started_for(
    parties: Parties, node: FaultyNode, tmp_path: Path
) -> None:
    board = Follower(Board(tmp_path), Provider(node.url), [parties.address], [parties.published], 0).board
    assert board.snapshots[parties.address].counts["owners"] == 1


def test_a_token_says_its_decimals(parties: Parties, node: FaultyNode) -> None:
    assert token_facts(connect(node.url, Journal()), parties.token.address).decimals == 2


def test_a_campaign_is_verified(parties: Parties, node: FaultyNode, tmp_path: Path) -> None:
    options = ["-r", node.url, "--state", tmp_path, "--terms", parties.published]
    code, printed = cofund("verify", parties.address, *options)
    assert code == 0, printed
