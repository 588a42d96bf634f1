"""Read the packaged PM10 measurements: who measured, where each station belongs, what was measured."""

import datetime as dt
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np

NETWORKS: Final = {
    "BB": "Brandenburg",
    "BE": "Berlin",
    "BW": "Baden-Württemberg",
    "BY": "Bayern",
    "HE": "Hessen",
    "MV": "Mecklenburg-Vorpommern",
    "NI": "Niedersachsen",
    "NW": "Nordrhein-Westfalen",
    "RP": "Rheinland-Pfalz",
    "SH": "Schleswig-Holstein",
    "SN": "Sachsen",
    "TH": "Thüringen",
    "UB": "Umweltbundesamt",
}
"""Network operators by the two letters after ``DE`` in a station code: twelve states and the federal agency."""


@dataclass(frozen=True, slots=True)
class Station:
    """One measuring station; ``network`` is a key of ``NETWORKS``."""

    id: str
    network: str


@dataclass(frozen=True, slots=True)
class Measurements:
    """Daily means of PM10.

    Shapes: ``stations`` ascending by id; ``pm10`` (stations, days) float32 in µg/m³, tenths to the nearest float32, NaN
    where nothing was measured.
    """

    stations: tuple[Station, ...]
    first_day: dt.date
    pm10: np.ndarray

    def day(self, date: dt.date) -> int:
        """Column of a calendar day."""
        return (date - self.first_day).days

    def series(self, station: str) -> np.ndarray:
        """The row of one station, all days; a view.

        Raises:
            KeyError: no such station.
        """
        row = bisect_left(self.stations, station, key=lambda each: each.id)
        if row == len(self.stations) or self.stations[row].id != station:
            raise KeyError(station)
        series: np.ndarray = self.pm10[row]
        return series


@cache
def load() -> Measurements:
    """Read ``pm10.npz`` from the installed package; read once, shared, not writable."""
    with (resources.files(__package__) / "pm10.npz").open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        codes = [str(code) for code in arrays["stations"]]
        first_day = dt.date.fromisoformat(str(arrays["first_day"]))
        tenths = arrays["pm10_tenths"]
    pm10 = np.where(tenths < 0, np.float32("nan"), tenths.astype(np.float32) / np.float32(10))
    pm10.setflags(write=False)
    return Measurements(tuple(Station(code, code[2:4]) for code in codes), first_day, pm10)
