"""Labelled rows become a federation: divided among clients, clients among edges, a test set at the coordinator."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from cofund.errors import InputError
from cofund.training import partition
from cofund.training.network import Samples
from cofund.training.plan import Federation, Plan
from cofund.training.task import Task
from cofund.training.tasks.own import OwnTask

GROUPINGS: Final[dict[str, Callable[[list[int], int], list[list[int]]]]] = {
    "edge-iid": partition.edge_iid,
    "edge-non-iid": partition.edge_non_iid,
}

PARTITIONS: Final[dict[str, Callable[[np.ndarray, "Division"], list[np.ndarray]]]] = {
    "dirichlet": lambda labels, layout: partition.dirichlet(labels, layout.clients, layout.alpha, layout.seed),
    "one-class": lambda labels, layout: partition.one_class(labels, layout.clients, layout.seed),
}

TEST: Final = "coordinator"
"""The member that validates: whoever runs the rehearsal holds the test rows."""


@dataclass(frozen=True, slots=True)
class Division:
    """Who gets which rows.

    Attributes:
        clients: how many clients.
        edges: how many edges.
        partition: ``dirichlet`` or ``one-class``.
        alpha: of the Dirichlet distribution.
        grouping: ``edge-iid`` or ``edge-non-iid``.
        seed: of the division.
    """

    clients: int = 50
    edges: int = 5
    partition: str = "dirichlet"
    alpha: float = 0.5
    grouping: str = "edge-iid"
    seed: int = 1

    def __post_init__(self) -> None:
        if self.partition not in PARTITIONS:
            raise InputError("layout", "partition", f"one of {', '.join(PARTITIONS)}")
        if self.grouping not in GROUPINGS:
            raise InputError("layout", "grouping", f"one of {', '.join(GROUPINGS)}")
        if not 1 <= self.edges <= self.clients:
            raise InputError("layout", "edges", f"from 1 to the number of clients, {self.clients}, got {self.edges}")
        if not self.alpha > 0:
            raise InputError("layout", "alpha", "above 0")


def federation(train: Samples, test: Samples, layout: Division) -> Federation:
    """Clients ``client-01`` and so on under edges ``edge-1`` and so on; the metric is that on the test rows."""
    parts = PARTITIONS[layout.partition](train.labels, layout)
    width, wide = len(str(layout.clients)), len(str(layout.edges))
    names = [f"client-{client:0{width}}" for client in range(1, layout.clients + 1)]
    classes = [int(np.bincount(train.labels[rows]).argmax()) for rows in parts]
    groups = GROUPINGS[layout.grouping](classes, layout.edges)
    edges = tuple(
        (f"edge-{at:0{wide}}", tuple(names[client] for client in group)) for at, group in enumerate(groups, 1)
    )
    data = {name: train.take(rows) for name, rows in zip(names, parts, strict=True)}
    return Federation(edges, data, {TEST: test})


@dataclass(frozen=True, slots=True)
class LabelledTask:
    """Labelled rows that belong to nobody: a layout says who gets which. For training alone; no campaign has it.

    Attributes:
        load: the rows to train on and to test on, from a folder if there is one.
        make: the learning task of a plan and of the rows to train on.
        plan: what it trains well with.
    """

    load: Callable[[Path | None], tuple[Samples, Samples]]
    make: Callable[[Plan, Samples], Task]
    plan: Plan

    def laid_out(self, layout: Division, folder: Path | None) -> OwnTask:
        """The task with clients and edges."""
        train, test = self.load(folder)
        members = federation(train, test, layout)
        return OwnTask(
            "accuracy", lambda plan: self.make(plan, train), lambda: members, lambda: members, plan=self.plan
        )
