"""A round's metric as the contract carries it: a whole number of parts of 10**9 with its sign, or that there is none.

The contract checks nothing of it and decides nothing by it (protocol.md); here alone it becomes a number of the chain
and back.
"""

from typing import Final

from cofund.training.metric import NONE, number_or_none, shown

PARTS_PER_BILLION: Final = 10**9
NO_METRIC: Final = -(2**255)
"""What stands on chain if nobody had a metric: the least int256, which is no round's metric."""

LONG: Final = 10**6
"""Metrics from here up are shown with four digits in all."""


def metric_ppb(metric: float | None) -> int:
    """A metric as the contract carries it, rounded to nearest; ``NO_METRIC`` if there is none, or no finite one."""
    found = number_or_none(metric)
    return NO_METRIC if found is None else round(found * PARTS_PER_BILLION)


def metric_argument(metric: float | None) -> int:
    """The same as an argument of ``record_round``, whose type has no sign yet: the same 32 bytes."""
    return metric_ppb(metric) % 2**256


def recorded_ppb(on_chain: int) -> int | None:
    """Parts of 10**9 that a call or an event carries; None if it says that there is no metric."""
    signed = on_chain - 2**256 if on_chain >= 2**255 else on_chain
    return None if signed == NO_METRIC else signed


def metric_text(ppb: int | None) -> str | None:
    """A metric as a record has it, None without one."""
    if ppb is None:
        return None
    metric = ppb / PARTS_PER_BILLION
    return f"{metric:.4g}" if abs(metric) >= LONG else shown(metric)


def metric_words(ppb: int | None) -> str:
    """A metric for people."""
    return metric_text(ppb) or NONE
