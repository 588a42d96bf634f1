"""What pages, JSON, CSV and metrics show of a campaign, whether it came from a chain or from a record."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cofund.campaign.campaign import Campaign
from cofund.campaign.chain_document import short
from cofund.campaign.party_ids import ids_by_account
from cofund.campaign.seat import Seat, seats_of
from cofund.campaign.signed_rounds import told_until
from cofund.market.term_forms import iso
from cofund.market.terms import NOBODY
from cofund.money import Currency
from cofund.report.reading import Reading, reading_of
from cofund.settlement.places import EdgePlace
from cofund.web.event_words import event_words

Row = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """A campaign at one moment, in the sections of a record (docs/record.md); amounts there are decimal strings.

    Attributes:
        campaign: the campaign.
        reading: its sections, decoded.
        live: whether it goes on; a record is of what is over, and nothing can be done about it.
        balance: base units of the token at its address; None if nobody tells.
    """

    campaign: Campaign
    reading: Reading = field(repr=False, compare=False)
    live: bool
    balance: int | None = None

    @property
    def source(self) -> str:
        """``chain`` or ``record``."""
        return "chain" if self.live else "record"

    @property
    def address(self) -> str:
        """Of its contract."""
        return self.campaign.place.address

    @property
    def currency(self) -> Currency:
        """The token."""
        return self.reading.currency

    @cached_property
    def terms(self) -> Row:
        """The document with everybody who took part; who is not invited by name is called by address."""
        document, owners, clients = self.campaign.document, self.reading.owners, self.reading.clients
        invited, known = len(document["owners"]), len(document["clients"])
        return document | {
            "owners": [*document["owners"], *(owner | {"name": short(owner["id"])} for owner in owners[invited:])],
            "clients": [*document["clients"], *(client | {"name": _called(client)} for client in clients[known:])],
        }

    @property
    def counts(self) -> dict[str, int]:
        """Bids, books, offers in them, offers in open ones, rounds bought and recorded."""
        ledger = self.campaign.ledger
        books = ledger.every_book()
        return {
            "owners": len(ledger.owners),
            "books": len(books),
            "offers": sum(book.clients for book in books),
            "revealed": sum(book.clients for book in books if book.opened),
            "rounds": ledger.rounds,
            "rounds_done": ledger.rounds_done,
        }

    @property
    def money(self) -> dict[str, int]:
        """Base units."""
        ledger = self.campaign.ledger
        return {
            "deposited": ledger.deposits.total(),
            "paid_out": ledger.payments.total(),
            "held": ledger.held(),
            "round_cost": ledger.round_cost,
        }

    @property
    def openings(self) -> list[Row]:
        """As in a record; the salt is None while it is sealed."""
        return list(self.reading.record["openings"])

    @property
    def rounds(self) -> list[Row]:
        """As in a record; who delivered is None where only the edges know."""
        return list(self.reading.record["rounds"])

    @property
    def accounts(self) -> list[Row]:
        """Money in and out per account: ``payments`` of a record."""
        return list(self.reading.record["payments"])

    @property
    def deliveries(self) -> list[Row]:
        """As in a record; empty if unknown."""
        return list(self.reading.record["deliveries"])

    @property
    def edges(self) -> list[EdgePlace]:
        """Per edge what it signed for and what was paid on it."""
        return [self.reading.books.edges[edge["id"]] for edge in self.campaign.document["edges"]]

    @property
    def claims(self) -> dict[str, tuple[int, int]]:
        """Rounds paid, and the money for them, extra included, by what the offer is called."""
        return {name: (place.paid_rounds, place.net) for name, place in self.reading.books.clients.items()}

    @cached_property
    def unknown(self) -> frozenset[str]:
        """Accounts of the clients of whom only their edges know what they delivered."""
        ledger, told = self.campaign.ledger, told_until(self.campaign)
        behind = {at for at, edge in enumerate(ledger.edges) if told[at] < edge.up_to_round}
        return frozenset(offer.client for offer in ledger.offers if offer.winner and offer.edge in behind)

    @cached_property
    def bonds(self) -> list[str]:
        """Operators whose book's bond ``return_bond`` gives back now, whoever asks; of sealed books commands do it."""
        nobodys = self.campaign.seat(NOBODY)
        books = self.campaign.ledger.books.values() if self.live else []
        return [book.operator for book in books if nobodys.returns_bond(book)]

    @cached_property
    def events(self) -> list[Row]:
        """What happened, newest last."""
        names = ids_by_account(self.terms)
        return [
            {
                "name": event.name,
                "time": iso(seen.timestamp),
                "what": event_words(event, names, self.terms),
                "block": event.block,
                "log": event.position,
                "hash": event.hash,
            }
            for seen, event in self.campaign.events
        ]

    def seats(self) -> Iterator[Seat]:
        """What everybody has at stake who has a role."""
        ledger = self.campaign.ledger
        roles = (ledger.terms.sponsor, ledger.terms.coordinator, ledger.initiator)
        bidders, clients = [owner.account for owner in ledger.owners], [offer.client for offer in ledger.offers]
        operators = [edge.operator for edge in ledger.terms.edges]
        accounts = dict.fromkeys([*bidders, *clients, *operators, *(role for role in roles if role != NOBODY)])
        return seats_of(ledger, self.campaign.now, accounts, self.campaign.place.block)

    @cached_property
    def checks(self) -> list[tuple[str, bool, str]]:
        """What is recomputed here: each with whether it holds, and the numbers; the contract has the same figures."""
        ledger, outcome = self.campaign.ledger, self.reading.outcome
        deposited, in_all = sum(int(row["deposited"]) for row in self.accounts), ledger.deposits.total()
        paid = sum(event.arguments["amount"] for _, event in self.campaign.logged("Paid"))
        rest, owed = ledger.held(), sum(int(row["still_owed"]) for row in self.accounts)
        sums = f"{deposited:,} = {in_all:,}"
        found = [
            ("deposits of everybody add up to the contract's total", deposited == in_all, sums),
            ("payments logged add up to the contract's total", paid == ledger.payments.total(), f"{paid:,}"),
            ("what is owed now is covered by what is held", owed <= rest, f"{owed:,} of {rest:,}"),
        ]
        if self.balance is not None:
            covered = f"{self.balance:,} for {rest:,}"
            found.append(("the token balance covers what is held", self.balance >= rest, covered))
        if self.campaign.settled:
            bought = [(owner.level, owner.charge) for owner in ledger.owners if owner.bid is not None]
            right, cost = [(owner.level, owner.charge) for owner in outcome.owners], outcome.round_cost
            ruled = "levels and charges are those the rule gives for the opened bids"
            found.append((ruled, bought == right, f"{len(right)} owners"))
            found.append(("a round costs what the cleared market says", cost == ledger.round_cost, f"{cost:,}"))
        return found

    @property
    def problems(self) -> list[str]:
        """Checks that do not hold."""
        return [name for name, holds, _ in self.checks if not holds]


def _called(offer: Row) -> str:
    """A client that nobody named is called by its address; a further offer of one that was, by its name."""
    return str(offer["name"]) or short(offer["account"])


def shown_of(campaign: Campaign, balance: int | None, before: Shown | None) -> Shown:
    """A campaign on a chain.

    Args:
        campaign: at its block.
        balance: base units of the token that lie at its address; None if the token does not tell.
        before: what was shown of it at an earlier block; sections that are the same are not decoded again.
    """
    same = before is not None and (before.campaign.seen, before.campaign.ledger) == (campaign.seen, campaign.ledger)
    reading = before.reading if before is not None and same else reading_of(campaign)
    shown = Shown(campaign, reading, live=True, balance=balance)
    _ = shown.terms, shown.bonds, shown.events, shown.problems  # now, so that no page fails at a stranger's campaign
    return shown
