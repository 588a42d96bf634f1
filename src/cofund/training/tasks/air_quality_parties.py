"""The parties of the air-quality demonstration: which stations train, and which owners want the model.

Two rules decide, and neither looks at a model: in every network with at least three stations that can be judged, the
newer half of them (by station number, rounded down) belongs to an owner who lacks their history; every other station
that was still measuring in 2006 is a client.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from cofund.data.air_quality.measurements import NETWORKS, load
from cofund.errors import InputError
from cofund.training.auc import auc
from cofund.training.evaluation import Site
from cofund.training.plan import Federation, Plan
from cofund.training.tasks.air_quality import DAYS_BACK, DaySamples, samples, task
from cofund.training.tasks.own import OwnTask

PLAN: Final = Plan(local_steps=50)
"""Chosen on the rehearsal alone: 50 local steps reach in 20 rounds what 20 steps do not reach in 40."""

REHEARSAL_START: Final = dt.date(2007, 1, 1)
"""The rehearsal trains on what lies before and measures on the year from here."""

TEST_START: Final = dt.date(2008, 1, 1)
"""The campaign trains on what lies before; 2008 and 2009 are for testing."""

TEST_END: Final = dt.date(2010, 1, 1)

OWN_DAYS: Final = 90
"""History of an owner's new station, in days before the test."""

MIN_EXCEEDANCES: Final = 5
"""Days above the threshold that a station needs in a period for its metric there to count."""

MIN_TEST_SAMPLES: Final = 300
MIN_OWN_SAMPLES: Final = 40


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency with new stations; ``stations`` take no part in training or rehearsal."""

    id: str
    name: str
    stations: tuple[str, ...]


def _owner(network: str, *stations: str) -> Agency:
    return Agency(f"{network}-new", f"{NETWORKS[network]} (new stations)", stations)


OWNERS: Final = (
    _owner("BW", "DEBW087", "DEBW103"),
    _owner("HE", "DEHE046", "DEHE051"),
    _owner("NI", "DENI059", "DENI060", "DENI063"),
    _owner("NW", "DENW081"),
    _owner("RP", "DERP016", "DERP017"),
    _owner("TH", "DETH061"),
    _owner("UB", "DEUB028", "DEUB029", "DEUB030"),
)


def edges(clients: Collection[str] | None = None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Edges (networks) with their clients (stations), in ascending order.

    Args:
        clients: the cohort to keep, or None for all clients; edges left without a client are left out.

    Raises:
        InputError: a name that is not a client's.
    """
    owned = {station for owner in OWNERS for station in owner.stations}
    by_edge: dict[str, list[str]] = {network: [] for network in NETWORKS}
    for station in load().stations:
        if station.id not in owned:
            by_edge[station.network].append(station.id)
    known = {station for stations in by_edge.values() for station in stations}
    for client in clients or ():
        if client not in known:
            raise InputError("clients", client, "a client of the air-quality demonstration")
    kept = known if clients is None else set(clients)
    cohort = {edge: tuple(station for station in stations if station in kept) for edge, stations in by_edge.items()}
    return tuple((edge, stations) for edge, stations in cohort.items() if stations)


def federation(clients: Collection[str] | None = None, history_days: int | None = None) -> Federation:
    """The campaign's federation: trained on the days before the test, validated by the clients in the test years.

    Args:
        clients: the cohort, or None for all clients.
        history_days: days before the test that a client has, or None for all it ever measured; a client without any
            sample in them stays in the federation and delivers nothing.
    """
    return _federation(clients, history_days, TEST_START, TEST_END)


def rehearsal(clients: Collection[str] | None = None, history_days: int | None = None) -> Federation:
    """The same a year earlier: trained on the days before 2007, validated in 2007; no owner, no test day takes part.

    Clients that have no sample from before 2007 do not train in it.
    """
    members = _federation(clients, history_days, REHEARSAL_START, TEST_START)
    return members.only([client for client in members.clients if len(members.data[client].day)])


def owner_sites(owner: Agency) -> dict[str, Site]:
    """The owner's stations: their own 90 days, and the test years."""
    return {station: site(station) for station in owner.stations}


def site(station: str, history_days: int | None = OWN_DAYS) -> Site:
    """A station's last days before the test, or all of them (None), and its test years."""
    start = load().day(TEST_START)
    begin = 0 if history_days is None else start - history_days
    history = samples(load(), station)
    return Site(history.between(begin, start), history.between(start, load().day(TEST_END)))


def can_be_judged(station: str) -> bool:
    """Whether a station has enough test days, exceedances among them, and own days for a comparison."""
    data = site(station)
    return (
        data.test.exceeded.sum() >= MIN_EXCEEDANCES
        and len(data.test.day) >= MIN_TEST_SAMPLES
        and len(data.own.day) >= MIN_OWN_SAMPLES
    )


def _federation(clients: Collection[str] | None, history_days: int | None, start: dt.date, end: dt.date) -> Federation:
    kept, first, last = edges(clients), load().day(start), load().day(end)
    begin = 0 if history_days is None else first - history_days
    histories = {client: samples(load(), client) for _, stations in kept for client in stations}
    later: dict[str, DaySamples] = {client: history.between(first, last) for client, history in histories.items()}
    return Federation(
        edges=kept,
        data={client: history.between(begin, first) for client, history in histories.items()},
        validation={client: data for client, data in later.items() if data.exceeded.sum() >= MIN_EXCEEDANCES},
    )


class AirQuality(OwnTask):
    """PM10 of tomorrow above 35 µg/m³; its owners have sites."""

    __slots__ = ()

    def federation(self, clients: Collection[str]) -> Federation:
        """Edges, clients and data for a cohort."""
        return federation(clients)

    def sites(self, owner: str) -> dict[str, Site]:
        """An owner's new stations."""
        return owner_sites(next(known for known in OWNERS if known.id == owner))

    def untrained_metric(self, site: Site) -> float:
        """What ranking the days by today's PM10 reaches."""
        return auc(site.test.exceeded, site.test.inputs[:, DAYS_BACK - 1])


TASK: Final = AirQuality("mean station AUC", task, federation, rehearsal, "rank days by today's PM10", PLAN)
