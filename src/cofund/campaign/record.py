"""A campaign's record: everything it produced, computed from the evidence and held against the chain.

The same code writes a record and verifies one: to verify is to compute it again from the evidence inside it.
"""

from typing import TYPE_CHECKING, Any, Final

from cofund.campaign.books import check_against_chain, keep_books
from cofund.campaign.evidence import Evidence
from cofund.campaign.gains import gains_section
from cofund.campaign.notes import created_contract, note
from cofund.campaign.publication import terms_of
from cofund.campaign.sections import (
    by_round,
    check_release,
    delivery_tree,
    gas_section,
    ids_by_account,
    ids_of_owners,
    money_sections,
    openings_section,
    root_section,
    round_section,
)
from cofund.chain.artifacts import artifact
from cofund.chain.contract import Call, Contract, creation_arguments, decode_calls
from cofund.errors import CheckFailed
from cofund.market.codec import encode_instance
from cofund.market.document import RECORD
from cofund.market.instance import Client, Instance, Owner
from cofund.mechanism.outcome_codec import encode_outcome
from cofund.mechanism.rules import clear
from cofund.settlement.ledger import Ledger

if TYPE_CHECKING:
    from cofund.chain.journal import Mined
    from cofund.chain.node import Node

OWN = "own chain"
"""A record of a campaign that had its chain to itself: verifying executes every transaction again."""

NOT_PROVED: Final = {
    "gains[].alone": "needs the model from a site's own data",
    "gains[].funded": "needs the model of an owner's level",
    "gains[].final": "needs the last model",
    "alone[].digest": "needs the model from a site's own data",
    "transactions[].timestamp": "not signed, within what the phases allow; a node has it",
}
"""What a record's writer could change unnoticed -> why; ``--replay`` and ``-r`` check it with models and a node."""


def build_record(evidence: Evidence, node: "Node") -> dict[str, Any]:
    """Compute the whole record.

    Args:
        evidence: what cannot be recomputed.
        node: on which the evidence's transactions were executed.

    Raises:
        CheckFailed: if evidence, chain and mechanism do not agree.
    """
    campaign, token, factory = _contracts(evidence, node)
    names = {contract.address: contract.name for contract in (campaign, token, factory)}
    raws = [raw for raw, _ in evidence.transactions]
    calls = decode_calls(raws, names)
    mined = [(entry.timestamp, call) for (_, entry), call in zip(evidence.transactions, calls, strict=True)]
    own = [(now, call) for now, call in mined if call is not None and call.to == campaign.address]
    terms = terms_of(evidence.terms)
    created = next(call for call in calls if call is not None and call.to == factory.address)
    check_creation(evidence.terms, created)
    ledger = Ledger(terms, evidence.terms["initiator"], node.chain_id, campaign.address)
    check_against_chain(keep_books(ledger, own), campaign, token)
    instance = named_instance(ledger, evidence.terms)
    outcome = clear(instance, "vcg" if terms.underwritten else "serial")
    _check_outcome(ledger, outcome, evidence.terms)
    for _, call in own:
        if call.function == "release_models":
            check_release(evidence.releases, ledger, call.arguments["root"])
    deliveries = by_round(evidence.deliveries)
    ids, edges = ids_by_account(evidence.terms), [edge.id for edge in terms.edges]
    notes = [note(raw, call, ids, edges) for raw, call in zip(raws, calls, strict=True)]
    return {
        "schema": RECORD,
        "campaign": {
            "name": evidence.terms["name"],
            "execution": OWN,
            "chain_id": node.chain_id,
            "address": campaign.address,
            "factory": factory.address,
            "store": created.arguments["store"],
            "compiler": artifact("Campaign").compiler,
            "contracts_sha256": artifact("Campaign").source_sha256,
            "status": str(ledger.status),
        },
        "openings": openings_section(ledger, own, evidence.terms),
        "instance": encode_instance(instance),
        "outcome": encode_outcome(outcome),
        "rounds": [round_section(deliveries, now, call) for now, call in own if call.function == "record_round"],
        "roots": [root_section(evidence, ledger, call) for _, call in own if call.function == "post_deliveries"],
        "gains": gains_section(evidence, ledger) if evidence.alone else [],
    } | (
        money_sections(ledger, evidence.terms, _signed_rows(evidence, ledger))
        | {"gas": gas_section([mined.gas_used for _, mined in evidence.transactions], notes)}
        | evidence.to_json(notes)
    )


def _signed_rows(evidence: Evidence, ledger: Ledger) -> list[tuple[int, int]]:
    """Position and bitmap of every winner under the root that its edge signed last."""
    return [
        row
        for at, edge in enumerate(ledger.edges)
        for row in delivery_tree(evidence.deliveries, ledger, evidence.terms, at, edge.up_to_round)
    ]


def named_instance(ledger: Ledger, terms: dict[str, Any]) -> Instance:
    """The revealed market with ids instead of accounts; whoever the terms do not name is its account."""
    ids, owners, revealed = ids_by_account(terms), ids_of_owners(terms), ledger.instance()
    return Instance(
        cohort=revealed.cohort,
        min_cohort=revealed.min_cohort,
        ceiling=revealed.ceiling,
        coordinator_fee=revealed.coordinator_fee,
        goal=revealed.goal,
        match=revealed.match,
        quality=revealed.quality,
        edges=revealed.edges,
        owners=tuple(Owner(owners.get(o.id, o.id), o.bid, o.weight) for o in revealed.owners),
        clients=tuple(Client(ids.get(c.id, c.id), c.edge, c.cost) for c in revealed.clients),
    )


def _contracts(evidence: Evidence, node: "Node") -> tuple[Contract, Contract, Contract]:
    """Campaign, token and factory: the factory that was created, and where it says it put its one campaign."""
    created: dict[str, Mined] = {}
    for index, (raw, mined) in enumerate(evidence.transactions):
        try:
            created[created_contract(raw)] = mined
        except CheckFailed as error:
            raise CheckFailed(f"transactions[{index}].raw: {error}") from error
    if "CampaignFactory" not in created:
        raise CheckFailed("transactions: none creates a factory")
    factory = Contract(node, "CampaignFactory", node.created(created["CampaignFactory"]))
    logs = [log for _, mined in evidence.transactions for log in node.logs(mined) if log["address"] == factory.address]
    if len(logs) != 1:
        raise CheckFailed("transactions: not exactly one creates a campaign")
    address = node.web3.to_checksum_address(bytes(logs[0]["topics"][1])[-20:])
    token = Contract(node, "TestToken", evidence.terms["token"]["address"])
    return Contract(node, "Campaign", address), token, factory


def check_creation(terms: dict[str, Any], created: Call) -> None:
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
        [tuple(weight.values()) for weight in given["weights"]],
        given["store"],
    )
    if on_chain != expected:
        raise CheckFailed("terms: not those that the campaign was created with")
    if created.sender != terms["initiator"]:
        raise CheckFailed("terms.initiator: somebody else created the campaign")


def _check_outcome(ledger: Ledger, outcome: Any, terms: dict[str, Any]) -> None:
    ids, owners = ids_by_account(terms), ids_of_owners(terms)
    bought = {owners[owner.account]: (owner.level, owner.charge) for owner in ledger.owners if owner.bid is not None}
    if bought != {owner.id: (owner.level, owner.charge) for owner in outcome.owners}:
        raise CheckFailed("outcome.owners: not what the contract charged")
    winners = [ids[offer.client] for offer in ledger.offers if offer.winner]
    if winners != [winner.id for winner in outcome.winners]:
        raise CheckFailed("outcome.winners: not those the contract chose")
