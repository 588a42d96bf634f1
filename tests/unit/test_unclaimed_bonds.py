"""What ``return_bonds`` does with a bond that no claim settled: one rule for the ledger and for whoever looks."""

import pytest

from cofund.settlement.bonds import BondRule, unclaimed_bond

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
    known = {name: name in facts for name in (OPENED, WINS, FINAL, SIGNED)}
    assert unclaimed_bond(status, **known) == rule
