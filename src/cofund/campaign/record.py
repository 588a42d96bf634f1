"""A campaign's record: everything it produced, computed from the evidence.

The same code writes a record and verifies one: to verify is to compute it again from the evidence inside it. Whether
the campaign had its chain to itself or shared it, the books are kept again from signed calls and events and the market
is cleared again. That these are the chain's is what verifying adds: it executes the transactions again
(``verify.re_executed``), or compares them with a node (``shared_record.compare_with_chain``).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cofund.campaign.audit import check_settlement
from cofund.campaign.campaign import Campaign
from cofund.campaign.evidence import OWN, SHARED, Evidence, delivery_json, evidence_of
from cofund.campaign.figures import check_against_chain
from cofund.campaign.gains import gains_section
from cofund.campaign.notes import note
from cofund.campaign.observed import observe
from cofund.campaign.party_ids import ids_by_account
from cofund.campaign.publication import stays_sealed, terms_of
from cofund.campaign.record_file import load_record, whole_record
from cofund.campaign.sections import gas_section, sections_of
from cofund.campaign.signed_rounds import check_deliveries, check_release, signed_bitmaps
from cofund.chain.contract import Contract, DecodedCall, contracts_of, creation_arguments, decode_calls
from cofund.errors import CheckFailed, InputError
from cofund.settlement.ledger import Ledger

if TYPE_CHECKING:
    from cofund.chain.node import Node

NOT_PROVED: Final = {
    "gains[].alone": "needs the model from a site's own data",
    "gains[].funded": "needs the model of an owner's level",
    "gains[].final": "needs the last model",
    "alone[].digest": "needs the model from a site's own data",
    "transactions[].timestamp": "not signed, within what the phases allow; a node has it",
}
"""What a record's writer could change unnoticed -> why; ``--replay`` and ``-r`` check it with models and a node."""

_THROUGH: Final = "a call through another contract is known by its events only"
_CHAIN: Final = "only the chain has it"
NOT_PROVED_OFFLINE: Final = {
    "campaign.block": _CHAIN,
    "campaign.factory": _CHAIN,
    "transactions[].block": _CHAIN,
    "transactions[].events[].arguments.account": _THROUGH,
    "transactions[].events[].arguments.commitment": "of a book the first 28 bytes count, as in the contract",
    "transactions[].events[].arguments.delivered[]": _THROUGH,
    "transactions[].events[].arguments.encryption_key": _THROUGH,
    "transactions[].events[].position": _CHAIN,
    "transactions[].gas_used": _CHAIN,
    "transactions[].raw": _THROUGH,
    "transactions[].status": _CHAIN,
    "transactions[].timestamp": _CHAIN,
}
"""The same where the campaign shared its chain and nobody asked it; ``-r`` compares all of it."""


def build_record(evidence: Evidence, node: "Node | None" = None) -> dict[str, Any]:
    """Compute the whole record.

    Args:
        evidence: what cannot be recomputed.
        node: on which all of the evidence's transactions were executed; None of a shared chain.

    Raises:
        InputError: the campaign is not over, so what it did cannot be told yet.
        CheckFailed: if evidence, chain and mechanism do not agree.
    """
    campaign = campaign_of(evidence)
    ledger = campaign.ledger
    if node is not None:
        token = Contract(node, "TestToken", ledger.terms.token)
        check_against_chain(ledger, Contract(node, "Campaign", campaign.place.address), token)
    if not campaign.over:
        raise InputError(campaign.place.address, "", f"expected a campaign that is over, got status {campaign.status}")
    check_settlement(ledger)
    told = evidence.shared or ledger.terms.sealed  # of sealed books nobody knows who a winner is that was not paid
    if ledger.recorded_at and not told and not evidence.deliveries:
        raise CheckFailed("deliveries: expected what was delivered in every round")
    check_deliveries(campaign)
    if evidence.releases or (ledger.boxes and not evidence.shared):
        check_release(evidence.releases, ledger)
    notes, sections = _notes(evidence), sections_of(campaign)
    absent = {"gains": evidence.alone, "alone": evidence.alone, "releases": evidence.releases}
    return {
        **sections,
        "campaign": sections["campaign"]
        | {
            "execution": SHARED if evidence.shared else OWN,
            "absent": [name for name, found in absent.items() if evidence.shared and not found],
        },
        "gains": gains_section(evidence, ledger) if evidence.alone else [],
        "gas": gas_section([mined.gas_used for mined in evidence.mined], notes),
        "deliveries": [delivery_json(delivery) for delivery in evidence.deliveries] or sections["deliveries"],
        **evidence.to_json(notes),
    }


def campaign_of(evidence: Evidence) -> Campaign:
    """The campaign that the evidence tells of.

    Raises:
        CheckFailed: if transactions and events do not fit, or the campaign was created otherwise than the terms say.
    """
    _check_created(evidence)
    place, terms = evidence.place, terms_of(evidence.terms)
    seen = tuple(seen for seen, mined in zip(evidence.seen, evidence.mined, strict=True) if mined.status)
    ledger = Ledger(terms, evidence.terms["initiator"], place.chain_id, place.address)
    observe(ledger, seen)
    return Campaign(
        document=evidence.terms,
        published=True,
        place=place,
        now=evidence.mined[-1].timestamp,
        ledger=ledger,
        seen=seen,
        bitmaps=signed_bitmaps(ledger, evidence.terms, evidence.delivered),
        deliveries=evidence.deliveries,
    )


def recorded(record: Path | dict[str, Any]) -> Campaign:
    """The campaign that a record tells of, by its evidence alone.

    Args:
        record: its file, or what is in it.

    Raises:
        InputError: if it is no record.
        CheckFailed: if its transactions and events do not fit.
    """
    where = record if isinstance(record, Path) else Path("record")
    with whole_record(where):
        return campaign_of(evidence_of(load_record(where) if isinstance(record, Path) else record))


def check_creation(terms: dict[str, Any], created: DecodedCall) -> None:
    """The campaign was created with exactly the published terms, by the initiator that they name.

    Raises:
        CheckFailed: if it was not.
    """
    given = created.arguments
    expected = creation_arguments(terms_of(terms), given["store"])
    on_chain = (
        tuple(given["terms"].values()),
        [tuple(edge.values()) for edge in given["edges"]],
        list(given["curve"]),
        list(given["goals"]),
        [tuple(weight.values()) for weight in given["weights"]],
        given["store"],
    )
    if on_chain != expected:
        raise CheckFailed("terms: not those that the campaign was created with")
    if created.sender != terms["initiator"]:
        raise CheckFailed("terms.initiator: somebody else created the campaign")


def _check_created(evidence: Evidence) -> None:
    """If an account called the factory itself, it says with which terms and which store."""
    raws, factory = [seen.raw for seen in evidence.seen], evidence.place.factory
    created = next((call for call in decode_calls(raws, {factory: "CampaignFactory"}) if call is not None), None)
    if created is None:
        return  # on a chain of its own it was found by that call (``rehearsed.located``)
    if created.function != "create":
        raise CheckFailed("transactions[0]: does not create a campaign")
    check_creation(evidence.terms, created)
    if created.arguments["store"] != evidence.place.store:
        raise CheckFailed("campaign.store: not the one that was announced")


def _notes(evidence: Evidence) -> Sequence[str]:
    """What each transaction was for."""
    names = contracts_of(evidence.place.address, sealed=stays_sealed(evidence.terms))
    names[evidence.place.factory] = "CampaignFactory"
    if not evidence.shared:
        names[evidence.terms["token"]["address"]] = "TestToken"
    ids, edges = ids_by_account(evidence.terms), [edge["id"] for edge in evidence.terms["edges"]]
    raws = [seen.raw for seen in evidence.seen]
    return [
        "through another contract" if call is None and evidence.shared else note(raw, call, ids, edges)
        for raw, call in zip(raws, decode_calls(raws, names), strict=True)
    ]
