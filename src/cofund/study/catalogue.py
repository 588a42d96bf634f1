"""The studies by name; a module is imported only when its study runs."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol

from cofund.errors import InputError
from cofund.study.result import Result, Tick
from cofund.training.threads import prefer_one

STUDIES: Final = {
    "frontier": "Every rule against first-best and the computed ceiling, its deficit and the regret found.",
    "goal": "The goal that `cofund plan` chooses, with the right prior and with a scale wrong by two.",
    "social-utility": "Social utility against owners, clients and budget, with the baselines of the field.",
    "truthfulness": "What owners and clients are left with for every bid and offer that they could make.",
    "federation-gain": "What a funded model adds over training alone, on the packaged data.",
    "flights": "When federation does not pay: airlines with little history and with a year of it.",
    "hierarchy": "Rounds to a target accuracy against how often edges average, with one class a client.",
    "defence": "Accuracy under flipped labels and scaled updates, for each way of averaging at the edges.",
    "privacy": "What noise for differential privacy costs in accuracy, by epsilon and number of clients.",
}
"""Name -> one line. StudyModule ``a-b`` is the module ``a_b``."""


class StudyModule(Protocol):
    """What a module of a study offers."""

    DEFAULT: Any
    FULL: Any
    study: Callable[[Any, Tick], Result]


def configured(name: str, *, full: bool = False, data: Path | None = None) -> Any:
    """The configuration of the study of this name.

    Args:
        name: a key of ``STUDIES``.
        full: the large one.
        data: folder of images to train on instead of the study's own data.

    Raises:
        InputError: the study trains on no images.
    """
    module = _module(name)
    configuration = module.FULL if full else module.DEFAULT
    if data is None:
        return configuration
    if not hasattr(configuration, "folder"):
        raise InputError("", "--data", f"only for studies that train on images, not {name}")
    return replace(configuration, folder=data)


def run(name: str, tick: Tick, configuration: Any) -> Result:
    """Run the study of this name.

    Args:
        name: a key of ``STUDIES``.
        tick: called with the steps done and all steps.
        configuration: from ``configured``.
    """
    return _module(name).study(configuration, tick)


def _module(name: str) -> StudyModule:
    prefer_one()
    module: StudyModule = import_module(f"cofund.study.{name.replace('-', '_')}_study")
    return module
