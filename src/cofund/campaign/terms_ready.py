"""Are these terms fit to create a campaign with? File, rules, task, token and clock are looked at, all at once."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cofund.campaign.inspection import unusual_of
from cofund.campaign.terms_check import clock_problems, problems, task_problems, token_lines, token_problems
from cofund.campaign.terms_file import TokenFacts, read_terms
from cofund.campaign.token import token_facts
from cofund.errors import InputError
from cofund.market.terms import NOBODY

if TYPE_CHECKING:
    from cofund.chain.node import Node


@dataclass(frozen=True, slots=True)
class Examined:
    """Terms that were looked at.

    Args:
        document: what would be published.
        faults: everything that is wrong, by field.
        lines: what is unusual, a sentence each.
    """

    document: dict[str, Any]
    faults: tuple[InputError, ...]
    lines: tuple[str, ...]


def examined(path: Path, initiator: str, node: "Node | None") -> Examined:
    """Look at a TERMS.toml or a published document.

    Args:
        path: the file.
        initiator: who is to create the campaign; ``NOBODY`` if that is not known.
        node: the chain, for the token and the clock; None to look at the file alone.

    Raises:
        InputError: if the file cannot be read at all.
    """

    def token(address: str) -> TokenFacts:
        return token_facts(node, address) if node is not None and node.code(address) else TokenFacts(None, None, None)

    document, unread = read_terms(path, initiator, None if node is None else token)
    sections = {error.field.partition(".")[0].partition("[")[0] for error in unread}
    found = problems(document, sections)
    if not found and not unread:
        found += task_problems(document, path.parent)
    if initiator != NOBODY and document["initiator"] not in {initiator, ""}:
        found.append(("initiator", f"expected the account that creates it, {initiator}, got {document['initiator']}"))
    lines: tuple[str, ...] = ()
    if node is not None and "token" not in sections:
        facts = token(document["token"]["address"])
        found += _of_token(node, document, facts)
        lines += token_lines(document, facts)
    if node is not None and "phases" not in sections:
        found += clock_problems(document, node.now())
    lines += unusual_of(document) if not unread else ()
    return Examined(document, (*unread, *(InputError(str(path), at, said) for at, said in found)), lines)


def _of_token(node: "Node", document: dict[str, Any], facts: TokenFacts) -> list[tuple[str, str]]:
    if not node.code(document["token"]["address"]):
        there = f"expected the address of a token, but chain {node.chain_id} has no contract there"
        return [("token.address", there)]
    return token_problems(document, facts)
