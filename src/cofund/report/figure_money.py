"""Where the owners' charges went: bands from owners through the contract to those who earned them."""

from dataclasses import dataclass

from cofund.money import Currency
from cofund.report import svg
from cofund.report.markup import Html
from cofund.report.verdict import Findings

WIDTH, BAR, LEFT, RIGHT, HEIGHT, SLOT, HEAD = 460.0, 8.0, 112.0, 300.0, 230.0, 17.0, 20.0
MIDDLE = (LEFT + BAR + RIGHT - BAR) / 2
BACK = "back to owners"
SHORTEST = 0.5
"""Height that a band has at least, so that it can be seen."""


@dataclass(frozen=True, slots=True)
class _Bar:
    """A node at the left or right: where its bar is and how high, and where its band joins the middle."""

    name: str
    amount: int
    top: float
    height: float
    joint: float


def money_figure(found: Findings) -> Html:
    """The figure; the campaign must be funded."""
    coins, charges = found.reading.currency, found.balance.income
    paid = [*((owner.id, owner.charge) for owner in found.owners), ("sponsor", found.balance.sponsored)]
    payers = [(name, amount) for name, amount in paid if amount]
    parts = [(_brief(part.name), part.amount) for part in found.balance.parts if _visible(part.amount, charges)]
    left, right = _stack(payers, charges), _stack(parts, charges)
    height = max(bars[-1].top + bars[-1].height for bars in (left, right)) + 14
    shapes = [
        svg.label((LEFT + BAR, 11), "they pay" if found.balance.sponsored else "owners pay", "end", "strong"),
        svg.label((MIDDLE + BAR / 2, 11), coins.short(charges), "middle", "strong"),
        svg.label((RIGHT, 11), "it goes to", "start", "strong"),
        svg.box((MIDDLE, HEAD), BAR, HEIGHT, "fill"),
        *(shape for bar in left for shape in _paid(bar, coins)),
        *(shape for bar in right for shape in _received(bar, coins)),
    ]
    spoken = "; ".join(f"{name} {coins.short(amount)}" for name, amount in [*payers, *parts])
    caption = f"Every charge and where it went, in {coins.unit}, rounded to hundredths; the table has every unit."
    return svg.figure(WIDTH, height, f"Owners' charges and where they went: {spoken}.", caption, *shapes)


def _paid(bar: _Bar, coins: Currency) -> list[Html]:
    start, end = (LEFT + BAR, bar.top), (MIDDLE, bar.joint)
    return [
        svg.ribbon(start, end, bar.height, bar.height, "band one"),
        svg.box((LEFT, bar.top), BAR, bar.height, "fill one"),
        _name(LEFT - 5, bar, "end", coins),
    ]


def _received(bar: _Bar, coins: Currency) -> list[Html]:
    tone = "three" if bar.name == BACK else "two"
    start, end = (MIDDLE + BAR, bar.joint), (RIGHT, bar.top)
    return [
        svg.ribbon(start, end, bar.height, bar.height, f"band {tone}"),
        svg.box((RIGHT, bar.top), BAR, bar.height, f"fill {tone}"),
        _name(RIGHT + BAR + 5, bar, "start", coins),
    ]


def _stack(amounts: list[tuple[str, int]], charges: int) -> list[_Bar]:
    """Bars from the top down, heights in proportion, every one with room for a line of text."""
    bars: list[_Bar] = []
    top = joint = HEAD
    for name, amount in amounts:
        exact = HEIGHT * amount / charges
        height = max(exact, SHORTEST)
        slot = max(height, SLOT)
        bars.append(_Bar(name, amount, top + (slot - height) / 2, height, joint))
        top, joint = top + slot + 3, joint + exact
    return bars


def _name(x: float, bar: _Bar, anchor: str, coins: Currency) -> Html:
    return svg.label((x, bar.top + bar.height / 2 + 4), f"{bar.name} {coins.short(bar.amount)}", anchor)


def _visible(amount: int, charges: int) -> bool:
    """A bar of a thousandth of a unit of height would claim a place it does not have."""
    return HEIGHT * amount / charges >= SHORTEST / 100


def _brief(name: str) -> str:
    return BACK if name.endswith(BACK) else name
