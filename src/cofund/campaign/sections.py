"""The sections of a record that follow from a campaign alone, at any phase of it.

What is not known yet is null or empty: a sealed amount, the outcome of a market that is not settled, the deliveries of
a round that no edge has signed for.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from eth_utils.conversions import to_hex

from cofund.campaign.books_section import books_section
from cofund.campaign.campaign import Campaign
from cofund.campaign.evidence import SHARED
from cofund.campaign.metrics import metric_entry
from cofund.campaign.party_ids import clients_called, ids_by_account, ids_of_owners, names_of_books, names_of_offers
from cofund.campaign.proved_market import encode_proved, proved_outcome
from cofund.campaign.signed_rounds import by_round, told_until
from cofund.chain.artifacts import artifact
from cofund.market.codec import encode_instance
from cofund.market.document import RECORD
from cofund.market.instance import Client, Instance, Owner
from cofund.market.offer_book import missing_counts
from cofund.market.term_forms import iso
from cofund.mechanism.outcome_codec import encode_outcome
from cofund.mechanism.rules import clear
from cofund.settlement.ledger import Ledger, Status
from cofund.settlement.places import CoordinatorPlace, OfferPlace, Place, places_of


def sections_of(campaign: Campaign) -> dict[str, Any]:
    """Everything that a record says of a campaign but for what only models, receipts or a whole store tell."""
    ledger, document = campaign.ledger, campaign.document
    instance, outcome = _market(ledger, document)
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


def _market(ledger: Ledger, document: dict[str, Any]) -> tuple[Instance, dict[str, Any] | None]:
    """The market as opened by now, and what it came to; of sealed books winners and prices as they were proved."""
    instance, rule = named_instance(ledger, document), "vcg" if ledger.terms.underwritten else "serial"
    told = replace(instance, clients=()) if ledger.terms.sealed else instance
    if ledger.status == Status.OPEN:
        return told, None
    if not ledger.terms.sealed:
        return told, encode_outcome(clear(told, rule))
    winners = [(client.id, client.edge) for client in instance.clients]
    _, outcome, _ = proved_outcome(told, winners, [edge.price for edge in ledger.edges], rule)
    return told, encode_proved(outcome)


def named_instance(ledger: Ledger, terms: dict[str, Any]) -> Instance:
    """The market as opened by now, with ids instead of accounts; whoever the terms do not name is its account."""
    names, owners, revealed = names_of_offers(ledger, terms), ids_of_owners(terms), ledger.instance()
    return replace(
        revealed,
        owners=tuple(Owner(owners[owner.id], owner.bid, owner.weight) for owner in revealed.owners),
        clients=tuple(
            Client(name, client.edge, client.cost)
            for name, client in zip(names.values(), revealed.clients, strict=True)
        ),
    )


def openings_section(campaign: Campaign) -> list[dict[str, Any]]:
    """One row for every commitment: bids in their order, then books; salt and amount if it was opened."""
    ledger, terms = campaign.ledger, campaign.document
    salts = {event.arguments["owner"]: event.arguments["salt"] for _, event in campaign.logged("BidRevealed")}
    key = "edge" if ledger.terms.sealed else "operator"
    seeds = {event.arguments[key]: event.arguments["seed"] for _, event in campaign.logged("BookOpened")}
    ids, owners = ids_by_account(terms), ids_of_owners(terms)
    bids = [
        {
            "id": owners[owner.account],
            "role": "owner",
            "commitment": to_hex(owner.commitment),
            "escrow": str(owner.escrow),
            "amount": None if owner.bid is None else str(owner.bid),
            "clients": None,
            "salt": _hex(salts.get(owner.account)),
        }
        for owner in ledger.owners
    ]
    books = [
        {
            "id": ids[book.operator],
            "role": "book",
            "commitment": to_hex(book.commitment),
            "escrow": None,
            "amount": None,
            "clients": book.clients,
            "salt": _hex(seeds.get(book.operator)),
        }
        for book in ledger.books.values()
    ]
    sealed = [
        {
            "id": name,
            "role": "book",
            "commitment": to_hex(ledger.sealed_books[edge].commitment),
            "escrow": None,
            "amount": None,
            "clients": ledger.sealed_books[edge].clients,
            "salt": _hex(seeds.get(edge)),
        }
        for edge, name in names_of_books(ledger, terms).items()
    ]
    return bids + books + sealed


def _hex(salt: bytes | None) -> str | None:
    return None if salt is None else to_hex(salt)


def _rounds(campaign: Campaign) -> Iterator[dict[str, Any]]:
    """Every round as recorded on chain; ``held.py`` has the model and the metric."""
    called, delivered = clients_called(campaign.ledger, campaign.document), by_round(campaign.deliveries)
    told, winners = told_until(campaign), [offer for offer in campaign.ledger.offers if offer.winner]
    for seen, event in campaign.logged("RoundRecorded"):
        number = event.arguments["round"]
        if number in delivered:
            missing = [delivery.client for delivery in delivered[number] if not delivery.accepted]
        else:
            missing = [
                called[o.edge, o.place]
                for o in winners
                if not campaign.bitmaps.get((o.edge, o.place), 0) >> number - 1 & 1
            ]
        known = number in delivered or all(told[offer.edge] >= number for offer in winners)
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
    """What each edge signed, and how many of its winners missed each round by that; signatures are in calldata."""
    for _, event in campaign.logged("DeliveriesPosted"):
        given, rounds = event.arguments, event.arguments["up_to_round"]
        missing = missing_counts(given["missing"], rounds)
        yield {
            "edge": campaign.ledger.terms.edges[given["edge"]].id,
            "up_to_round": rounds,
            "total": campaign.ledger.edges[given["edge"]].winners * rounds - sum(missing),
            "missing": missing,
            "root": given["root"].hex(),
            "stood_in": given["stood_in"],
        }


def _deliveries(campaign: Campaign) -> Iterator[dict[str, Any]]:
    """A row for every winner and round that its edge signed for, or can sign for no more; no samples and digests."""
    ledger, told = campaign.ledger, told_until(campaign)
    called = clients_called(ledger, campaign.document)
    for number in range(1, ledger.rounds_done + 1):
        for offer in ledger.offers:
            if offer.winner and told[offer.edge] >= number:
                signed = ledger.edges[offer.edge].up_to_round >= number
                accepted = bool(campaign.bitmaps.get((offer.edge, offer.place), 0) >> number - 1 & 1)
                missing = "not under the root that its edge signed" if signed else "its edge signed no root"
                yield {
                    "round": number,
                    "client": called[offer.edge, offer.place],
                    "edge": ledger.terms.edges[offer.edge].id,
                    "accepted": accepted,
                    "samples": None,
                    "reason": "" if accepted else missing,
                    "digest": None,
                    "leaf": None,
                }


def money_sections(
    ledger: Ledger, terms: dict[str, Any], signed: Mapping[tuple[int, int], int]
) -> dict[str, list[dict[str, Any]] | dict[str, Any]]:
    """The sections ``books``, ``payments`` and ``conservation``.

    Args:
        ledger: the books.
        terms: the published document.
        signed: rounds delivered under the roots signed last, by edge and place of the offer.
    """
    places, edges = places_of(ledger, signed), ledger.terms.edges
    names = {(edges[edge].id, place): name for (edge, place), name in names_of_offers(ledger, terms).items()}
    return {
        "books": books_section(places, ids_of_owners(terms), ids_by_account(terms), names),
        "payments": payments_section(ledger, terms),
        "conservation": conservation_section(ledger, places),
    }


def payments_section(ledger: Ledger, terms: dict[str, Any]) -> list[dict[str, Any]]:
    """Money in and out per account, base units; whoever has an offer in an open book is there before it is paid."""
    ids = ids_by_account(terms)
    rows = []
    owed, listed = ledger.owed(), dict.fromkeys(offer.client for offer in ledger.offers if offer.client)
    for account in dict.fromkeys([*ids, *ledger.deposits, *ledger.payments, *owed, *listed]):
        deposited, paid, credit = ledger.deposits[account], ledger.payments[account], owed[account]
        if deposited or paid or credit or account in listed:
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
    terms, done, earned = ledger.terms, ledger.rounds_done, ledger.earned()
    saved = sum(place.saved for place in places if isinstance(place, OfferPlace))
    clients = sum(edge.delivered * ledger.pay_per_round(at) for at, edge in enumerate(ledger.edges)) - saved
    lost = sum(place.fee_lost for place in places if isinstance(place, CoordinatorPlace))
    fees = sum(ledger.delivered_below(at) * edge.fee for at, edge in enumerate(terms.edges))
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
        "undelivered_back_to_payers": str(sum(ledger.undelivered())),
        "early_end_to_clients": str(sum(earned.more)),
        "dust_to_initiator": str(earned.covered - ledger.round_cost * done),
        "not_earned_back_to_payers": str(charges + sponsored - earned.covered - sum(earned.more)),
    }


def gas_section(used: Sequence[int], notes: Sequence[str]) -> list[dict[str, Any]]:
    """Transactions and gas by what they were for, in order of first appearance."""
    steps: dict[str, list[int]] = defaultdict(list)
    for note, gas in zip(notes, used, strict=True):
        steps[note.partition(":")[0]].append(gas)
    return [{"step": step, "transactions": len(each), "gas": sum(each)} for step, each in steps.items()]
