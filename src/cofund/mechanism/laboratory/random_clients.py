"""``random``: clients drawn by lot and paid the ceiling; owners share serially (mechanism.md, "Laboratory").

The lot orders all clients before any offer is read, so an offer only says whether its client is eligible. This is what
federated learning does without a market: it draws participants at random.
"""

from random import Random
from typing import Final

from cofund.market.instance import Instance
from cofund.mechanism.laboratory.open_cohort import first_to_accept
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.registry import SHARING, Rule
from cofund.mechanism.rules import clear_by
from cofund.mechanism.serial import serial


def random_clients(instance: Instance, seed: int = 0) -> Outcome:
    """The outcome for one lot; a study averages over ``seed``, which is fixed before anybody offers."""
    order = list(range(len(instance.clients)))
    Random(seed).shuffle(order)  # noqa: S311 - a lot that everyone can draw again
    return clear_by(instance, "random", serial, first_to_accept(instance, order, instance.ceiling))


RULE: Final = Rule("random", random_clients, SHARING, "clients by lot at the ceiling, serial sharing")
