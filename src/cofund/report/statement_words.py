"""What a party's statement says: the sentence, the reasons, and its account, line by line to the base unit."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from cofund.report.accuracy import metric_name, owner_accuracy
from cofund.report.clients import ClientRow, Fate
from cofund.report.markup import Content
from cofund.report.missed_rounds import outage_sentence
from cofund.report.owners import OwnerRow, share_rows
from cofund.report.statement_lines import Line, account_lines, claimable
from cofund.report.verdict import Findings
from cofund.report.words import capital, listed, many, span


@dataclass(frozen=True, slots=True)
class Statement:
    """What one party is told.

    Attributes:
        id, name, role, account: of the party.
        net: received and still owed, less deposited; base units.
        lead: what it comes to, in one sentence.
        because: the reasons, a sentence each.
        lines: what ``net`` is made of; their sum is ``net``.
        claimable: what the party can still claim, besides its bonds; base units.
        rounds: which rounds, what happened in them, and what each cost or brought.
        derived: ids under which the mechanism explains this party's result.
    """

    id: str
    name: str
    role: str
    account: str
    net: int
    lead: str
    because: list[str]
    lines: list[Line]
    claimable: int
    rounds: list[list[Content]]
    derived: tuple[str, ...]

    @property
    def title(self) -> str:
        """Whom it is for."""
        return f"{self.id}, {self.name}" if self.name else self.id

    @property
    def total(self) -> Line:
        """The last line: what the campaign brought or cost the party."""
        when = "so far" if self.claimable or any(line.held for line in self.lines) else "in the end"
        return Line(f"{'earned' if self.net >= 0 else 'paid'} {when}", abs(self.net))


def statement_of(found: Findings, payment: dict[str, Any]) -> Statement:
    """The statement of one line of the record's payments: an account may be there in several roles."""
    reading = found.reading
    blank = Statement(
        id=payment["id"],
        name=reading.names.get(payment["id"], ""),
        role="",
        account=payment["account"],
        net=int(payment["net"]),
        lead="",
        because=[],
        lines=account_lines(reading, payment["account"]),
        claimable=claimable(reading, payment["account"]),
        rounds=[],
        derived=(),
    )
    parts = [
        _WRITERS.get(role, _other)(found, replace(blank, id=ident, role=role, net=place.net))
        for role, ident, place in reading.books.of(payment["account"])
    ]
    return replace(
        blank,
        role=listed([part.role for part in parts]),
        lead=" ".join(part.lead for part in parts),
        because=[*(sentence for part in parts for sentence in part.because), *_still_to_come(found, blank)],
        rounds=[row for part in parts for row in part.rounds],
        derived=tuple(ident for part in parts for ident in part.derived),
    )


def _still_to_come(found: Findings, said: Statement) -> list[str]:
    """What the contract holds for the party until it is asked for."""
    coins, held = found.reading.currency, -sum(line.amount for line in said.lines if line.held)
    sentences = [f"You can still claim {coins.named(said.claimable)}."] if said.claimable else []
    return sentences + ([f"The contract still holds {coins.named(held)} of yours; that is not lost."] if held else [])


def _owner(found: Findings, blank: Statement) -> Statement:
    coins = found.reading.currency
    row = next(owner for owner in found.owners if owner.id == blank.id)
    shares = _shares(found, row.id)
    bought = f"for {span(1, row.rounds)} of the model" if row.rounds else "and bought nothing"
    return replace(
        blank,
        lead=f"You paid {coins.named(row.net_paid)} {bought}.",
        because=[_addressed(row.why), *_bid(found, row), *_model(found, row)],
        rounds=shares,
        derived=() if row.bid is None or shares else (row.id,),
    )


def _addressed(why: str) -> str:
    """The report's sentence about an owner, said to it."""
    for said, to_you in ((" to it,", " to you,"), (" its ", " your "), (" it bought", " you bought")):
        why = why.replace(said, to_you)
    return why


def _to_client(why: str) -> str:
    """The report's reason why a client does not train, said to it."""
    for said, to_you in (("asks ", "You ask "), ("its edge", "Your edge"), ("was invited", "You were invited")):
        if why.startswith(said):
            return f"{to_you}{why.removeprefix(said)}.".replace("lists it", "lists you")
    return f"You were {why}."


def _bid(found: Findings, row: OwnerRow) -> list[str]:
    """What an owner said the model is worth, and that it can only gain by having said the truth."""
    if row.bid is None or not row.rounds:
        return []
    coins = found.reading.currency
    return [
        (
            f"You said that the whole model, all {len(found.reading.instance.quality)} rounds, is worth "
            f"{coins.named(row.bid)} to you. Your bid decided how many rounds you bought; another bid could not have "
            "given you the same rounds for less."
        )
    ]


def _model(found: Findings, row: OwnerRow) -> list[str]:
    """Which model is the owner's, and what it is worth in accuracy."""
    level = min(row.rounds, found.reading.rounds_done)
    if not level:
        return []
    recorded = found.reading.record["rounds"][level - 1]["model_digest"]
    said = [f"Your model is that of round {level}, digest {recorded}."]
    score = owner_accuracy(found.reading).get(row.id)
    if score is not None and score.funded is not None:
        said.append(
            f"Over your {many(score.sites, 'site')} its {metric_name(found.reading)} is {score.funded}; a model from "
            f"your own data reaches {score.alone}, a rule without training {score.untrained}."
        )
    return said


def _shares(found: Findings, owner: str) -> list[list[Content]]:
    coins = found.reading.currency
    return [
        [
            capital(span(row.first_round, row.last_round)),
            ("shared with " + (listed([name for name in row.shares if name != owner]) or "nobody"))
            + f": {coins.exact(row.cost)} each block",
            coins.full(row.shares[owner]),
        ]
        for row in share_rows(found.reading)
        if owner in row.shares
    ]


def _client(found: Findings, blank: Statement) -> Statement:
    coins, reading = found.reading.currency, found.reading
    row = next(client for client in found.clients if client.id == blank.id)
    lead = f"You earned {coins.named(row.earned)} for {many(row.rounds, 'round')} of training at edge {row.edge}."
    because = [_to_client(row.why)]
    if row.fate is Fate.TRAINS:
        edge = next(edge for edge in found.edges if edge.id == row.edge)
        because = [
            (
                f"A round at {row.edge} is paid {coins.exact(row.price)}, set by {edge.setter}; {_keeps(edge.parent)} "
                f"{coins.exact(row.fee)}, you get {coins.exact(row.pay)}{_less(row)}."
            ),
            *([f"On top you got {coins.exact(row.extra)} for all rounds delivered."] if row.extra else []),
            *(
                [f"You asked {coins.exact(row.asked)}; asking more could only have lost the place."]
                if row.asked
                else []
            ),
            *(outage_sentence(reading, outage) for outage in found.outages if outage.client == row.id),
        ]
    else:
        lead = "You did not train in this campaign."
    return replace(blank, lead=lead, because=because, derived=() if row.asked is None else (row.id,))


def _less(row: ClientRow) -> str:
    """Underwritten, a round that is hardly worth running pays less than the price."""
    return ", in rounds that were hardly worth running less" if row.earned < row.rounds * row.pay else ""


def _keeps(parent: str) -> str:
    return "the edge and those above it keep their posted fees of" if parent else "the edge keeps its posted fee of"


def _book(found: Findings, blank: Statement) -> Statement:
    """An operator's book; what its edges earned they are told themselves."""
    place = found.reading.books.books[blank.id]
    was = "which was opened" if place.opened else "which was never opened"
    if place.edge and not place.opened:
        was = "which stays sealed" if not place.bond.lost else "which was called absent and not opened in time"
    lead = f"You sealed a book of {many(place.clients, 'client')}, {was}."
    if place.bond.lost:
        lead += f" You lost {found.reading.currency.named(place.bond.lost)} of its bond."
    return replace(blank, lead=lead)


def _settler(found: Findings, blank: Statement) -> Statement:
    """Who staked money to settle without sealed books, or got it by showing its own."""
    coins, net = found.reading.currency, blank.net
    if not net:
        return replace(blank, lead="You staked money to settle without sealed books, and have it back.")
    over = found.reading.record["campaign"]["status"] not in {"open", "cancelled"}
    lost = "You settled without books that were then shown, and lost" if over else "You have staked"
    lead = "You showed your books when they were called absent, and got" if net > 0 else lost
    return replace(blank, lead=f"{lead} {coins.named(abs(net))}.")


def _edge(found: Findings, blank: Statement) -> Statement:
    coins = found.reading.currency
    row = next(edge for edge in found.edges if f"edge {edge.id}" == blank.id)
    signed = [root for root in found.reading.record["roots"] if root["edge"] == row.id]
    because = [
        f"{row.winners} of the {many(row.offers, 'offer')} at your edge won places; its capacity is {row.capacity}.",
        f"A client-round at your edge cost {coins.exact(row.price)}, fees included, set by {row.setter}.",
        *(f"You signed for {root['total']} client-rounds, root {root['root']}." for root in signed),
    ]
    return replace(
        blank,
        lead=f"You earned {coins.named(row.fee_pay)} for {many(row.client_rounds, 'client-round')}.",
        because=because,
    )


def _coordinator(found: Findings, blank: Statement) -> Statement:
    coins, done = found.reading.currency, found.reading.rounds_done
    place = found.reading.books.coordinator
    lead = f"You earned {coins.named(place.fee)} for {many(done, 'recorded round')}."
    if place.bond.lost:
        lead += f" You lost {coins.named(place.bond.lost)} of your bond."
    gone = f"Your fee of {coins.named(place.fee_lost)} went back to the owners: no models were released."
    return replace(blank, lead=lead, because=[gone] if place.fee_lost else [])


def _other(found: Findings, blank: Statement) -> Statement:
    """The initiator, who gets what is left, and the sponsor, who pays its part."""
    coins = found.reading.currency
    verb = "received" if blank.net >= 0 else "paid"
    what = "what rounding leaves" if blank.role == "initiator" else "your part"
    return replace(blank, lead=f"You {verb} {coins.named(abs(blank.net))}: {what}.")


_WRITERS: Final[dict[str, Callable[[Findings, Statement], Statement]]] = {
    "owner": _owner,
    "book": _book,
    "settler": _settler,
    "client": _client,
    "edge": _edge,
    "coordinator": _coordinator,
}
