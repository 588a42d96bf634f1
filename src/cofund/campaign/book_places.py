"""A client's place in its edge's book, signed by the edge: what the client checks before it relies on being listed.

The place leads from the client's offer to the commitment on chain, so the edge cannot list it otherwise any more; the
edge's signature proves to others what it promised. docs/protocol.md, "Books".
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cofund.campaign.sealed_files import chunk_json, read_chunk
from cofund.chain.accounts import MAX_SIGNATURE, ContractAsked, book_place_message, is_by, sign
from cofund.errors import InputError
from cofund.market.document import Field, parsed_document
from cofund.market.hex_fields import address, below, hexadecimal
from cofund.market.offer_book import CHUNK, COST_BYTES, BookPlace, ListedOffer
from cofund.market.sealed_book import CLIENT_SALT, COST_SALT, SealedPlace
from cofund.market.terms import MAX_BOOK, MAX_EDGES, Terms
from cofund.settlement.commitments import same_book

if TYPE_CHECKING:
    from eth_account.messages import SignableMessage
    from eth_account.signers.local import LocalAccount

OPEN: Final = "cofund.book-place/1"
SEALED: Final = "cofund.sealed-place/2"
LONGEST: Final = 100_000
"""Bytes of a file with a place; the largest book has 63 leaves and 156 seals of it."""
Place = BookPlace | SealedPlace


@dataclass(frozen=True, slots=True)
class SignedPlace:
    """A place with the signature of the edge's operator.

    Args:
        chain_id, campaign: where the book is.
        edge: whose client it is.
        place: the proof.
        commitment: of the book.
        signature: of the edge's operator over all of it.
    """

    chain_id: int
    campaign: str
    edge: int
    place: Place
    commitment: bytes
    signature: bytes

    @property
    def offer(self) -> ListedOffer:
        """What is listed."""
        return self.place.offer

    @property
    def message(self) -> "SignableMessage":
        """What the operator signed."""
        offer = self.offer
        where = self.chain_id, self.campaign, self.edge
        return book_place_message(*where, offer.client, offer.cost, self.place.position, self.commitment)


@dataclass(frozen=True, slots=True)
class Committed:
    """A book as the chain has it.

    Args:
        commitment: that was logged; 32 bytes.
        clients: in it.
    """

    commitment: bytes
    clients: int


def sign_place(account: "LocalAccount", chain_id: int, campaign: str, edge: int, place: Place) -> SignedPlace:
    """Promise a client its place.

    Raises:
        ValueError: the place leads to no commitment.
    """
    commitment = place.commitment(chain_id, campaign)
    if commitment is None:
        raise ValueError(place)
    unsigned = SignedPlace(chain_id, campaign, edge, place, commitment, b"")
    signature = b"".join(sign(account, unsigned.message))
    return SignedPlace(chain_id, campaign, edge, place, commitment, signature)


def faults(
    signed: SignedPlace,
    terms: Terms,
    committed: Committed | None,
    asked: ContractAsked | None = None,
) -> Iterator[str]:
    """What is wrong with a place, a sentence each; none if its client is in the book for good.

    Args:
        signed: what the client got.
        terms: of the campaign.
        committed: the book that the chain has of the operator, or of the edge if books are sealed; None if none.
        asked: asks an operator that is a contract.
    """
    if isinstance(signed.place, SealedPlace) != terms.sealed:
        kind = "sealed" if terms.sealed else "open"
        yield f"expected a place in a book of the kind that the terms say: they are {kind} at last"
    if signed.edge >= len(terms.edges):
        yield f"this campaign has no edge {signed.edge}"
        return
    operator = terms.edges[signed.edge].operator
    yield from _proof_faults(signed, committed)
    yield from _sections_faults(signed, terms, operator)
    if not is_by(operator, signed.message, signed.signature, asked):
        yield f"not signed by {operator}, who operates the edge"


def _proof_faults(signed: SignedPlace, committed: Committed | None) -> Iterator[str]:
    """Whether the place leads to what the chain has."""
    count, place = _clients(signed.place), signed.place
    if place.position >= count:
        yield f"place {place.position} is behind the end of a book of {count} clients: nobody opens it there"
        return
    leads = place.commitment(signed.chain_id, signed.campaign)
    if leads is None:
        yield "a separator on the path does not fit this cost: the book is not in order"
    elif leads != signed.commitment:
        yield "the proof does not lead to the commitment that the edge signed"
    elif isinstance(place, SealedPlace) and place.shown.commitment(signed.chain_id, signed.campaign) != leads:
        yield "the leaves of its chunk do not lead to the book: nobody among them could be paid"
    if committed is None:
        yield "the chain has no book of this edge: until it has, the offer takes no part"
        return
    if not same_book(committed.commitment, signed.commitment):
        yield f"the chain has another book, with the commitment 0x{committed.commitment.hex()}"
    if committed.clients != count:
        yield f"the chain has a book of {committed.clients} clients, this one has {count}: it cannot be opened"


def _sections_faults(signed: SignedPlace, terms: Terms, operator: str) -> Iterator[str]:
    """Whether the place is at the edge it is said to be at, in a book that can be opened."""
    place = signed.place
    if place.edge != signed.edge:
        there = "no edge" if place.edge is None else f"edge {place.edge}"
        yield f"the place is at {there}, not at edge {signed.edge}"
    if isinstance(place, SealedPlace):
        return
    if place.operator != operator:
        yield f"the book is {place.operator}'s, who does not operate the edge"
    edges = [count >> 16 for count in place.counts]
    others = [at for at in edges if at >= len(terms.edges) or terms.edges[at].operator != operator]
    in_order = sorted(set(edges)) == edges and all(count & 0xFFFF for count in place.counts)
    if others or not in_order or len(place.seals) != -(-_clients(place) // CHUNK):
        yield "its sections are not what can be opened: clients of edges of one operator, edges rising"


def _clients(place: Place) -> int:
    """In the whole book."""
    return place.count if isinstance(place, SealedPlace) else sum(count & 0xFFFF for count in place.counts)


# ------------------------------------------------------------ the file


def place_text(signed: SignedPlace) -> str:
    """The file that the edge hands to the client."""
    place = signed.place
    own = _sealed_json(place) if isinstance(place, SealedPlace) else _open_json(place)
    document = {
        "schema": SEALED if isinstance(place, SealedPlace) else OPEN,
        "chain_id": signed.chain_id,
        "campaign": signed.campaign,
        "edge": signed.edge,
        "client": signed.offer.client,
        "cost": str(signed.offer.cost),
        "position": place.position,
        "commitment": signed.commitment.hex(),
        "signature": signed.signature.hex(),
    }
    return json.dumps(document | own, indent=1) + "\n"


def _open_json(place: BookPlace) -> dict[str, Any]:
    return {
        "operator": place.operator,
        "sections": [[count >> 16, count & 0xFFFF] for count in place.counts],
        "salt": place.salt.hex(),
        "leaves": [leaf.hex() for leaf in place.leaves],
        "seals": [seal.hex() for seal in place.seals],
    }


def _sealed_json(place: SealedPlace) -> dict[str, Any]:
    return {
        "clients": place.count,
        "client_salt": place.client_salt.to_bytes(CLIENT_SALT // 8).hex(),
        "cost_salt": place.cost_salt.to_bytes(COST_SALT // 8).hex(),
        "siblings": [node.hex() for node in place.siblings],
        "separators": [word.hex() for word in place.separators],
        "chunk": chunk_json(place.chunk),
    }


COMMON: Final = ("schema", "chain_id", "campaign", "edge", "client", "cost", "position", "commitment", "signature")
OPEN_MEMBERS: Final = ("operator", "sections", "salt", "leaves", "seals")
SEALED_MEMBERS: Final = ("clients", "client_salt", "cost_salt", "siblings", "separators", "chunk")
PLACES: Final = {True: (SEALED, SEALED_MEMBERS), False: (OPEN, OPEN_MEMBERS)}


def parse_place(where: str, content: bytes, *, sealed: bool) -> SignedPlace:
    """Read a place; whether it holds is another question.

    Raises:
        InputError: naming ``where`` and field, if it is none.
    """
    if len(content) > LONGEST:
        raise InputError(where, "", f"expected at most {LONGEST:,} bytes")
    schema, members = PLACES[sealed]
    fields = parsed_document(where, content, schema).members((*COMMON, *members))
    cost = below(fields["cost"], fields["cost"].amount(), 2 ** (8 * COST_BYTES))
    offer, position = ListedOffer(address(fields["client"]), cost), _number(fields["position"], MAX_BOOK)
    edge, signature = _number(fields["edge"], MAX_EDGES), hexadecimal(fields["signature"], None)
    if len(signature) > MAX_SIGNATURE:
        raise fields["signature"].refuse(f"at most {MAX_SIGNATURE} bytes")
    place = (_sealed_place if sealed else _open_place)(fields, position, offer)
    chain_id = _number(fields["chain_id"], 2**256)
    return SignedPlace(chain_id, address(fields["campaign"]), edge, place, hexadecimal(fields["commitment"]), signature)


def place_in(path: Path, chain_id: int, campaign: str, *, sealed: bool) -> bytes | None:
    """A file with a place in a campaign; None if it is none, or one of another campaign.

    Raises:
        OSError: it cannot be read.
    """
    if not path.is_file():
        return None
    content = path.read_bytes()
    try:
        found = parse_place(str(path), content, sealed=sealed)
    except InputError:
        return None
    return content if (found.chain_id, found.campaign) == (chain_id, campaign) else None


def _open_place(fields: dict[str, Field], position: int, offer: ListedOffer) -> BookPlace:
    leaves = tuple(hexadecimal(each) for each in fields["leaves"].items())
    if len(leaves) != CHUNK:
        raise fields["leaves"].refuse(f"{CHUNK} leaves")
    counts, seals = tuple(map(_section, fields["sections"].items())), tuple(map(hexadecimal, fields["seals"].items()))
    if not position // CHUNK < len(seals):
        raise fields["seals"].refuse("a seal for the chunk of the place")
    return BookPlace(address(fields["operator"]), counts, position, offer, hexadecimal(fields["salt"]), leaves, seals)


def _section(item: Field) -> int:
    numbers = item.items()
    if len(numbers) != 2:
        raise item.refuse("an edge and how many clients it has")
    return _number(numbers[0], MAX_EDGES) << 16 | _number(numbers[1], 2**16)


def _sealed_place(fields: dict[str, Field], position: int, offer: ListedOffer) -> SealedPlace:
    siblings = tuple(hexadecimal(each) for each in fields["siblings"].items())
    separators = tuple(hexadecimal(each) for each in fields["separators"].items())
    if len(siblings) != len(separators):
        raise fields["separators"].refuse("as many as there are siblings")
    client = int.from_bytes(hexadecimal(fields["client_salt"], CLIENT_SALT // 8))
    cost = int.from_bytes(hexadecimal(fields["cost_salt"], COST_SALT // 8))
    edge, count = _number(fields["edge"], MAX_EDGES), _number(fields["clients"], MAX_BOOK)
    chunk = read_chunk(fields["chunk"], position // CHUNK)
    return SealedPlace(edge, count, position, offer, client, cost, siblings, separators, chunk)


def _number(field: Field, limit: int) -> int:
    return below(field, field.integer(), limit)
