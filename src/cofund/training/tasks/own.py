"""What campaigns need to know of a task, and a task of your own: how the parties of a campaign become a federation."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

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
class OwnTask:
    """A task of your own, without sites of the owners: no gain is measured, and the report leaves it out.

    Attributes:
        metric: what its metric is called.
        make: the learning task of a plan.
        parties: all edges and clients that may take part, with their data; every call gives the same.
        rehearsed: the parties with earlier data, for the rehearsal that the public quality curve is fitted on.
        untrained: the rule that needs no training; without sites nobody is told of it.
        plan: what ``cofund train`` begins with.
    """

    metric: str
    make: Callable[[Plan], Task]
    parties: Callable[[], Federation]
    rehearsed: Callable[[], Federation]
    untrained: str = "none"
    plan: Plan = field(default_factory=Plan)

    def task(self, plan: Plan) -> Task:
        """See ``CampaignTask``."""
        return self.make(plan)

    def federation(self, clients: Collection[str]) -> Federation:
        """See ``CampaignTask``; members that validate and are no clients, such as a coordinator, always do."""
        everybody = self.parties()
        absent = set(everybody.clients) - set(clients)
        validation = {member: data for member, data in everybody.validation.items() if member not in absent}
        return replace(everybody.only(clients), validation=validation)

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
