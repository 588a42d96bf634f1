"""Deliberate faults in the contracts; each names the check that must kill it.

All faults of a contract are compiled at once: a fault is present in the block whose number is its own, and no contract
reads the block's number otherwise. In block 0 there is no fault, and all checks pass.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from vyper.cli.vyper_compile import compile_files
from vyper.compiler.settings import OptimizationLevel, Settings

from cofund.errors import Reverted
from cofund.mechanism.certificate import Certificate, Key
from deliveries import Tree
from evm import Build, deploy_campaign
from hatch_build import CONTRACTS
from malleable import signed_with_a_large_s
from scenario import Scenario, bitmaps, close_and_leave, train
from twin import INITIATOR, SOME_TERMS, SPONSOR, Twin, address, with_terms

MATCHED = with_terms(sponsor=SPONSOR, match=333_333_333)
UNDERWRITTEN = with_terms(sponsor=SPONSOR, underwritten=True)
ALL_BONDS = with_terms(edge_bond=70, veto_window_s=20, tolerance=1)

# ---------------------------------------------------------------- the checks


def second_reveal(build: Build) -> None:
    """I-3: one opening per commitment."""
    twin = Scenario().revealed(build)
    assert twin.reveal_bids("owner0") == "reveal: nothing new"
    assert twin.reveal_offers("client0") == "reveal: nothing new"


def full_life(build: Build) -> None:
    """Two claims of growing bitmaps, a missed round, every payment."""
    twin = Scenario(MATCHED).settled(build)
    trees = train(twin, 4, gaps=0b0010, midway=True)
    assert twin.release_models() is None
    close_and_leave(twin, trees)
    assert twin.ledger.held() == 0


def nobody_lost(build: Build) -> None:
    """Without a loser the price is the ceiling."""
    twin = Scenario(offers=((3, 0), (5, 0), (4, 1))).settled(build)
    assert [edge.price for edge in twin.ledger.edges] == [200, 200]


def underwritten_life(build: Build) -> None:
    """The last round has less slack than the clients have margins; rounds are paid one and then three at a time."""
    twin = Scenario(UNDERWRITTEN, bids=(900, 600, 400)).settled(build)
    assert 0 < twin.ledger.slacks[-1] < 20
    close_and_leave(twin, train(twin, 4, gaps=0b0010, midway=True))


def halted_inside_the_goal(build: Build) -> None:
    """I-5: a goal charged pro rata, with the bond bearing what rounding lost."""
    twin = Scenario(with_terms(goal=4, coordinator_fee=8), bids=(3000, 3000, 3000)).settled(build)
    trees = train(twin, 3)
    assert twin.release_models() is None
    close_and_leave(twin, trees)


def bonds_at_risk(build: Build) -> None:
    """A stand-in, a client over its tolerance, one within it, and one whose deliveries nobody shows."""
    twin = Scenario(ALL_BONDS).settled(build)
    trees = train(twin, 4, gaps=0b0011_0000_0001, signing="stand-in")
    assert twin.release_models() is None
    twin.at(twin.ledger.accepted_end() + 3 * twin.terms.delivery_window_s)
    assert twin.return_bonds(twin.name_of(next(iter(trees[1].bitmaps)))) is None
    close_and_leave(twin, trees)


def bonds_lost_late(build: Build) -> None:
    """After the close: one client over its tolerance, and one whose deliveries nobody shows."""
    twin = Scenario(ALL_BONDS).settled(build)
    trees = train(twin, 4, gaps=0b0011_0000_0011)
    assert twin.release_models() is None
    assert twin.close() is None
    close_and_leave(twin, trees)
    assert twin.ledger.held() == 0


def bonds_twice(build: Build) -> None:
    """What is settled is passed over, and not paid again."""
    twin = Scenario().settled(build)
    losers = [twin.name_of(at) for at, offer in enumerate(twin.ledger.offers) if not offer.winner]
    assert twin.return_bonds(losers[0]) is None
    assert twin.return_bonds(*losers) is None
    assert twin.return_bonds(*losers) == "bond: nothing held"


def early_release(build: Build) -> None:
    """Nothing is released that may still be vetoed."""
    twin = Scenario(ALL_BONDS).settled(build)
    for number in range(1, 5):
        assert twin.record_round(number) is None
    assert twin.release_models() == "release: a round may still be vetoed"


def free_look(build: Build) -> None:
    """Nothing opens before the coordinator's bond is there."""
    twin = Twin(SOME_TERMS, build)
    assert twin.commit_bid("owner0", 1, 1) is None
    assert twin.commit_offer("client0", 1, 0) is None
    twin.at(SOME_TERMS.commit_end)
    assert twin.reveal_bids("owner0") == "reveal: the coordinator posted no bond"
    assert twin.reveal_offers("client0") == "reveal: the coordinator posted no bond"


def unsigned_edges(build: Build) -> None:
    """No root at all: the owners get the rounds, the fee and the bonds."""
    twin = Scenario(ALL_BONDS).settled(build)
    close_and_leave(twin, train(twin, 4, signing="nobody"))


def edge_without_bond(build: Build) -> None:
    """An edge that owes its bond serves nobody."""
    Scenario(ALL_BONDS, unbonded=frozenset({0})).settled(build)


def half_a_veto(build: Build) -> None:
    """Half of the charges is not a majority, more is."""
    terms = with_terms(veto_window_s=20, weights=())
    twin = Scenario(terms, bids=(3000, 3000)).settled(build)
    assert twin.record_round(1) is None
    assert twin.veto(1, "owner0") is None
    assert twin.ledger.training_end == 0
    assert twin.veto(1, "owner1") is None
    assert twin.ledger.training_end != 0
    close_and_leave(twin, {})


def boundaries(build: Build) -> None:
    """I-7: no two phases share a second."""
    twin = Scenario().committed(build)
    twin.at(twin.terms.commit_end)
    assert twin.commit_offer("client7", 1, 0) == "commit: the phase is over"
    twin.at(twin.terms.reveal_end)
    assert twin.reveal_bids("owner0") == "reveal: not the reveal phase"
    twin.at(twin.terms.settle_end)
    assert twin.settle() == "settle: not the settle phase"


def late_rounds(build: Build) -> None:
    """I-7: a record, a veto and an edge's root at the first second that is too late."""
    twin = Scenario(ALL_BONDS).settled(build)
    assert twin.record_round(1) is None
    twin.at(twin.ledger.recorded_at[1] + twin.terms.veto_window_s)
    assert twin.veto(1, "owner0") == "veto: the round is accepted"
    twin.at(twin.ledger.round_deadline)
    assert twin.record_round(2) == "record: past the round's time limit"
    assert twin.halt() is None
    twin.at(twin.ledger.accepted_end() + twin.terms.delivery_window_s)
    tree = Tree(bitmaps(twin, 0, 0))
    assert twin.post_deliveries(0, 1, tree.root, tree.total, "edge0") == "deliveries: wrong signature"


def wrong_certificates(build: Build) -> None:
    """I-4: every certificate but the right one reverts."""
    refuses_wrong_certificates(Scenario().revealed(build))


def more_than_fits(build: Build) -> None:
    """I-4: an edge serves no more clients than it has room for."""
    refuses_wrong_certificates(Scenario(offers=((3, 0), (5, 0), (4, 0), (6, 0))).revealed(build))


def refuses_wrong_certificates(twin: Twin) -> None:
    """Change one number of the right certificate at a time."""
    twin.at(twin.terms.reveal_end)
    right = twin.ledger.right_certificate()
    keys = [None, *(Key(amount, position) for amount in range(3, 11) for position in range(5))]
    claims = [Certificate(right.cutoff, (key, right.edge_cutoffs[1])) for key in keys]
    claims += [Certificate(right.cutoff, (right.edge_cutoffs[0], key)) for key in keys]
    claims += [Certificate(key, right.edge_cutoffs) for key in keys]
    for claimed in claims:
        if claimed != right:
            assert twin.settle(claimed) == "settle: wrong certificate"
    assert twin.settle(right) is None


def lying_edge(build: Build) -> None:
    """I-1: claims never exceed the client-rounds an edge signed for."""
    twin = Scenario().settled(build)
    twin.record_round(1)
    tree = Tree(bitmaps(twin, 0, 0))
    assert twin.post_deliveries(0, 1, tree.root, tree.total - 1, "edge0") is None
    refusals = [twin.claim(twin.name_of(p), b, tree.proof(p)) for p, b in tree.bitmaps.items()]
    assert "claim: more than the edge signed for" in refusals


def late_sponsorship(build: Build) -> None:
    """Nothing is settled on a promise that nobody paid for."""
    twin = Twin(MATCHED, build)
    assert twin.post_coordinator_bond() is None
    assert twin.lock_sponsorship("outsider") == "sponsor: not the sponsor"
    twin.at(twin.terms.reveal_end)
    assert twin.settle() == "settle: the sponsor locked nothing"


def forged_signatures(build: Build) -> None:
    """I-8: nobody relays what a client did not sign, and only the smaller s counts."""
    twin = Twin(SOME_TERMS, build)
    assert twin.relay_offers(0, [("client0", 3)], forged="outsider") == "relay: wrong signature"
    client, r, vs = signed_with_a_large_s(twin.chain.campaign, 0, b"\5" * 32)
    row = (client, b"\5" * 32, r, vs)
    assert refusal(twin.chain.call, "relay_offers", 0, [row], sender=address("edge0")) == "relay: wrong signature"


def listed_owners(build: Build) -> None:
    """Only owners whose weight the terms name may bid."""
    twin = Twin(with_terms(listed_owners=True), build)
    assert twin.commit_bid("owner0", 1, 1) is None
    assert twin.commit_bid("owner1", 1, 1) == "commit: not a listed owner"


def cheap_silence(build: Build) -> None:
    """A sealed offer costs at least what its silence could move a price by."""
    terms = replace(SOME_TERMS, client_bond=SOME_TERMS.ceiling - 1)
    assert refusal(deploy_campaign, terms, INITIATOR, build) == "create: client bond below the ceiling"


def refusal(call: Callable[..., object], *arguments: object, **named: object) -> str | None:
    """The sentence with which a call is refused."""
    try:
        call(*arguments, **named)
    except Reverted as error:
        return str(error)
    return None


CHECKS = [
    second_reveal,
    full_life,
    nobody_lost,
    underwritten_life,
    halted_inside_the_goal,
    bonds_at_risk,
    bonds_lost_late,
    bonds_twice,
    early_release,
    free_look,
    unsigned_edges,
    edge_without_bond,
    half_a_veto,
    boundaries,
    late_rounds,
    wrong_certificates,
    more_than_fits,
    lying_edge,
    late_sponsorship,
    forged_signatures,
    listed_owners,
    cheap_silence,
]

# ---------------------------------------------------------------- the faults


@dataclass(frozen=True)
class Mutant:
    """In ``file``, after the text ``before``, the expression ``right`` becomes ``wrong``."""

    deployable: str
    file: str
    before: str
    right: str
    wrong: str
    killer: Callable[[Build], None]

    def __str__(self) -> str:
        return f"{self.file}: {self.before}{self.right} -> {self.wrong}"


def campaign(before: str, right: str, wrong: str, killer: Callable[[Build], None]) -> Mutant:
    return Mutant("Campaign", "Campaign", before, right, wrong, killer)


def closing(before: str, right: str, wrong: str, killer: Callable[[Build], None]) -> Mutant:
    return Mutant("SerialSharing", "distribution", before, right, wrong, killer)


MUTANTS = [
    campaign("= self._owner(number - 1)\n        if ", "owner.opened", "False", second_reveal),
    campaign("", "block.timestamp < terms.commit_end", "block.timestamp <= terms.commit_end", boundaries),
    campaign("", "block.timestamp < terms.reveal_end", "block.timestamp <= terms.reveal_end", boundaries),
    campaign("", "block.timestamp < terms.settle_end", "block.timestamp <= terms.settle_end", boundaries),
    campaign("", "marginal == cutoff", "marginal <= cutoff", wrong_certificates),
    campaign("", "loser == edge_cutoffs[at]", "loser >= edge_cutoffs[at]", wrong_certificates),
    campaign("", "winners <= capacity", "winners <= capacity + 1", more_than_fits),
    campaign("", "state.bonded or terms.edge_bond == 0", "True", edge_without_bond),
    campaign("", "self.sponsor_locked == self._sponsorship()", "True", late_sponsorship),
    campaign("", "msg.sender == terms.sponsor", "True", late_sponsorship),
    campaign("", "weight != 0 or not terms.listed_owners", "True", listed_owners),
    campaign("", "min(bound >> 16, terms.ceiling)", "(bound >> 16)", nobody_lost),
    campaign("", "block.timestamp < self.round_deadline", "block.timestamp <= self.round_deadline", late_rounds),
    campaign("", "charges < 2 * against", "charges <= 2 * against", half_a_veto),
    campaign("if ", "deadline <= block.timestamp", "deadline < block.timestamp", late_rounds),
    campaign("", "unsigned or edge.stood_in", "unsigned", bonds_at_risk),
    closing("- (", "max(due, covered)", "covered", halted_inside_the_goal),
    closing("", "self._part(books.undelivered, earned[i], covered)", "0", full_life),
    closing("", "self._part(compensation, bought[i].charge, charges)", "0", unsigned_edges),
    closing("if not ", "books.halted", "False", halted_inside_the_goal),
    closing("if ", "books.released", "True", unsigned_edges),
    closing("else ", "amount * share // total", "(amount * share + total - 1) // total", full_life),
    campaign("released=", "not unreleased", "True", unsigned_edges),
    campaign("lost_bonds=lost + ", "self.lost_bonds", "0", bonds_at_risk),
    campaign("", "amount * self._bill(i).charge // charges", "0", bonds_lost_late),
    campaign("if ", "self.status != Status.CLOSED", "True", bonds_lost_late),
    campaign("self.credit[account] = ", "0", "amount", full_life),
    campaign("if ", "client.bond_settled", "False", bonds_twice),
    campaign(
        "RELEASE_STILL_TRAINING)\n    self._require(", "self._accepted_end() <= block.timestamp", "True", early_release
    ),
    campaign("self._require(", "self.coordinator_bonded", "True", free_look),
    campaign("kept = ", "state.up_to_round < self.rounds_done or self.rounds_done == 0", "True", bonds_at_risk),
    Mutant("Campaign", "signatures", "if ", "s > convert(LARGEST_S, uint256)", "False", forged_signatures),
    campaign(
        "",
        "offer.client == signatures.offer_signer(DOMAIN, edge, offer.commitment, offer.r, offer.vs)",
        "True",
        forged_signatures,
    ),
    campaign("", "min(pay, max(client.paid, due) - client.paid)", "pay", underwritten_life),
    Mutant("PivotSharing", "PivotSharing", "", "unsafe_sub(value, each.slack)", "value", underwritten_life),
    Mutant("PivotSharing", "PivotSharing", "slack=", "value - true_cost", "value", underwritten_life),
    Mutant("SerialSharing", "SerialSharing", "", "weight * cost + total_weight - 1", "weight * cost", full_life),
    Mutant("SerialSharing", "SerialSharing", "", "amount * last // goal", "amount", halted_inside_the_goal),
    Mutant(
        "CampaignFactory",
        "CampaignFactory",
        "",
        "terms.ceiling * terms.tick <= terms.client_bond",
        "True",
        cheap_silence,
    ),
]


@cache
def schemata(deployable: str) -> str:
    """Code of a contract with all its faults, each in the block of its number; for Campaign a blueprint's."""
    with TemporaryDirectory() as folder:
        contracts = Path(shutil.copytree(CONTRACTS, Path(folder) / "contracts"))
        for source in contracts.glob("*.vy"):
            source.write_text(source.read_text().replace("@pure", "@view"))  # faults look at the block
        for number, mutant in enumerate(MUTANTS, start=1):
            if mutant.deployable == deployable:
                source = contracts / f"{mutant.file}.vy"
                text, found = source.read_text(), mutant.before + mutant.right
                assert text.count(found) == 1, mutant
                either = f"{mutant.before}({mutant.wrong} if block.number == {number} else ({mutant.right}))"
                source.write_text(text.replace(found, either))
        wanted = "blueprint_bytecode" if deployable == "Campaign" else "bytecode"
        path, quick = contracts / f"{deployable}.vy", Settings(optimize=OptimizationLevel.NONE, evm_version="cancun")
        (compiled,) = compile_files([path], [wanted], paths=[contracts], settings=quick).values()
        return compiled[wanted]


def build_of(deployable: str, number: int) -> Build:
    return Build({deployable: schemata(deployable)}, block=number, code_limit=2**16)


@pytest.mark.parametrize("deployable", sorted({mutant.deployable for mutant in MUTANTS}))
def test_without_a_fault_every_check_passes(deployable) -> None:
    for check in CHECKS:
        check(build_of(deployable, 0))


@pytest.mark.parametrize(("number", "mutant"), list(enumerate(MUTANTS, start=1)), ids=list(map(str, MUTANTS)))
def test_the_mutant_is_killed(number, mutant) -> None:
    build = build_of(mutant.deployable, number)
    with pytest.raises(AssertionError):
        mutant.killer(build)


def test_twins_start_equal() -> None:
    Twin(Scenario().terms).compare()
