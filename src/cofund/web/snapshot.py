"""What is shown of a campaign at one moment, whether it was read from a chain or from a record.

Pages, JSON, CSV and metrics are views of it. Its sections are those of a record (docs/record.md), as far as they are
known by then; amounts in them are decimal strings of base units.
"""

from dataclasses import dataclass, field
from typing import Any

from cofund.campaign.books_section import Books
from cofund.campaign.campaign import Campaign
from cofund.campaign.chain_document import short
from cofund.campaign.metrics import metric_entry
from cofund.campaign.publication import iso
from cofund.campaign.record import named_instance
from cofund.campaign.sections import ids_by_account, openings_section, payments_section
from cofund.errors import CofundError
from cofund.market.codec import encode_instance
from cofund.market.instance import Instance
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.outcome_codec import encode_outcome
from cofund.mechanism.rules import charge, clear
from cofund.report.money import Currency
from cofund.report.reading import Reading
from cofund.web.seats import Seats
from cofund.web.words import event_words


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


def snapshot_of(campaign: Campaign, balance: int | None) -> Snapshot:
    """What is shown of a campaign on a chain.

    Args:
        campaign: at its block.
        balance: base units of the token that lie at its address; None if the token does not tell.
    """
    ledger, (phase, until) = campaign.ledger, campaign.phase
    document = _with_everybody(campaign)
    ids = ids_by_account(document)
    openings = openings_section(ledger, list(campaign.calls), document)
    rounds = [_round(seen.timestamp, event.arguments) for seen, event in campaign.logged("RoundRecorded")]
    reading = None
    bids, offers = (owner.bid for owner in ledger.owners), (offer.cost for offer in ledger.offers)
    if campaign.settled and any(bid is not None for bid in bids) and any(cost is not None for cost in offers):
        reading = reading_of(named_instance(ledger, document), document, campaign.status, rounds, openings)
    seats, accounts = Seats(campaign), payments_section(ledger, document)
    returnable = seats.returnable()
    return Snapshot(
        address=campaign.place.address,
        chain_id=campaign.place.chain_id,
        source="chain",
        block=campaign.place.block,
        now=campaign.now,
        status=campaign.status,
        phase=phase,
        until=until,
        terms=document,
        published=campaign.published,
        counts={
            "owners": len(ledger.owners),
            "offers": len(ledger.offers),
            "revealed": sum(offer.cost is not None for offer in ledger.offers),
            "rounds": ledger.rounds,
            "rounds_done": ledger.rounds_done,
        },
        money={
            "deposited": ledger.deposits.total(),
            "paid_out": ledger.payments.total(),
            "held": ledger.held(),
            "round_cost": ledger.round_cost,
            "sponsor_locked": ledger.sponsor_locked,
        },
        openings=openings,
        rounds=rounds,
        edges=[_edge(campaign, at) for at in range(len(ledger.edges))],
        accounts=accounts,
        claims={ids[offer.client]: (offer.paid_rounds, offer.paid) for offer in ledger.offers},
        bonds=[ids[offer.client] for offer in ledger.offers if offer.client in returnable],
        deliveries=[],
        events=[
            {
                "name": event.name,
                "time": iso(seen.timestamp),
                "what": event_words(event, ids, document),
                "block": event.block,
                "log": event.position,
                "hash": event.hash,
            }
            for seen, event in campaign.events
        ],
        reading=reading,
        checks=_checks(campaign, accounts, balance, reading, ids),
        seats=seats,
    )


def _round(now: int, given: dict[str, Any]) -> dict[str, Any]:
    """As in a record; who delivered only the edges know."""
    return {
        "round": given["round"],
        "time": iso(now),
        **metric_entry(given["metric"]),
        "model_digest": given["model_digest"].hex(),
        "updates_root": given["updates_root"].hex(),
        "delivered": None,
        "missing": [],
    }


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


def _with_everybody(campaign: Campaign) -> dict[str, Any]:
    """The document with all who took part; who is not invited by name is called by address.

    A client that is sealed still is shown at the edge that relayed it, or the first.
    """
    document, ledger = campaign.document, campaign.ledger
    edges = ledger.terms.edges
    where = {o.client: edges[o.edge if o.cost is not None else o.poster or 0].id for o in ledger.offers}
    known = {party["account"] for party in document["clients"]}
    owners = [
        party | {"name": party["name"] or short(party["account"])}
        for party in campaign.owners[len(document["owners"]) :]
    ]
    clients = [
        {"id": account, "name": short(account), "account": account, "edge": edge}
        for account, edge in where.items()
        if account not in known
    ]
    return document | {"owners": document["owners"] + owners, "clients": document["clients"] + clients}


def _edge(campaign: Campaign, at: int) -> dict[str, Any]:
    account, terms = campaign.ledger.edges[at], campaign.ledger.terms
    signed = (event.arguments for _, event in campaign.logged("DeliveriesPosted"))
    return {
        "edge": terms.edges[at].id,
        "capacity": terms.edges[at].capacity,
        "bonded": account.bonded or terms.edge_bond == 0,
        "winners": account.winners,
        "up_to_round": account.up_to_round,
        "delivered": account.delivered,
        "claimed": account.claimed,
        "fee_rounds": account.fee_rounds,
        "stood_in": account.stood_in,
        "roots": [given["up_to_round"] for given in signed if given["edge"] == at],
    }


def _checks(
    campaign: Campaign,
    accounts: list[dict[str, Any]],
    balance: int | None,
    reading: Reading | None,
    ids: dict[str, str],
) -> list[tuple[str, bool, str]]:
    """What this page recomputes: each with whether it holds, and the numbers; the figures are the contract's too."""
    ledger = campaign.ledger
    deposited, in_all = sum(int(row["deposited"]) for row in accounts), ledger.deposits.total()
    paid = sum(event.arguments["amount"] for _, event in campaign.logged("Paid"))
    rest, owed = ledger.held(), sum(int(row["still_owed"]) for row in accounts)
    found = [
        (
            "deposits of everybody add up to the contract's total",
            deposited == in_all,
            f"{deposited:,} = {in_all:,}",
        ),
        ("payments logged add up to the contract's total", paid == ledger.payments.total(), f"{paid:,}"),
        ("what is owed now is covered by what is held", owed <= rest, f"{owed:,} of {rest:,}"),
    ]
    if balance is not None:
        found.append(("the token balance covers what is held", balance >= rest, f"{balance:,} for {rest:,}"))
    if reading is not None:
        bought = {ids[owner.account]: (owner.level, owner.charge) for owner in ledger.owners if owner.bid is not None}
        right = {owner.id: (owner.level, owner.charge) for owner in reading.outcome.owners}
        found.append(
            ("levels and charges are those the rule gives for the opened bids", bought == right, f"{len(right)} owners")
        )
        cost = reading.outcome.round_cost
        found.append(("a round costs what the cleared market says", cost == ledger.round_cost, f"{cost:,}"))
    return found
