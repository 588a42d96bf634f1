"""Campaigns that are not the demonstration's: matched, underwritten, and one whose coordinator vanishes."""

from dataclasses import replace

import pytest

from cofund.campaign.demo import air_quality_script
from cofund.campaign.launch import cast_of
from cofund.campaign.release import open_model
from cofund.campaign.run import run_campaign
from cofund.campaign.verify import verify
from cofund.campaign.workspace import Workspace
from cofund.chain.node import EmbeddedNode
from cofund.report.clients import Fate
from cofund.report.html import render_report
from cofund.report.reading import read
from cofund.report.statement_words import statement_of
from cofund.report.verdict import failures, findings
from cofund.roles.desk import account_folder
from cofund.roles.openings import kept_opening
from cofund.training.model import model_digest
from cofund.web.from_record import record_snapshot

LIVES = {
    "matched": {"match": 300_000_000},
    "underwritten": {"underwritten": True},
    "hardly worth it": {"underwritten": True},
    "halted": {"coordinator_lasts": 2},
}
HARDLY_PERCENT = 89
"""Of the others' bids: the last rounds are then hardly worth running, so that underwritten they pay less."""


def small_script(**changes: object):
    script = air_quality_script()
    clients = tuple(client for client in script.clients if client.edge in {"BB", "UB", "SN"})
    owners = tuple(replace(owner, bid=owner.bid // 4) for owner in script.owners[:4])
    return replace(script, cohort=4, min_cohort=2, goal=3, owners=owners, clients=clients, outages=(), **changes)


@pytest.fixture(scope="module", params=LIVES)
def life(request, tmp_path_factory):
    script, workspace = small_script(**LIVES[request.param]), Workspace(tmp_path_factory.mktemp("life"))
    if request.param == "hardly worth it":
        owners = tuple(replace(owner, bid=owner.bid * HARDLY_PERCENT // 100) for owner in script.owners)
        script = replace(script, owners=owners)
    accounts = [account.address for account in cast_of(script, workspace.seed()).all()]
    record = run_campaign(script, EmbeddedNode(accounts, workspace.journal()), workspace)
    return request.param, workspace, record


def test_its_record_is_verified_and_its_report_balances(life) -> None:
    name, workspace, record = life
    assert verify(workspace.record).record["outcome"] == record["outcome"]
    found = findings(read(record))
    assert record["campaign"]["status"] == "closed"
    assert found.balance.conserved
    assert found.balance.held == 0
    assert "✓ funded" in render_report(record)
    assert (found.balance.sponsored > 0) == (name != "halted")


def test_every_statement_is_its_account_to_the_unit(life) -> None:
    found = findings(read(life[2]))
    for row in life[2]["payments"]:
        statement = statement_of(found, row)
        assert sum(line.amount for line in statement.lines) == int(row["net"]), row["id"]
        assert statement.claimable == 0
        assert not any(line.held for line in statement.lines)


def test_clients_earned_what_the_contract_paid_and_lost_no_bond(life) -> None:
    """Underwritten, the last rounds may pay less than the price: that is no bond lost."""
    name, workspace, record = life
    received, found = {row["id"]: int(row["net"]) for row in record["payments"]}, findings(read(record))
    trained = [row for row in found.clients if row.fate is Fate.TRAINS]
    assert {row.id: row.earned for row in trained} == {row.id: received[row.id] for row in trained}
    assert any(row.earned < row.pay * row.rounds for row in trained) == (name == "hardly worth it")
    page = record_snapshot(workspace.record)
    assert {row.id: page.claims[row.id] for row in trained} == {row.id: (row.rounds, row.earned) for row in trained}
    parts = record["conservation"]
    assert sum(row.earned for row in trained) == int(parts["clients"]) + int(parts["early_end_to_clients"])
    said = [line.what for row in record["payments"] for line in statement_of(found, row).lines]
    assert any("bond lost" in what for what in said) == (name == "halted")  # the coordinator's


def test_a_sponsor_pays_its_part_to_the_unit(life) -> None:
    name, _, record = life
    net = {row["id"]: int(row["net"]) for row in record["payments"]}
    rounds, cost = record["outcome"]["rounds"], int(record["outcome"]["round_cost"])
    if name == "matched":
        assert net["sponsor"] == -rounds * (cost * 3 // 10)
    if name in {"underwritten", "hardly worth it"}:
        assert net["sponsor"] == -int(record["outcome"]["sponsor_paid"]) == -int(record["conservation"]["sponsored"])
        assert record["outcome"]["rule"] == "vcg"


def test_a_coordinator_that_vanishes_loses_fee_and_bond_to_the_owners(life) -> None:
    name, _, record = life
    net = {row["id"]: int(row["net"]) for row in record["payments"]}
    bond = int(record["terms"]["bonds"]["coordinator"])
    if name == "halted":
        assert net["coordinator"] == -bond
        assert len(record["rounds"]) == 2 < record["outcome"]["rounds"]
        assert sum(amount for party, amount in net.items() if party.endswith("-new")) > 0
        assert "Training ended early" in failures(findings(read(record)))[-1]
    else:
        assert net["coordinator"] == 2_000_000 * len(record["rounds"])


def test_every_owner_opens_its_own_box_and_no_other(life) -> None:
    name, workspace, record = life
    accounts = {owner["id"]: owner["account"] for owner in record["terms"]["owners"]}
    levels = {accounts[owner["id"]]: owner["level"] for owner in record["outcome"]["owners"] if owner["level"]}
    boxes = {box.stem: box.read_bytes() for box in (workspace.store / "boxes").glob("*.box")}
    assert boxes.keys() == (levels.keys() if name != "halted" else set())
    place = (workspace.parties, record["campaign"]["chain_id"], record["campaign"]["address"])
    secrets = {account: kept_opening(account_folder(*place, account)).encryption_secret for account in levels}
    for account, box in boxes.items():
        digest = bytes.fromhex(record["rounds"][levels[account] - 1]["model_digest"])
        assert model_digest(open_model(box, secrets[account], digest)) == digest
        with pytest.raises(ValueError, match="another model"):
            open_model(box, secrets[account], bytes(32))
        with pytest.raises(ValueError, match="not a box for this owner's key"):
            open_model(box, bytes(31) + b"x", digest)
        assert (account_folder(*place, account) / "model.npz").exists()
