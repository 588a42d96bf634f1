"""The studies by name; a module is imported only when its study runs."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, Protocol

from cofund.study.result import Result, Tick

STUDIES: Final = {
    "frontier": "Every rule against first-best and the computed ceiling, its deficit and the regret found.",
    "social-utility": "Social utility against owners, clients and budget, with the baselines of the field.",
    "truthfulness": "What owners and clients are left with for every bid and offer that they could make.",
    "federation-gain": "What a funded model adds over training alone, on the packaged data.",
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
    module: Study = import_module(f"cofund.study.{name.replace('-', '_')}")
    return module.study(module.FULL if full else module.DEFAULT, tick)
