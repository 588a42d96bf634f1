"""A draft: the rough terms of a campaign and what is expected of its bids, before anything is published.

Amounts are base units. What is uncertain is a range; what the owners may bid is a prior: how many they are, what the
finished model is worth to all of them together, and how unequal they are (mechanism.md, "Choosing the goal").
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cofund.market.instance import Client, Instance
from cofund.units import ONE


@dataclass(frozen=True, slots=True)
class CohortOption:
    """A cohort that the campaign could have.

    Attributes:
        cohort: clients that train in a round.
        min_cohort: fewest with which the campaign still runs.
        quality: what each round adds with this cohort, in parts of ``ONE``.
        worth: what its finished model is worth to owners, as a part of the best option's, in parts of ``ONE``.
    """

    cohort: int
    min_cohort: int
    quality: tuple[int, ...]
    worth: int = ONE


@dataclass(frozen=True, slots=True)
class ExpectedClients:
    """So many clients at an edge, each expected to ask something from ``low`` to ``high`` a round."""

    edge: str
    count: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Prior:
    """What is expected of the owners' values; each value is drawn by itself from one family.

    Attributes:
        owners: how many.
        total: value of the finished model to all of them together; None if it is fitted to ``bids``.
        family: a key of ``FAMILIES``, or "records".
        parameters: of the family, by name.
        off_by: the total may be so many times larger or smaller; 1 if it is certain.
        bids: of earlier campaigns, where the family is "records".
    """

    owners: int
    total: int | None
    family: str
    parameters: Mapping[str, float]
    off_by: float
    bids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that ``cofund plan`` reads.

    Attributes:
        terms: edges, ceiling, fee and match; without owners and clients, cohort and curve of the first option.
        options: cohorts to choose from.
        clients: who is expected to offer.
        prior: what the owners are expected to bid.
    """

    terms: Instance
    options: tuple[CohortOption, ...]
    clients: tuple[ExpectedClients, ...]
    prior: Prior

    def market(self, option: CohortOption, clients: tuple[Client, ...]) -> Instance:
        """The market with this cohort and these clients, before any owner has bid."""
        return replace(
            self.terms,
            cohort=option.cohort,
            min_cohort=option.min_cohort,
            quality=option.quality,
            clients=clients,
        )
