"""Deliberate faults in the contract; each names the check that must kill it."""

import shutil
from pathlib import Path

import pytest

from hatch_build import CONTRACTS, compile_contract
from scenario import Scenario, everyone_leaves, train
from twin import Twin


def second_reveal(codes) -> None:
    """I-3: one opening per commitment."""
    twin = Scenario().revealed(codes)
    assert twin.reveal_bids("owner0") == "reveal: no such sealed bid"
    assert twin.reveal_offers("client0") == "reveal: no such sealed offer"


def full_life(codes) -> None:
    """Two claims of growing bitmaps, a missed round, every payment."""
    twin = Scenario().settled(codes)
    trees = train(twin, 4, gaps=0b0010, midway=True, signing="edges")
    assert twin.simple("close") is None
    everyone_leaves(twin, trees)
    assert twin.ledger.held() == 0


def halted_inside_the_goal(codes) -> None:
    """I-5: a goal charged pro rata."""
    twin = Scenario().settled(codes)
    trees = train(twin, 1, gaps=0, midway=False, signing="edges")
    assert twin.simple("close") is None
    everyone_leaves(twin, trees)


def boundaries(codes) -> None:
    """I-7: no two phases share a second."""
    twin = Scenario().committed(codes)
    twin.at(twin.terms.commit_end)
    assert twin.commit_offer("client9", 1, 0) == "commit: the phase is over"
    twin.at(twin.terms.reveal_end)
    assert twin.reveal_bids("owner0") == "reveal: not the reveal phase"
    twin.at(twin.terms.settle_end)
    assert twin.settle() == "settle: not the settle phase"


def wrong_certificates(codes) -> None:
    """I-4: every certificate but the right one reverts."""
    from cofund.mechanism.certificate import Certificate, Key

    twin = Scenario().revealed(codes)
    twin.at(twin.terms.reveal_end)
    right = twin.ledger.right_certificate()
    keys = [None, *(Key(amount, position) for amount in range(12) for position in range(5))]
    for cutoff in keys:
        for first in keys:
            claimed = Certificate(cutoff, (first, right.edge_cutoffs[1]))
            if claimed != right:
                assert twin.settle(claimed) == "settle: wrong certificate"
    assert twin.settle(right) is None


def lying_edge(codes) -> None:
    """I-1: claims never exceed the client-rounds an edge signed for."""
    from deliveries import Tree
    from scenario import bitmaps

    twin = Scenario().settled(codes)
    twin.record_round(1)
    tree = Tree(bitmaps(twin, 0, 0))
    assert twin.post_deliveries(0, 1, tree.root, tree.total - 1, "edge0") is None
    refusals = [twin.claim(f"client{p}", b, tree.proof(p)) for p, b in tree.bitmaps.items()]
    assert "claim: more than the edge signed for" in refusals


CHECKS = [second_reveal, full_life, halted_inside_the_goal, boundaries, wrong_certificates, lying_edge]
MUTANTS = [
    ("Campaign", "self.owners[index].commitment = empty(bytes32)", "pass", second_reveal),
    ("Campaign", "self.offer_commitment[opening.sender] = empty(bytes32)", "pass", second_reveal),
    ("Campaign", "bitmap & ~self.paid_bitmap[client]", "bitmap", full_life),
    ("Campaign", "min(bound >> 16, CEILING) * TICK", "(min(bound >> 16, CEILING) + 1) * TICK", full_life),
    ("Campaign", "self.credit[account] = 0", "pass", full_life),
    ("Campaign", "undelivered * earned[i] // earned_total", "undelivered * earned[i] // charges + 1", full_life),
    ("SerialSharing", "(cost + total_weight - 1) // total_weight", "cost // total_weight", full_life),
    ("SerialSharing", "amount * last // goal", "(amount * last + goal - 1) // goal", halted_inside_the_goal),
    ("Campaign", "block.timestamp < COMMIT_END", "block.timestamp <= COMMIT_END", boundaries),
    ("Campaign", "block.timestamp < REVEAL_END", "block.timestamp <= REVEAL_END", boundaries),
    ("Campaign", "block.timestamp < SETTLE_END", "block.timestamp <= SETTLE_END", boundaries),
    ("Campaign", "assert marginal == cutoff", "assert marginal <= cutoff", wrong_certificates),
    ("Campaign", "assert losers[e] == edge_cutoffs[e]", "assert losers[e] >= edge_cutoffs[e]", wrong_certificates),
    ("Campaign", "edge.claimed + rounds <= edge.delivered", "rounds <= edge.delivered", lying_edge),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_contract_passes(check) -> None:
    check(None)


@pytest.mark.parametrize(("name", "right", "wrong", "killer"), MUTANTS, ids=[f"{m[1]} -> {m[2]}" for m in MUTANTS])
def test_the_mutant_is_killed(name, right, wrong, killer, tmp_path: Path) -> None:
    shutil.copytree(CONTRACTS, tmp_path / "contracts")
    source = tmp_path / "contracts" / f"{name}.vy"
    text = source.read_text()
    assert text.count(right) == 1
    source.write_text(text.replace(right, wrong))
    compiled = compile_contract(source)
    code = compiled["blueprint_bytecode" if name == "Campaign" else "bytecode"]
    with pytest.raises(AssertionError):
        killer({name: code})


def test_twins_start_equal() -> None:
    Twin(Scenario().terms).compare()
