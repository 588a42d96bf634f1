"""The sections of a record that follow from a campaign alone, at any phase of it.

What is not known yet is null or empty: a sealed amount, the outcome of a market that is not settled, the deliveries of
a round that no edge has signed for.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from eth_utils.conversions import to_hex

from cofund import merkle
from cofund.campaign.books import openings
from cofund.campaign.books_section import books_section
from cofund.campaign.campaign import Campaign
from cofund.campaign.evidence import SHARED
from cofund.campaign.metrics import metric_entry
from cofund.campaign.release import Release, release_root
from cofund.chain.artifacts import artifact
from cofund.errors import CheckFailed
from cofund.market.codec import encode_instance
from cofund.market.document import RECORD
from cofund.market.instance import Client, Instance, Owner
from cofund.market.term_forms import iso
from cofund.mechanism.outcome_codec import encode_outcome
from cofund.mechanism.rules import clear
from cofund.settlement.ledger import Ledger, Status, delivery_leaf
from cofund.settlement.places import CoordinatorPlace, OfferPlace, Place, places_of
from cofund.training.deliveries import Delivery, updates_root


def sections_of(campaign: Campaign) -> dict[str, Any]:
    """Everything that a record says of a campaign but for what only models, receipts or a whole store tell."""
    ledger, document = campaign.ledger, campaign.document
    instance = named_instance(ledger, document)
    rule = "vcg" if ledger.terms.underwritten else "serial"
    outcome = None if ledger.status == Status.OPEN else encode_outcome(clear(instance, rule))
    source = artifact("Campaign")
    return {
        "schema": RECORD,
        "campaign": {
            "name": campaign.name,
            "execution": SHARED,
            **asdict(campaign.place),
            "compiler": source.compiler,
            "contracts_sha256": source.source_sha256,
            "status": campaign.status,
            "absent": ["gains", "alone", "releases"],
        },
        "openings": openings_section(campaign),
        "instance": encode_instance(instance),
        "outcome": outcome,
        "rounds": list(_rounds(campaign)),
        "roots": list(_roots(campaign)),
        "gains": [],
        **money_sections(ledger, document, campaign.bitmaps),
        "gas": [],
        "terms": document,
        "deliveries": list(_deliveries(campaign)),
    }


class Named(dict[str, str]):
    """Ids by account; whoever the terms do not name is its account."""

    def __missing__(self, account: str) -> str:
        return account


def ids_by_account(terms: dict[str, Any]) -> Named:
    """Id of every party by its account; roles stand for themselves."""
    roles = {terms["initiator"]: "initiator", terms["coordinator"]: "coordinator"}
    if terms["market"]["sponsor"]:
        roles[terms["market"]["sponsor"]] = "sponsor"
    edges = {edge["operator"]: f"edge {edge['id']}" for edge in terms["edges"]}
    return Named(roles | edges | {party["account"]: party["id"] for party in [*terms["owners"], *terms["clients"]]})


def ids_of_owners(terms: dict[str, Any]) -> Named:
    """The same where an owner is meant, which may be a client under another name."""
    return Named(ids_by_account(terms) | {party["account"]: party["id"] for party in terms["owners"]})


def named_instance(ledger: Ledger, terms: dict[str, Any]) -> Instance:
    """The market as opened by now, with ids instead of accounts; whoever the terms do not name is its account."""
    ids, owners, revealed = ids_by_account(terms), ids_of_owners(terms), ledger.instance()
    return replace(
        revealed,
        owners=tuple(Owner(owners[owner.id], owner.bid, owner.weight) for owner in revealed.owners),
        clients=tuple(Client(ids[client.id], client.edge, client.cost) for client in revealed.clients),
    )


def openings_section(campaign: Campaign) -> list[dict[str, Any]]:
    """One row for every commitment in commit order: amount and salt if it was opened; no seal if nobody saw it."""
    ledger, terms = campaign.ledger, campaign.document
    salts = {
        (call.function, opening.sender): to_hex(opening.salt)
        for _, call in campaign.calls
        if call.function.startswith("reveal_")
        for opening in openings(call.arguments["openings"])
    }
    ids, owners = ids_by_account(terms), ids_of_owners(terms)
    tick = ledger.terms.tick
    bids = [
        {
            "id": owners[owner.account],
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
            "id": ids[offer.client],
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


def _rounds(campaign: Campaign) -> Iterator[dict[str, Any]]:
    """Every round as recorded on chain; ``held.py`` has the model and the metric."""
    ids, delivered = ids_by_account(campaign.document), by_round(campaign.deliveries)
    told, winners = told_until(campaign), [(at, o) for at, o in enumerate(campaign.ledger.offers) if o.winner]
    for seen, event in campaign.logged("RoundRecorded"):
        number = event.arguments["round"]
        if number in delivered:
            missing = [delivery.client for delivery in delivered[number] if not delivery.accepted]
        else:
            missing = [ids[o.client] for at, o in winners if not campaign.bitmaps.get(at, 0) >> number - 1 & 1]
        known = number in delivered or all(told[offer.edge] >= number for _, offer in winners)
        yield {
            "round": number,
            "time": iso(seen.timestamp),
            **metric_entry(event.arguments["metric"]),
            "model_digest": event.arguments["model_digest"].hex(),
            "updates_root": event.arguments["updates_root"].hex(),
            "delivered": len(winners) - len(missing) if known else None,
            "missing": missing if known else [],
            "vetoed": number > campaign.ledger.rounds_done,
        }


def _roots(campaign: Campaign) -> Iterator[dict[str, Any]]:
    """What each edge signed; the signature is in calldata only."""
    signatures = {
        call.arguments["root"]: (call.arguments["r"] + call.arguments["vs"]).hex()
        for _, call in campaign.calls
        if call.function == "post_deliveries"
    }
    for _, event in campaign.logged("DeliveriesPosted"):
        given = event.arguments
        yield {
            "edge": campaign.ledger.terms.edges[given["edge"]].id,
            "up_to_round": given["up_to_round"],
            "total": given["total"],
            "root": given["root"].hex(),
            "signature": signatures.get(given["root"]),
        }


def _deliveries(campaign: Campaign) -> Iterator[dict[str, Any]]:
    """A row for every winner and round that its edge signed for, or can sign for no more; no samples and digests."""
    ids, ledger, told = ids_by_account(campaign.document), campaign.ledger, told_until(campaign)
    for number in range(1, ledger.rounds_done + 1):
        for at, offer in enumerate(ledger.offers):
            if offer.winner and told[offer.edge] >= number:
                signed = ledger.edges[offer.edge].up_to_round >= number
                accepted = bool(campaign.bitmaps.get(at, 0) >> number - 1 & 1)
                missing = "not under the root that its edge signed" if signed else "its edge signed no root"
                yield {
                    "round": number,
                    "client": ids[offer.client],
                    "edge": ledger.terms.edges[offer.edge].id,
                    "accepted": accepted,
                    "samples": None,
                    "reason": "" if accepted else missing,
                    "digest": None,
                    "leaf": None,
                }


def told_until(campaign: Campaign) -> list[int]:
    """The last round of which it is known who delivered at each edge: signed for, or never to be signed for."""
    ledger, bits = campaign.ledger, Counter[int]()
    for at, bitmap in campaign.bitmaps.items():
        bits[ledger.offers[at].edge] += bitmap.bit_count()
    return [
        0 if bits[at] != edge.delivered else ledger.rounds if campaign.over else edge.up_to_round
        for at, edge in enumerate(ledger.edges)
    ]


def check_deliveries(campaign: Campaign) -> None:
    """Deliveries are those under the root of their round, and bitmaps those under the roots that the edges signed.

    Raises:
        CheckFailed: naming the round or the edge.
    """
    ledger, delivered = campaign.ledger, by_round(campaign.deliveries)
    if delivered:
        for _, event in campaign.logged("RoundRecorded"):
            number = event.arguments["round"]
            if updates_root(delivered[number]) != event.arguments["updates_root"]:
                where = f"rounds[{number - 1}].updates_root"
                raise CheckFailed(f"{where}: not the root of the deliveries of round {number}")
    for _, event in campaign.logged("DeliveriesPosted"):
        at, up_to, root, total = (event.arguments[name] for name in ("edge", "up_to_round", "root", "total"))
        if not delivered and root != ledger.edges[at].root:
            continue  # of what an edge signed before nothing is left but the root
        rows = _signed(ledger, campaign.bitmaps, at, up_to)
        if merkle.root([delivery_leaf(*row) for row in rows]) != root:
            raise CheckFailed(f"deliveries: not those under the root of edge {ledger.terms.edges[at].id}")
        if sum(bitmap.bit_count() for _, bitmap in rows) != total:
            raise CheckFailed(f"deliveries: not as many as edge {ledger.terms.edges[at].id} signed for")


def signed_bitmaps(ledger: Ledger, terms: dict[str, Any], delivered: Mapping[str, int]) -> dict[int, int]:
    """Rounds delivered under the roots signed last, by position of the offer of every winner.

    Args:
        ledger: the books.
        terms: the published document.
        delivered: bitmaps by the client's id, which may have later rounds.
    """
    ids = ids_by_account(terms)
    found = {at: delivered.get(ids[offer.client], 0) for at, offer in enumerate(ledger.offers) if offer.winner}
    edges = enumerate(ledger.edges)
    return dict(sorted(row for at, edge in edges for row in _signed(ledger, found, at, edge.up_to_round)))


def _signed(ledger: Ledger, delivered: Mapping[int, int], edge: int, up_to_round: int) -> list[tuple[int, int]]:
    """Position and bitmap of every winner at an edge up to a round, in position order."""
    return [
        (at, delivered.get(at, 0) & (1 << up_to_round) - 1)
        for at, offer in enumerate(ledger.offers)
        if offer.winner and offer.edge == edge
    ]


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


def money_sections(
    ledger: Ledger, terms: dict[str, Any], signed: Mapping[int, int]
) -> dict[str, list[dict[str, Any]] | dict[str, Any]]:
    """The sections ``books``, ``payments`` and ``conservation``.

    Args:
        ledger: the books.
        terms: the published document.
        signed: rounds delivered under the roots signed last, by position of the offer.
    """
    places = places_of(ledger, signed)
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
                    "id": ids[account],
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
