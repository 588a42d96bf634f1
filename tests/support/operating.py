"""A small campaign on an anvil of its own, operated with the commands that people use."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from anvil import KEY, RICH, Anvil
from cofund.chain.accounts import rehearsal_account
from cofund.chain.contract import Contract, books_of, deploy, opening_arguments, opening_data
from cofund.chain.journal import Journal
from cofund.chain.node import DevelopmentNode, connect
from cofund.cli.main import cli
from cofund.errors import CofundError
from cofund.market.offer_book import ListedOffer, OfferBook
from cofund.market.sealing import Opening, seal

START = 1_767_225_600
FLAGS = ("--timestamp", str(START))
COORDINATOR, OWNER = rehearsal_account("operating", "coordinator"), rehearsal_account("operating", "owner")
EDGES = [rehearsal_account("operating", f"edge {at}") for at in range(2)]
CLIENTS = [rehearsal_account("operating", f"client {at}") for at in range(5)]
OFFERS = ((30, 0), (50, 0), (200, 0), (40, 1), (60, 1))  # cost in ticks, edge; the third is above the ceiling

TERMS = """
name = "Small campaign"
coordinator = "{coordinator}"

[token]
address = "{token}"
tick = "10"

[phases]
commit_end = 2026-01-02T00:00:00Z
reveal_end = 2026-01-03T00:00:00Z
settle_end = 2026-01-04T00:00:00Z
round_limit_s = 86_400
veto_window_s = 0
delivery_window_s = 86_400

[market]
cohort = 2
min_cohort = 2
ceiling = "1000"
coordinator_fee = "10"
goal = 2

[bonds]
owner = "50"
coordinator = "100"

[quality]
curve = "power"
exponent = 0.5
rounds = 4

[[edges]]
id = "north"
operator = "{north}"
capacity = 2
fee = "100"

[[edges]]
id = "south"
operator = "{south}"
capacity = 1
fee = "50"
"""


def complete(text: str) -> str:
    """The terms with how the token writes amounts, unless they say it: what is left out is the token's own.

    That an edge admits its clients goes without saying: nobody else lists them.
    """
    said = re.sub(r"\nadmits = \w+", "", text)
    return said if "decimals" in said else said.replace('tick = "10"', 'tick = "10"\nunit = "rEUR"\ndecimals = 6')


def cofund(*arguments: object) -> tuple[int, str]:
    """Exit code and what is printed, the error line of an expected error included."""
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    if isinstance(result.exception, CofundError):
        return result.exception.exit_code, f"{result.output}error: {result.exception}"
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@dataclass
class Operating:
    """A node, a token, a terms file, a state folder; ``address`` once the campaign is created."""

    anvil: Anvil
    folder: Path
    address: str = ""
    node: DevelopmentNode = field(init=False)

    def __post_init__(self) -> None:
        self.node = connect(self.anvil.url, Journal())
        self.node.fund(account.address for account in (RICH, COORDINATOR, OWNER, *EDGES, *CLIENTS))
        self.token = self.money()
        self.terms = self.folder / "TERMS.toml"
        self.terms.write_text(self.completed(complete(self.toml())))

    def money(self) -> Contract:
        """A new token; the first contract of the node."""
        return deploy(self.node, RICH, "TestToken")

    def toml(self) -> str:
        north, south = (edge.address for edge in EDGES)
        return TERMS.format(coordinator=COORDINATOR.address, token=self.token.address, north=north, south=south)

    def completed(self, text: str) -> str:
        """The terms with what those of a kind must say besides."""
        return text

    def options(self) -> list[object]:
        return ["-r", self.anvil.url, "--state", self.folder / "state", "--private-key", KEY, "-y", "-q", "--json"]

    def create(self, *more: object) -> dict[str, Any]:
        self.terms.write_text(self.completed(self.terms.read_text()))
        code, printed = cofund("campaign", "create", self.terms, *self.options(), *more)
        assert code == 0, printed
        made = json.loads(printed)
        self.address = made["campaign"]
        return made

    def call(self, function: str) -> tuple[int, str]:
        return cofund("campaign", function, self.address, *self.options())

    def status(self) -> dict[str, Any]:
        options = ["-r", self.anvil.url, "--state", self.folder / "state", "--json"]
        code, printed = cofund("campaign", "status", self.address, *options)
        assert code == 0, printed
        return json.loads(printed)

    @property
    def campaign(self) -> Contract:
        return Contract(self.node, "Campaign", self.address)

    @property
    def books(self) -> Contract:
        return books_of(self.campaign)

    def at(self, day: int) -> None:
        """Midnight of January ``day``, 2026."""
        self.node.advance_to(START + (day - 1) * 86_400)

    def take_office(self) -> None:
        """The coordinator locks its bond, without which nothing can be opened."""
        self.token.send(RICH, "mint", "mint", [COORDINATOR.address], 10**6)
        self.token.send(COORDINATOR, "approve", "approve", self.address, 2**256 - 1)
        self.campaign.send(COORDINATOR, "bond", "post_coordinator_bond")

    def commit(self, bid: int = 100_000) -> None:
        """Everybody seals: an owner its bid, every edge the book of its clients."""
        everybody = [COORDINATOR, OWNER, *EDGES]
        self.token.send(RICH, "mint", "mint", [account.address for account in everybody], 10**6)
        for account in everybody:
            self.token.send(account, "approve", "approve", self.address, 2**256 - 1)
        self.campaign.send(COORDINATOR, "bond", "post_coordinator_bond")
        self.bids = [Opening(OWNER.address, bid, bytes(32))]
        listed = [ListedOffer(client.address, cost) for client, (cost, _) in zip(CLIENTS, OFFERS, strict=True)]
        self.offer_books = [
            OfferBook.of(
                edge.address,
                bytes(32),
                {at: [one for one, (_, there) in zip(listed, OFFERS, strict=True) if there == at]},
            )
            for at, edge in enumerate(EDGES)
        ]
        for opening in self.bids:
            sealed = seal(self.node.chain_id, self.address, opening)
            self.campaign.send(OWNER, "bid", "commit_bid", sealed, 2 * bid, bytes(32), 0, 0, bytes(32), bytes(32))
        for at, book in enumerate(self.offer_books):
            self.commit_book(at, book)

    def commit_book(self, at: int, book: OfferBook) -> None:
        commitment = book.commitment(self.node.chain_id, self.address)
        self.books.send(EDGES[at], "book", "commit_book", at, commitment, len(book.offers))

    def reveal(self, silent: int | None = None) -> None:
        """Everything is opened, but the book of an edge that is silent."""
        self.at(2)
        self.campaign.send(RICH, "reveal bids", "reveal_bids", opening_arguments(self.bids))
        for at, book in enumerate(self.offer_books):
            if at != silent:
                self.open_book(book)

    def open_book(self, book: OfferBook) -> None:
        self.node.send(RICH, self.books.address, opening_data(book), "open book")
