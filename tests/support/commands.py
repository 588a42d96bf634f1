"""Every command that asks a node, at a moment at which it has something to do."""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from anvil import RICH
from cofund.errors import CofundError
from cofund.web.board import Board, Follower
from cofund.web.rpc import Rpc
from moments import BID, OFFER, Sent
from operating import CLIENTS, COORDINATOR, EDGES, OWNER, cofund
from parties import OWNERS, SPONSOR

Work = Callable[[Sent], tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody asks for at a moment; ``reads`` if nothing is sent by it."""

    name: str
    moment: str
    work: Work
    account: Any = None

    @property
    def reads(self) -> bool:
        """Whether nothing is sent."""
        return self.account is None


def sends(moment: str, account: Any, words: str, *more: object, files: tuple[str, ...] = ()) -> Command:
    """A command of a role; ``files`` are names of files of the campaign's folder among its arguments."""
    role, action = words.split()

    def work(parties: Sent) -> tuple[int, str]:
        given = [part.format(parties.folder) if isinstance(part, str) else part for part in more]
        return parties.does(account, role, action, *map(parties.file, files), *given, "--json")

    return Command(f"{words} ({moment})", moment, work, account)


def anybody(moment: str, action: str) -> Command:
    """A call that anybody may make."""

    def work(parties: Sent) -> tuple[int, str]:
        common = ("-r", parties.url, "--state", parties.folder / "state", *parties.keys(RICH))
        return cofund("campaign", action, parties.address, *common, "-q", "--json")

    return Command(f"campaign {action} ({moment})", moment, work, RICH)


def asks(moment: str, account: Any, role: str) -> Command:
    """``status`` of a role."""

    def work(parties: Sent) -> tuple[int, str]:
        flags = ("--home", parties.home(account), "--as", account.address, "--json")
        return cofund(role, "status", parties.address, "-r", parties.url, *flags)

    return Command(f"{role} status ({moment})", moment, work)


def reads(moment: str, words: str, *more: object) -> Command:
    """A command of somebody who has no account."""

    def work(parties: Sent) -> tuple[int, str]:
        return cofund(*words.split(), parties.address, "-r", parties.url, "--state", parties.folder / "new", *more)

    return Command(f"{words} ({moment})", moment, work)


def web(moment: str) -> Command:
    """The web server's first look."""

    def work(parties: Sent) -> tuple[int, str]:
        with closing(Rpc(parties.url)) as rpc:
            try:
                given = Board(parties.folder), rpc, [parties.address], [parties.published], 0
                shown = Follower(*given).board.snapshots[parties.address]
            except CofundError as error:
                return error.exit_code, f"error: {error}"
        events = [event["name"] for event in shown.events]
        return 0, json.dumps([shown.counts, shown.money, shown.problems, events])

    return Command(f"web ({moment})", moment, work)


def creates(parties: Sent) -> tuple[int, str]:
    """A second campaign, by the same factory."""
    other = parties.folder / "OTHER.toml"
    other.write_text(parties.terms.read_text().replace("Small campaign", "Other campaign"))
    common = ("-r", parties.url, "--state", parties.folder / "state", *parties.keys(RICH))
    return cofund("campaign", "create", other, *common, "-q", "--json")


def records(parties: Sent) -> tuple[int, str]:
    """The record of a campaign that is over."""
    out = parties.folder / "record.json"
    common = ("-r", parties.url, "--state", parties.folder / "new", "--out", out)
    code, said = cofund("campaign", "record", parties.address, *common)
    return code, said + (out.read_text() if out.exists() else "")


def checks(parties: Sent) -> tuple[int, str]:
    """A client's own look at its place."""
    (place,) = (parties.folder / "offers-1-places").iterdir()
    return cofund("client", "check", parties.address, place, "-r", parties.url, "--state", parties.folder / "new")


def models(parties: Sent) -> tuple[int, str]:
    """What an owner bought."""
    return cofund("owner", "model", parties.address, "-r", parties.url, "--home", parties.home(OWNER), "--json")


COMMANDS = [
    sends("sealing", OWNERS[1], "owner bid", *BID),
    sends("opening", OWNER, "owner reveal"),
    sends("training", OWNER, "owner veto"),
    sends("closed", OWNER, "owner refund"),
    sends("sealing", CLIENTS[2], "client offer", *OFFER),
    sends("claiming", CLIENTS[0], "client claim", "--deliveries", "{}/store/deliveries/0.json"),
    sends("sealing", EDGES[0], "edge bond"),
    sends("sealing", EDGES[1], "edge book", "--offers", "{}/offers-1", "--once"),
    sends("opening", EDGES[1], "edge open"),
    sends("cancelled", EDGES[1], "edge refund"),
    sends("signing", EDGES[0], "edge sign", "--kit", "{}/north"),
    sends("claiming", EDGES[0], "edge claim", "--deliveries", "{}/store/deliveries/0.json"),
    sends("closed", EDGES[0], "edge refund"),
    sends("sealing", SPONSOR, "sponsor lock"),
    sends("cancelled", SPONSOR, "sponsor refund"),
    sends("sealing", COORDINATOR, "coordinator bond"),
    sends("closed", COORDINATOR, "coordinator refund"),
    anybody("settling", "settle"),
    anybody("late", "cancel"),
    anybody("silent", "halt"),
    anybody("claiming", "close"),
    anybody("closed", "refund"),
    Command("campaign create (sealing)", "sealing", creates, RICH),
    asks("sealing", OWNER, "owner"),
    asks("training", OWNER, "owner"),
    asks("claiming", CLIENTS[0], "client"),
    asks("opening", EDGES[1], "edge"),
    asks("closed", SPONSOR, "sponsor"),
    asks("signing", COORDINATOR, "coordinator"),
    reads("sealing", "campaign status", "--json"),
    reads("closed", "campaign status", "--json"),
    reads("opening", "verify", "--json"),
    reads("closed", "verify", "--json"),
    Command("campaign record (closed)", "closed", records),
    Command("client check (sealed)", "sealed", checks),
    Command("owner model (closed)", "closed", models),
    web("sealing"),
    web("closed"),
]
