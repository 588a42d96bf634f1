"""Small pieces of inline SVG; coordinates are in units of the figure's view box, one decimal."""

from collections.abc import Iterable

from cofund.report.markup import Content, Html, tag

Point = tuple[float, float]


def figure(width: float, height: float, label: str, caption: Content, *shapes: Html) -> Html:
    """A figure with its caption; ``label`` says in one sentence what a person who cannot see it misses."""
    drawing = tag("svg", tag("title", label), *shapes, viewBox=f"0 0 {number(width)} {number(height)}", role="img")
    return tag("figure", drawing, tag("figcaption", caption))


def number(value: float) -> str:
    """One decimal, none if it is zero."""
    return f"{value:.1f}".removesuffix(".0")


def line(start: Point, end: Point, class_: str = "axis") -> Html:
    """A straight line."""
    (x1, y1), (x2, y2) = start, end
    return tag("line", x1=number(x1), y1=number(y1), x2=number(x2), y2=number(y2), class_=class_)


def path(points: Iterable[Point], class_: str) -> Html:
    """Straight lines from point to point."""
    return tag("path", d="M" + "L".join(f"{number(x)} {number(y)}" for x, y in points), class_=class_)


def box(corner: Point, width: float, height: float, class_: str) -> Html:
    """A rectangle."""
    x, y = corner
    return tag("rect", x=number(x), y=number(y), width=number(width), height=number(height), class_=class_)


def label(at: Point, content: Content, anchor: str = "start", class_: str | None = None) -> Html:
    """Text whose ``anchor`` (start, middle, end) is at the point."""
    x, y = at
    return tag("text", content, x=number(x), y=number(y), text_anchor=anchor, class_=class_)


def ribbon(start: Point, end: Point, start_height: float, end_height: float, class_: str) -> Html:
    """A band from one upper left corner to another, with the height it has at each end."""
    (x1, y1), (x2, y2) = start, end
    middle = number((x1 + x2) / 2)
    upper = f"M{number(x1)} {number(y1)}C{middle} {number(y1)} {middle} {number(y2)} {number(x2)} {number(y2)}"
    low1, low2 = number(y1 + start_height), number(y2 + end_height)
    lower = f"L{number(x2)} {low2}C{middle} {low2} {middle} {low1} {number(x1)} {low1}Z"
    return tag("path", d=upper + lower, class_=class_)
