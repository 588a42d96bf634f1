"""A second look, where a backend that lags says that something is not there which is."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

LOOKS: Final = 4
LOOK_AGAIN_S: Final = 0.2  # doubled after every look


def is_there(found: object) -> bool:
    """Whether anything was found."""
    return found is not None


def looked_again(look: Callable[[], T], enough: Callable[[T], object]) -> T:
    """What the first look finds that is enough, or else the last."""
    found = look()
    for number in range(LOOKS - 1):
        if enough(found):
            break
        time.sleep(LOOK_AGAIN_S * 2**number)
        found = look()
    return found
