"""Is this the contract that was published? Asked before anybody pays into it, from the code to the token.

Compared are, in this order: the code of campaign, factory, rule and refusals byte by byte; the published document field
by field with what the contract goes by; the decimals of the token with those that the document writes amounts in. What
is legal and unusual about the terms is said in words. A verdict without a fault is kept in the campaign's folder, for
the same document, code and block only; the token is asked every time, since what stands behind it may be exchanged.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from eth_utils.crypto import keccak

from cofund.campaign.creations import Created
from cofund.campaign.differences import differences
from cofund.campaign.inspected import Inspection
from cofund.campaign.onchain import find_creation
from cofund.campaign.publication import digest, terms_of
from cofund.campaign.terms_check import token_lines, token_problems
from cofund.campaign.terms_file import TokenFacts
from cofund.campaign.token import token_facts
from cofund.campaign.unusual_terms import unusual
from cofund.chain.artifacts import artifact
from cofund.chain.code import VerifiedCode, verify_campaign
from cofund.errors import CheckFailed, InputError, Reverted
from cofund.whole_files import write_whole

if TYPE_CHECKING:
    from cofund.chain.node import Node

KEPT: Final = "inspection.json"
Document = Callable[[bytes, str, Created | None], dict[str, Any]]
"""Gives the published document of the campaign of this digest and initiator, held against the digest.
Without a creation it only looks at what is kept here."""


@dataclass(frozen=True, slots=True)
class Place:
    """A campaign on a chain as it is now: while this is the same, so is its code.

    Args:
        chain_id: of the chain.
        campaign: address.
        code: keccak-256 of its code, hex, which carries its terms.
        package: digest of the sources of the packaged contracts.
    """

    chain_id: int
    campaign: str
    code: str
    package: str


def inspect(node: "Node", campaign: str, folder: Path, document: Document, code: bytes | None = None) -> Inspection:
    """Compare a campaign with the packaged contracts, its document and its token.

    Args:
        node: the chain.
        campaign: address.
        folder: for what is known of this campaign.
        document: gives the published terms.
        code: of the campaign, if it was just asked for.

    Raises:
        NodeError: if the node does not answer.
    """
    found_now = keccak(node.code(campaign) if code is None else code).hex()
    place = Place(node.chain_id, campaign, found_now, artifact("Campaign").source_sha256)
    kept = _kept(node, folder, place, document)
    if kept is not None:
        return _with_token(node, kept, [])
    try:
        created, found = compared_code(node, campaign, folder)
    except (CheckFailed, InputError, Reverted) as error:
        foreign = f"it is no contract of this program: {error}"
        return Inspection((foreign,), foreign=foreign)
    try:
        published = document(found.terms["digest"], found.terms["initiator"], created)
        faults = differences(node, found, created, published)
    except (CheckFailed, InputError) as error:
        return Inspection((f"its terms could not be compared: {error}",), unread=isinstance(error, InputError))
    if not faults:
        _keep(node, folder, place, created, found)
    return _with_token(node, published, faults)


def _with_token(node: "Node", document: dict[str, Any], faults: list[str]) -> Inspection:
    """The verdict on a document that was compared, with what its token says of itself now."""
    token = token_facts(node, document["token"]["address"])
    return Inspection(
        (*faults, *_token_faults(document, token)), (*token_lines(document, token), *unusual_of(document))
    )


def compared_code(node: "Node", campaign: str, folder: Path) -> tuple[Created, VerifiedCode]:
    """Where a campaign came from, and its code compared.

    Raises:
        CheckFailed: naming the contract and the first byte that differs.
        InputError: if no factory has logged it.
    """
    created = find_creation(node, campaign, None, 0, folder)
    return created, verify_campaign(node, campaign, created.factory)


def document_faults(node: "Node", found: VerifiedCode, created: Created, document: dict[str, Any]) -> list[str]:
    """How a document differs from the contract and from the token."""
    token = token_facts(node, found.terms["token"])
    return [*differences(node, found, created, document), *_token_faults(document, token)]


def _token_faults(document: dict[str, Any], token: TokenFacts) -> list[str]:
    return [f"{path}: {what}" for path, what in token_problems(document, token)]


def unusual_of(document: dict[str, Any]) -> tuple[str, ...]:
    """What is unusual about a document's terms."""
    owners, clients = ([party["account"] for party in document[kind]] for kind in ("owners", "clients"))
    return unusual(
        terms_of(document),
        document["initiator"],
        owners,
        clients,
        attached=[client["edge"] for client in document["clients"]],
        trained=document["training"] is not None,
    )


def _block(node: "Node", number: int) -> str:
    """Hash of a block of the chain as it is now; empty if it has none."""
    with suppress(Exception):  # the chain is shorter now, or the node does not say: then nothing is taken as kept
        return str(node.ask("eth_getBlockByNumber", hex(number), False)["hash"]).removeprefix("0x").lower()
    return ""


def _kept(node: "Node", folder: Path, place: Place, document: Document) -> dict[str, Any] | None:
    """The document that an earlier command has compared, if that was with this code and this block."""
    try:
        kept = json.loads((folder / KEPT).read_text(encoding="utf-8"))
        if kept["place"] != asdict(place) or not kept["block_hash"]:
            return None
        if kept["block_hash"] != _block(node, kept["block"]):
            return None
        right = bytes.fromhex(kept["digest"])
        published = document(right, kept["initiator"], None)
        return published if digest(published) == right else None
    except (OSError, ValueError, KeyError, TypeError, InputError, CheckFailed):
        return None


def _keep(node: "Node", folder: Path, place: Place, created: Created, found: VerifiedCode) -> None:
    entry = {
        "place": asdict(place),
        "block": created.block,
        "block_hash": _block(node, created.block),
        "digest": found.terms["digest"].hex(),
        "initiator": found.terms["initiator"],
    }
    with suppress(OSError):  # a home that cannot be written: the next command asks again
        write_whole(folder / KEPT, f"{json.dumps(entry, indent=1)}\n".encode())
