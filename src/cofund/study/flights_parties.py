"""Airlines at New York's airports as parties: will a flight arrive late, from what is known when it is planned?

Every airline at an airport is a client, the airport its edge: 32 of the 35, all but those with fewer than ``MIN_LATE``
late flights in the year. Inputs are the hour, weekday, season and distance, and the weather at departure.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cofund.data.flights import AIRPORTS, Flights, load
from cofund.training import perceptron
from cofund.training.auc import auc
from cofund.training.model import Model
from cofund.training.plan import Plan
from cofund.training.task import Task

HIDDEN: Final = 16
OUTPUT_BIAS: Final = -1.0
"""Log-odds that the network starts from: about a quarter of all flights are late."""

MIN_LATE: Final = 100
SIZES: Final = {"< 2,000": (0, 2_000), "< 10,000": (2_000, 10_000), ">= 10,000": (10_000, 10**6)}
"""Name -> flights of a party in the year, from and below."""

FIRST_WEEKDAY: Final = 1
"""The year began on a Tuesday."""

USUAL_WEATHER: Final = (10.0, 0.0, 10.0)
"""Stands for weather that nobody noted: wind, rain, visibility."""


@dataclass(frozen=True, slots=True)
class FlightSamples:
    """Flights of a party; ``day`` (n,) of the year, ``inputs`` (n, features) and ``late`` (n,) float32."""

    day: np.ndarray
    inputs: np.ndarray
    late: np.ndarray

    def on(self, days: np.ndarray) -> "FlightSamples":
        """The flights of these days."""
        kept = np.isin(self.day, days)
        return FlightSamples(self.day[kept], self.inputs[kept], self.late[kept])


@functools.cache
def parties() -> Mapping[str, FlightSamples]:
    """All flights of every party, ``airport-airline`` in ascending order."""
    flights = load()
    inputs, late = features(flights), flights.late.astype(np.float32)
    found = {}
    for airport in AIRPORTS:
        for airline in np.unique(flights.airline):
            rows = np.flatnonzero((flights.airport == airport) & (flights.airline == airline))
            if late[rows].sum() >= MIN_LATE:
                found[f"{airport}-{airline}"] = FlightSamples(flights.day[rows], inputs[rows], late[rows])
    return found


def features(flights: Flights) -> np.ndarray:
    """Inputs of every flight, scaled by public constants to about one; (n, features) float32, the last one 1."""
    wind, rain, visibility = np.where(np.isnan(flights.weather), USUAL_WEATHER, flights.weather).T
    year = flights.day * (2 * np.pi / 365)
    columns = (
        np.eye(24)[flights.hour] / 2,
        (flights.hour - 13) / 6,
        np.eye(7)[(flights.day + FIRST_WEEKDAY) % 7] / 2,
        *(wave(times * year) / 2 for times in (1, 2) for wave in (np.sin, np.cos)),
        np.log(flights.distance / 800) / 2,
        (wind - 10) / 10,
        np.minimum(rain, 0.2) * 5,
        (10 - visibility) / 5,
        np.ones(len(flights.day)),
    )
    return np.column_stack(columns).astype(np.float32)


def edges(names: Sequence[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Airports with their airlines."""
    by_airport = {airport: tuple(name for name in names if name.startswith(airport)) for airport in AIRPORTS}
    return tuple((airport, members) for airport, members in by_airport.items() if members)


def size_of(flights: int) -> str:
    """Name of the size of a party with so many flights in the year."""
    return next(name for name, (least, below) in SIZES.items() if least <= flights < below)


def task(plan: Plan) -> Task:
    """The task with the plan's learning rate and batch."""

    def train(model: Model, data: FlightSamples, steps: int, seed: int) -> tuple[Model, int]:
        if not len(data.late):
            raise ValueError("the client has no samples")
        rate, batch = plan.learning_rate, plan.batch
        trained = perceptron.descend(
            model, data.inputs, data.late, steps=steps, learning_rate=rate, batch=batch, seed=seed
        )
        return trained, len(data.late)

    features_in = next(iter(parties().values())).inputs.shape[1]
    return Task(
        name="arrival more than 15 minutes late",
        initial=lambda seed: perceptron.initial(features_in, HIDDEN, OUTPUT_BIAS, seed),
        train=train,
        evaluate=lambda model, data: auc(data.late, perceptron.scores(model, data.inputs)),
    )
