"""A task trained alone, without chain or money: the rehearsal that a public curve is fitted to, and research."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from cofund.errors import CheckFailed, InputError
from cofund.training import checkpoints
from cofund.training.accountant import epsilons
from cofund.training.contribution import one_edge_a_client, train_with_contributions
from cofund.training.curve import Curve, fit
from cofund.training.engines.in_process import InProcess
from cofund.training.hierfavg import Round, require_delivered, train_rounds
from cofund.training.plan import Federation, Plan
from cofund.training.privacy import noise_key
from cofund.training.task import Task
from cofund.training.tasks.named import drawn_cohort, task_alone


@dataclass(frozen=True, slots=True)
class TrainedAlone:
    """What a training gave.

    Attributes:
        rounds: those that somebody delivered to, at least one.
        contributions: Shapley values summed over the rounds, by edge or client; empty unless they were asked for.
        curve: fitted to the metrics; None if none could be.
        no_curve: why not.
        stopped: why the training ended before its plan; None if it did not.
    """

    rounds: tuple[Round, ...]
    contributions: dict[str, float]
    curve: Curve | None
    no_curve: str
    stopped: CheckFailed | None


@dataclass(frozen=True, slots=True)
class LoneTraining:
    """A training that is ready to run.

    Attributes:
        task: what is learnt.
        metric: what its metric is called.
        members: clients, edges and data.
        plan: its terms.
        contributions: whether the edges' contributions are computed with it.
    """

    task: Task
    metric: str
    members: Federation
    plan: Plan
    contributions: bool = False

    @property
    def privacy(self) -> tuple[float, ...]:
        """Epsilon after every round, nothing without noise."""
        return epsilons(self.plan) if self.plan.private else ()

    def run(self, seen: Callable[[Round], None], *, save: Path | None = None, key: Path | None = None) -> TrainedAlone:
        """Train all rounds, up to one to which nobody delivers.

        Args:
            seen: is told every round.
            save: folder for a checkpoint a round.
            key: file with the secret of the noise; made if it is not there.

        Raises:
            CheckFailed: nobody delivered to the first round.
        """
        rounds: list[Round] = []
        values: dict[str, float] = {}
        stopped = None
        try:
            for finished, added in self._rounds(noise_key(key) if self.plan.private else None):
                rounds.append(require_delivered(finished))
                for member, value in added.items():
                    values[member] = values.get(member, 0.0) + value
                if save is not None:
                    checkpoints.save(save, finished)
                seen(finished)
        except CheckFailed as error:
            if not rounds:
                raise
            stopped = error
        return TrainedAlone(tuple(rounds), values, *_fitted(rounds), stopped)

    def _rounds(self, key: bytes | None) -> Iterator[tuple[Round, dict[str, float]]]:
        if self.contributions:
            yield from train_with_contributions(self.task, InProcess(), self.members, self.plan)
        else:
            for finished in train_rounds(self.task, InProcess(), self.members, self.plan, noise_key=key):
                yield finished, {}


def lone_training(
    task: str,
    *,
    division: Mapping[str, Any] | None = None,
    data: Path | None = None,
    cohort: int | None = None,
    contribution: str | None = None,
    **changes: Any,
) -> LoneTraining:
    """Find a task and say how it is trained; the arguments are those of ``train``.

    Raises:
        InputError: naming what is wrong.
    """
    found, usual = task_alone(task, division or {}, data)
    unknown = [name for name in changes if name not in {each.name for each in fields(Plan)}]
    if unknown:
        raise InputError("train", unknown[0], f"one of {', '.join(each.name for each in fields(Plan))}")
    plan = replace(usual, **changes)
    members = found.rehearsal()
    if cohort is not None:
        members = drawn_cohort(members, cohort, plan.seed)
    if contribution not in {None, "edges", "clients"}:
        raise InputError("train", "contribution", "edges or clients")
    if contribution == "clients":
        members = one_edge_a_client(members, plan)
    return LoneTraining(found.task(plan), found.metric, members, plan, contribution is not None)


def _nobody(_: Round) -> None:
    """Nobody is told."""


def train(
    task: str,
    *,
    division: Mapping[str, Any] | None = None,
    data: Path | None = None,
    cohort: int | None = None,
    contribution: str | None = None,
    seen: Callable[[Round], None] | None = None,
    save: Path | None = None,
    key: Path | None = None,
    **changes: Any,
) -> TrainedAlone:
    """Train a task alone, without chain or money.

    Args:
        task: name of a packaged task, ``module:attribute``, or the path of a TOML file about a table.
        division: fields of ``labelled.Division``, of a task without clients of its own.
        data: folder of the IDX files of the task ``images``.
        cohort: train with so many clients, drawn by the seed.
        contribution: whose is computed: ``edges``, ``clients``, or nobody's.
        seen: is told every round.
        save: folder for a checkpoint a round.
        key: file with the secret of the noise, for a plan with ``noise_multiplier``.
        **changes: fields of ``Plan`` that are other than the task has them.

    Raises:
        InputError: naming what is wrong.
        CheckFailed: nobody delivered to the first round.
    """
    training = lone_training(task, division=division, data=data, cohort=cohort, contribution=contribution, **changes)
    return training.run(seen or _nobody, save=save, key=key)


def _fitted(rounds: list[Round]) -> tuple[Curve | None, str]:
    """The public curve of the rehearsal, or the reason why there is none."""
    metrics = [each.metric for each in rounds if each.metric is not None]
    if len(metrics) < len(rounds):
        return None, "no curve: some rounds have no metric"
    try:
        return fit(metrics), ""
    except CheckFailed as error:
        return None, f"no {error}"
