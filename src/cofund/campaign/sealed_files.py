"""Files with parts of sealed books: quotes without names for who settles, winners without quotes for everybody.

``cofund.sealed-quotes/1`` has every cost of an edge's book and no client, for the party that computes the certificate
and nobody else. ``cofund.sealed-winners/1`` has the clients that won and no cost, for all who pay, train or claim.
Whoever gets one checks that it leads to the commitment on chain, and need not trust who wrote it.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from cofund.campaign.store import Store
from cofund.errors import CheckFailed, InputError
from cofund.market.document import Field, parsed_document
from cofund.market.hex_fields import below, hexadecimal
from cofund.market.sealed_proofs import NamelessBook, SealedChunk, ShownClients
from cofund.market.terms import MAX_EDGES, MAX_SEALED
from cofund.settlement.commitments import same_book
from cofund.settlement.ledger import Ledger

QUOTES: Final = "cofund.sealed-quotes/1"
WINNERS: Final = "cofund.sealed-winners/1"
MOST_BYTES: Final = 2_000_000
"""Of either, with a largest book."""


def quotes_text(book: NamelessBook, chain_id: int, campaign: str) -> str:
    """The file for who settles."""
    own = {
        "clients": [digest.hex() for digest in book.clients],
        "costs": [word.hex() for word in book.costs],
        "separators": [[word.hex() for word in level] for level in book.separators],
    }
    return _text(QUOTES, chain_id, campaign, book.edge, own)


def parse_quotes(where: str, content: bytes, chain_id: int, campaign: str) -> NamelessBook:
    """Read such a file.

    Raises:
        InputError: naming ``where`` and field, if it is none of this campaign.
    """
    fields = _members(where, content, QUOTES, chain_id, campaign, ("clients", "costs", "separators"))
    clients, costs = (_words(fields[name]) for name in ("clients", "costs"))
    if not 0 < len(clients) <= MAX_SEALED:
        raise fields["clients"].refuse(f"1 to {MAX_SEALED:,} clients")
    if len(costs) != len(clients):
        raise fields["costs"].refuse("as many as there are clients")
    book = NamelessBook(_edge(fields["edge"]), clients, costs, tuple(map(_words, fields["separators"].items())))
    if not book.shaped:
        raise fields["separators"].refuse("one for every inner node, level by level")
    return book


def require_quotes(book: NamelessBook, chain_id: int, campaign: str, committed: bytes, where: str) -> None:
    """Refuse a book that its edge did not commit, or that cannot be settled with.

    Raises:
        CheckFailed: in a sentence.
    """
    if not same_book(book.commitment(chain_id, campaign), committed):
        raise CheckFailed(f"{where}: not the book that edge {book.edge} has committed")
    place = book.misplaced()
    if place is not None:
        there = f"the book of edge {book.edge} is not in order at place {place}: no path to it is valid"
        raise CheckFailed(f"{where}: {there}, so it can only be called absent")


def winners_text(shown: ShownClients, chain_id: int, campaign: str) -> str:
    """The file for everybody."""
    rows = [{"client": client.hex(), "cost": digest.hex()} for client, digest in shown.clients.values()]
    chunks = [chunk_json(chunk) for chunk in shown.chunks.values()]
    own = {"clients": shown.count, "winners": rows, "chunks": chunks}
    return _text(WINNERS, chain_id, campaign, shown.edge, own)


def parse_winners(where: str, content: bytes, chain_id: int, campaign: str) -> ShownClients:
    """Read such a file.

    Raises:
        InputError: naming ``where`` and field, if it is none of this campaign.
    """
    fields = _members(where, content, WINNERS, chain_id, campaign, ("clients", "winners", "chunks"))
    count = below(fields["clients"], fields["clients"].integer(), MAX_SEALED + 1)
    rows = [item.members(("client", "cost")) for item in fields["winners"].items()]
    clients = {at: (hexadecimal(row["client"]), hexadecimal(row["cost"])) for at, row in enumerate(rows)}
    chunks = {at: read_chunk(item, at) for at, item in enumerate(fields["chunks"].items())}
    return ShownClients(_edge(fields["edge"]), count, clients, chunks)


def require_winners(
    shown: ShownClients, chain_id: int, campaign: str, committed: bytes, winners: int, where: str
) -> None:
    """Refuse clients that are not the winners of the committed book.

    Raises:
        CheckFailed: in a sentence.
    """
    if len(shown.clients) != winners:
        raise CheckFailed(f"{where}: expected the {winners} winners of edge {shown.edge}, got {len(shown.clients)}")
    leads = shown.commitment(chain_id, campaign)
    if leads is None or not same_book(leads, committed):
        raise CheckFailed(f"{where}: not clients in the book that edge {shown.edge} has committed")


def read_winners(
    where: str, content: bytes, chain_id: int, campaign: str, edge: int, committed: bytes, winners: int
) -> ShownClients:
    """Who won at an edge, as a file tells and the edge's commitment proves.

    Raises:
        InputError: naming ``where`` and field, if it is none of this campaign and edge.
        CheckFailed: it says somebody else.
    """
    found = parse_winners(where, content, chain_id, campaign)
    if found.edge != edge:
        raise InputError(where, "edge", f"expected {edge}, got {found.edge}")
    require_winners(found, chain_id, campaign, committed, winners, where)
    return found


def winners_name(edge: int) -> str:
    """Name in the store of who won at an edge."""
    return f"winners/{edge}.json"


def published_winners(store: Store, ledger: Ledger, edge: int) -> list[str]:
    """Accounts of all winners at an edge, as it has published and its commitment proves.

    Raises:
        InputError: there is nothing, or something that is none.
        CheckFailed: it says somebody else.
    """
    where, content = store.where(winners_name(edge)), store.get(winners_name(edge), MOST_BYTES)
    winners, committed = ledger.edges[edge].winners, ledger.sealed_books[edge].commitment
    found = read_winners(where, content, ledger.chain_id, ledger.address, edge, committed, winners)
    return found.accounts(winners)


def chunk_json(chunk: SealedChunk) -> dict[str, Any]:
    """A chunk as it stands in files."""
    return {name: [word.hex() for word in getattr(chunk, name)] for name in ("leaves", "separators", "siblings")}


def read_chunk(field: Field, number: int) -> SealedChunk:
    """A chunk of a file.

    Raises:
        InputError: naming the field.
    """
    members = field.members(("leaves", "separators", "siblings"))
    leaves, separators, siblings = map(_words, members.values())
    return SealedChunk(number, leaves, separators, siblings)


def _text(schema: str, chain_id: int, campaign: str, edge: int, own: dict[str, Any]) -> str:
    document = {"schema": schema, "chain_id": chain_id, "campaign": campaign, "edge": edge}
    return json.dumps(document | own, indent=1) + "\n"


def _members(
    where: str, content: bytes, schema: str, chain_id: int, campaign: str, names: Sequence[str]
) -> dict[str, Field]:
    if len(content) > MOST_BYTES:
        raise InputError(where, "", f"expected at most {MOST_BYTES:,} bytes")
    fields = parsed_document(where, content, schema).members(("schema", "chain_id", "campaign", "edge", *names))
    for name, right in (("chain_id", chain_id), ("campaign", campaign)):
        if fields[name].value != right:
            raise fields[name].refuse(str(right))
    return fields


def _words(field: Field) -> tuple[bytes, ...]:
    return tuple(map(hexadecimal, field.items()))


def _edge(field: Field) -> int:
    return below(field, field.integer(), MAX_EDGES)
