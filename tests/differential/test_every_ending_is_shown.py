"""However a campaign stands or ends, its sections, report, statements, tables and pages can be made, and agree."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from test_statements_against_accounts import ENDINGS, FULL, Trees

from campaign_of_twin import campaign_of
from cofund.campaign.inspected import Inspection
from cofund.campaign.sections import sections_of
from cofund.report.html import render_report
from cofund.report.reading import read, reading_of
from cofund.report.statement_words import statement_of
from cofund.report.tables import tables
from cofund.report.terminal import summary
from cofund.report.verdict import findings
from cofund.settlement.ledger import Status
from cofund.web.facts import facts_of
from cofund.web.next_steps import everybodys_steps, waiting
from cofund.web.pages import VIEWS, common, environment
from cofund.web.row_tables import TABLES
from cofund.web.shown import shown_of
from scenario import Scenario, claim_all, train
from sealed_scenario import SEALED, SealedScenario, disproved, given_up
from sealed_twin import SealedTwin
from twin import with_terms

SEALED_TERMS = with_terms(**SEALED, edge_bond=70, veto_window_s=20, tolerance=10**8, min_cohort=1)


def sealed(twin: SealedTwin, *, claimed: bool = True) -> tuple[SealedTwin, Trees]:
    trees: Trees = {}
    if twin.ledger.status == Status.TRAINING:
        trees = train(twin, 4, gaps=0b1)
        assert twin.release_models() is None
        assert twin.close() is None
        if claimed:
            claim_all(twin, trees)
    return twin, trees


ALL = ENDINGS | {
    "sealed": lambda: sealed(SealedScenario(SEALED_TERMS).settled()),
    "sealed, unpaid": lambda: sealed(SealedScenario(SEALED_TERMS).settled(), claimed=False),
    "sealed, one absent": lambda: sealed(SealedScenario(SEALED_TERMS, silent=frozenset({"edge1"})).settled()),
    "sealed, one called absent": lambda: sealed(disproved(SealedScenario(SEALED_TERMS))),
    "sealed, cancelled": lambda: sealed(given_up(SealedScenario(SEALED_TERMS))),
    "sealed, unfunded": lambda: sealed(SealedScenario(SEALED_TERMS, bids=(1,)).settled()),
    "sealed, open": lambda: sealed(SealedScenario(SEALED_TERMS).committed()),
}


@pytest.mark.parametrize("ending", ALL)
def test_report_statements_and_tables_of_every_ending(ending: str) -> None:
    twin, trees = ALL[ending]()
    found = findings(read(sections_of(campaign_of(twin, trees)) | {"transactions": []}))
    assert found.balance.conserved
    for payment in found.reading.record["payments"]:
        statement = statement_of(found, payment)
        assert sum(line.amount for line in statement.lines) == statement.net == int(payment["net"])
    assert {row["id"] for row in tables(found)["clients"]} >= set(found.reading.books.clients)
    if twin.ledger.is_settled():
        assert render_report(found.reading.record)
        assert summary(found.reading.record, verbose=True)


@pytest.mark.parametrize("ending", ALL)
def test_pages_and_tables_of_every_ending(ending: str) -> None:
    twin, trees = ALL[ending]()
    shown = shown_of(campaign_of(twin, trees), twin.ledger.held(), None)
    assert shown.problems == []
    assert json.dumps(facts_of(shown))
    assert waiting(shown)
    assert everybodys_steps(shown) is not None
    for name, table in TABLES.items():
        for row in table.rows(shown):
            assert tuple(row) == table.names, name
            assert all(value is not None or column in table.empty for column, value in row.items()), (name, row)
    for tab, view in VIEWS.items():
        values = common(shown) | view(shown) | {"checked": Inspection(()), "asked": "", "reasons": None}
        page = environment().get_template(f"{tab}.html")
        assert "Played" in page.render(shown=shown, tab=tab, tabs=(), board=Board(), path="/", **values)


class Board:
    """As much of the server's board as the frame of a page asks for."""

    version, trouble, studies, snapshots, left_out = "", "", Path(), {}, {}


def test_a_client_in_two_books_is_told_apart() -> None:
    """Nobody asks it: each edge may list it, and the campaign goes on."""
    terms = with_terms(**FULL | {"edges": tuple(replace(edge, parent=None) for edge in with_terms(**FULL).edges)})
    life = TwoBooks(terms).settled()
    trees = train(life, 4)
    assert life.release_models() is None
    assert life.close() is None
    claim_all(life, trees)
    reading = read(json.loads(json.dumps(reading_of(campaign_of(life, trees)).record)))
    assert [client.id for client in reading.instance.clients] == ["client0", "client1", "client0 #1.0"]
    found = findings(reading)
    delivered = {row.id: row.rounds for row in found.clients if row.rounds}
    assert delivered == dict.fromkeys(reading.books.clients, life.ledger.rounds_done)


class TwoBooks(Scenario):
    """Both edges list ``client0``."""

    def books(self) -> dict[str, dict[int, list[tuple[str, int]]]]:
        return {"edge0": {0: [("client0", 3), ("client1", 5)]}, "edge1": {1: [("client0", 4)]}}
