"""The public terms of a training: how much is trained in a round, and who takes part under which edge."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from cofund.errors import InputError
from cofund.market.document import Field
from cofund.market.validation import MAX_ROUNDS
from cofund.training.aggregate import MAX_NORM, MAX_SAMPLES, MAX_UPDATES_PER_ROUND
from cofund.training.robust import MEAN, RULES

MOST: Final = {
    "local_steps": 2**20,
    "edge_rounds": MAX_UPDATES_PER_ROUND,
    "rounds": MAX_ROUNDS,
    "batch": MAX_SAMPLES,
}
"""Largest numbers of a plan: beyond them memory or a lifetime would not do."""

MAX_NOISE_MULTIPLIER: Final = 1000.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Terms of a training (training.md, "A round").

    Attributes:
        local_steps: optimiser steps of a client in one edge round (kappa 1).
        edge_rounds: edge aggregations in one round (kappa 2).
        rounds: rounds of the coordinator, at most 256.
        learning_rate: step size of a client's optimiser.
        batch: samples in a local step.
        seed: all randomness of the training is derived from it.
        norm_bound: largest Euclidean norm of an update that is accepted; at most ``MAX_NORM``.
        timeout: seconds that a client has for its local steps, or None for no limit.
        rule: how an edge averages its clients' updates: ``mean``, weighted by samples, or one of ``robust.RULES``.
        tolerated: malicious clients at an edge that a rule other than ``mean`` is to withstand.
        noise_multiplier: standard deviation of the noise on a round's sum over the largest influence that one client
            has on it; 0 for no noise (training.md, "Differential privacy").
        delta: for which epsilon is stated; it changes no model.
    """

    local_steps: int = 20
    edge_rounds: int = 2
    rounds: int = 40
    learning_rate: float = 0.3
    batch: int = 32
    seed: int = 1
    norm_bound: float = 8.0
    timeout: float | None = None
    rule: str = MEAN
    tolerated: int = 1
    noise_multiplier: float = 0.0
    delta: float = 1e-5

    def __post_init__(self) -> None:
        for name, most in MOST.items():
            if getattr(self, name) < 1:
                raise InputError("plan", name, "at least 1")
            if getattr(self, name) > most:
                raise InputError("plan", name, f"at most {most}")
        if not (self.learning_rate > 0 and math.isfinite(self.learning_rate)):
            raise InputError("plan", "learning_rate", "a positive number")
        if not 0 < self.norm_bound <= MAX_NORM:
            raise InputError("plan", "norm_bound", f"above 0 and at most {MAX_NORM}")
        if self.rule not in (MEAN, *RULES):
            raise InputError("plan", "rule", f"one of {', '.join([MEAN, *RULES])}")
        if self.tolerated < 0:
            raise InputError("plan", "tolerated", "at least 0")
        self._check_privacy()

    @property
    def private(self) -> bool:
        """Whether the coordinator adds noise; then every client counts once, whatever its samples."""
        return self.noise_multiplier > 0

    @property
    def most_samples(self) -> int:
        """Largest weight that one client may have."""
        return 1 if self.private else MAX_SAMPLES

    def _check_privacy(self) -> None:
        if not 0 <= self.noise_multiplier <= MAX_NOISE_MULTIPLIER:
            raise InputError("plan", "noise_multiplier", f"from 0 to {MAX_NOISE_MULTIPLIER:g}")
        if not 0 < self.delta < 1:
            raise InputError("plan", "delta", "between 0 and 1")
        if self.private and self.edge_rounds != 1:
            why = "in a second edge round the others start from what a client sent, so no bound on its influence holds"
            raise InputError("plan", "edge_rounds", f"1 with noise: {why}")
        if self.private and self.rule != MEAN:
            raise InputError("plan", "rule", f"{MEAN} with noise: one client can move another average further")


def read_plan(field: Field) -> Plan:
    """The plan that a file states, with the defaults of ``Plan`` for what is not in it.

    Raises:
        InputError: naming the field and what was expected there.
    """
    usual = {each.name: each.default for each in fields(Plan)}
    kinds = {int: Field.integer, str: Field.text}
    found = {name: kinds.get(type(usual[name]), Field.number)(each) for name, each in field.members((), usual).items()}
    try:
        return Plan(**found)  # type: ignore[arg-type]
    except InputError as error:
        raise InputError(field.where, f"{field.path}.{error.field}", error.expected) from None


@dataclass(frozen=True, slots=True)
class Federation:
    """Who trains, under which edge, on which data.

    Attributes:
        edges: pairs of an edge and its clients; the order fixes the order of the deliveries, nothing else.
        data: every client's own data, in the form that the task's ``train`` takes.
        validation: data on which members measure each round's model, in the form that ``evaluate`` takes; may be empty.
    """

    edges: tuple[tuple[str, tuple[str, ...]], ...]
    data: Mapping[str, Any]
    validation: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        clients = self.clients
        if len(set(clients)) != len(clients) or len({edge for edge, _ in self.edges}) != len(self.edges):
            raise InputError("federation", "edges", "every edge once and every client under one edge")
        missing = [client for client in clients if client not in self.data]
        if missing:
            raise InputError("federation", "data", f"data of client {missing[0]}")

    @property
    def clients(self) -> tuple[str, ...]:
        """All clients in the order of the deliveries."""
        return tuple(client for _, clients in self.edges for client in clients)

    def only(self, clients: Collection[str]) -> "Federation":
        """The same with no other clients; edges left without one are left out."""
        kept = ((edge, tuple(client for client in own if client in clients)) for edge, own in self.edges)
        return replace(self, edges=tuple((edge, own) for edge, own in kept if own))


def check_capacity(federation: Federation, plan: Plan) -> None:
    """Refuse a training whose integer sums could leave 64 bits (training.md, "Integer aggregation").

    Raises:
        InputError: more updates in one round than ``MAX_UPDATES_PER_ROUND``.
    """
    if len(federation.clients) * plan.edge_rounds > MAX_UPDATES_PER_ROUND:
        raise InputError("plan", "edge_rounds", f"clients times edge rounds of at most {MAX_UPDATES_PER_ROUND}")
