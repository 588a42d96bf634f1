"""Task: will tomorrow's PM10 exceed 35 µg/m³, from the last 8 days, the season and the weekday of tomorrow?

The metric is the area under the ROC curve. Inputs are scaled by fixed public constants, so that nothing about a
station's data leaks through its statistics.
"""

import datetime as dt
import functools
from dataclasses import dataclass
from typing import Final

import numpy as np

from cofund.data.air_quality.measurements import Measurements
from cofund.training import perceptron
from cofund.training.auc import auc
from cofund.training.model import Model
from cofund.training.plan import Plan
from cofund.training.task import Task

THRESHOLD: Final = np.float32(35)
"""µg/m³; a day exceeds it if its mean is strictly above."""

DAYS_BACK: Final = 8
FEATURES: Final = DAYS_BACK + 2 + 7 + 1
"""The last days, sine and cosine of the season, seven weekdays, a constant."""

HIDDEN: Final = 16
OUTPUT_BIAS: Final = -2.0
"""Log-odds that the network starts from: days above the threshold are rare everywhere."""

CENTRE, SPREAD = np.float32(3.0), np.float32(4.0)
"""log(1 + PM10) lies around 3 (19 µg/m³); a quarter of its distance from there is of the size of the other inputs."""


@dataclass(frozen=True, slots=True)
class DaySamples:
    """Days to be forecast at one station.

    Shapes: ``day`` (n,) columns of the days forecast, ascending; ``inputs`` (n, FEATURES), ``exceeded`` (n,) float32.
    """

    day: np.ndarray
    inputs: np.ndarray
    exceeded: np.ndarray

    def between(self, first_day: int, end_day: int) -> "DaySamples":
        """DaySamples with ``first_day <= day < end_day``."""
        kept = slice(*np.searchsorted(self.day, (first_day, end_day)))
        return DaySamples(self.day[kept], self.inputs[kept], self.exceeded[kept])


def samples(measurements: Measurements, station: str) -> DaySamples:
    """Every day of a station that was measured together with all 8 days before it."""
    windows = np.lib.stride_tricks.sliding_window_view(measurements.series(station), DAYS_BACK + 1)
    complete = np.flatnonzero(np.isfinite(windows).all(axis=1))
    day = complete + DAYS_BACK
    past, tomorrow = windows[complete, :DAYS_BACK], windows[complete, DAYS_BACK]
    calendar = _calendar(measurements.first_day, measurements.pm10.shape[1])[day]
    inputs = np.concatenate([(np.log1p(past) - CENTRE) / SPREAD, calendar], axis=1, dtype=np.float32)
    return DaySamples(day, inputs, (tomorrow > THRESHOLD).astype(np.float32))


@functools.cache
def _calendar(first_day: dt.date, days: int) -> np.ndarray:
    """Season, weekday and the constant of every day; (days, FEATURES - DAYS_BACK) float32."""
    dates = [first_day + dt.timedelta(day) for day in range(days)]
    angle = np.array([date.timetuple().tm_yday for date in dates]) * (2 * np.pi / 365.25)
    weekday = np.eye(7)[[date.weekday() for date in dates]]
    calendar: np.ndarray = np.column_stack([np.sin(angle) / 2, np.cos(angle) / 2, weekday / 2, np.ones(days)])
    return calendar.astype(np.float32)


def task(plan: Plan) -> Task:
    """The task with the plan's learning rate and batch."""

    def train(model: Model, data: DaySamples, steps: int, seed: int) -> tuple[Model, int]:
        if not len(data.exceeded):
            raise ValueError("the client has no samples")
        trained = perceptron.descend(
            model,
            data.inputs,
            data.exceeded,
            steps=steps,
            learning_rate=plan.learning_rate,
            batch=plan.batch,
            seed=seed,
        )
        return trained, len(data.exceeded)

    return Task(
        name="PM10 of tomorrow above 35 µg/m³",
        initial=lambda seed: perceptron.initial(FEATURES, HIDDEN, OUTPUT_BIAS, seed),
        train=train,
        evaluate=lambda model, data: auc(data.exceeded, perceptron.scores(model, data.inputs)),
    )
