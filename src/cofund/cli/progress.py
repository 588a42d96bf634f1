"""Progress of a campaign: one line a phase; while training a bar with rounds, metric, participation and time left.

Without a terminal there is no bar, and while training a plain line for each tenth of the rounds.
"""

from types import TracebackType
from typing import Any, Final, Self

from rich.console import Console

from cofund.campaign.script import Script
from cofund.cli.round_bar import Tenths, bars, told
from cofund.training.hierfavg import Round
from cofund.training.tasks.named import campaign_task

TITLE_WIDTH: Final = 26
"""Of the longest title."""


class Progress:
    """A ``Watch`` that prints to stderr."""

    def __init__(self, script: Script, *, continued: bool) -> None:
        """Say what runs; ``continued`` if an earlier run is gone on with."""
        self.script = script
        self.console = Console(stderr=True, highlight=False)
        self.bars = bars(self.console)
        self.metric = campaign_task(script.task).metric
        self.tenths: Tenths | None = None
        self.task: Any = None
        self.title = ""
        self.heading = f"[bold]{script.name}[/]" + (" (continued)" if continued else "")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish()
        if not self.heading:
            self.bars.stop()

    def phase(self, title: str, total: int) -> None:
        """See ``Watch``."""
        if self.heading:  # nothing is shown before the first phase: what fails before it is one line
            self.console.print(self.heading)
            self.bars.start()
            self.heading = ""
        self._finish()
        self.title = title
        if not self.console.is_terminal:
            self.tenths = Tenths(total, self.metric, lambda line: self.console.print(f"    {line}", soft_wrap=True))
        self.task = self.bars.add_task(title, total=total, said="")

    def step(self, note: str) -> None:
        """See ``Watch``."""
        del note
        task = self.bars.tasks[self.bars.task_ids.index(self.task)]
        self.bars.update(self.task, advance=1, total=max(task.total or 0, task.completed + 1))

    def settled(self, terms: dict[str, Any], levels: dict[str, int], winners: int, round_cost: int) -> None:
        """See ``Watch``."""
        unit, scale = terms["token"]["unit"], 10 ** terms["token"]["decimals"]
        whole, cents = divmod(round_cost * 100 // scale, 100)
        bought = ", ".join(f"{owner} {level}" for owner, level in levels.items() if level)
        self._finish()
        self.console.print(f"    {winners} clients train at {whole}.{cents:02} {unit} a round")
        self.console.print(f"    rounds bought: {bought}", soft_wrap=True)

    def round(self, finished: Round) -> None:
        """See ``Watch``."""
        self.bars.update(self.task, said=told(finished, self.metric))
        if self.tenths:
            self.tenths.round(finished)

    def _finish(self) -> None:
        if self.task is None:
            return
        finished = self.bars.tasks[self.bars.task_ids.index(self.task)]
        said = f"  {finished.fields['said']}" if finished.fields["said"] else ""
        self.console.print(
            f"  [green]✓[/] {self.title:<{TITLE_WIDTH}} {finished.elapsed or 0:5.1f} s{said}", soft_wrap=True
        )
        self.bars.remove_task(self.task)
        self.task = None
