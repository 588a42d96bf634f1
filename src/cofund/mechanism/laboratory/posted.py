"""``posted``: clients are hired at a posted price, in their order; owners share serially (mechanism.md, "Laboratory").

The price is public before anybody offers. A price chosen after reading the offers would be better and manipulable; the
best posted price of a family of markets is found by trying prices on other markets of the family.
"""

from functools import partial
from typing import Final

from cofund.market.instance import Instance
from cofund.mechanism.laboratory.open_cohort import first_to_accept
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.registry import SHARING, Axiom, Rule
from cofund.mechanism.rules import clear_by
from cofund.mechanism.serial import serial
from cofund.units import ONE, div_down


def posted(instance: Instance, price_ppb: int) -> Outcome:
    """Hire the first clients who accept ``price_ppb`` of the ceiling, rounded down, for a client-round."""
    price = div_down(instance.ceiling * price_ppb, ONE)
    return clear_by(instance, "posted", serial, first_to_accept(instance, range(len(instance.clients)), price))


RULE: Final = Rule(
    "posted",
    partial(posted, price_ppb=3 * ONE // 4),
    SHARING | {Axiom.CLIENTS_FALSE_NAME_PROOF},
    "first clients to accept 3/4 of the ceiling, serial sharing",
)
