"""Verify against a node: the code and the terms of a campaign there, or the transactions of a record."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cofund.campaign.audit import Recomputed, recompute, said
from cofund.campaign.creations import Created
from cofund.campaign.inspection import document_faults, unusual_of
from cofund.campaign.publication import digest
from cofund.campaign.terms_check import token_lines
from cofund.campaign.terms_file import load_terms
from cofund.campaign.token import amounts_of, token_facts
from cofund.chain.code import VerifiedCode, verify_campaign
from cofund.chain.contract import Contract
from cofund.chain.provider import at_once
from cofund.chain.signed import opened
from cofund.errors import CheckFailed

if TYPE_CHECKING:
    from cofund.chain.node import Node


def verify_on_chain(
    node: "Node", campaign: str, created: Created, terms_file: Path | None, folder: Path
) -> tuple[list[str], Recomputed]:
    """Compare a campaign's code with the packaged contracts, its terms with a file, and recompute all it did.

    Args:
        node: not the embedded one.
        campaign: address.
        created: where it came from.
        terms_file: published terms or TERMS.toml; None to take the terms from the chain.
        folder: for the index of the campaign's events.

    Returns:
        What was checked, in words, and what was recomputed.

    Raises:
        CheckFailed: naming what differs.
    """
    found = verify_campaign(node, campaign, created.factory)
    checked = [*found.checked]
    if terms_file is not None:
        initiator, token = found.terms["initiator"], token_facts(node, found.terms["token"])
        document = load_terms(terms_file, initiator, lambda _: token)
        require_same(node, found, created, document)
        checked.append(f"terms: digest 0x{digest(document).hex()}, and every value of the file is the campaign's")
        checked += unusual_lines(node, document)
    made = recompute(node, found, created, folder)
    written = amounts_of(Contract(node, "TestToken", found.terms["token"]))
    return [*checked, *said(made, written)], made


def unusual_lines(node: "Node", document: dict[str, Any]) -> list[str]:
    """What is legal and worth knowing about a document, its token's own words included."""
    token = token_facts(node, document["token"]["address"])
    return [f"unusual: {line}" for line in (*token_lines(document, token), *unusual_of(document))]


def require_same(node: "Node", found: VerifiedCode, created: Created, document: dict[str, Any]) -> None:
    """Hold a document against the contract and its token.

    Raises:
        CheckFailed: naming every field that differs.
    """
    faults = document_faults(node, found, created, document)
    if faults:
        raise CheckFailed("; ".join(faults))


def verify_transactions(node: "Node", record: dict[str, Any]) -> int:
    """Compare every transaction of a record with the node's receipt.

    Returns:
        How many there are.

    Raises:
        CheckFailed: naming the first that the chain does not have, or has otherwise.
    """
    entries = record["transactions"]
    chain_id = opened(entries[0]["raw"]).chain_id
    if chain_id != node.chain_id:
        raise CheckFailed(f"transactions[0]: of chain {chain_id}, the node is on chain {node.chain_id}")
    outcomes = at_once(lambda entry: node.outcome(entry["hash"]), entries)
    for at, (entry, mined) in enumerate(zip(entries, outcomes, strict=True)):
        if mined is None:
            raise CheckFailed(f"transactions[{at}]: the chain does not have {entry['hash']}")
        for field in ("block", "timestamp", "status", "gas_used"):
            if getattr(mined, field) != entry[field]:
                raise CheckFailed(f"transactions[{at}].{field}: {entry[field]}, on the chain {getattr(mined, field)}")
    return len(entries)
