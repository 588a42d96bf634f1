"""What is known of a campaign at one moment, whether it was read from a chain or from a record.

Pages, JSON, CSV and metrics are views of it. Its sections are those of a record (docs/record.md), as far as they are
known by then; amounts in them are decimal strings of base units.
"""

from dataclasses import dataclass, field
from typing import Any

from cofund.campaign.books_section import Books
from cofund.errors import CofundError
from cofund.market.codec import encode_instance
from cofund.market.instance import Instance
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.outcome_codec import encode_outcome
from cofund.mechanism.rules import charge, clear
from cofund.report.money import Currency
from cofund.report.reading import Reading
from cofund.web.seats import Seats


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A campaign at one moment.

    Attributes:
        address: of its contract.
        chain_id: of its chain.
        source: ``chain`` or ``record``.
        block: number of the last block.
        now: time of that block, seconds since the epoch.
        phase: see ``cofund.market.phases``; of a record the campaign's status.
        until: when the phase ends by the clock, if it does.
        terms: the published document, or what the chain says in its form; everybody who took part is in it.
        published: whether names are those of a published document that has the campaign's digest.
        counts: ``owners``, ``offers``, ``revealed``, ``rounds`` (bought), ``rounds_done``.
        money: base units: ``deposited``, ``paid_out``, ``held``, ``round_cost``.
        openings: as in a record; ``amount`` is None while sealed.
        rounds: as in a record, ``delivered`` left out where only the edges know.
        edges: per edge what it signed for and claimed, client-rounds.
        accounts: as ``payments`` of a record.
        claims: rounds paid and money per client id.
        bonds: client ids whose bond is held and would come back by ``return_bonds`` now.
        seats: everybody's place as the next steps depend on it; None of a record.
        deliveries: as in a record; empty if unknown.
        events: newest last: ``name``, ``time``, ``what``, ``block``, ``log``, ``hash``.
        reading: the market cleared, once bids and offers are open.
        problems: what does not add up, in words.
    """

    address: str
    chain_id: int
    source: str
    block: int
    now: int
    status: str
    phase: str
    until: int | None
    terms: dict[str, Any]
    published: bool
    counts: dict[str, int]
    money: dict[str, int]
    openings: list[dict[str, Any]]
    rounds: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    accounts: list[dict[str, Any]]
    claims: dict[str, tuple[int, int]]
    bonds: list[str]
    deliveries: list[dict[str, Any]]
    events: list[dict[str, Any]]
    reading: Reading | None = field(repr=False)
    checks: list[tuple[str, bool, str]]
    seats: Seats | None = field(default=None, repr=False)

    @property
    def currency(self) -> Currency:
        """The token."""
        return Currency(self.terms["token"]["unit"], self.terms["token"]["decimals"])

    @property
    def name(self) -> str:
        """Of the campaign."""
        return str(self.terms["name"])

    @property
    def settled(self) -> bool:
        """Whether prices and charges are fixed."""
        return self.reading is not None and self.status in {"training", "closed", "unfunded"}

    @property
    def problems(self) -> list[str]:
        """Checks that do not hold."""
        return [name for name, holds, _ in self.checks if not holds]


def reading_of(
    instance: Instance,
    terms: dict[str, Any],
    status: str,
    rounds: list[dict[str, Any]],
    openings: list[dict[str, Any]],
) -> Reading | None:
    """The market cleared, in the form that the report's tables take; None if its rule refuses it."""
    rule = terms["market"]["rule"]
    try:
        outcome = clear(instance, rule)
    except CofundError:
        return None
    cohort = choose_cohort(instance)
    record = {
        "campaign": {"status": status},
        "terms": terms,
        "rounds": rounds,
        "openings": openings,
        "deliveries": [],
        "instance": encode_instance(instance),
        "outcome": encode_outcome(outcome),
    }
    return Reading(
        record=record,
        instance=instance,
        outcome=outcome,
        cohort=cohort,
        purchases=charge(instance, cohort, rule).purchases,
        currency=Currency(terms["token"]["unit"], terms["token"]["decimals"]),
        names={party["id"]: party["name"] for party in [*terms["owners"], *terms["clients"]]}
        | {f"edge {edge['id']}": edge["name"] for edge in terms["edges"]},
        openings={(seal["role"], seal["id"]): seal for seal in openings},
        books=Books({}, {}, {}, {}),
        owners=tuple(terms["owners"]),
        clients=tuple(terms["clients"]),
    )
