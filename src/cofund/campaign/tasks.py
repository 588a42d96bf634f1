"""Tasks that a campaign's terms can name: how the parties of a campaign become a federation with data.

A name is a packaged task, or ``module:attribute`` for a task of your own, which everybody who runs or verifies the
campaign can import.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Protocol, runtime_checkable

from cofund.campaign.publication import Training
from cofund.errors import InputError, words_of
from cofund.training.evaluation import Site
from cofund.training.plan import Federation, Plan
from cofund.training.task import Task


@runtime_checkable
class CampaignTask(Protocol):
    """What a campaign needs to know of a task."""

    @property
    def metric(self) -> str:
        """What its metric is called."""
        ...

    @property
    def untrained(self) -> str:
        """The rule that needs no training, in a few words."""
        ...

    def task(self, plan: Plan) -> Task:
        """The learning task itself."""
        ...

    def federation(self, clients: Collection[str]) -> Federation:
        """Edges, clients and data for a cohort."""
        ...

    def rehearsal(self) -> Federation:
        """All clients with earlier data, for the quality curve; no owner's site and no test year takes part."""
        ...

    def sites(self, owner: str) -> dict[str, Site]:
        """An owner's sites: the data it has itself, and the data its gain is measured on."""
        ...

    def untrained_metric(self, site: Site) -> float:
        """What a forecast without any training reaches at a site: the ``untrained`` rule."""
        ...


@dataclass(frozen=True, slots=True)
class AirQuality:
    """PM10 of tomorrow above 35 µg/m³: clients are stations, edges their networks (docs/data.md)."""

    metric: str = "mean station AUC"
    untrained: str = "rank days by today's PM10"

    def task(self, plan: Plan) -> Task:
        """See ``CampaignTask``."""
        from cofund.training.tasks import air_quality  # noqa: PLC0415 - the data is read when a campaign needs it

        return air_quality.task(plan)

    def federation(self, clients: Collection[str]) -> Federation:
        """See ``CampaignTask``."""
        from cofund.training.tasks import air_quality_parties  # noqa: PLC0415

        return air_quality_parties.federation(clients)

    def rehearsal(self) -> Federation:
        """See ``CampaignTask``."""
        from cofund.training.tasks import air_quality_parties  # noqa: PLC0415

        return air_quality_parties.rehearsal()

    def sites(self, owner: str) -> dict[str, Site]:
        """See ``CampaignTask``."""
        from cofund.training.tasks.air_quality_parties import OWNERS, owner_sites  # noqa: PLC0415

        return owner_sites(next(known for known in OWNERS if known.id == owner))

    def untrained_metric(self, site: Site) -> float:
        """See ``CampaignTask``."""
        from cofund.training.auc import auc  # noqa: PLC0415
        from cofund.training.tasks.air_quality import DAYS_BACK  # noqa: PLC0415

        return auc(site.test.exceeded, site.test.inputs[:, DAYS_BACK - 1])


@dataclass(frozen=True, slots=True)
class OwnTask:
    """A task of your own, without sites of the owners: no gain is measured, and the report leaves it out.

    Attributes:
        metric: what its metric is called.
        make: the learning task of a plan.
        parties: all edges and clients that may take part, with their data; every call gives the same.
        rehearsed: the parties with earlier data, for the rehearsal that the public quality curve is fitted on.
    """

    metric: str
    make: Callable[[Plan], Task]
    parties: Callable[[], Federation]
    rehearsed: Callable[[], Federation]
    untrained: str = "none"

    def task(self, plan: Plan) -> Task:
        """See ``CampaignTask``."""
        return self.make(plan)

    def federation(self, clients: Collection[str]) -> Federation:
        """See ``CampaignTask``; members that validate and are no clients, such as a coordinator, always do."""
        everybody = self.parties()
        absent = set(everybody.clients) - set(clients)
        edges = ((edge, tuple(client for client in own if client not in absent)) for edge, own in everybody.edges)
        validation = {member: data for member, data in everybody.validation.items() if member not in absent}
        return replace(everybody, edges=tuple((edge, own) for edge, own in edges if own), validation=validation)

    def rehearsal(self) -> Federation:
        """See ``CampaignTask``."""
        return self.rehearsed()

    def sites(self, owner: str) -> dict[str, Site]:
        """None."""
        del owner
        return {}

    def untrained_metric(self, site: Site) -> float:
        """Never asked for, since there is no site."""
        raise NotImplementedError(site)


TASKS: dict[str, CampaignTask] = {"air-quality": AirQuality()}


def campaign_task(name: str) -> CampaignTask:
    """The task that terms name.

    Raises:
        InputError: if there is none of that name, or what is there is no task.
    """
    if name in TASKS:
        return TASKS[name]
    if not is_own(name):
        raise InputError(
            "terms", "training.task", f"expected one of {', '.join(TASKS)}, or module:attribute, got {name}"
        )
    module, _, attribute = name.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError("terms", "training.task", f"cannot load {name}: {words_of(error)}") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever somebody's module does when it is imported, `sys.exit` too
        said = f"{type(error).__name__}: {words_of(error)}".rstrip(": ")
        said = f"it ends the program ({said})" if isinstance(error, SystemExit) else said
        raise InputError("terms", "training.task", f"cannot load {name}: {said}") from error
    if not isinstance(found, CampaignTask):
        raise InputError("terms", "training.task", f"expected a task at {name}, got {type(found).__name__}")
    return found


def is_own(name: str) -> bool:
    """Whether a name stands for code that is not packaged."""
    return ":" in name


def plan_of(training: Training, rounds: int | None = None) -> Plan:
    """The training plan in the terms, for ``rounds`` rounds if fewer were bought."""
    return Plan(
        local_steps=training.local_steps,
        edge_rounds=training.edge_rounds,
        rounds=training.rounds if rounds is None else rounds,
        learning_rate=training.learning_rate,
        batch=training.batch,
        seed=training.seed,
    )
