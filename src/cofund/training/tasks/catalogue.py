"""The tasks that ``cofund train`` knows by name, each with its parties and the plan that it trains well with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from cofund.errors import InputError
from cofund.training import draws
from cofund.training.plan import Federation, Plan
from cofund.training.task import Task
from cofund.training.tasks.labelled import Layout, federation

NAMES: Final = {
    "air-quality": "PM10 of tomorrow, the packaged data; clients are stations, edges networks; mean station AUC",
    "digits": "digits of 8 x 8 pixels, from scikit-learn; accuracy",
    "images": "a folder of IDX files, by default Debian's dataset-fashion-mnist; accuracy",
}
"""Name -> one line. A path to a TOML file is a task too (``tasks/table.py``)."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A task that is ready to be trained.

    Attributes:
        task: makes the task of a plan.
        federation: clients, edges and data.
        plan: the plan unless the user asks for another.
        metric: what the metric is called.
    """

    task: Callable[[Plan], Task]
    federation: Federation
    plan: Plan
    metric: str


def prepare(name: str, layout: Mapping[str, Any], folder: Path | None = None) -> Prepared:
    """The task of this name, or of this TOML file.

    Args:
        name: a name of ``NAMES``, or the path of a TOML file.
        layout: fields of ``Layout`` to change; only for tasks without parties of their own.
        folder: IDX files of the task ``images``.

    Raises:
        InputError: no such task, or the task has parties of its own and ``layout`` is not empty.
    """
    if name == "digits":
        return _digits(Layout(**layout))
    if name == "images":
        return _images(Layout(**layout), folder)
    if layout:
        raise InputError(
            "train", next(iter(layout)), f"only for digits and images; {name} has its own clients and edges"
        )
    if name == "air-quality":
        return _air_quality()
    if name.endswith(".toml"):
        return _table(Path(name))
    raise InputError("train", name, f"expected one of {', '.join(NAMES)}, or a .toml file")


def drawn_cohort(members: Federation, size: int, seed: int) -> Federation:
    """The same federation with a random cohort of its clients; edges left without a client are left out.

    Raises:
        InputError: not from 1 to all clients.
    """
    clients = members.clients
    if not 1 <= size <= len(clients):
        raise InputError("train", "cohort", f"from 1 to the number of clients, {len(clients)}, got {size}")
    kept = {clients[at] for at in draws.order(f"cofund.cohort/1/{seed}", len(clients))[:size]}
    edges = ((edge, tuple(client for client in own if client in kept)) for edge, own in members.edges)
    return replace(members, edges=tuple((edge, own) for edge, own in edges if own))


def _digits(layout: Layout) -> Prepared:
    from cofund.training.tasks import digits  # noqa: PLC0415 - data and libraries of one task only

    plan = Plan(local_steps=10, edge_rounds=2, rounds=30, learning_rate=0.1, batch=16)
    return Prepared(digits.task, federation(*digits.load(), layout), plan, "accuracy")


def _images(layout: Layout, folder: Path | None) -> Prepared:
    from cofund.training.tasks import images  # noqa: PLC0415

    train, test = images.load(folder or images.FOLDER)
    plan = Plan(local_steps=30, edge_rounds=2, rounds=20, learning_rate=0.05, batch=20)
    return Prepared(lambda each: images.task(each, train), federation(train, test, layout), plan, "accuracy")


def _air_quality() -> Prepared:
    from cofund.training.tasks import air_quality, air_quality_parties  # noqa: PLC0415

    return Prepared(air_quality.task, air_quality_parties.rehearsal(), air_quality_parties.PLAN, "mean station AUC")


def _table(path: Path) -> Prepared:
    from cofund.training.tasks import table  # noqa: PLC0415

    found = table.load(path, everybody=True)
    return Prepared(found.task, found.federation, found.plan, "mean accuracy over clients")
