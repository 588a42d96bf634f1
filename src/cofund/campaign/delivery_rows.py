"""What an edge signed, row by row: who delivered in which rounds (protocol.md, "Deliveries").

The contract knows only the root over chunks of the book and how many missed each round. An edge publishes the rows, and
whoever pays clients finds the proofs in them.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cofund.chain.accounts import deliveries_message, sign
from cofund.errors import CheckFailed
from cofund.market.document import Field, parsed_document, read_document
from cofund.market.hex_fields import address, below
from cofund.market.offer_book import delivered_levels, delivered_parts, missing_words, tree_proof
from cofund.market.terms import MAX_BOOK, MAX_ROUNDS

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

SCHEMA: Final = "cofund.deliveries/2"
NO_ROWS: Final = bytes(32)
"""Root where nobody won: no claim has a proof against it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A winner: its account, and a bit for every round it delivered."""

    client: str
    bitmap: int


@dataclass(frozen=True, slots=True)
class Part:
    """The winners of an edge in one chunk of its operator's book, as a claim shows them.

    Args:
        chunk: of the book.
        first: place at the edge of the first of them.
        bitmaps: of all of them.
        proof: from them to the root.
    """

    chunk: int
    first: int
    bitmaps: tuple[int, ...]
    proof: tuple[bytes, ...]


@dataclass(frozen=True)
class Deliveries:
    """All winners of an edge up to a round, cheapest first.

    Args:
        chain_id, campaign: which.
        edge: its number.
        up_to_round: the last round that is signed for.
        start: position of the edge's first client in its operator's book; 0 if books are sealed.
        rows: by place.
    """

    chain_id: int
    campaign: str
    edge: int
    up_to_round: int
    start: int
    rows: tuple[Row, ...]

    @property
    def bitmaps(self) -> list[int]:
        """By place."""
        return [row.bitmap for row in self.rows]

    @cached_property
    def levels(self) -> tuple[tuple[bytes, ...], ...]:
        """The tree over chunks, from the bottom."""
        return delivered_levels(self.start, self.bitmaps) if self.rows else ((NO_ROWS,),)

    @property
    def root(self) -> bytes:
        """What the edge signs."""
        return self.levels[-1][0]

    @property
    def missing(self) -> list[int]:
        """How many winners missed each round, as the edge signs it."""
        return missing_words(self.bitmaps, self.up_to_round)

    @property
    def total(self) -> int:
        """Client-rounds in all bitmaps."""
        return sum(row.bitmap.bit_count() for row in self.rows)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """A claim each."""
        found, first = list[Part](), 0
        for at, (chunk, bitmaps) in enumerate(delivered_parts(self.start, self.bitmaps)):
            found.append(Part(chunk, first, bitmaps, tree_proof(self.levels, at)))
            first += len(bitmaps)
        return tuple(found)


def signed_root(deliveries: Deliveries, account: "LocalAccount") -> tuple[int, int, bytes, list[int], bytes]:
    """The rows' root and what is missing with a signature, as ``post_deliveries`` takes it."""
    said = deliveries.edge, deliveries.up_to_round, deliveries.root, deliveries.missing
    message = deliveries_message(deliveries.chain_id, deliveries.campaign, *said)
    return *said, b"".join(sign(account, message))


def deliveries_text(deliveries: Deliveries) -> str:
    """The document that an edge publishes."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "chain_id": deliveries.chain_id,
        "campaign": deliveries.campaign,
        "edge": deliveries.edge,
        "up_to_round": deliveries.up_to_round,
        "start": deliveries.start,
        "rows": [{"client": row.client, "bitmap": hex(row.bitmap)} for row in deliveries.rows],
    }
    return json.dumps(document, indent=1) + "\n"


def load_deliveries(path: Path, chain_id: int, campaign: str) -> Deliveries:
    """Read an edge's rows.

    Raises:
        InputError: naming file and field, if they are none, or of another campaign.
    """
    return _deliveries(read_document(str(path), SCHEMA), chain_id, campaign)


def parse_deliveries(where: str, content: bytes, chain_id: int, campaign: str) -> Deliveries:
    """An edge's rows in a document that is at hand.

    Raises:
        InputError: naming ``where`` and field, if they are none, or of another campaign.
    """
    return _deliveries(parsed_document(where, content, SCHEMA), chain_id, campaign)


def _deliveries(root: Field, chain_id: int, campaign: str) -> Deliveries:
    fields = root.members(("schema", "chain_id", "campaign", "edge", "up_to_round", "start", "rows"))
    for name, right in (("chain_id", chain_id), ("campaign", campaign)):
        if fields[name].value != right:
            raise fields[name].refuse(str(right))
    rows = tuple(_row(item) for item in fields["rows"].items())
    up_to = below(fields["up_to_round"], fields["up_to_round"].integer(), MAX_ROUNDS + 1)
    start = below(fields["start"], fields["start"].integer(), MAX_BOOK)
    return Deliveries(chain_id, campaign, fields["edge"].integer(), up_to, start, rows)


def _row(item: Field) -> Row:
    fields = item.members(("client", "bitmap"))
    try:
        bitmap = int(fields["bitmap"].text(), 16)
    except ValueError:
        raise fields["bitmap"].refuse("hex digits") from None
    if not 0 <= bitmap < 2**MAX_ROUNDS:
        raise fields["bitmap"].refuse(f"at most {MAX_ROUNDS} bits")
    return Row(address(fields["client"]), bitmap)


def require_signed(deliveries: Deliveries, root: bytes, where: object) -> None:
    """Hold the rows against the root that the edge signed.

    Raises:
        CheckFailed: if the root is another one.
    """
    if deliveries.root != root:
        raise CheckFailed(
            f"{where}: not what edge {deliveries.edge} signed last: the chain has the root 0x{root.hex()}, "
            f"the rows have 0x{deliveries.root.hex()}"
        )
