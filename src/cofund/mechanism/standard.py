"""The three rules that a campaign can use, with the axioms that mechanism.md, 3 proves."""

from typing import Final

from cofund.mechanism.registry import TRUTHFUL, Axiom, charging
from cofund.mechanism.serial import provision, serial
from cofund.mechanism.vcg import vcg

SERIAL: Final = charging(
    "serial",
    serial,
    TRUTHFUL | {Axiom.CROSS_MONOTONIC, Axiom.GROUP_STRATEGYPROOF},
    "a goal, then every round is bought by those who still value it",
)
VCG: Final = charging(
    "vcg",
    vcg,
    (TRUTHFUL - {Axiom.NO_DEFICIT}) | {Axiom.CROSS_MONOTONIC, Axiom.EFFICIENT, Axiom.CLIENTS_FALSE_NAME_PROOF},
    "the efficient outcome, underwritten by a sponsor",
)
PROVISION: Final = charging(
    "provision",
    provision,
    TRUTHFUL | {Axiom.CROSS_MONOTONIC, Axiom.GROUP_STRATEGYPROOF},
    "all rounds or nothing",
)
