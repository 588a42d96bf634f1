"""The three rules that a campaign can use, with the axioms that mechanism.md, 3 proves."""

from functools import partial
from typing import Final

from cofund.mechanism.registry import TRUTHFUL, Axiom, Rule
from cofund.mechanism.rules import clear

SERIAL: Final = Rule(
    "serial",
    partial(clear, rule="serial"),
    TRUTHFUL | {Axiom.CROSS_MONOTONIC, Axiom.GROUP_STRATEGYPROOF},
    "a goal, then every round is bought by those who still value it",
)
VCG: Final = Rule(
    "vcg",
    partial(clear, rule="vcg"),
    (TRUTHFUL - {Axiom.NO_DEFICIT}) | {Axiom.CROSS_MONOTONIC, Axiom.EFFICIENT, Axiom.CLIENTS_FALSE_NAME_PROOF},
    "the efficient outcome, underwritten by a sponsor",
)
PROVISION: Final = Rule(
    "provision",
    partial(clear, rule="provision"),
    TRUTHFUL | {Axiom.CROSS_MONOTONIC, Axiom.GROUP_STRATEGYPROOF},
    "all rounds or nothing",
)
