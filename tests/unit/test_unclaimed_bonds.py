"""What ``return_bonds`` does with a bond that no claim settled: one rule for the ledger and for whoever looks."""

import pytest

from cofund.settlement.deadlines import BondRule, Status
from cofund.settlement.ledger import Ledger, Offer
from twin import SOME_TERMS

WAITS, RETURNS, LOSES, FORFEITED = BondRule.WAITS, BondRule.RETURNS, BondRule.LOSES, BondRule.FORFEITED
OPENED, WINS, FINAL, SIGNED = "opened", "wins", "final", "signed"


@pytest.mark.parametrize(
    ("status", "facts", "rule"),
    [
        ("open", {OPENED}, WAITS),
        ("cancelled", set(), RETURNS),
        ("cancelled", {OPENED}, RETURNS),
        ("unfunded", set(), FORFEITED),
        ("unfunded", {OPENED, WINS}, RETURNS),
        ("training", set(), FORFEITED),
        ("training", {OPENED}, RETURNS),
        ("training", {OPENED, WINS}, WAITS),
        ("training", {OPENED, WINS, SIGNED}, WAITS),
        ("closed", {OPENED, WINS}, WAITS),
        ("closed", {OPENED, WINS, FINAL}, RETURNS),
        ("closed", {OPENED, WINS, FINAL, SIGNED}, LOSES),
        ("closed", {OPENED, FINAL, SIGNED}, RETURNS),
    ],
)
def test_what_becomes_of_it(status: str, facts: set[str], rule: BondRule) -> None:
    ledger = Ledger(SOME_TERMS, "initiator", 1, "campaign")
    ledger.status, ledger.rounds_done, ledger.training_end = Status(status), 3, 1
    ledger.edges[0].up_to_round = 3 if SIGNED in facts else 2
    offer = Offer("client", b"", cost=1 if OPENED in facts else None, winner=WINS in facts)
    assert ledger.unclaimed_bond(offer, ledger.bonds_end() - (FINAL not in facts)) == rule
