"""The record of a closed campaign called what nobody had claimed yet "paid", and bonds that were held "lost"."""

import json
from pathlib import Path

import pytest

from anvil import Anvil
from campaign_days import WINNERS, Days
from cofund.campaign.published import publish_deliveries
from cofund.campaign.store import Store
from cofund.report.reading import load_record, read
from cofund.report.statement_words import Statement, statement_of
from cofund.report.tables import tables
from cofund.report.verdict import Findings, findings
from cofund.web.from_record import record_snapshot
from operating import CLIENTS, FLAGS, RICH, Operating, cofund

pytestmark = pytest.mark.node
WINNER, OTHER = CLIENTS[0].address, CLIENTS[3].address
PAY, ROUNDS = 500, 4
"""Of a round at the north edge, of the campaign."""


def closed(operating: Operating, store: str) -> Days:
    operating.create("--store", store)
    days = Days(operating)
    for step in (days.commit, days.reveal, days.settle, days.training, days.deliveries, days.closed):
        step()
    for edge in WINNERS:
        publish_deliveries(Store(store), days.shown(edge, days.rounds))
    return days


def recorded(operating: Operating, name: str) -> Path:
    out = operating.folder / name
    options = ["-r", operating.anvil.url, "--state", operating.folder / "state", "--out", out]
    code, printed = cofund("campaign", "record", operating.address, *options)
    assert code == 0, printed
    code, printed = cofund("verify", out)
    assert code == 0, printed
    return out


def told(path: Path) -> tuple[Findings, dict[str, Statement]]:
    found = findings(read(load_record(path)))
    statements = {row["account"]: statement_of(found, row) for row in found.reading.record["payments"]}
    for row in found.reading.record["payments"]:
        assert sum(line.amount for line in statements[row["account"]].lines) == int(row["net"])
    return found, statements


def test_what_can_be_claimed_is_called_so_until_it_is_paid(tmp_path: Path) -> None:
    with Anvil(FLAGS) as node:
        operating = Operating(node, tmp_path)
        days = closed(operating, f"file://{tmp_path}/store")
        nothing = recorded(operating, "nothing.json")
        operating.campaign.send(RICH, "withdraw", "withdraw", [RICH.address])
        days.claim(0)
        half = recorded(operating, "half.json")
        days.paid(0)
        everything = recorded(operating, "everything.json")
    check_nothing(nothing)
    _, said = told(half)
    assert said[WINNER].total.what == "earned in the end"
    assert said[OTHER].total.what == "earned so far"
    found, said = told(everything)
    assert said[WINNER].total.amount == said[WINNER].net == PAY * ROUNDS
    assert {row.paid for row in found.clients if row.earned} == {PAY * ROUNDS, 550 * ROUNDS}
    assert {one.total.what.partition(" ")[2] for one in said.values()} == {"in the end"}


def check_nothing(path: Path) -> None:
    page, (found, said) = record_snapshot(path), told(path)
    assert page.claims[WINNER] == (0, 0)
    assert [(edge.delivered, edge.claimed, edge.fee_rounds) for edge in page.edges] == [(ROUNDS, 0, 0)] * 2
    mine = said[WINNER]
    assert (mine.lines, mine.claimable, mine.total.what) == ([], PAY * ROUNDS, "earned so far")
    assert not any("lost" in line.what for one in said.values() for line in one.lines)
    assert "You can still claim 0.002 rEUR" in mine.because[-1]
    row = next(row for row in tables(found)["clients"] if row["id"] == WINNER)
    assert (row["earned"], row["paid"], row["claimable"]) == (PAY * ROUNDS, 0, PAY * ROUNDS)
    (book,) = [place for place in json.loads(path.read_text())["books"] if place["account"] == WINNER]
    assert (book["role"], book["claimable"]) == ("client", str(PAY * ROUNDS))
