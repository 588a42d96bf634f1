"""Verify against a node: the code and the terms of a campaign there, or the transactions of a record."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes

from cofund.campaign.audit import Recomputed, recompute, said
from cofund.campaign.onchain import Creation, creation_call
from cofund.campaign.publication import digest, terms_of
from cofund.campaign.terms_file import load_terms
from cofund.chain.code import Verified, verify_campaign
from cofund.chain.contract import Contract, creation_arguments
from cofund.chain.sending import mined_from, receipt_of
from cofund.chain.token_amounts import amounts_of
from cofund.chain.transport import at_once
from cofund.errors import CheckFailed

if TYPE_CHECKING:
    from cofund.chain.node import Node

FILLED_IN = {"initiator", "sharing"}  # by the factory; the code comparison has checked the latter


def verify_on_chain(
    node: "Node", campaign: str, created: Creation, terms_file: Path | None, folder: Path
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
        checked += _check_terms(node, found, created, load_terms(terms_file, found.terms["initiator"]))
    made = recompute(node, found, created, folder)
    written = amounts_of(Contract(node, "TestToken", found.terms["token"]))
    return [*checked, *said(made, written)], made


def _check_terms(node: "Node", found: Verified, created: Creation, document: dict[str, Any]) -> list[str]:
    """The digest, and every value that the campaign was created with.

    The edges, the curve and the weights are in storage; nothing in the code that was compared changes them, so what
    the factory was given is what they are.
    """
    right = digest(document)
    if found.terms["digest"] != right:
        raise CheckFailed(
            f"terms: the campaign carries the digest 0x{found.terms['digest'].hex()}, the file's is 0x{right.hex()}"
        )
    if document["initiator"] != found.terms["initiator"]:
        raise CheckFailed(f"terms.initiator: {found.terms['initiator']} created the campaign")
    head, edges, curve, weights, _ = creation_arguments(terms_of(document))
    expected = dict(zip(list(found.terms), head, strict=True))
    for name, value in expected.items():
        if name not in FILLED_IN and found.terms[name] != value:
            raise CheckFailed(f"terms.{name}: the campaign has {found.terms[name]}, the file says {value}")
    _, given = creation_call(node, created)
    lists = {"edges": edges, "curve": curve, "weights": weights}
    for name, values in lists.items():
        on_chain = [tuple(entry.values()) if isinstance(entry, dict) else entry for entry in given[name]]
        if on_chain != values:
            at = next((i for i, (a, b) in enumerate(zip(on_chain, values, strict=False)) if a != b), len(values))
            raise CheckFailed(f"terms.{name}[{at}]: not what the campaign was created with")
    return [f"terms: digest 0x{right.hex()}, and every value of the file is the campaign's"]


def verify_transactions(node: "Node", record: dict[str, Any]) -> int:
    """Compare every transaction of a record with the node's receipt.

    Returns:
        How many there are.

    Raises:
        CheckFailed: naming the first that the chain does not have, or has otherwise.
    """
    entries = record["transactions"]
    chain_id = int(TypedTransaction.from_bytes(HexBytes(entries[0]["raw"])).as_dict()["chainId"])
    if chain_id != node.chain_id:
        raise CheckFailed(f"transactions[0]: of chain {chain_id}, the node is on chain {node.chain_id}")
    receipts = at_once(lambda entry: receipt_of(node.web3, entry["hash"]), entries)
    for at, (entry, receipt) in enumerate(zip(entries, receipts, strict=True)):
        mined = None if receipt is None else mined_from(node.web3, receipt)
        if mined is None:
            raise CheckFailed(f"transactions[{at}]: the chain does not have {entry['hash']}")
        for field in ("block", "timestamp", "status", "gas_used"):
            if getattr(mined, field) != entry[field]:
                raise CheckFailed(f"transactions[{at}].{field}: {entry[field]}, on the chain {getattr(mined, field)}")
    return len(entries)
