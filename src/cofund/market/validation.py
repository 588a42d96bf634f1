"""What makes an instance legal: ranges, unique names, edges that exist, a quality curve that is one (mechanism.md, 1).

Every refusal is an ``InputError`` whose field is the path inside ``cofund.instance/1``, such as ``clients[3].cost``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cofund.errors import InputError
from cofund.units import ONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cofund.market.instance import Client, Edge, Instance, Owner

MAX_AMOUNT: Final = 2**96 - 1
"""Largest bid, cost, fee or ceiling in base units (7.9e28): products of amounts, weights and rounds fit 256 bits."""

MAX_COUNT: Final = 2**32 - 1
"""Largest cohort, capacity or weight."""

MAX_ROUNDS: Final = 256
"""Most rounds of a campaign: one bit each in a client's bitmap of deliveries."""

MAX_OWNERS: Final = 64
"""Most owners of a campaign, whose weights a goal table counts."""

MAX_NAME: Final = 64
"""Most characters of an id."""


def validate(instance: Instance) -> None:
    """Check every field of ``instance``.

    Raises:
        InputError: on the first field that is out of its range.
    """
    _validate_terms(instance)
    _validate_quality(instance.quality)
    _validate_edges(instance.edges)
    _validate_owners(instance.owners)
    _validate_clients(instance.clients, instance.edges)


def whole(value: Any, low: int, high: int, *path: object) -> None:
    """Refuse ``value`` unless it is an integer (a boolean is none) from ``low`` to ``high``.

    ``path`` is put together only when the check fails: a list name, an index and a field name, or one field name.
    """
    if type(value) is int and low <= value <= high:
        return
    bound = "2**96 - 1 = " if high == MAX_AMOUNT else ""
    raise _refusal(path, f"expected a whole number from {low} to {bound}{high}, got {shortened(value)}")


def shortened(value: object) -> str:
    """``value`` in one printable line of at most 48 characters."""
    digits = isinstance(value, int) and value.bit_length() > 192
    text = "a number of more than 57 digits" if digits else ascii(value)
    return text if len(text) <= 48 else f"{text[:45]}..."


def _refusal(path: tuple[object, ...], expected: str) -> InputError:
    if len(path) == 1:
        return InputError("instance", str(path[0]), expected)
    name, index, *rest = path
    return InputError("instance", ".".join([f"{name}[{index}]", *map(str, rest)]), expected)


def _validate_terms(instance: Instance) -> None:
    whole(instance.cohort, 1, MAX_COUNT, "cohort")
    whole(instance.min_cohort, 1, instance.cohort, "min_cohort")
    whole(instance.ceiling, 0, MAX_AMOUNT, "ceiling")
    whole(instance.coordinator_fee, 0, MAX_AMOUNT, "coordinator_fee")
    whole(instance.match, 0, ONE, "match")
    if not 1 <= len(instance.quality) <= MAX_ROUNDS:
        raise _refusal(("quality",), f"expected 1 to {MAX_ROUNDS} rounds, got {len(instance.quality)}")
    whole(instance.goal, 1, len(instance.quality), "goal")
    validate_goals(instance.goals, instance.quality)


def validate_goals(goals: Sequence[tuple[int, int]], quality: Sequence[int]) -> None:
    """The price of quality, rounds / (weight * quality of the rounds), must not rise with the weight (mechanism.md 3d).

    Raises:
        InputError: naming the first entry that is not in order, or under which it would rise.
    """
    before, sold, worth = 0, 0, 0
    for at, (weight, rounds) in enumerate(goals):
        whole(weight, before + 1, MAX_COUNT * MAX_OWNERS, "goals", at, "weight")
        whole(rounds, 1, len(quality), "goals", at, "rounds")
        reached = sum(quality[:rounds])
        if before and rounds * (weight - 1) * worth > sold * weight * reached:
            expected = (
                f"expected at weight {weight} a goal whose quality costs no more than that of weight {weight - 1}"
            )
            raise _refusal(("goals", at, "rounds"), f"{expected}, got {rounds} rounds")
        before, sold, worth = weight, rounds, reached


def _validate_quality(quality: Sequence[int]) -> None:
    before = ONE
    for index, step in enumerate(quality):
        whole(step, 0, ONE, "quality", index)
        if step > before:
            expected = f"expected at most {before}, the round before (a curve never gets steeper), got {step}"
            raise _refusal(("quality", index), expected)
        before = step
    if sum(quality) != ONE:
        raise _refusal(("quality",), f"expected rounds that sum to exactly {ONE}, got a sum of {sum(quality)}")


def _validate_edges(edges: Sequence[Edge]) -> None:
    _validate_names("edges", edges)
    for index, edge in enumerate(edges):
        whole(edge.capacity, 0, MAX_COUNT, "edges", index, "capacity")
        whole(edge.fee, 0, MAX_AMOUNT, "edges", index, "fee")
        whole(0 if edge.ceiling is None else edge.ceiling, 0, MAX_AMOUNT, "edges", index, "ceiling")
    _validate_parents(edges)


def _validate_parents(edges: Sequence[Edge]) -> None:
    """Every parent is an edge, and following parents ends at the cloud."""
    at = {edge.id: index for index, edge in enumerate(edges)}
    for index, edge in enumerate(edges):
        if edge.parent is not None and edge.parent not in at:
            raise _refusal(("edges", index, "parent"), f"expected the id of an edge, got {shortened(edge.parent)}")
    above = [None if edge.parent is None else at[edge.parent] for edge in edges]
    endless = set(range(len(edges))) - set(children_first(above))
    if endless:
        index = min(endless)
        expected = f"expected edges that end at the cloud, got a circle through {shortened(edges[index].parent)}"
        raise _refusal(("edges", index, "parent"), expected)


def children_first(above: Sequence[int | None]) -> list[int]:
    """All positions, each before its parent ``above[position]``; the positions on a circle are left out."""
    waiting = [0] * len(above)
    for parent in above:
        if parent is not None:
            waiting[parent] += 1
    order = [position for position, children in enumerate(waiting) if children == 0]
    for position in order:
        parent = above[position]
        if parent is not None:
            waiting[parent] -= 1
            if waiting[parent] == 0:
                order.append(parent)
    return order


def _validate_owners(owners: Sequence[Owner]) -> None:
    _validate_names("owners", owners)
    for index, owner in enumerate(owners):
        whole(owner.bid, 0, MAX_AMOUNT, "owners", index, "bid")
        whole(owner.weight, 1, MAX_COUNT, "owners", index, "weight")


def _validate_clients(clients: Sequence[Client], edges: Sequence[Edge]) -> None:
    _validate_names("clients", clients)
    known = {edge.id for edge in edges}
    for index, client in enumerate(clients):
        if client.edge not in known:
            expected = f"expected the id of an edge, got {shortened(client.edge)}"
            raise _refusal(("clients", index, "edge"), expected)
        whole(client.cost, 0, MAX_AMOUNT, "clients", index, "cost")


def _validate_names(kind: str, agents: Sequence[Edge | Owner | Client]) -> None:
    first_at: dict[str, int] = {}
    for index, agent in enumerate(agents):
        name: Any = agent.id
        if not isinstance(name, str) or not name.isprintable() or not 1 <= len(name) <= MAX_NAME:
            expected = f"expected 1 to {MAX_NAME} printable characters, got {shortened(name)}"
            raise _refusal((kind, index, "id"), expected)
        if name in first_at:
            expected = f"expected an id of its own, got {shortened(name)}, the id of {kind}[{first_at[name]}]"
            raise _refusal((kind, index, "id"), expected)
        first_at[name] = index
