"""The packaged measurements are what ``derive.py`` says, and tasks see them rightly."""

import datetime as dt
import hashlib
from collections import Counter

import numpy as np
import pytest

from cofund.data.air_quality import derive
from cofund.data.air_quality.measurements import NETWORKS, load
from cofund.training.tasks.air_quality import CENTRE, DAYS_BACK, FEATURES, SPREAD, samples


def test_the_packaged_arrays_are_those_derived_from_the_named_source() -> None:
    with np.load(derive.PACKAGED_FILE, allow_pickle=False) as arrays:
        tenths = arrays["pm10_tenths"]
        assert tenths.dtype == np.dtype("<i2")
        assert tenths.shape == (46, 4383)
        assert str(arrays["first_day"]) == "1998-01-01"
        digest = hashlib.sha256(tenths.tobytes()).hexdigest()
    assert digest == "fe99f69777992b20e34b5327a0c1e39d86c7602faceb188effd32f9f5ebad893"
    assert derive.PACKAGED_FILE.stat().st_size < 200_000


def test_counts_ranges_and_order() -> None:
    measurements = load()
    codes = [station.id for station in measurements.stations]
    measured = np.isfinite(measurements.pm10)
    assert codes == sorted(set(codes))
    assert measured.sum() == 121_386
    assert np.nanmin(measurements.pm10) == 0
    assert np.nanmax(measurements.pm10) == np.float32(274.3)
    assert measurements.day(dt.date(2009, 12, 31)) == 4382
    assert {station.network for station in measurements.stations} == set(NETWORKS)
    assert Counter(station.network for station in measurements.stations)["UB"] == 6
    assert measured[:, measurements.day(derive.KEPT_SINCE) :].any(axis=1).all()


@pytest.mark.parametrize(
    ("station", "day", "source_value", "expected"),
    [
        ("DEBB053", 2799, 15.625, 15.6),
        ("DEBB053", 3204, 26.99, 27.0),
        ("DENW081", 1920, 24.0, 24.0),
        ("DEUB028", 1594, 11.875, 11.9),
        ("DESN076", 3954, 4.2, 4.2),
        ("DEHE051", 3106, 12.417, 12.4),
    ],
)
def test_values_read_from_the_source_by_hand(station: str, day: int, source_value: float, expected: float) -> None:
    assert abs(source_value - expected) <= 0.05
    assert load().series(station)[day] == np.float32(expected)


def test_derive_keeps_late_stations_sorts_them_and_rounds_to_tenths() -> None:
    start = dt.date(2005, 12, 31)
    values = np.array([[1.0, np.nan, 12.34], [9.0, np.nan, np.nan], [np.nan, 0.0, 0.25]])
    derived = derive.derive(["DEZZ002", "DEZZ003", "DEZZ001"], start, values)
    assert derived["stations"].tolist() == ["DEZZ001", "DEZZ002"]
    assert derived["pm10_tenths"].tolist() == [[-1, 0, 2], [10, -1, 123]]
    assert str(derived["first_day"]) == "2005-12-31"


def test_an_unknown_station_is_refused_and_the_shared_array_cannot_be_written() -> None:
    with pytest.raises(KeyError, match="DEXX999"):
        load().series("DEXX999")
    with pytest.raises(ValueError, match="read-only"):
        load().pm10[0, 0] = 1


def test_a_sample_holds_the_eight_days_before_the_calendar_and_what_came() -> None:
    measurements = load()
    series, data = measurements.series("DEBB053"), samples(measurements, "DEBB053")
    assert data.inputs.shape == (len(data.day), FEATURES)
    assert data.inputs.dtype == np.float32
    for row in (0, 1000, len(data.day) - 1):
        day = int(data.day[row])
        date = measurements.first_day + dt.timedelta(day)
        past = (np.log1p(series[day - DAYS_BACK : day]) - CENTRE) / SPREAD
        weekday = [0.5 if number == date.weekday() else 0.0 for number in range(7)]
        assert data.inputs[row, :DAYS_BACK].tolist() == past.tolist()
        assert data.inputs[row, DAYS_BACK + 2 : -1].tolist() == weekday
        assert data.inputs[row, -1] == 1
        assert data.exceeded[row] == (series[day] > 35)


def test_exactly_the_days_with_a_complete_window_are_samples() -> None:
    series = load().series("DEHE051")
    complete = [day for day in range(DAYS_BACK, len(series)) if np.isfinite(series[day - DAYS_BACK : day + 1]).all()]
    data = samples(load(), "DEHE051")
    assert data.day.tolist() == complete
    assert data.between(4000, 4100).day.tolist() == [day for day in complete if 4000 <= day < 4100]
