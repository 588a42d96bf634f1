"""What a running campaign tells whoever watches it."""

from typing import Any, Protocol

from cofund.training.hierfavg import Round


class Watch(Protocol):
    """Called as a campaign proceeds; every method returns at once."""

    def phase(self, title: str, total: int) -> None:
        """A phase of ``total`` steps begins."""
        ...

    def step(self, note: str) -> None:
        """One step of the phase is done."""
        ...

    def settled(self, terms: dict[str, Any], levels: dict[str, int], winners: int, round_cost: int) -> None:
        """The market is cleared: rounds bought by each owner id, clients in the cohort, base units per round."""
        ...

    def round(self, finished: Round) -> None:
        """A round is trained and recorded."""
        ...


class Silent:
    """Nobody watches."""

    def phase(self, title: str, total: int) -> None:
        """See ``Watch``."""

    def step(self, note: str) -> None:
        """See ``Watch``."""

    def settled(self, terms: dict[str, Any], levels: dict[str, int], winners: int, round_cost: int) -> None:
        """See ``Watch``."""

    def round(self, finished: Round) -> None:
        """See ``Watch``."""
