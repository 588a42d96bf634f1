"""Every part of the contracts is small enough to be read at once, and says what always holds."""

import pytest

from hatch_build import CONTRACTS

PARTS = sorted(CONTRACTS.glob("*.vy"))


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.stem)
def test_no_part_has_more_than_500_lines(part) -> None:
    assert len(part.read_text().splitlines()) <= 500


@pytest.mark.parametrize("part", ["Books", "Campaign", "SealedBooks", "claims", "closing", "edges", "owners", "paying"])
def test_a_part_that_keeps_money_or_claims_states_its_invariants(part) -> None:
    assert "@custom:invariant" in (CONTRACTS / f"{part}.vy").read_text()
