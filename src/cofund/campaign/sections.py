"""The sections of a record that are computed from evidence, each held against what the chain carries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from eth_utils.conversions import to_hex

from cofund import merkle
from cofund.campaign.books import openings
from cofund.campaign.books_section import books_section
from cofund.campaign.evidence import Evidence
from cofund.campaign.metrics import metric_entry
from cofund.campaign.publication import iso
from cofund.campaign.release import Release, release_root
from cofund.chain.contract import Call
from cofund.errors import CheckFailed
from cofund.settlement.ledger import Ledger, delivery_leaf
from cofund.settlement.places import CoordinatorPlace, OfferPlace, Place, places_of
from cofund.training.deliveries import Delivery, bitmaps, updates_root


def ids_by_account(terms: dict[str, Any]) -> dict[str, str]:
    """Id of every party by its account; roles stand for themselves."""
    roles = {terms["initiator"]: "initiator", terms["coordinator"]: "coordinator"}
    if terms["market"]["sponsor"]:
        roles[terms["market"]["sponsor"]] = "sponsor"
    edges = {edge["operator"]: f"edge {edge['id']}" for edge in terms["edges"]}
    return roles | edges | {party["account"]: party["id"] for party in [*terms["owners"], *terms["clients"]]}


def ids_of_owners(terms: dict[str, Any]) -> dict[str, str]:
    """The same where an owner is meant, which may be a client under another name."""
    return ids_by_account(terms) | {party["account"]: party["id"] for party in terms["owners"]}


def openings_section(ledger: Ledger, own: list[tuple[int, Call]], terms: dict[str, Any]) -> list[dict[str, Any]]:
    """One row for every commitment in commit order: amount and salt if it was opened; no seal if nobody saw it."""
    salts = {
        (call.function, opening.sender): to_hex(opening.salt)
        for _, call in own
        if call.function.startswith("reveal_")
        for opening in openings(call.arguments["openings"])
    }
    ids, owners = ids_by_account(terms), ids_of_owners(terms)
    tick = ledger.terms.tick
    bids = [
        {
            "id": owners.get(owner.account, owner.account),
            "role": "owner",
            "commitment": to_hex(owner.commitment) if owner.commitment else None,
            "escrow": str(owner.escrow),
            "amount": None if owner.bid is None else str(owner.bid),
            "edge": None,
            "salt": salts.get(("reveal_bids", owner.account)),
        }
        for owner in ledger.owners
    ]
    offers = [
        {
            "id": ids.get(offer.client, offer.client),
            "role": "client",
            "commitment": to_hex(offer.commitment) if offer.commitment else None,
            "escrow": None,
            "amount": None if offer.cost is None else str(offer.cost * tick),
            "edge": None if offer.cost is None else ledger.terms.edges[offer.edge].id,
            "salt": salts.get(("reveal_offers", offer.client)),
        }
        for offer in ledger.offers
    ]
    return bids + offers


def by_round(deliveries: tuple[Delivery, ...]) -> dict[int, list[Delivery]]:
    """Deliveries of every round, in their order."""
    rounds: dict[int, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        rounds[delivery.round].append(delivery)
    return rounds


def round_section(deliveries: dict[int, list[Delivery]], now: int, call: Call) -> dict[str, Any]:
    """One round as recorded on chain, its deliveries held against their root; ``held.py`` has the model and metric."""
    number, metric = call.arguments["number"], call.arguments["metric"]
    delivered = deliveries[number]
    if updates_root(delivered) != call.arguments["updates_root"]:
        raise CheckFailed(f"rounds[{number - 1}].updates_root: not the root of the deliveries of round {number}")
    return {
        "round": number,
        "time": iso(now),
        **metric_entry(metric),
        "model_digest": call.arguments["model_digest"].hex(),
        "updates_root": updates_root(delivered).hex(),
        "delivered": sum(delivery.accepted for delivery in delivered),
        "missing": [delivery.client for delivery in delivered if not delivery.accepted],
    }


def root_section(evidence: Evidence, ledger: Ledger, call: Call) -> dict[str, Any]:
    """One signed root, held against the deliveries it claims to sum up."""
    given = call.arguments
    edge = ledger.terms.edges[given["edge"]]
    tree = delivery_tree(evidence.deliveries, ledger, evidence.terms, given["edge"], given["up_to_round"])
    if merkle.root([delivery_leaf(*row) for row in tree]) != given["root"]:
        raise CheckFailed(f"roots: edge {edge.id} signed a root that its deliveries do not have")
    if sum(bitmap.bit_count() for _, bitmap in tree) != given["total"]:
        raise CheckFailed(f"roots: edge {edge.id} signed a total that its deliveries do not have")
    return {
        "edge": edge.id,
        "up_to_round": given["up_to_round"],
        "total": given["total"],
        "root": given["root"].hex(),
        "signature": (given["r"] + given["vs"]).hex(),
    }


def check_release(releases: Sequence[Release], ledger: Ledger, root: bytes) -> None:
    """The boxes are those that the coordinator committed to, one for every owner that bought rounds, at its level.

    Raises:
        CheckFailed: if they are not.
    """
    if release_root(list(releases)) != root:
        raise CheckFailed("releases: not the boxes that the coordinator committed to on chain")
    bought = [(o.account, min(o.level, ledger.rounds_done)) for o in ledger.owners if min(o.level, ledger.rounds_done)]
    if [(release.owner, release.level) for release in releases] != bought:
        raise CheckFailed("releases: expected one box for every owner that bought rounds, at its level")


def delivery_tree(
    deliveries: tuple[Delivery, ...], ledger: Ledger, terms: dict[str, Any], edge: int, up_to_round: int
) -> list[tuple[int, int]]:
    """(position of the offer, bitmap of rounds) of every winner at an edge, in position order."""
    ids = ids_by_account(terms)
    delivered = bitmaps(delivery for delivery in deliveries if delivery.round <= up_to_round)
    return [
        (position, delivered.get(ids[offer.client], 0))
        for position, offer in enumerate(ledger.offers)
        if offer.winner and offer.edge == edge
    ]


def money_sections(
    ledger: Ledger, terms: dict[str, Any], rows: Iterable[tuple[int, int]]
) -> dict[str, list[dict[str, Any]] | dict[str, Any]]:
    """The sections ``books``, ``payments`` and ``conservation``.

    Args:
        ledger: the books.
        terms: the published document.
        rows: position and bitmap of every winner, under the root that its edge signed last.
    """
    places = places_of(ledger, dict(rows))
    return {
        "books": books_section(places, ids_of_owners(terms), ids_by_account(terms)),
        "payments": payments_section(ledger, terms),
        "conservation": conservation_section(ledger, places),
    }


def payments_section(ledger: Ledger, terms: dict[str, Any]) -> list[dict[str, Any]]:
    """Money in and out per account, base units."""
    ids = ids_by_account(terms)
    rows = []
    owed = ledger.owed()
    for account in dict.fromkeys([*ids, *ledger.deposits, *ledger.payments, *owed]):
        deposited, paid, credit = ledger.deposits[account], ledger.payments[account], owed[account]
        if deposited or paid or credit:
            rows.append(
                {
                    "id": ids.get(account, account),
                    "account": account,
                    "deposited": str(deposited),
                    "received": str(paid),
                    "still_owed": str(credit),
                    "net": str(paid + credit - deposited),
                }
            )
    return rows


def conservation_section(ledger: Ledger, places: Sequence[Place]) -> dict[str, Any]:
    """Where the charges and the sponsor's part of the rounds bought went, and that nothing is missing; base units.

    ``clients`` is what was paid or can be claimed for the rounds delivered. What a price above it would have taken from
    an underwriting sponsor is no part of what it pays.
    """
    terms, done, spending = ledger.terms, ledger.rounds_done, ledger.spending()
    saved = sum(place.saved for place in places if isinstance(place, OfferPlace))
    clients = sum(e.delivered * (e.price - t.fee) for e, t in zip(ledger.edges, terms.edges, strict=True)) - saved
    lost = sum(place.fee_lost for place in places if isinstance(place, CoordinatorPlace))
    fees = sum(e.delivered * t.fee for e, t in zip(ledger.edges, terms.edges, strict=True))
    charges = sum(owner.charge for owner in ledger.owners)
    rest = ledger.round_cost * ledger.rounds - charges
    sponsored = rest if terms.underwritten and ledger.rounds else ledger.matched() * ledger.rounds
    return {
        "deposited": str(ledger.deposits.total()),
        "paid_out": str(ledger.payments.total()),
        "held": str(ledger.held()),
        "charges": str(charges),
        "sponsored": str(sponsored - saved),
        "clients": str(clients),
        "edges": str(fees),
        "coordinator": str(terms.coordinator_fee * done - lost),
        "coordinators_fee_back_to_owners": str(lost),
        "undelivered_back_to_payers": str(ledger.undelivered()),
        "dust_to_initiator": str(spending.covered - ledger.round_cost * done),
        "not_earned_back_to_payers": str(charges + sponsored - spending.covered),
    }


def gas_section(used: Sequence[int], notes: Sequence[str]) -> list[dict[str, Any]]:
    """Transactions and gas by what they were for, in order of first appearance."""
    steps: dict[str, list[int]] = defaultdict(list)
    for note, gas in zip(notes, used, strict=True):
        steps[note.partition(":")[0]].append(gas)
    return [{"step": step, "transactions": len(each), "gas": sum(each)} for step, each in steps.items()]
