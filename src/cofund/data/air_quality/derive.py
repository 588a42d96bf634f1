"""Derive the packaged file ``pm10.npz`` from ``air.rda`` of the Debian package r-cran-spacetime.

Run ``python -m cofund.data.air_quality.derive AIR.rda``; it needs the extra ``cofund[data]``. Kept are the stations
that measured in 2006 or later, on all days, rounded to tenths (ties to even). What is left out is in ``NOTICE.md``.

Shapes: ``stations`` (S,) station codes in ascending order, ``first_day`` () ISO date, ``pm10_tenths`` (S, D) int16 in
tenths of µg/m³, ``MISSING`` where nothing was measured.
"""

import argparse
import datetime as dt
import hashlib
from pathlib import Path
from typing import Any, Final

import numpy as np

SOURCE_SHA256: Final = "1fb2eb299947fd525069b865d48fa88efd3dc8d2307e8779fe005b63eaa53981"
"""Digest of ``air.rda`` in r-cran-spacetime 1.2-8+dfsg-1."""

KEPT_SINCE: Final = dt.date(2006, 1, 1)
"""A station that had stopped before this day is left out: it could take part in nothing."""

MISSING: Final = -1
"""Mark of a day without a measurement; measured values are never negative."""

PACKAGED_FILE: Final = Path(__file__).with_name("pm10.npz")


def read_source(path: Path) -> tuple[list[str], dt.date, np.ndarray]:
    """Station codes, first day and PM10 (S, D) float64 in µg/m³ with NaN for missing, as the R objects hold them.

    The objects are taken from the parsed file directly: converting the whole file would also convert the map polygons.
    """
    import rdata  # noqa: PLC0415 - only this derivation needs to read R files

    objects = _pairs(rdata.parser.parse_file(path).object)
    attributes = _pairs(objects["air"].attributes)
    stations = [name.value.decode() for name in attributes["dimnames"].value[0].value]
    days = objects["dates"].value.astype(int)
    if not (np.diff(days) == 1).all():
        raise SystemExit(f"{path}: the days are not consecutive")
    values = objects["air"].value.reshape(tuple(attributes["dim"].value), order="F")
    return stations, dt.date(1970, 1, 1) + dt.timedelta(int(days[0])), values


def derive(stations: list[str], first_day: dt.date, values: np.ndarray) -> dict[str, np.ndarray]:
    """The arrays of the packaged file: stations still measuring in 2006, sorted by code, in tenths."""
    recent = np.isfinite(values[:, (KEPT_SINCE - first_day).days :]).any(axis=1)
    order = [row for row in np.argsort(stations) if recent[row]]
    kept = values[order]
    tenths = np.where(np.isfinite(kept), np.rint(np.nan_to_num(kept) * 10), MISSING).astype("<i2")
    return {
        "stations": np.array([stations[row] for row in order]),
        "first_day": np.array(first_day.isoformat()),
        "pm10_tenths": tenths,
    }


def _pairs(node: Any) -> dict[str, Any]:
    """An R pairlist as a dictionary; a tag seen before is stored as a reference to the first."""
    pairs = {}
    while node is not None and node.info.type.name == "LIST":
        tag = node.tag if node.tag.value is not None else node.tag.referenced_object
        pairs[tag.value.value.decode()], node = node.value
    return pairs


def main() -> None:
    """Write the packaged file next to this script, or elsewhere with ``--out``; the same input gives the same bytes."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("--out", type=Path, default=PACKAGED_FILE)
    options = parser.parse_args()
    if hashlib.sha256(options.source.read_bytes()).hexdigest() != SOURCE_SHA256:
        raise SystemExit(f"{options.source}: not the air.rda named in NOTICE.md (SHA-256 {SOURCE_SHA256})")
    arrays = derive(*read_source(options.source))
    with options.out.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)  # entries carry the fixed date 1980-01-01


if __name__ == "__main__":
    main()
