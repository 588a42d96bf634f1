"""A running web page listed relayed bonds that had gone back, which no event tells, and its batch then reverted."""

from contextlib import closing
from pathlib import Path

import pytest

from anvil import Anvil
from campaign_days import Days
from cofund.chain.accounts import offer_message, sign
from cofund.market.sealing import BID, OFFER, Opening, seal
from cofund.web.board import Board, Follower
from cofund.web.next_steps import everybodys_steps
from cofund.web.rpc import Rpc
from operating import CLIENTS, COORDINATOR, EDGES, FLAGS, OFFERS, OWNER, RICH, Operating

pytestmark = pytest.mark.node
LOSERS = [CLIENTS[at].address for at in (1, 2, 4)]


def commit_relayed(operating: Operating) -> None:
    """As ``Operating.commit``, but the edges relay all offers and lock their bonds."""
    everybody = [COORDINATOR, OWNER, *CLIENTS, *EDGES]
    operating.token.send(RICH, "mint", "mint", [account.address for account in everybody], 10**6)
    for account in everybody:
        operating.token.send(account, "approve", "approve", operating.address, 2**256 - 1)
    operating.campaign.send(COORDINATOR, "bond", "post_coordinator_bond")
    operating.bids = [Opening(OWNER.address, 100_000, 0, bytes(32))]
    operating.offers = [
        Opening(c.address, cost, edge, bytes(32)) for c, (cost, edge) in zip(CLIENTS, OFFERS, strict=True)
    ]
    chain = operating.node.chain_id
    sealed = seal(BID, chain, operating.address, operating.bids[0])
    operating.campaign.send(OWNER, "bid", "commit_bid", sealed, 200_000, bytes(32), 0, 0, bytes(32), bytes(32))
    for client, opening in zip(CLIENTS, operating.offers, strict=True):
        sealed = seal(OFFER, chain, operating.address, opening)
        signature = sign(client, offer_message(chain, operating.address, opening.edge, sealed))
        relayed = [(client.address, sealed, *signature)]
        operating.campaign.send(EDGES[opening.edge], "relay", "relay_offers", opening.edge, relayed)


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

        commit_relayed(operating)
        for step in (days.reveal, days.settle, days.training):
            look()
            step()
        assert sorted(look()) == sorted(LOSERS)
        before = node.ask("evm_snapshot")
        operating.campaign.send(RICH, "return", "return_bonds", LOSERS)
        assert look() == []
        node.ask("evm_revert", before)  # as a reorganisation of the chain may
        assert sorted(look()) == sorted(LOSERS)
