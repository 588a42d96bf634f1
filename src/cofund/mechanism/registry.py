"""Every rule by name, and the axioms it declares (mechanism.md, "Laboratory" and "Auditing a rule").

A name is a standard rule, a rule of the laboratory, an installed entry point of the group ``cofund.rules``, or
``module:attribute`` for a rule of your own. What is found is a ``Rule``, or a function from instance to outcome, which
then declares nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from importlib.metadata import entry_points
from typing import Final

from cofund.errors import InputError
from cofund.market.instance import Instance
from cofund.market.outside_code import loaded
from cofund.mechanism.charges import ChargesOf
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.rules import clear_by
from cofund.mechanism.serial import provision, serial
from cofund.mechanism.vcg import vcg

GROUP: Final = "cofund.rules"


class Axiom(StrEnum):
    """What a rule can promise on every market; docs/mechanism.md, "Auditing a rule", defines each."""

    OWNERS_STRATEGYPROOF = "owners-strategyproof"
    CLIENTS_STRATEGYPROOF = "clients-strategyproof"
    INDIVIDUALLY_RATIONAL = "individually-rational"
    NO_DEFICIT = "no-deficit"
    CROSS_MONOTONIC = "cross-monotonic"
    EFFICIENT = "efficient"
    OWNERS_FALSE_NAME_PROOF = "owners-false-name-proof"
    CLIENTS_FALSE_NAME_PROOF = "clients-false-name-proof"
    LOTS_PROOF = "lots-proof"
    GROUP_STRATEGYPROOF = "group-strategyproof"
    COLLUSION_PROOF = "collusion-proof"


TRUTHFUL: Final = frozenset(
    {
        Axiom.OWNERS_STRATEGYPROOF,
        Axiom.CLIENTS_STRATEGYPROOF,
        Axiom.INDIVIDUALLY_RATIONAL,
        Axiom.NO_DEFICIT,
    }
)
"""Truthful on both sides, nobody loses, and the owners and the match pay for everything."""

SHARING: Final = TRUTHFUL | {Axiom.CROSS_MONOTONIC, Axiom.GROUP_STRATEGYPROOF}
"""That, and no share rises when others join, so that no group of owners gains by lying together (mechanism.md, 3a)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with what it promises.

    Attributes:
        name: how it is called, also in its outcomes.
        clear: instance in, outcome out; the same instance always gives the same outcome.
        axioms: what it declares; ``cofund axioms`` searches for markets that refute it.
        summary: one line.
    """

    name: str
    clear: Callable[[Instance], Outcome]
    axioms: frozenset[Axiom]
    summary: str


def charging(name: str, charges_of: ChargesOf, axioms: frozenset[Axiom], summary: str) -> Rule:
    """A rule that differs from others in what it charges, with the clients and prices of mechanism.md, 2."""
    return Rule(name, partial(clear_by, name=name, charges_of=charges_of), axioms, summary)


STANDARD: Final = {
    each.name: each
    for each in (
        charging("serial", serial, SHARING, "a goal, then every round is bought by those who still value it"),
        charging(
            "vcg",
            vcg,
            (TRUTHFUL - {Axiom.NO_DEFICIT}) | {Axiom.CROSS_MONOTONIC, Axiom.EFFICIENT, Axiom.CLIENTS_FALSE_NAME_PROOF},
            "the efficient outcome, underwritten by a sponsor",
        ),
        charging("provision", provision, SHARING, "all rounds or nothing"),
    )
}
"""The rules that ``clear`` knows, with the axioms that mechanism.md, 3 proves."""

LABORATORY: Final = {
    "clock": "clock",
    "equal": "equal",
    "groves-shares": "groves_shares",
    "half-goal": "half_goal",
    "mcafee": "mcafee",
    "posted": "posted",
    "random": "random_clients",
    "single": "single",
}
"""Name -> module of a rule to compare with; it is imported when it is asked for."""


def rule(name: str) -> Rule:
    """The rule of this name.

    Raises:
        InputError: if there is none, or what is there is no rule.
    """
    if name in STANDARD:
        return STANDARD[name]
    if name in LABORATORY:
        return _load(f"cofund.mechanism.laboratory.{LABORATORY[name]}:RULE", name)
    installed = entry_points(group=GROUP)
    if name in installed.names:
        return _load(installed[name].value, name)
    if ":" in name:
        return _load(name, name)
    raise InputError("", "rule", f"{name!r} is not one of {', '.join(map(repr, names()))}, nor module:attribute")


def rules() -> list[Rule]:
    """Every rule that has a name: standard, laboratory, installed."""
    return [rule(name) for name in names()]


def names() -> list[str]:
    """Names of all rules: standard, laboratory, installed."""
    known = STANDARD | LABORATORY
    return [*known, *sorted(entry_points(group=GROUP).names - known.keys())]


def _load(path: str, name: str) -> Rule:
    found = loaded(path, "", "rule")
    if isinstance(found, Rule):
        return found
    if not callable(found):
        raise InputError("", "rule", f"expected a Rule or a function at {path}, got {type(found).__name__}")
    first_line = (found.__doc__ or "").strip().partition("\n")[0]
    return Rule(name, found, frozenset(), first_line)
