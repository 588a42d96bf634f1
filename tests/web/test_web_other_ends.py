"""``cofund web`` where a campaign does not go as planned: not funded, not settled, closed without deliveries."""

from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from anvil import Anvil
from campaign_days import Days
from cofund.web.board import Board, Follower
from cofund.web.facts import facts_of
from cofund.web.pages import TABS
from cofund.web.phase_words import MEANINGS
from cofund.web.rpc import Rpc
from cofund.web.shown import Shown
from operating import EDGES, FLAGS, RICH, Operating
from parties import SPONSOR, Parties
from web_server import get, serving

pytestmark = pytest.mark.node


@contextmanager
def watched(folder):
    """A campaign, and what a page would show of it now: every page answers, everything adds up."""
    with Anvil(FLAGS) as anvil, closing(Rpc(anvil.url)) as rpc:
        operating = Operating(anvil, folder)
        operating.create()
        follower = Follower(Board(Path("none")), rpc, [operating.address], [], 0)
        with serving(follower.board) as port:

            def seen() -> Shown:
                follower.look()
                snapshot = follower.board.snapshots[operating.address]
                assert snapshot.problems == []
                for _, _, end in TABS:
                    assert get(port, f"/campaign/{operating.address}{end}").status == 200
                assert MEANINGS[snapshot.campaign.phase].title in get(port, f"/campaign/{operating.address}").text
                return snapshot

            yield operating, seen


def return_bonds(operating: Operating, shown: Shown) -> None:
    for operator in facts_of(shown)["bondsDue"]:
        operating.books.send(RICH, "bond", "return_bond", operator)


def test_a_campaign_that_nobody_pays_for_gives_everything_back(tmp_path):
    with watched(tmp_path) as (operating, seen):
        operating.commit(bid=100)
        operating.reveal()
        operating.at(3)
        assert operating.call("settle")[0] == 0
        found = seen()
        assert found.campaign.phase == "unfunded"
        assert sorted(facts_of(found)["bondsDue"]) == sorted(edge.address for edge in EDGES)
        return_bonds(operating, found)
        operating.campaign.send(RICH, "withdraw", "withdraw", [row["account"] for row in found.accounts])
        assert seen().money["held"] == 0
        assert facts_of(seen())["bondsDue"] == []


def test_what_a_matching_sponsor_locked_is_its_deposit(tmp_path):
    """4 rounds of at most 2 clients at 1000 and a fee of 10, a tenth of each rounded down."""
    with Anvil(FLAGS) as anvil, closing(Rpc(anvil.url)) as rpc:
        parties = Parties(anvil, tmp_path)
        follower = Follower(Board(Path("none")), rpc, [parties.address], [], 0)
        parties.did(SPONSOR, "sponsor", "lock")
        follower.look()
        shown = follower.board.snapshots[parties.address]
        assert shown.problems == []
        assert [(row["account"], row["deposited"]) for row in shown.accounts] == [(SPONSOR.address, str(4 * 201))]


def test_a_campaign_that_nobody_settles_is_cancelled(tmp_path):
    with watched(tmp_path) as (operating, seen):
        operating.commit()
        operating.at(4)
        assert seen().campaign.phase == "not settled in time"
        assert operating.call("cancel")[0] == 0
        found = seen()
        assert (found.campaign.phase, len(facts_of(found)["bondsDue"])) == ("cancelled", len(EDGES))
        return_bonds(operating, found)
        operating.campaign.send(RICH, "withdraw", "withdraw", [row["account"] for row in found.accounts])
        assert seen().money["held"] == 0


def test_a_training_that_stops_and_edges_that_never_sign(tmp_path):
    with watched(tmp_path) as (operating, seen):
        days = Days(operating)
        for step in ("commit", "reveal", "settle", "training"):
            getattr(days, step)()
        assert seen().campaign.phase == "training"
        operating.at(5)
        assert seen().campaign.until <= seen().campaign.now
        operating.campaign.send(RICH, "halt", "halt")
        assert seen().campaign.phase == "deliveries"
        operating.at(7)
        assert seen().campaign.phase == "stand-in deliveries"
        operating.at(8)
        assert seen().campaign.phase == "ready to close"
        operating.campaign.send(RICH, "close", "close")
        assert (seen().campaign.phase, seen().counts["rounds_done"]) == ("closed", days.rounds - 1)
