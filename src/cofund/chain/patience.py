"""A second look, where a backend that lags says that something is not there which is."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from cofund.errors import CheckFailed

T = TypeVar("T")

LOOKS: Final = 4
LOOK_AGAIN_S: Final = 0.2  # doubled after every look


def is_there(found: object) -> bool:
    """Whether anything was found."""
    return found is not None


def looked_again(look: Callable[[], T], enough: Callable[[T], object], at_once: int = 0) -> T:
    """What the first look finds that is enough, or else the last.

    Args:
        look: asks the node.
        enough: whether this may be the answer.
        at_once: looks before the first pause: of several backends the next may be right.
    """
    found = look()
    for pause in (*[0.0] * at_once, *(LOOK_AGAIN_S * 2**number for number in range(LOOKS - 1))):
        if enough(found):
            break
        time.sleep(pause)
        found = look()
    return found


def unless_twice(look: Callable[[], T]) -> T:
    """What a look finds; a fault only if the look after it finds the same: one bad answer is no verdict.

    Raises:
        CheckFailed: the fault.
    """
    before = ""
    for _ in range(LOOKS * LOOKS):  # of many answers each may be bad once
        try:
            return look()
        except CheckFailed as error:
            if str(error) == before:
                raise
            before = str(error)
            time.sleep(LOOK_AGAIN_S)
    return look()
