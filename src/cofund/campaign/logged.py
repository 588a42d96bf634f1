"""A watch that also writes every round to a log of experiments."""

from typing import Any, Self

from cofund.campaign.script import Script
from cofund.campaign.watch import Watch
from cofund.training.hierfavg import Round
from cofund.training.round_log import Logging, open_log
from cofund.training.tasks.named import campaign_task


class Logged:
    """Another watch, told everything; rounds go to a log besides (``training/round_log.py``)."""

    def __init__(self, watch: Watch, script: Script, where: str) -> None:
        """Open the log: ``tensorboard:DIR`` or ``mlflow:WHERE``."""
        self.watch = watch
        self.log = open_log(where, script.name)
        self._metric = campaign_task(script.task).metric
        self._rounds = Logging(self.log, self._metric)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.log.close()

    def phase(self, title: str, total: int) -> None:
        """See ``Watch``; rounds are timed from where their phase begins."""
        self._rounds = Logging(self.log, self._metric)
        self.watch.phase(title, total)

    def step(self, note: str) -> None:
        """See ``Watch``."""
        self.watch.step(note)

    def settled(self, terms: dict[str, Any], levels: dict[str, int], winners: int, round_cost: int) -> None:
        """See ``Watch``."""
        self.log.parameters({name: str(value) for name, value in terms["training"].items()})
        self.watch.settled(terms, levels, winners, round_cost)

    def round(self, finished: Round) -> None:
        """See ``Watch``."""
        self._rounds.round(finished)
        self.watch.round(finished)
