"""Without any single check of the factory, a row of ``bounds.py`` is no longer refused as it should be.

All checks are compiled into one factory that leaves out, in every block, the condition of its number.
"""

import re
from dataclasses import replace
from functools import cache

import pytest
from compiling import changeable, creation_code

from bounds import BOUNDS, refusal
from evm import Build, Deployed, deploy_campaign
from hatch_build import CONTRACTS
from twin import SOME_TERMS, address

SOURCE = (CONTRACTS / "CampaignFactory.vy").read_text()
CHECK = re.compile(r'assert (?P<condition>[^"]+), "(?P<sentence>create: [^"]+)"')
ONCE = (
    "create: exactly this campaign exists already"  # not a bound: tests/regression/test_an_address_binds_the_terms.py
)


def flat(check: re.Match[str]) -> str:
    return " ".join(check["condition"].split()).removeprefix("( ").removesuffix(" )")


def conditions() -> list[tuple[str, str]]:
    """Every condition that must hold, those joined by ``and`` apart, with its sentence."""
    found = []
    for check in CHECK.finditer(SOURCE):
        found += [(part, check["sentence"]) for part in flat(check).split(" and ")]
    return found


CONDITIONS = [(part, sentence) for part, sentence in conditions() if sentence != ONCE]


def left_out(check: re.Match[str]) -> str:
    """The check with every condition held to be true in the block of its number."""
    if check["sentence"] == ONCE:
        return check[0]
    parts = flat(check).split(" and ")
    either = [f"(block.number == {CONDITIONS.index((part, check['sentence'])) + 1} or ({part}))" for part in parts]
    return f'assert {" and ".join(either)}, "{check["sentence"]}"'


@cache
def factory() -> Deployed:
    """A factory with all its mutants."""
    with changeable(by_block=True) as contracts:
        path = contracts / "CampaignFactory.vy"
        path.write_text(CHECK.sub(left_out, path.read_text()))
        build = Build({"CampaignFactory": creation_code(contracts, "CampaignFactory")}, block=0, code_limit=2**16)
    return deploy_campaign(SOME_TERMS, address("somebody else"), build)


def survives(number: int, sentence: str | None = None) -> bool:
    """Whether all bounds, or those of one sentence, are kept in the block."""
    found = factory()
    found.machine.build = replace(found.machine.build, block=number)
    kept = True
    for bound in BOUNDS:
        if sentence in {None, bound.sentence}:
            start = found.machine.evm.snapshot()
            kept = kept and refusal(found.machine, found.factory, bound.beyond) == bound.sentence
            found.machine.evm.revert(start)
    return kept


def test_with_every_check_all_bounds_are_kept() -> None:
    assert survives(0)


def test_no_check_is_overlooked() -> None:
    assert len(CHECK.findall(SOURCE)) == SOURCE.count("assert ")


def test_every_sentence_has_a_bound_and_every_bound_a_check() -> None:
    assert {sentence for _, sentence in CONDITIONS} == {bound.sentence for bound in BOUNDS}


@pytest.mark.parametrize(
    ("number", "condition"), list(enumerate(CONDITIONS, start=1)), ids=[f"{a}: {b}" for a, b in CONDITIONS]
)
def test_without_the_check_a_bound_is_not_kept(number, condition) -> None:
    assert not survives(number, condition[1])
