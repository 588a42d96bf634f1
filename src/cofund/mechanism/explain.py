"""Why an agent pays or earns what it does: the arithmetic of its outcome, and the market with and without it."""

from dataclasses import fields, replace
from typing import TypeVar

from cofund.errors import CheckFailed, InputError
from cofund.market.instance import Instance
from cofund.mechanism.explain_client import client_lines
from cofund.mechanism.explain_owner import owner_lines
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.rules import clear

_Agent = TypeVar("_Agent")


def explain(instance: Instance, outcome: Outcome, agent: str) -> list[str]:
    """Lines that derive the result of the owner or client with the id ``agent``, every number recomputed.

    Raises:
        CheckFailed: if ``outcome`` is not what its rule gives for ``instance``.
        InputError: if no owner and no client has that id.
    """
    _check_outcome(outcome, clear(instance, outcome.rule))
    owners = [position for position, owner in enumerate(instance.owners) if owner.id == agent]
    clients = [position for position, client in enumerate(instance.clients) if client.id == agent]
    if not owners and not clients:
        raise InputError("", "agent", f"expected the id of an owner or a client, got {agent!a}")
    lines = [] if outcome.reason is None else [f"The campaign is not funded: {outcome.reason}."]
    for position in owners:
        rest = replace(instance, owners=_without(instance.owners, position))
        lines += [*owner_lines(instance, outcome, position), _with_and_without(rest, outcome)]
    for position in clients:
        rest = replace(instance, clients=_without(instance.clients, position))
        lines += [*client_lines(instance, outcome, position), _with_and_without(rest, outcome)]
    return lines


def _check_outcome(claimed: Outcome, right: Outcome) -> None:
    for field in fields(Outcome):
        if getattr(claimed, field.name) != getattr(right, field.name):
            raise CheckFailed(f"outcome: {field.name} is not what {right.rule} gives for this instance")


def _without(agents: tuple[_Agent, ...], position: int) -> tuple[_Agent, ...]:
    return agents[:position] + agents[position + 1 :]


def _with_and_without(rest: Instance, outcome: Outcome) -> str:
    other = clear(rest, outcome.rule)
    return (
        f"With it: welfare {outcome.welfare:,} over {outcome.rounds} rounds at {outcome.round_cost:,} a round. "
        f"Without it: {other.welfare:,} over {other.rounds} rounds at {other.round_cost:,}."
    )
