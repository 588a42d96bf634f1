"""Deliberate faults in the contracts; each names the check that must kill it.

All faults of a contract are compiled at once: a fault is present in the block whose number is its own, and no contract
reads the block's number otherwise. In block 0 there is no fault, and all checks pass.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest
from compiling import changeable, creation_code

import contract_checks as c
from evm import Build
from scenario import Scenario
from twin import Twin

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


def fault(deployable: str, file: str) -> Callable[[str, str, str, Callable[[Build], None]], Mutant]:
    """Faults of one file of a contract."""
    return lambda before, right, wrong, killer: Mutant(deployable, file, before, right, wrong, killer)


campaign, phases, owners, edges, settlement, closing, claims, training, treasury = (
    fault("Campaign", file)
    for file in (
        "Campaign", "phases", "owners", "edges", "settlement", "closing", "claims", "training", "treasury"
    )
)  # fmt: skip
books, clearing, paying = (fault("Books", file) for file in ("Books", "clearing", "paying"))
sealed, search_tree = (fault("SealedBooks", file) for file in ("SealedBooks", "search_tree"))
serial, distribution = (fault("SerialSharing", file) for file in ("SerialSharing", "distribution"))
pivot = fault("PivotSharing", "PivotSharing")

MUTANTS = [
    # bids and phases
    owners("        if ", "owner.opened", "False", c.second_opening),
    owners("", "self.seals[number - 1] == convert(seal, uint256)", "True", c.lies_at_the_opening),
    owners("", "opening.amount <= owner.owed", "True", c.lies_at_the_opening),
    owners("", "weight != 0 or not agreement.terms.listed_owners", "True", c.listed_owners),
    owners("", "least < escrow", "True", c.taken_places),
    owners("        if ", "locked <= least", "locked < least", c.taken_places),
    owners("self.number[account] = ", "0", "1", c.taken_places),
    owners("treasury._owe(account, ", "least + agreement.terms.owner_bond", "least", c.taken_places),
    owners("        if ", "self._opened(i)", "True", c.silent_owner),
    phases(
        "",
        "block.timestamp < agreement.terms.commit_end",
        "block.timestamp <= agreement.terms.commit_end",
        c.no_second_belongs_to_two_phases,
    ),
    phases(
        "",
        "block.timestamp < agreement.terms.reveal_end",
        "block.timestamp <= agreement.terms.reveal_end",
        c.no_second_belongs_to_two_phases,
    ),
    phases(
        "",
        "block.timestamp < agreement.terms.settle_end",
        "block.timestamp <= agreement.terms.settle_end",
        c.no_second_belongs_to_two_phases,
    ),
    phases("refusing.unless(", "self.coordinator_bonded", "True", c.free_look),
    phases("", "self.sponsor_locked == agreement._sponsorship()", "True", c.late_sponsorship),
    campaign("", "msg.sender == agreement.terms.sponsor", "True", c.late_sponsorship),
    campaign("refusing.unless(", "msg.sender == BOOKS", "True", c.only_the_books),
    # books
    books("refusing.unless(", "word & OPEN == 0", "True", c.second_opening),
    books("", "self._digest(commitment) | total == word", "True", c.lies_at_the_opening),
    books("refusing.unless(", "before <= cost", "True", c.unsorted_book),
    books("                before = ", "0", "before", c.unsorted_book),
    books("", "self._is_empty(records, 20 * size, CLIENTS)", "True", c.junk_behind_the_clients),
    books("", "self._is_empty(records, CLIENTS + 6 * size, RECORDS)", "True", c.junk_behind_the_clients),
    books("clients > 0 and next < MAX_EDGES and (", "section == 0 or edge < next", "True", c.wrong_sections),
    books("section == len(counts) and ", "section_end == total", "True", c.wrong_sections),
    books("", "asked - (section >> 32)", "asked", c.two_edges_in_a_chunk),
    books("(0 if ", "len(counts) > 1", "False", c.two_edges_in_a_chunk),
    books("", "(book >> SINGLE_EDGE) & (MAX_EDGES - 1) == edge", "True", c.two_edges_in_a_chunk),
    books("refusing.unless(", "cost + site.path_fee <= site.ceiling", "True", c.above_the_ceiling),
    books("        if ", "amount <= site.ceiling", "True", c.above_the_ceiling),
    books("refusing.unless(", "self._is_in(node, boundary.proof, book)", "True", c.forged_boundary),
    books("if book & OPEN == 0 and ", "sites[e].first == e", "True", c.silent_operator),
    campaign("", "edges._operator(section >> 16) == operator", "True", c.book_for_anothers_edge),
    campaign("", "operator == edges._operator(edge)", "True", c.book_for_anothers_edge),
    campaign("refusing.unless(", "opened or cancelled", "True", c.silent_operator),
    # clearing
    clearing("", "below[e + 1] <= sites[e].capacity", "below[e + 1] <= sites[e].capacity + 1", c.wrong_winners),
    clearing("refusing.unless(", "shown[e].last <= bound", "True", c.wrong_winners),
    clearing("(below[0] < cohort and ", "turned_away[0] == NOBODY", "True", c.wrong_winners),
    clearing("if ", "below[e + 1] < sites[e].capacity", "True", c.a_full_edge),
    clearing("", "min(turned_away[e + 1], turned_away[sites[e].parent])", "turned_away[e + 1]", c.a_region),
    clearing("price=", "min(bound >> 32, sites[e].ceiling)", "(bound >> 32)", c.nobody_lost),
    edges("", "(self.states[edge] >> 208) & 1 != 0 or agreement.terms.edge_bond == 0", "True", c.edge_without_bond),
    edges("", "(self.limits[edges[e].parent - 1] >> 48) & LOW_48", "0", c.a_region),
    # training
    training(
        "refusing.unless(", "block.timestamp < progress.deadline", "block.timestamp <= progress.deadline", c.late_rounds
    ),
    training("refusing.unless(", "progress.deadline <= block.timestamp", "True", c.late_rounds),
    training("", "self._buildable(number) <= block.timestamp", "True", c.too_many_rounds_at_once),
    training("", "charges < 2 * against", "charges <= 2 * against", c.half_a_veto),
    training("", "(vetoes >> index) & 1 == 0", "True", c.half_a_veto),
    training(
        "block.timestamp < ",
        "self.recorded_at[number] + agreement.terms.veto_window",
        "max_value(uint256)",
        c.late_rounds,
    ),
    training("if ", "deadline <= block.timestamp", "deadline < block.timestamp", c.late_rounds),
    training("", "block.timestamp < deadline + agreement.terms.delivery_window", "True", c.late_rounds),
    training(
        "", "self.recorded_at[up_to_round] + agreement.terms.veto_window <= block.timestamp", "True", c.early_deliveries
    ),
    training("", "len(boxes) == buyers", "True", c.early_deliveries),
    training("", "empty(bytes32) not in boxes", "True", c.early_deliveries),
    training("", "self._accepted(progress.end) <= block.timestamp", "True", c.early_deliveries),
    training(
        "state.delivered = ", "state.winners * up_to_round - absent", "state.winners * up_to_round", c.missed_rounds
    ),
    training(
        "",
        "signatures.is_by(signer, signatures.deliveries(edge, up_to_round, root, missing), signature)",
        "True",
        c.forged_signatures,
    ),
    edges("", "(word ^ self.missing[edge][k]) & signed == 0", "True", c.changed_counts),
    edges("", "winners if k * ROUNDS_PER_WORD + lane < up_to else 0", "winners", c.changed_counts),
    edges("", "len(missing) == words", "True", c.changed_counts),
    # claims
    paying("else ", "(bitmap >> before) << before", "bitmap", c.full_life),
    paying("with_extra and ", "(word >> bits) & EXTRA == 0", "True", c.vetoed_inside_the_goal),
    books("refusing.unless(", "delivered[i] >> site.up_to_round == 0", "True", c.claims_of_others),
    books("refusing.unless(", "chosen >> len(delivered) == 0", "True", c.claims_of_others),
    books(
        "end: uint256 = ", "min(start + site.winners, (chunk + 1) * CHUNK)", "((chunk + 1) * CHUNK)", c.claims_of_others
    ),
    books("        if ", "site.full_rounds < site.up_to_round", "False", c.underwritten_life),
    books("less += ", "price - min(price, asked + slack)", "0", c.underwritten_life),
    claims("", "max(state.claimed, state.extra_rounds) <= state.delivered", "True", c.lying_edge),
    claims("if ", "agreement.terms.ceiling * agreement.terms.tick <= slack", "True", c.underwritten_life),
    claims("", "edges._fee_rounds_due(edge) - state.fee_rounds", "edges._fee_rounds_due(edge)", c.full_life),
    edges("if ", "e != edge and parent != 0", "False", c.a_region),
    # the end
    closing("edge.winners > 0 and (", "unsigned or edge.stood_in", "unsigned", c.stand_in),
    closing("if ", "missing <= allowed", "True", c.missed_rounds),
    closing("allowed: uint256 = ", "agreement.terms.tolerance * rounds // agreement.ONE", "0", c.missed_rounds),
    closing("self._books(progress, ", "not unreleased", "True", c.unsigned_edges),
    closing("    if ", "judged.delivered == 0", "False", c.unsigned_edges),
    closing("or not (", "unreleased or judged.unsigned", "False", c.early_deliveries),
    closing("refusing.unless(", "end <= block.timestamp", "True", c.early_deliveries),
    closing("undelivered=", "training._undelivered(progress.done)", "training._undelivered(0)", c.missed_rounds),
    closing("vetoed=", "training.vetoed", "0", c.vetoed_inside_the_goal),
    campaign("", "closing.penalties[book]", "0", c.missed_rounds),
    treasury("self.credit[account] = ", "0", "amount", c.full_life),
    settlement(
        "= ",
        "bought * (cost if agreement.terms.underwritten else sale._matched())",
        "phases.sponsor_locked",
        c.full_life,
    ),
    distribution("- (", "max(due, covered)", "covered", c.halted_inside_the_goal),
    distribution("", "self._part(compensation, bought[i].charge, charges)", "0", c.unsigned_edges),
    distribution("if not ", "books.halted", "False", c.halted_inside_the_goal),
    distribution("if ", "books.released", "True", c.unsigned_edges),
    distribution("else ", "amount * share // total", "(amount * share + total - 1) // total", c.missed_rounds),
    serial("unsafe_add(unsafe_mul(weight, cost), ", "unsafe_sub(total_weight, 1)", "0", c.owners_that_leave),
    serial("amount = ", "share * rounds // stretch.last", "share", c.halted_inside_the_goal),
    serial("", "max(amount, min(share, bids[i].amount * worth // ONE)) - amount", "0", c.halted_inside_the_goal),
    serial("(books.halted or ", "(books.vetoed >> i) & 1 == 1", "True", c.vetoed_inside_the_goal),
    serial("if ", "weight < entry >> 16", "False", c.a_goal_table),
    serial("if ", "step < enough", "False", c.owners_that_leave),
    pivot("", "unsafe_sub(value, each.slack)", "value", c.underwritten_life),
    pivot("slack=", "value - true_cost", "value", c.underwritten_life),
    # sealed books
    search_tree("refusing.unless(", "cost <= separator", "True", c.trees_out_of_order),
    search_tree("refusing.unless(", "separator <= cost", "True", c.trees_out_of_order),
    search_tree("refusing.unless(", "len(leaf.siblings) == len(leaf.separators)", "True", c.paths_of_two_lengths),
    sealed("refusing.unless(", "2 not in present", "True", c.shown_in_time),
    sealed("state == 0 or ", "(state > 1) == away", "True", c.half_opened),
    sealed("refusing.unless(", "block.timestamp < self.attempt.until", "True", c.half_opened),
    sealed("refusing.unless(", "attempt.until <= block.timestamp", "True", c.half_opened),
    sealed("refusing.unless(", "self.attempt.until == 0", "True", c.shown_in_time),
    sealed("", "self.words[e] != 0 and self.words[e] & OPEN == 0", "False", c.half_opened),
    sealed("self.words[e] |= ", "VOID", "0", c.half_opened),
    sealed("silent += ", "self.words[e] & LOW_16", "0", c.half_opened),
    sealed("end: uint256 = ", "min(site.winners, first + CHUNK)", "(first + CHUNK)", c.sealed_life),
    sealed(
        "refusing.unless(",
        "search_tree.leaf(keccak256(clients[k]), costs[k]) == leaves[i]",
        "True",
        c.sealed_claims_of_others,
    ),
    sealed("refusing.unless(", "delivered[i] >> site.up_to_round == 0", "True", c.sealed_claims_of_others),
    campaign("refusing.unless(", "phases.status == phases.Status.CANCELLED", "True", c.shown_in_time),
]


@cache
def schemata(deployable: str) -> str:
    """Code of a contract with all its faults, each in the block of its number; for Campaign a blueprint's."""
    with changeable(by_block=True) as contracts:
        for number, mutant in enumerate(MUTANTS, start=1):
            if mutant.deployable == deployable:
                source = contracts / f"{mutant.file}.vy"
                text, found = source.read_text(), mutant.before + mutant.right
                assert text.count(found) == 1, mutant
                either = f"{mutant.before}({mutant.wrong} if block.number == {number} else ({mutant.right}))"
                source.write_text(text.replace(found, either))
        return creation_code(contracts, deployable)


def build_of(deployable: str, number: int) -> Build:
    return Build({deployable: schemata(deployable)}, block=number, code_limit=2**16)


@pytest.mark.parametrize("deployable", sorted({mutant.deployable for mutant in MUTANTS}))
def test_without_a_fault_every_check_passes(deployable) -> None:
    for check in c.CHECKS:
        check(build_of(deployable, 0))


@pytest.mark.parametrize(("number", "mutant"), list(enumerate(MUTANTS, start=1)), ids=list(map(str, MUTANTS)))
def test_the_mutant_is_killed(number, mutant) -> None:
    build = build_of(mutant.deployable, number)
    with pytest.raises(AssertionError):
        mutant.killer(build)


def test_twins_start_equal() -> None:
    Twin(Scenario().terms).compare()
