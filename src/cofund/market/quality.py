"""Learning curves written as a formula, expanded to the integers that everyone computes with (mechanism.md, 1).

    power:        Q(r) = (r / R) ** exponent             0 < exponent <= 1
    exponential:  Q(r) = (1 - e**(-rate r)) / (1 - e**(-rate R))   0 < rate <= 100

Rounding: the exact share of each round in parts of ``ONE`` is rounded down; the parts that are then missing from
``ONE`` go one each to the first rounds. So the sum is exact, and the curve stays nonincreasing.

The same integers come out on every machine: the work is done in ``decimal`` with 60 digits, whose ``exp`` and ``ln``
are correctly rounded, never in the floating point of the processor. A share within 1e-30 of a whole part is whole.
"""

from collections.abc import Callable
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Final

from cofund.market.document import Field
from cofund.market.validation import MAX_ROUNDS
from cofund.units import ONE

_PARAMETERS: Final = {"power": ("exponent", "1"), "exponential": ("rate", "100")}
_NEARLY_WHOLE: Final = Decimal(1).scaleb(-30)


def read_quality(field: Field) -> tuple[int, ...]:
    """The curve of an instance file: a list of integers as it is, or a formula expanded."""
    if isinstance(field.value, list):
        return tuple(item.integer() for item in field.items())
    curve = field.members(("curve", "rounds"), [name for name, _ in _PARAMETERS.values()])
    if curve["curve"].value not in list(_PARAMETERS):
        raise curve["curve"].refuse(" or ".join(f'"{name}"' for name in _PARAMETERS))
    name, high = _PARAMETERS[curve["curve"].value]
    members = field.members(("curve", name, "rounds"))
    rounds = members["rounds"].integer()
    if not 1 <= rounds <= MAX_ROUNDS:
        raise members["rounds"].refuse(f"1 to {MAX_ROUNDS} rounds")
    expand = power_quality if name == "exponent" else exponential_quality
    expected = f"a number above 0 and at most {high}, with at most 9 decimals"
    return expand(members[name].decimal("0.000000001", high, expected), rounds)


def power_quality(exponent: Decimal, rounds: int) -> tuple[int, ...]:
    """Shares of ``Q(r) = (r / rounds) ** exponent`` in parts of ``ONE``."""

    def learned(done: int) -> Decimal:
        return (exponent * Decimal(done).ln()).exp() if done else Decimal(0)

    return _expanded(lambda position: learned(position + 1) - learned(position), rounds)


def exponential_quality(rate: Decimal, rounds: int) -> tuple[int, ...]:
    """Shares of ``Q(r)`` proportional to ``1 - e**(-rate r)`` ; each round adds ``e**-rate`` of the last."""
    return _expanded(lambda position: (-rate * position).exp(), rounds)


def _expanded(step: Callable[[int], Decimal], rounds: int) -> tuple[int, ...]:
    with localcontext(Context(prec=60, rounding=ROUND_HALF_EVEN)):
        steps = [step(position) for position in range(rounds)]
        total = sum(steps, Decimal(0))
        shares = [(ONE * part / total).quantize(_NEARLY_WHOLE) for part in steps]
        floors = [int(share.to_integral_value(ROUND_FLOOR)) for share in shares]
    missing = ONE - sum(floors)
    return tuple(part + (position < missing) for position, part in enumerate(floors))
