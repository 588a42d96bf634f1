"""A campaign that fails is reported like any other: a real one with two modest owners, on the embedded chain."""

from dataclasses import replace

import pytest
from rich.console import Console

from cofund.campaign.demo import air_quality_script
from cofund.campaign.launch import cast_of
from cofund.campaign.run import run_campaign
from cofund.campaign.workspace import Workspace
from cofund.chain.node import EmbeddedNode
from cofund.report.clients import Fate
from cofund.report.html import render_report
from cofund.report.reading import read
from cofund.report.terminal import summary
from cofund.report.verdict import failures, findings, headline, left_out

ABOVE_CEILING, SILENT = "DEBB056", "DEUB004"
"""One client asks more than anybody may be paid, so its edge does not list it; another signs nothing."""


def modest_script():
    script = air_quality_script()
    kept = [client for client in script.clients if client.edge in {"BB", "UB"}]
    changes = {SILENT: {"silent": True}, ABOVE_CEILING: {"cost": script.ceiling + 1}}
    clients = [replace(client, **changes.get(client.id, {})) for client in kept]
    owners = [replace(owner, bid=owner.bid // 1000) for owner in script.owners[:2]]
    return replace(script, cohort=3, min_cohort=2, owners=tuple(owners), clients=tuple(clients), outages=())


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    script, workspace = modest_script(), Workspace(tmp_path_factory.mktemp("unfunded"))
    accounts = [account.address for account in cast_of(script, workspace.seed()).all()]
    return run_campaign(script, EmbeddedNode(accounts, workspace.journal()), workspace)


@pytest.fixture
def found(record):
    return findings(read(record))


def test_it_says_that_it_is_not_funded_and_why(record, found):
    assert record["campaign"]["status"] == "unfunded"
    assert headline(found).startswith(f"Not funded: {record['outcome']['reason']}.")
    page = render_report(record)
    assert "✗ not funded" in page
    assert record["outcome"]["reason"] in page
    assert "so nothing was trained" in page


def test_nobody_paid_anything_and_all_money_went_back(found):
    assert [owner.net_paid for owner in found.owners] == [0, 0]
    assert found.balance.conserved
    assert (found.balance.charges, found.balance.held) == (0, 0)


def test_owners_are_told_what_the_goal_was_worth_and_would_have_cost(found):
    for owner in found.owners:
        assert owner.refused.worth < owner.refused.share
        assert owner.why.startswith("Bought nothing. Rounds 1 to 10 would be worth")


def test_clients_are_told_why_they_would_not_have_trained(found):
    rows = {row.id: row for row in found.clients}
    unlisted = [row for row in found.clients if row.fate is Fate.NO_OFFER]
    assert {ABOVE_CEILING, SILENT} <= {row.id for row in unlisted} <= rows.keys()
    assert failures(found) == [f"{row.id}: was invited but no open book lists it." for row in unlisted]
    assert f"{len(unlisted)} in no book" in left_out(found)
    assert {row.why for row in rows.values() if row.fate is Fate.TRAINS} == {"chosen, but the campaign was not funded"}


def test_no_gain_is_claimed(record):
    console = Console(width=100, color_system=None)
    with console.capture() as capture:
        console.print(summary(record))
    text = " ".join(capture.get().split())
    assert "Nobody has a funded model, so there is no gain to measure." in text
    assert "Clients earned" not in text


def test_rebuilding_gives_the_same_bytes(record):
    assert render_report(record) == render_report(record)
