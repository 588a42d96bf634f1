"""Rounds on stderr: what a round says in a few words, and without a terminal a plain line for each tenth of them."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column

from cofund.training.hierfavg import Round
from cofund.training.metric import shown


def told(finished: Round, metric: str) -> str:
    """Metric and participation: ``accuracy 0.931, 49/50 delivered``."""
    delivered = sum(delivery.accepted for delivery in finished.deliveries)
    said = f"{delivered}/{len(finished.deliveries)} delivered"
    return f"{metric} {shown(finished.metric, 3)}, {said}"


def unmeasured(finished: Round) -> str:
    """Why a round has no metric, in a line of its own; empty if it has one, or if nobody was asked."""
    why = [] if finished.metric is not None else [f"{member}: {said}" for member, said in finished.unmeasured.items()]
    more = f" (and {len(why) - 1} others)" if len(why) > 1 else ""
    return f"  no metric: {why[0]}{more}" if why else ""


class Tenths:
    """A plain line whenever another tenth of the rounds is done, for logs of machines."""

    def __init__(self, rounds: int, metric: str, write: Callable[[str], None]) -> None:
        """Time runs from here."""
        self.rounds, self.metric, self.write = rounds, metric, write
        self._done, self._since = 0, time.monotonic()

    def round(self, finished: Round) -> None:
        """Say it if this round completes a tenth."""
        self._done += 1  # rounds of an earlier run are not counted in the time that they took
        if finished.number * 10 // self.rounds == (finished.number - 1) * 10 // self.rounds:
            return
        left = (time.monotonic() - self._since) / self._done * (self.rounds - finished.number)
        end = f", about {left:.0f} s left" if finished.number < self.rounds else ""
        self.write(f"round {finished.number}/{self.rounds}: {told(finished, self.metric)}{end}")
        if why := unmeasured(finished):
            self.write(why)


def bars(console: Console, *, disable: bool = False) -> Progress:
    """Bars with rounds, what is said of the last one, and time left."""
    return Progress(
        TextColumn("{task.description}", table_column=Column(no_wrap=True)),
        BarColumn(bar_width=12),
        MofNCompleteColumn(),
        TextColumn("{task.fields[said]}", table_column=Column(no_wrap=True)),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        disable=disable,
    )


class RoundBar:
    """A bar with rounds, metric, participation and time left; without a terminal the plain lines; or nothing."""

    def __init__(self, metric: str, rounds: int, *, quiet: bool) -> None:
        """Nothing is shown before the first round."""
        console = Console(stderr=True, highlight=False, quiet=quiet)
        self.metric = metric
        self._lines: Tenths | None = None
        if not console.is_terminal and not quiet:
            self._lines = Tenths(rounds, metric, lambda line: click.echo(line, err=True))
        self._bars = bars(console, disable=quiet or self._lines is not None)
        self._task = self._bars.add_task("Training", total=rounds, said="")

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def round(self, finished: Round) -> None:
        """One more round."""
        if self._lines:
            self._lines.round(finished)
        self._bars.update(self._task, advance=1, said=told(finished, self.metric))
