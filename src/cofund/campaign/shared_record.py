"""The record of a campaign that shares its chain, computed from the evidence in it without any node.

The books are kept again from calls and events and the market is cleared again, so everything in the record follows
from signed transactions and events. That these events are the chain's is what ``shared_chain.py`` looks up.
"""

from collections.abc import Iterator
from typing import Any, Final

from cofund import merkle
from cofund.campaign.audit import check_settlement
from cofund.campaign.metrics import metric_entry
from cofund.campaign.notes import note
from cofund.campaign.observed import Observed, observe
from cofund.campaign.publication import iso, terms_of
from cofund.campaign.record import check_creation, named_instance
from cofund.campaign.sections import (
    check_release,
    gas_section,
    ids_by_account,
    money_sections,
    openings_section,
)
from cofund.campaign.shared_evidence import SharedEvidence, place_json
from cofund.chain.artifacts import artifact
from cofund.chain.contract import Call, decode_calls
from cofund.chain.event_logs import Event
from cofund.errors import CheckFailed, InputError
from cofund.market.codec import encode_instance
from cofund.market.document import RECORD
from cofund.mechanism.outcome_codec import encode_outcome
from cofund.mechanism.rules import clear
from cofund.settlement.ledger import Ledger, Status, delivery_leaf

ABSENT = ("gains", "alone")
"""Sections that need models or data, which are neither on a chain nor in a public store."""


_THROUGH: Final = "a call through another contract is known by its events only"
_CHAIN: Final = "only the chain has it"
NOT_PROVED_OFFLINE: Final = {
    "campaign.block": _CHAIN,
    "campaign.factory": _CHAIN,
    "transactions[].block": _CHAIN,
    "transactions[].events[].arguments.bid": _THROUGH,
    "transactions[].events[].arguments.cost": _THROUGH,
    "transactions[].events[].arguments.encryption_key": _THROUGH,
    "transactions[].events[].arguments.escrow": _THROUGH,
    "transactions[].events[].arguments.reason": "what a token refused to pay is known by the event only",
    "transactions[].events[].arguments.signer": _THROUGH,
    "transactions[].events[].position": _CHAIN,
    "transactions[].gas_used": _CHAIN,
    "transactions[].raw": _THROUGH,
    "transactions[].status": _CHAIN,
    "transactions[].timestamp": _CHAIN,
}
"""Values of such a record that its writer could change unnoticed -> why; ``-r`` compares them with the chain."""


def build_shared_record(evidence: SharedEvidence) -> dict[str, Any]:
    """Compute the whole record.

    Raises:
        InputError: the campaign is not over, so what it did cannot be told yet.
        CheckFailed: if transactions, events, deliveries and mechanism do not agree.
    """
    place, terms = evidence.place, terms_of(evidence.terms)
    names = {place.address: "Campaign", place.factory: "CampaignFactory"}
    calls = decode_calls([seen.raw for seen in (evidence.creation, *evidence.seen)], names)
    _check_creation(evidence, calls[0])
    ledger = Ledger(terms, evidence.terms["initiator"], place.chain_id, place.address)
    books = observe(ledger, evidence.seen, evidence.unlogged)
    if ledger.status in {Status.OPEN, Status.TRAINING}:
        raise InputError(place.address, "", f"expected a campaign that is over, got status {ledger.status}")
    if short := [account for account, credit in ledger.credit.items() if credit < 0]:
        raise CheckFailed(f"unlogged: {short[0]} was paid more than it had in the books")
    check_settlement(ledger)
    instance = named_instance(ledger, evidence.terms)
    rows = _all_rows(evidence, ledger)
    _check_deliveries(evidence, ledger)
    if evidence.releases:
        check_release(evidence.releases, ledger, ledger.release_root)
    ids, edges = _Named(ids_by_account(evidence.terms)), [edge.id for edge in terms.edges]
    notes = [
        _note(call, seen.raw, ids, edges) for call, seen in zip(calls, (evidence.creation, *evidence.seen), strict=True)
    ]
    source = artifact("Campaign")
    return (
        {
            "schema": RECORD,
            "campaign": {"name": evidence.terms["name"]}
            | place_json(place)
            | {
                "compiler": source.compiler,
                "contracts_sha256": source.source_sha256,
                "status": str(ledger.status),
                "absent": [*ABSENT, *([] if evidence.releases else ["releases"])],
            },
            "openings": openings_section(ledger, books.calls, evidence.terms),
            "instance": encode_instance(instance),
            "outcome": encode_outcome(clear(instance, "vcg" if terms.underwritten else "serial")),
            "rounds": [
                _round(evidence, ledger, event, seen.timestamp, rows)
                for seen, event in _logged(evidence, "RoundRecorded")
            ],
            "roots": list(_roots(evidence, ledger, books)),
            "gains": [],
        }
        | money_sections(ledger, evidence.terms, rows)
        | {
            "gas": gas_section([mined.gas_used for mined in evidence.mined], notes),
            "terms": evidence.terms,
            "deliveries": list(_deliveries(evidence, ledger)),
            "alone": [],
        }
        | evidence.to_json(notes)
    )


class _Named(dict[str, str]):
    """Ids by account; whoever the terms do not name is its account."""

    def __missing__(self, account: str) -> str:
        return account


def _note(call: Call | None, raw: str, ids: dict[str, str], edges: list[str]) -> str:
    return "through another contract" if call is None else note(raw, call, ids, edges)


def _check_creation(evidence: SharedEvidence, call: Call | None) -> None:
    """If an account called the factory itself, it says with which terms and which store."""
    if call is None:
        return
    if call.function != "create":
        raise CheckFailed("transactions[0]: does not create a campaign")
    check_creation(evidence.terms, call)
    if call.arguments["store"] != evidence.place.store:
        raise CheckFailed("campaign.store: not the one that was announced")


def _check_deliveries(evidence: SharedEvidence, ledger: Ledger) -> None:
    """Bitmaps are those under the last root that each edge signed."""
    for at, edge in enumerate(ledger.edges):
        rows = winners_rows(evidence.delivered, ledger, evidence.terms, at)
        if edge.up_to_round and merkle.root([delivery_leaf(*row) for row in rows]) != edge.root:
            raise CheckFailed(f"deliveries: not those under the root of edge {ledger.terms.edges[at].id}")
        if sum(bitmap.bit_count() for _, bitmap in rows) != edge.delivered:
            raise CheckFailed(f"deliveries: not as many as edge {ledger.terms.edges[at].id} signed for")


def winners_rows(delivered: dict[str, int], ledger: Ledger, terms: dict[str, Any], edge: int) -> list[tuple[int, int]]:
    """Position and bitmap of every winner at an edge, in position order."""
    ids = _Named(ids_by_account(terms))
    return [
        (position, delivered.get(ids[offer.client], 0))
        for position, offer in enumerate(ledger.offers)
        if offer.winner and offer.edge == edge
    ]


def _deliveries(evidence: SharedEvidence, ledger: Ledger) -> Iterator[dict[str, Any]]:
    """A row for every winner and round; what was trained on is in no public artifact."""
    ids = _Named(ids_by_account(evidence.terms))
    winners = [offer for offer in ledger.offers if offer.winner]
    for number in range(1, ledger.rounds_done + 1):
        for offer in winners:
            client, signed = ids[offer.client], ledger.edges[offer.edge].up_to_round
            accepted = bool(evidence.delivered.get(client, 0) >> number - 1 & 1)
            missing = "not under the root that its edge signed" if signed >= number else "its edge signed no root"
            yield {
                "round": number,
                "client": client,
                "edge": ledger.terms.edges[offer.edge].id,
                "accepted": accepted,
                "samples": None,
                "reason": "" if accepted else missing,
                "digest": None,
                "leaf": None,
            }


def _all_rows(evidence: SharedEvidence, ledger: Ledger) -> list[tuple[int, int]]:
    edges = range(len(ledger.edges))
    return [row for at in edges for row in winners_rows(evidence.delivered, ledger, evidence.terms, at)]


def _round(
    evidence: SharedEvidence, ledger: Ledger, event: Event, now: int, rows: list[tuple[int, int]]
) -> dict[str, Any]:
    given = event.arguments
    missing = sorted(position for position, bitmap in rows if not bitmap >> given["round"] - 1 & 1)
    ids = _Named(ids_by_account(evidence.terms))
    return {
        "round": given["round"],
        "time": iso(now),
        **metric_entry(given["metric"]),
        "model_digest": given["model_digest"].hex(),
        "updates_root": given["updates_root"].hex(),
        "delivered": len(rows) - len(missing),
        "missing": [ids[ledger.offers[position].client] for position in missing],
    }


def _roots(evidence: SharedEvidence, ledger: Ledger, books: Observed) -> Iterator[dict[str, Any]]:
    """What each edge signed; the signature is in calldata only."""
    signatures = {
        call.arguments["root"]: (call.arguments["r"] + call.arguments["vs"]).hex()
        for _, call in books.calls
        if call.function == "post_deliveries"
    }
    for _, event in _logged(evidence, "DeliveriesPosted"):
        given = event.arguments
        yield {
            "edge": ledger.terms.edges[given["edge"]].id,
            "up_to_round": given["up_to_round"],
            "total": given["total"],
            "root": given["root"].hex(),
            "signature": signatures.get(given["root"]),
        }


def _logged(evidence: SharedEvidence, name: str) -> Iterator[tuple[Any, Event]]:
    return ((seen, event) for seen in evidence.seen for event in seen.events if event.name == name)
