"""The next steps on the pages are those of the terminal: both readers, every account, every phase."""

from contextlib import closing
from pathlib import Path

import pytest

from anvil import Anvil
from campaign_days import Days
from cofund.campaign.views import seat_at
from cofund.roles.next_actions import ROLES, holds, next_steps
from cofund.web.board import Board, Follower
from cofund.web.next_steps import everybodys_steps, steps_of
from cofund.web.rpc import Rpc
from operating import CLIENTS, COORDINATOR, EDGES, FLAGS, OWNER, RICH, Operating
from web_server import get, serving

pytestmark = pytest.mark.node
STEPS = ("created", "commit", "reveal", "settle", "training", "deliveries", "closed", "paid")
STRANGER = "0x" + "77" * 20
ACCOUNTS = [account.address for account in (OWNER, COORDINATOR, RICH, *EDGES, *CLIENTS)] + [STRANGER]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """After each step: by role and account what either reader says, the page's list, and the answer for a stranger."""
    found = {}
    with Anvil(FLAGS) as anvil, closing(Rpc(anvil.url)) as rpc:
        operating = Operating(anvil, tmp_path_factory.mktemp("days"))
        operating.create()
        days, board = Days(operating), Board(Path("none"))
        follower = Follower(board, rpc, [operating.address], [], 0)
        with serving(board) as port:
            for step in STEPS:
                if step != "created":
                    getattr(days, step)()
                follower.look()
                shown = board.snapshots[operating.address]
                found[step] = {
                    "both": {account: both(operating, shown, account) for account in ACCOUNTS},
                    "all": [(entry["role"], entry["action"], entry["who"]) for entry in everybodys_steps(shown)],
                    "owner": [entry["action"] for entry in steps_of(shown, OWNER.address)],
                    "answer": get(port, f"/api/v1/campaigns/{operating.address}/next/{OWNER.address.lower()}").json(),
                }
    return found


def both(operating, shown, account):
    """Places, roles and steps as the web's reader and as the commands' reader have them."""
    readers = (shown.campaign.seat(account), seat_at(operating.campaign, account))
    return [
        [seen.owner, seen.book, seen.edges, seen.credit, seen.training_end, seen.recorded_at] for seen in readers
    ], [
        {role: (holds(role, seen), [(s.action, s.lost_amount, s.purpose) for s in next_steps(role, seen)])}
        for seen in readers
        for role in ROLES
        if role != "client"  # whose offers are in a book only the events say
    ]


@pytest.mark.parametrize("step", STEPS)
def test_both_readers_lead_to_the_same_steps(told, step):
    for account, found in told[step]["both"].items():
        (web_place, terminal_place), steps = found
        assert web_place == terminal_place, account
        assert steps[: len(ROLES) - 1] == steps[len(ROLES) - 1 :], account


def test_the_page_names_who_has_to_act(told):
    assert told["created"]["all"] == [
        ("owner", "bid", []),
        ("client", "offer", []),
        ("client", "check", []),
        ("edge", "book", ["edge-0", "edge-1"]),
        ("coordinator", "bond", []),
    ]
    opened = dict.fromkeys(step for step in told["settle"]["all"][0][:2])
    assert list(opened) == ["anyone", "settle"]
    assert ("client", "claim") in [entry[:2] for entry in told["deliveries"]["all"]]
    assert told["paid"]["all"] == []


def test_an_account_is_told_in_any_spelling(told):
    for step in STEPS:
        assert [entry["action"] for entry in told[step]["answer"]["steps"]] == told[step]["owner"]
    assert [told[step]["owner"] for step in ("created", "settle", "paid")] == [
        ["bid", "offer", "check"],
        ["settle"],
        ["model"],
    ]
