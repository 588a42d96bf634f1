"""``cofund web`` where books stay sealed: every page says what is sealed, adds up, and shows no quote."""

from contextlib import closing
from pathlib import Path

import pytest

from anvil import Anvil
from cofund.web.board import Board, Follower
from cofund.web.facts import facts_of
from cofund.web.pages import TABS
from cofund.web.row_tables import TABLES
from cofund.web.rpc import Rpc
from kinds import MARKETS, Life, Own
from operating import EDGES, FLAGS
from web_server import get, serving

pytestmark = pytest.mark.node


@pytest.mark.parametrize("kind", ["sealed", "absent"])
def test_pages_and_tables_of_a_sealed_campaign_at_every_moment(kind: str, tmp_path: Path) -> None:
    with Anvil(FLAGS) as node, closing(Rpc(node.url)) as rpc:
        life = Life(type("SealedOwn", (Own,), {"market": MARKETS[kind]})(node, tmp_path), kind=kind)
        follower = None
        for moment in life.moments():
            address = life.operating.address
            follower = follower or Follower(Board(Path("none")), rpc, [address], [], 0)
            with serving(follower.board) as port:
                follower.look()
                shown = follower.board.snapshots[address]
                assert shown.problems == [], moment
                assert all(holds for _, holds, _ in shown.checks), (moment, shown.checks)
                for _, _, end in TABS:
                    assert get(port, f"/campaign/{address}{end}").status == 200, (moment, end)
                for table in TABLES:
                    assert get(port, f"/api/v1/campaigns/{address}/{table}").status == 200, (moment, table)
            if shown.campaign.settled:
                assert not any(row["cost"] for row in TABLES["offers"].rows(shown))
        due = facts_of(shown)["bondsDue"]
        assert due == []
        assert shown.counts["books"] == len(EDGES)
        assert shown.counts["offers"] == 5
