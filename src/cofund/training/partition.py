"""How labelled rows are divided among clients, and clients among edges, in rehearsals and studies.

Every row goes to one client and every client gets at least one row. With few classes a client (``one_class``, small
``alpha``) clients disagree; with few classes an edge (``edge_non_iid``) edges do.
"""

from collections.abc import Sequence

import numpy as np

from cofund.errors import InputError
from cofund.training import draws


def dirichlet(labels: np.ndarray, clients: int, alpha: float, seed: int) -> list[np.ndarray]:
    """Rows of each client: every class is divided in proportions drawn from Dirichlet(alpha) (Hsu, Qi and Brown 2019).

    Large ``alpha`` gives everybody the same mixture. A client left without a row takes one from the client with most.
    The proportions come from NumPy's generator, so they are the same under one version of NumPy.
    """
    _enough(labels, clients)
    draw = np.random.default_rng(seed)
    parts: list[list[np.ndarray]] = [[] for _ in range(clients)]
    for label in np.unique(labels):
        rows = draw.permutation(np.flatnonzero(labels == label))
        cuts = (np.cumsum(draw.dirichlet(np.full(clients, alpha)))[:-1] * len(rows)).astype(int)
        for part, some in zip(parts, np.split(rows, cuts), strict=True):
            part.append(some)
    divided = [np.concatenate(part) for part in parts]
    for client in range(clients):
        if not len(divided[client]):
            most = max(range(clients), key=lambda other: len(divided[other]))
            divided[most], divided[client] = divided[most][:-1], divided[most][-1:]
    return divided


def one_class(labels: np.ndarray, clients: int, seed: int) -> list[np.ndarray]:
    """Rows of each client, all of one class: client k has a part of class k modulo the number of classes.

    Raises:
        InputError: fewer clients than classes, or a class with fewer rows than clients.
    """
    _enough(labels, clients)
    classes = np.unique(labels)
    if clients < len(classes):
        raise InputError("partition", "clients", f"at least one a class, that is {len(classes)}")
    divided: list[np.ndarray] = [np.zeros(0, int)] * clients
    for at, label in enumerate(classes):
        rows = np.flatnonzero(labels == label)
        holders = range(at, clients, len(classes))
        if len(rows) < len(holders):
            raise InputError("partition", "clients", f"at most {len(rows)} for class {label}, got {len(holders)}")
        shuffled = rows[draws.order(f"cofund.one-class/1/{seed}/{label}", len(rows))]
        for client, part in zip(holders, np.array_split(shuffled, len(holders)), strict=True):
            divided[client] = part
    return divided


def edge_iid(classes: Sequence[int], edges: int) -> list[list[int]]:
    """Clients of each edge, dealt out class by class, so that every edge has about the same mixture.

    Args:
        classes: the most frequent class of each client.
        edges: how many edges.
    """
    clients = _by_class(classes)
    return [sorted(clients[edge::edges]) for edge in range(edges)]


def edge_non_iid(classes: Sequence[int], edges: int) -> list[list[int]]:
    """Clients of each edge, in order of their class, so that an edge has as few classes as possible."""
    return [sorted(part.tolist()) for part in np.array_split(np.array(_by_class(classes)), edges)]


def _by_class(classes: Sequence[int]) -> list[int]:
    return sorted(range(len(classes)), key=classes.__getitem__)


def _enough(labels: np.ndarray, clients: int) -> None:
    """Refuse more clients than rows."""
    if not 1 <= clients <= len(labels):
        raise InputError("partition", "clients", f"from 1 to the number of rows, {len(labels)}, got {clients}")
