"""``cofund ROLE watch``: does what is due for a role in time, until the campaign is over for it."""

import json
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cofund.cli.connection import FILE
from cofund.cli.role_session import Session, mined_line, role_command
from cofund.cli.role_training import Trainer
from cofund.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cofund.campaign.seat import Seat
    from cofund.chain.journal import Mined
    from cofund.roles.automatic import WatcherInputs
    from cofund.roles.desk import Call

POLL_S = 5.0
GRACE_S = 2.0
PATH = click.Path(path_type=Path)
PUSH_HELP = "Also settle, confirm, give up, cancel, halt and close."
QUOTES_HELP = "Sealed books: show yours without names in this folder, for whoever settles."
BOOKS_HELP = "Sealed books: what an operator shows of its own, a file or a folder of them."
ASK_HELP = "Sealed books: ask the inbox of an edge's operator; only the coordinator is shown anything."
ABSENT_HELP = "Sealed books: call absent whose books are not shown; it takes the campaign's stake for a while."


def add_watch(group: click.Group, role: str, does: str) -> None:
    """Give a role's group its ``watch``; ``does`` says what it does by itself."""

    def watch(
        session: Session,
        poll: float,
        push: bool,
        deliveries: tuple[Path, ...] | Path | None = (),
        kit: tuple[Path, ...] = (),
        store: str | None = None,
        out: Path | None = None,
        train: Path | None = None,
        quotes: Path | None = None,
        books: tuple[Path, ...] = (),
        ask: tuple[tuple[str, str], ...] = (),
        absent: bool = False,
    ) -> None:
        from cofund.roles.automatic import WatcherInputs
        from cofund.roles.settling import SettlerInputs

        given = WatcherInputs(
            deliveries=(deliveries,) if isinstance(deliveries, Path) else deliveries or (),
            kits=ArrivingKits(kit),
            store=store,
            push=push,
            quotes=quotes,
            settler=SettlerInputs(books, ask, absent, patient=True),
            model=out,
            home=session.home.expanduser(),
        )
        follow(session, poll, given, train)

    watch.__doc__ = (
        f"{does} Goes on until the campaign at ADDRESS is over for you.\n\n"
        "It may be killed and started again at any moment, and so may the node; nothing is sent twice. Whatever fails "
        "is said in one line and tried again."
    )
    command: Callable[..., None] = click.option("--push", is_flag=True, help=PUSH_HELP)(
        click.option(
            "--poll", type=click.FloatRange(0.1), default=POLL_S, show_default=True, help="Seconds between two looks."
        )(settler_options(watch))
    )
    if role in {"client", "edge"}:
        command = click.option(
            "--deliveries", type=PATH, multiple=role == "edge", help="Published rows of an edge, if not in the store."
        )(command)
    if role in {"owner", "client", "edge", "coordinator"}:
        what = "Store of public files, if not as announced."
        command = click.option("--store", metavar="URL", help=what)(command)
    if role in {"client", "edge", "coordinator"}:
        what = f"Run `cofund {role} run` with this kit while rounds are trained; it may arrive later."
        command = click.option("--train", type=PATH, metavar="KIT", help=what)(command)
    if role == "owner":
        what = "Where to write the model that you bought; in the home if not given."
        command = click.option("--out", type=FILE, help=what)(command)
    if role == "edge":
        command = click.option("--quotes", type=PATH, metavar="DIR", help=QUOTES_HELP)(command)
        what = "Sign what the books in this kit say; it may arrive later."
        command = click.option("--kit", type=PATH, multiple=True, help=what)(command)
    role_command(group, role, "watch")(command)


def settler_options(function: "Callable[..., None]") -> "Callable[..., None]":
    """What whoever settles sealed books is given."""
    books = click.option("--books", type=PATH, multiple=True, help=BOOKS_HELP)
    ask = click.option("--ask", type=EdgeUrl(), multiple=True, metavar="EDGE=URL", help=ASK_HELP)
    return books(ask(click.option("--absent", is_flag=True, help=ABSENT_HELP)(function)))


class EdgeUrl(click.ParamType):
    """The inbox of an edge's operator."""

    name = "EDGE=URL"

    def convert(self, value: str, param: object, ctx: object) -> tuple[str, str]:
        """Edge and URL.

        Raises:
            InputError: it is none.
        """
        del param, ctx
        edge, equals, url = value.partition("=")
        if not (edge and equals and url):
            raise InputError("--ask", "", f"expected EDGE=URL, got {value!a}")
        return edge, url


@dataclass
class Told:
    """What is printed while watching."""

    session: Session
    phase: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def sent(self, call: "Call", mined: "Mined") -> None:
        """A transaction was mined."""
        self._say({"event": "sent", "call": call.note, **asdict(mined)}, mined_line(call.note, mined))

    def trouble(self, line: str) -> None:
        """Something failed, and will be tried again."""
        _to_stderr(f"waiting: {line}")

    def warning(self, line: str) -> None:
        """Something that somebody has to do, or should know."""
        _to_stderr(f"warning: {line}")

    def done(self, line: str) -> None:
        """Something was done that needs no transaction."""
        self._say({"event": "done", "line": line}, line)

    def seen(self, seen: "Seat") -> None:
        """A look at the chain; said when the phase is another one."""
        if seen.phase != self.phase:
            self.phase = seen.phase
            self._say({"event": "phase", "phase": self.phase, "now": seen.now}, f"phase: {self.phase}")

    def over(self, ended: bool) -> None:
        """The last line."""
        self.ended.set()
        words = "the campaign is over for you" if ended else "stopped; the same command goes on"
        self._say({"event": "over" if ended else "stopped"}, words)

    def _say(self, document: dict[str, object], line: str) -> None:
        with suppress(OSError):  # whoever reads this may be gone, or its disk full: the work goes on
            click.echo(json.dumps(document) if self.session.as_json else line)
            click.get_text_stream("stdout").flush()


def _to_stderr(line: str) -> None:
    with suppress(OSError):
        click.echo(line, err=True)


def end_at_a_signal(told: Told, trainer: Trainer | None) -> None:
    """End at Ctrl-C or SIGTERM: after what is being done, but no later than ``GRACE_S`` from now.

    What is sent stands in a journal, so that a watcher that waits for a node that is silent may be cut off.
    """

    def cut_off() -> None:
        if not told.ended.wait(GRACE_S):
            told.over(ended=False)
            if trainer is not None:
                trainer.end()
            os._exit(0)

    def asked(*_: object) -> None:
        if not told.stop.is_set():
            threading.Thread(target=cut_off, daemon=True).start()
        told.stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, asked)


@dataclass(frozen=True)
class ArrivingKits(Mapping[str, Path]):
    """Edges' kits by the ids of their edges; a folder may become a kit later."""

    folders: tuple[Path, ...]

    def __getitem__(self, edge: str) -> Path:
        """The kit of an edge, if it is there."""
        return self._there()[edge]

    def __iter__(self) -> Iterator[str]:
        """The edges whose kits are there."""
        return iter(self._there())

    def __len__(self) -> int:
        """How many there will be."""
        return len(self.folders)

    def _there(self) -> dict[str, Path]:
        from cofund.training.engines.nvflare.kits import open_kit

        there = [folder for folder in self.folders if (folder / "kit.json").exists()]
        return {open_kit(folder, "edge").name: folder for folder in there}


def follow(session: Session, poll: float, means: "WatcherInputs", train: Path | None) -> None:
    """Do what is due until the campaign is over for the role, or somebody wants it to end.

    Args:
        session: whose.
        poll: seconds between two looks.
        means: what the role was given.
        train: its kit, to train with; None if it does not.
    """
    trainer = None if train is None else Trainer(session, train, means.store)
    given = means if trainer is None else replace(means, train=trainer.attend)
    try:
        _watch(session, poll, given, trainer)
    finally:
        if trainer is not None:
            trainer.end()


def _watch(session: Session, poll: float, means: "WatcherInputs", trainer: Trainer | None) -> None:
    from cofund.roles.watching import Screen, watch

    if not session.agreed("watch", "sends what is due by itself", "Watch?", "nothing is sent"):
        return
    told = Told(session)
    end_at_a_signal(told, trainer)
    screen = Screen(told.sent, told.trouble, told.seen, told.warning, told.done)
    told.over(watch(session.role, session.watched_desk(), means, screen, lambda: told.stop.wait(poll)))
