"""Accuracy per owner: own data, the rule that needs no training, the funded model; shapes differ, not only colours."""

from decimal import Decimal

from cofund.report import svg
from cofund.report.accuracy import Accuracy, metric_name, owner_accuracy, untrained_name
from cofund.report.markup import Html, join, tag
from cofund.report.reading import Reading

WIDTH, LEFT, RIGHT, ROW, HEAD = 460.0, 76.0, 12.0, 24.0, 10.0
TENTH = Decimal("0.1")


def accuracy_figure(reading: Reading) -> Html:
    """The figure; there must be an owner with a measured site."""
    rows = owner_accuracy(reading)
    low = min(min(row.alone, row.untrained) for row in rows.values()) // TENTH * TENTH
    bottom = HEAD + ROW * len(rows)
    shapes = []
    for tick in range(int(low * 10), 11):
        x = _x(Decimal(tick) / 10, low)
        shapes.append(svg.line((x, HEAD - 4), (x, bottom), "grid"))
        shapes.append(svg.label((x, bottom + 15), f"{tick / 10:.1f}", "middle"))
    for number, (owner, row) in enumerate(rows.items()):
        shapes += _marks(owner, row, low, HEAD + ROW * (number + 0.5))
    return svg.figure(WIDTH, bottom + 22, _spoken(rows), _caption(reading), *shapes)


def _marks(owner: str, row: Accuracy, low: Decimal, y: float) -> list[Html]:
    alone, untrained = _x(row.alone, low), _x(row.untrained, low)
    shapes = [svg.label((LEFT - 8, y + 4), owner, "end")]
    if row.funded is not None:
        funded = _x(row.funded, low)
        shapes.append(svg.line((alone, y), (funded, y), "mast"))
        shapes.append(tag("circle", cx=svg.number(funded), cy=svg.number(y), r="5", class_="fill one"))
    shapes.append(svg.box((alone - 4, y - 4), 8, 8, "fill two"))
    shapes.append(svg.path([(untrained, y - 8), (untrained, y + 8)], "line three"))
    return shapes


def _x(value: Decimal, low: Decimal) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * float((value - low) / (1 - low))


def _spoken(rows: dict[str, Accuracy]) -> str:
    said = (
        f"{owner}: own data {row.alone}, rule {row.untrained}, funded {row.funded or 'none'}"
        for owner, row in rows.items()
    )
    return "; ".join(said) + "."


def _caption(reading: Reading) -> Html:
    return join(
        [
            f"{metric_name(reading)}, mean over each owner's sites: ",
            tag("span", "■ own data only", class_="two"),
            ", ",
            tag("span", f"┃ a rule that needs no training ({untrained_name(reading)})", class_="three"),
            ", ",
            tag("span", "● funded model", class_="one"),
            ". Further right is better; 1 is perfect, 0.5 is guessing.",
        ]
    )
