"""What a private training has revealed of one client after each round: epsilon for the plan's delta, by Opacus.

Rounds are adaptive compositions of a Gaussian mechanism in which every client takes part, accounted in Renyi
divergences. Discrete Gaussian noise has at most the Renyi divergence of continuous noise with the same sigma (Canonne,
Kamath and Steinke 2020), so the bound holds for the whole numbers that are really drawn.
"""

from importlib.util import find_spec
from typing import Final

from cofund.errors import InputError
from cofund.training.plan import Plan

ORDERS: Final = tuple(1 + 2 ** (at / 8) for at in range(-120, 161))
"""Orders of the divergence, from 1 + 2^-15 to 1 + 2^20: at each of them the bound holds, the smallest is stated."""


def epsilons(plan: Plan) -> tuple[float, ...]:
    """Epsilon after every round; whoever holds the model of round r, or of earlier ones, learns at most the r-th.

    Raises:
        InputError: Opacus is not installed.
    """
    if find_spec("opacus") is None:
        raise InputError("plan", "noise_multiplier", "needs Opacus: pip install 'cofund[privacy]'")
    from opacus.accountants import RDPAccountant  # noqa: PLC0415 - it brings torch

    accountant, found = RDPAccountant(), []
    for number in range(1, plan.rounds + 1):
        accountant.history = [(plan.noise_multiplier, 1.0, number)]
        found.append(float(accountant.get_epsilon(plan.delta, alphas=ORDERS)))
    return tuple(found)
