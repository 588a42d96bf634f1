"""A running web page listed bonds that had gone back, and what it offered to send then reverted."""

from contextlib import closing
from pathlib import Path

import pytest

from anvil import Anvil
from campaign_days import Days
from cofund.web.board import Board, Follower
from cofund.web.next_steps import everybodys_steps
from cofund.web.rpc import Rpc
from operating import EDGES, FLAGS, RICH, Operating

pytestmark = pytest.mark.node
OPERATORS = [edge.address for edge in EDGES]


def shown(board: Board, address: str) -> tuple[object, ...]:
    snapshot = board.snapshots[address]
    steps = [(step["role"], step["action"]) for step in everybodys_steps(snapshot)]
    return steps, snapshot.bonds, snapshot.claims, snapshot.accounts


def test_a_running_board_and_a_fresh_one_say_the_same(tmp_path: Path) -> None:
    with Anvil(FLAGS) as node, closing(Rpc(node.url)) as rpc:
        operating = Operating(node, tmp_path)
        operating.create()
        days, board = Days(operating), Board(Path("none"))
        follower = Follower(board, rpc, [operating.address], [], 0)

        def look() -> list[str]:
            """What is due on the running board, which is what a fresh one says."""
            follower.look()
            fresh = Board(Path("none"))
            Follower(fresh, rpc, [operating.address], [], 0)
            assert shown(board, operating.address) == shown(fresh, operating.address)
            return board.snapshots[operating.address].bonds

        for step in (days.commit, days.reveal, days.settle, days.training, days.deliveries, days.closed):
            assert look() == []
            step()
        assert sorted(look()) == sorted(OPERATORS)
        before = node.ask("evm_snapshot")
        for operator in OPERATORS:
            operating.books.send(RICH, "return", "return_bond", operator)
        assert look() == []
        node.ask("evm_revert", before)  # as a reorganisation of the chain may
        assert sorted(look()) == sorted(OPERATORS)
