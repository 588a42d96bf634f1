"""The studies by name; a module is imported only when its study runs."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, Protocol

from cofund.study.result import Result, Tick
from cofund.training.threads import prefer_one

STUDIES: Final = {
    "frontier": "Every rule against first-best and the computed ceiling, its deficit and the regret found.",
    "goal": "The goal that `cofund plan` chooses, with the right prior and with a scale wrong by two.",
    "social-utility": "Social utility against owners, clients and budget, with the baselines of the field.",
    "truthfulness": "What owners and clients are left with for every bid and offer that they could make.",
    "federation-gain": "What a funded model adds over training alone, on the packaged data.",
    "hierarchy": "Rounds to a target accuracy against how often edges average, with one class a client.",
    "defence": "Accuracy under flipped labels and scaled updates, for each way of averaging at the edges.",
    "privacy": "What noise for differential privacy costs in accuracy, by epsilon and number of clients.",
}
"""Name -> one line. Study ``a-b`` is the module ``a_b``."""


class Study(Protocol):
    """What a module of a study offers."""

    DEFAULT: Any
    FULL: Any
    study: Callable[[Any, Tick], Result]


def run(name: str, tick: Tick, *, full: bool = False) -> Result:
    """Run the study of this name with its default configuration, or the large one.

    Args:
        name: a key of ``STUDIES``.
        tick: called with the steps done and all steps.
        full: take the large configuration.
    """
    prefer_one()
    module: Study = import_module(f"cofund.study.{name.replace('-', '_')}")
    return module.study(module.FULL if full else module.DEFAULT, tick)
