"""The metric after every round, beside the curve that was public before anybody bid, and where owners stopped."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, takewhile

from cofund.errors import CheckFailed
from cofund.report import svg
from cofund.report.accuracy import metric_name
from cofund.report.markup import Html, join, tag
from cofund.report.reading import Reading
from cofund.report.words import listed, many
from cofund.training.curve import fit

WIDTH, PLOT_HEIGHT, LEFT, BOTTOM, FLAG = 460.0, 200.0, 40.0, 34.0, 13.0
STEPS = (1, 2, 5, 10, 20, 50, 100)
MOST_TICKS = 6
PARTS_PER_THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class _Scale:
    """Rounds and metrics to coordinates; ``low`` and ``high`` in parts of a thousand."""

    rounds: int
    low: int
    high: int
    top: float

    def at(self, round_number: float, metric: float) -> svg.Point:
        x = LEFT + (WIDTH - LEFT - 6) * round_number / self.rounds
        share = (metric * PARTS_PER_THOUSAND - self.low) / (self.high - self.low)
        return x, self.top + PLOT_HEIGHT * (1 - share)


def curve_figure(reading: Reading) -> Html:
    """The figure; the record must have rounds."""
    measured = [None if row["metric_ppb"] is None else row["metric_ppb"] / 10**9 for row in reading.record["rounds"]]
    fitted = _fitted(reading)
    stops = _stops(reading)
    step, low, high = _ticks([metric for metric in (*measured, *fitted) if metric is not None] or [0.0, 1.0])
    scale = _Scale(len(reading.instance.quality), low, high, top=8 + FLAG * len(stops))
    height = scale.top + PLOT_HEIGHT + BOTTOM
    shapes = [*_axes(scale, step), *_flags(scale, stops)]
    if fitted:
        shapes.append(svg.path([scale.at(at, metric) for at, metric in enumerate(fitted, start=1)], "line two dashed"))
    shapes += [svg.path([scale.at(*point) for point in stretch], "line one") for stretch in _stretches(measured)]
    return svg.figure(WIDTH, height, _spoken(reading, stops), _caption(reading), *shapes)


def _stretches(measured: list[float | None]) -> list[list[tuple[int, float]]]:
    """Rounds that follow each other and have a metric, with it; the line is broken where there is none."""
    stretches: list[list[tuple[int, float]]] = [[]]
    for at, metric in enumerate(measured, start=1):
        if metric is None:
            stretches.append([])
        else:
            stretches[-1].append((at, metric))
    return [stretch for stretch in stretches if stretch]


def _fitted(reading: Reading) -> list[float]:
    """The public curve as metrics; nothing if no rehearsal was published, or none that a curve fits."""
    rehearsal = reading.terms["rehearsal"]
    if rehearsal is None:
        return []
    try:
        rehearsed = fit([float(metric) for metric in rehearsal["metrics"]])
    except (CheckFailed, ValueError):
        return []
    return [rehearsed.metric(number) for number in range(1, len(reading.instance.quality) + 1)]


def _stops(reading: Reading) -> list[tuple[int, str]]:
    """(level, who stopped there) in rising order."""
    by_level: dict[int, list[str]] = {}
    for owner in reading.outcome.owners:
        if owner.level:
            by_level.setdefault(owner.level, []).append(owner.id)
    return [
        (level, listed(names) if len(names) <= 3 else many(len(names), "owner"))
        for level, names in sorted(by_level.items())
    ]


def _ticks(values: list[float]) -> tuple[int, int, int]:
    """Step, lowest and highest tick in parts of a thousand."""
    least, most = min(values) * PARTS_PER_THOUSAND, max(values) * PARTS_PER_THOUSAND
    step = next(step for step in _steps() if (most - least) / step <= MOST_TICKS)
    return step, int(least // step) * step, (int(most // step) + 1) * step


def _steps() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50 and so on."""
    return (first * 10**power for power in count() for first in (1, 2, 5))


def _axes(scale: _Scale, step: int) -> list[Html]:
    shapes = []
    for tick in takewhile(lambda tick: tick <= scale.high, count(scale.low, step)):
        metric = tick / PARTS_PER_THOUSAND
        left, right = scale.at(0, metric), scale.at(scale.rounds, metric)
        shapes += [svg.line(left, right, "grid"), svg.label((LEFT - 5, left[1] + 4), _tick(metric), "end")]
    every = next((step for step in STEPS if scale.rounds / step <= 10), STEPS[-1])
    for number in range(0, scale.rounds + 1, every):
        x, y = scale.at(number, scale.low / PARTS_PER_THOUSAND)
        shapes.append(svg.label((x, y + 15), number, "middle"))
    middle, bottom = scale.at(scale.rounds / 2, scale.low / PARTS_PER_THOUSAND)
    return [*shapes, svg.label((middle, bottom + 30), "round", "middle")]


def _tick(metric: float) -> str:
    return f"{metric:z.3f}" if abs(metric) < 100 else f"{metric:.4g}"


def _flags(scale: _Scale, stops: list[tuple[int, str]]) -> list[Html]:
    """A mast at each level with the names to its left, later ones higher, so that no name crosses a mast."""
    shapes = []
    for row, (level, names) in enumerate(stops):
        x, bottom = scale.at(level, scale.low / PARTS_PER_THOUSAND)
        top = scale.top - FLAG * (row + 1)
        leftmost = x < WIDTH / 3
        shapes.append(svg.line((x, bottom), (x, top), "mast"))
        words = f"{names} stopped at {level}" if row == 0 else f"{names} at {level}"
        shapes.append(svg.label((x + 4 if leftmost else x - 4, top + 9), words, "start" if leftmost else "end"))
    return shapes


def _spoken(reading: Reading, stops: list[tuple[int, str]]) -> str:
    first, last = reading.record["rounds"][0], reading.record["rounds"][-1]
    where = "; ".join(f"{names} at round {level}" for level, names in stops)
    return (
        f"The {metric_name(reading)} goes from {first['metric']} after round {first['round']} to {last['metric']} "
        f"after round {last['round']}. Owners stopped: {where}."
    )


def _caption(reading: Reading) -> Html:
    rehearsal = reading.terms["rehearsal"]
    measured = [
        tag("span", "━ measured", class_="one"),
        f": {metric_name(reading)} of the shared model after each round of this campaign. ",
    ]
    if rehearsal is None:
        return join([*measured, "No rehearsal was published."])
    return join(
        [
            *measured,
            tag("span", "╌ public curve", class_="two"),
            (
                f": fitted on a rehearsal before anybody bid (rate {rehearsal['rate']}, error {rehearsal['rmse']}). "
                "The rehearsal uses earlier data, so compare the shapes, not the heights. "
                "A round's metric is taken over the clients that delivered it."
            ),
        ]
    )
