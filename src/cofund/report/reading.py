"""A record, read for a report: the market decoded, cleared again, and everybody's name."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cofund.campaign.books_section import RecordedBooks, read_books
from cofund.campaign.campaign import Campaign
from cofund.campaign.party_ids import ids_by_account
from cofund.campaign.proved_market import encode_proved, proved_outcome, told_of
from cofund.campaign.publication import stays_sealed
from cofund.campaign.record_file import load_record, sections, whole_record
from cofund.campaign.sections import sections_of
from cofund.errors import CheckFailed
from cofund.market.codec import decode_instance
from cofund.market.document import Field
from cofund.market.instance import Instance
from cofund.mechanism.charges import Purchase
from cofund.mechanism.cohort import Cohort, choose_cohort
from cofund.mechanism.explain import explain
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.outcome_codec import decode_outcome
from cofund.mechanism.rules import charge, clear
from cofund.money import Currency
from cofund.settlement.places import nets

__all__ = ["Reading", "load_record", "read", "reading_of", "whole_record"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What every table is made from: the sections of a record, or of a campaign at any phase, decoded.

    Attributes:
        record: the document.
        instance: the market as opened by then.
        outcome: what the mechanism gives for ``instance``, equal to what the contract settled once it did; of sealed
            books what follows from the winners and prices that the contract proved.
        cohort: the client side, with who set each price.
        purchases: every block of rounds put up for sale.
        currency: the token.
        names: name of every invited owner, client and edge by id; edges as ``edge <id>``.
        openings: seal of every bid and book, by role ("owner", "book") and id.
        books: where everybody's money stands.
        owners: every one that the terms name, as there, and whoever else sealed a bid, with its account for an id.
        clients: the same, and every further offer in the open books, with the id that ``books`` has.
        offered: that id by edge and the client's own.
    """

    record: dict[str, Any]
    instance: Instance
    outcome: Outcome
    cohort: Cohort
    purchases: tuple[Purchase, ...]
    currency: Currency
    names: dict[str, str]
    openings: dict[tuple[str, str], dict[str, Any]]
    books: RecordedBooks
    owners: tuple[dict[str, Any], ...]
    clients: tuple[dict[str, Any], ...]
    offered: dict[tuple[str, str], str]

    @property
    def sealed(self) -> bool:
        """Whether books stay sealed: then nobody knows what clients asked, and ``instance`` has none."""
        return stays_sealed(self.terms)

    def derived(self, party: str) -> list[str]:
        """Why a party pays or earns what it does, line by line."""
        if self.sealed:
            return ["Books stay sealed, so nobody can clear this market without the party; see the shares and prices."]
        return explain(self.instance, self.outcome, party)

    @property
    def shared(self) -> bool:
        """Whether the campaign shared its chain: then the record has nothing of the training but what is public."""
        return bool(self.record["campaign"].get("execution") == "shared chain")

    @property
    def terms(self) -> dict[str, Any]:
        """The published terms."""
        found: dict[str, Any] = self.record["terms"]
        return found

    @property
    def settled(self) -> bool:
        """Whether seals that were never opened have forfeited their bonds."""
        return self.record["campaign"]["status"] not in {"open", "cancelled"}

    @property
    def rounds_done(self) -> int:
        """Rounds recorded on chain and not vetoed; fewer than bought if training ended early."""
        return sum(not row["vetoed"] for row in self.record["rounds"])

    @property
    def deliveries(self) -> list[dict[str, Any]]:
        """Of the rounds done, by the names of offers; of a round that was vetoed nobody was paid."""
        rows = (row for row in self.record["deliveries"] if row["round"] <= self.rounds_done)
        return [row | {"client": self.offered.get((row["edge"], row["client"]), row["client"])} for row in rows]


def reading_of(campaign: Campaign) -> Reading:
    """A campaign as its record would tell of it at this phase."""
    return read(sections_of(campaign))


def read(record: dict[str, Any]) -> Reading:
    """Decode a record, or the sections of a campaign that is not over, and clear its market again.

    Raises:
        InputError: naming the section or field that is missing or wrong.
        CheckFailed: if the outcome is not what the rule gives for the market: a report would explain a wrong result.
    """
    document = sections(record)
    instance, terms = decode_instance(document["instance"]), record["terms"]
    rule = str(terms["market"]["rule"])
    cohort, outcome, purchases = _market(instance, terms, document["outcome"], rule)
    books = read_books(document["books"])
    _check_books(books, record["payments"])
    return Reading(
        record=record,
        instance=instance,
        outcome=outcome,
        cohort=cohort,
        purchases=purchases,
        currency=Currency(terms["token"]["unit"], terms["token"]["decimals"]),
        names={party["id"]: party["name"] for party in [*terms["owners"], *terms["clients"]]}
        | {f"edge {edge['id']}": edge["name"] for edge in terms["edges"]},
        openings={(seal["role"], seal["id"]): seal for seal in record["openings"]},
        books=books,
        owners=(*terms["owners"], *_unnamed_owners(record)),
        clients=(*terms["clients"], *_further_offers(record)),
        offered=_offered(record),
    )


def _market(
    instance: Instance, terms: dict[str, Any], told: Field, rule: str
) -> tuple[Cohort, Outcome, tuple[Purchase, ...]]:
    """The market cleared again; of sealed books what follows from the winners and prices that were proved."""
    if stays_sealed(terms):
        winners, prices = told_of(told.value) if told.value is not None else ([], [0] * len(instance.edges))
        cohort, outcome, purchases = proved_outcome(instance, winners, prices, rule)
        if told.value is not None and told.value != encode_proved(outcome):
            raise CheckFailed("record: outcome: not what its winners and prices come to")
        return cohort, outcome, purchases
    outcome, cohort = clear(instance, rule), choose_cohort(instance)
    if told.value is not None and decode_outcome(told) != outcome:
        raise CheckFailed(f"record: outcome: not what {rule} gives for the instance")
    return cohort, outcome, charge(instance, cohort, rule).purchases


def _check_books(books: RecordedBooks, payments: list[dict[str, Any]]) -> None:
    """Every account has what its places say: whatever is written about a party is in both."""
    stands = nets(books.places)
    for row in payments:
        if stands[row["account"]] != int(row["net"]):
            raise CheckFailed(f"record: books: {row['id']} comes to {stands[row['account']]}, paid was {row['net']}")


def _unnamed_owners(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Whoever sealed a bid without being named in the terms."""
    named = {party["id"] for party in record["terms"]["owners"]}
    accounts = {payment["id"]: payment["account"] for payment in record["payments"]}
    for seal in record["openings"]:
        if seal["role"] == "owner" and seal["id"] not in named:
            yield {"id": seal["id"], "name": "", "account": accounts.get(seal["id"], seal["id"]), "weight": 1}


def _further_offers(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Offers of clients that the terms do not name, and those of a client beyond its first."""
    named = {party["id"] for party in record["terms"]["clients"]}
    names = {party["account"]: party["name"] for party in record["terms"]["clients"]}
    for row in record["books"]:
        if row["role"] == "client" and row["id"] not in named:
            found = {"id": row["id"], "name": names.get(row["account"], ""), "account": row["account"]}
            yield found | {"edge": row["edge"]}


def _offered(record: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Of every offer what it is called, by its edge and its client."""
    ids, found = ids_by_account(record["terms"]), dict[tuple[str, str], str]()
    for row in record["books"]:
        if row["role"] == "client":
            found.setdefault((row["edge"], ids[row["account"]]), row["id"])
    return found
