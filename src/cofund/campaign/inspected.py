"""What an inspection of a campaign came to (``inspection``); a page that shows it needs no node."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found.

    Args:
        faults: why nobody should pay, a sentence each; none if all that was compared agrees.
        unusual: what is legal and worth knowing, a sentence each.
        foreign: the first of the faults if the code is not the packaged one, else empty.
        unread: whether node or document were not there to be asked: they may be later.
    """

    faults: tuple[str, ...]
    unusual: tuple[str, ...] = ()
    foreign: str = ""
    unread: bool = False

    @property
    def passed(self) -> bool:
        """Whether everything was compared and agrees."""
        return not self.faults
