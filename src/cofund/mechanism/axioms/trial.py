"""Put a rule on trial: search for cases that break an axiom, keep the worst of each and make it small.

What is declared and broken is an error of the rule; what is broken and not declared is a known limit of it. An axiom
that held in all tries is not proved.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from random import Random
from typing import Final

from cofund.market.instance import Instance
from cofund.mechanism.axioms.deviation import Case
from cofund.mechanism.axioms.finding import Finding, in_words
from cofund.mechanism.axioms.markets import neighbours, small_markets
from cofund.mechanism.axioms.search import Ground, deviations
from cofund.mechanism.axioms.shrink import shrink
from cofund.mechanism.axioms.violation import violation
from cofund.mechanism.registry import Axiom, Rule
from cofund.mechanism.registry import rule as named

TRIES: Final = 1000
_PER_MARKET: Final = 10
"""Deviations tried on one market before the next; of a market that was given, half of all tries."""


@dataclass(frozen=True, slots=True)
class AxiomVerdict:
    """What the search for one axiom gave.

    Attributes:
        axiom: which.
        declared: whether the rule promises it.
        tries: cases tried.
        finding: the worst case, ``None`` if the axiom held in all of them.
    """

    axiom: Axiom
    declared: bool
    tries: int
    finding: Finding | None


def audit(rule: Rule | str, instance: Instance | None = None, tries: int = TRIES, seed: int = 0) -> list[Finding]:
    """Every axiom found broken, with a small case for each; an empty list proves nothing.

    Args:
        rule: the rule on trial, or its name.
        instance: search on this market and its neighbours; on generated markets if there is none.
        tries: cases for each axiom.
        seed: the same seed tries the same cases.
    """
    verdicts = examine(named(rule) if isinstance(rule, str) else rule, Axiom, instance, tries, seed)
    return [verdict.finding for verdict in verdicts if verdict.finding is not None]


def examine(
    rule: Rule, axioms: Iterable[Axiom], instance: Instance | None = None, tries: int = TRIES, seed: int = 0
) -> list[AxiomVerdict]:
    """A verdict on each of ``axioms``; see ``audit``."""
    return [_examine(rule, axiom, instance, tries, seed) for axiom in axioms]


def _examine(rule: Rule, axiom: Axiom, instance: Instance | None, tries: int, seed: int) -> AxiomVerdict:
    worst: tuple[Fraction, Case] | None = None
    count = 0
    for case, gain in islice(_cases(rule, axiom, instance, tries, seed), tries):
        count += 1
        if gain > (worst[0] if worst else 0):
            worst = gain, case
    finding = None if worst is None else _finding(rule, axiom, *worst)
    return AxiomVerdict(axiom, axiom in rule.axioms, count, finding)


def _cases(
    rule: Rule, axiom: Axiom, instance: Instance | None, tries: int, seed: int
) -> Iterator[tuple[Case, Fraction]]:
    draw = Random(f"{seed} {axiom}")  # noqa: S311 - a search that can be repeated
    markets = small_markets(draw) if instance is None else neighbours(instance, rule, draw)
    for number, market in enumerate(islice(markets, tries)):
        most = tries // 2 if number == 0 and instance is not None else _PER_MARKET
        honest = rule.clear(market)
        for deviation in deviations(axiom, Ground(market, honest, draw), max(1, most)):
            case = Case(market, deviation)
            yield case, violation(rule, axiom, case, honest)


def _finding(rule: Rule, axiom: Axiom, gain: Fraction, case: Case) -> Finding:
    enough = min(gain, Fraction(1))  # a whole unit, or the small case would show the rounding and nothing else
    small = shrink(case, lambda smaller: violation(rule, axiom, smaller) >= enough)
    honest = rule.clear(small.instance)
    exact = violation(rule, axiom, small, honest)
    worst = in_words(axiom, case, rule.clear(case.instance), gain)
    return Finding(rule.name, axiom, small, exact, in_words(axiom, small, honest, exact), gain, worst)
