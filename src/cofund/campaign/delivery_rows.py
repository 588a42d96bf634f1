"""What an edge signed, row by row: who delivered in which rounds (protocol.md, "Deliveries").

The contract knows the root and how many missed each round. An edge publishes the rows, and everybody finds in them what
a claim takes.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from eth_utils.address import is_hex_address, to_checksum_address

from cofund.chain.accounts import deliveries_message, sign
from cofund.errors import CheckFailed, InputError
from cofund.market.document import Field, parsed_document, read_document
from cofund.market.offer_book import delivered_levels, delivered_parts, missing_words, tree_proof
from cofund.market.terms import MAX_BOOK

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

SCHEMA: Final = "cofund.deliveries/2"


@dataclass(frozen=True, slots=True)
class Row:
    """A winner: its account, and a bit for every round it delivered."""

    client: str
    bitmap: int


@dataclass(frozen=True, slots=True)
class Claimable:
    """The rows in one chunk of the book, as a claim takes them: their bitmaps and the proof of these."""

    chunk: int
    rows: tuple[Row, ...]
    proof: tuple[bytes, ...]

    @property
    def bitmaps(self) -> list[int]:
        """Of all rows."""
        return [row.bitmap for row in self.rows]


@dataclass(frozen=True, slots=True)
class Deliveries:
    """All rows of an edge up to a round, in the order of the winners' places.

    Args:
        chain_id, campaign: where.
        edge: its number.
        start: position of the edge's first client in its operator's book.
        up_to_round: the last round that the bitmaps cover.
        rows: of all winners, cheapest first.
    """

    chain_id: int
    campaign: str
    edge: int
    start: int
    up_to_round: int
    rows: tuple[Row, ...]

    @property
    def bitmaps(self) -> list[int]:
        """Of all winners."""
        return [row.bitmap for row in self.rows]

    @property
    def root(self) -> bytes:
        """What the edge signs."""
        return delivered_levels(self.start, self.bitmaps)[-1][0]

    @property
    def missing(self) -> list[int]:
        """Winners that missed each round, as they are signed."""
        return missing_words(self.bitmaps, self.up_to_round)

    def claims(self) -> Iterator[Claimable]:
        """One for every chunk of the book that winners are in."""
        levels, first = delivered_levels(self.start, self.bitmaps), 0
        for at, (chunk, part) in enumerate(delivered_parts(self.start, self.bitmaps)):
            yield Claimable(chunk, self.rows[first : first + len(part)], tree_proof(levels, at))
            first += len(part)

    def claim_of(self, place: int) -> tuple[Claimable, int]:
        """The claim that pays the winner at a place, and that winner's number in it.

        Raises:
            InputError: if it is not among the rows.
        """
        first = 0
        for claim in self.claims():
            if first <= place < first + len(claim.rows):
                return claim, place - first
            first += len(claim.rows)
        raise InputError("deliveries", f"edge {self.edge}", f"expected a row of the client at {place}, found none")


def signed_root(deliveries: Deliveries, account: "LocalAccount") -> tuple[int, int, bytes, list[int], bytes]:
    """The rows' root with a signature, as ``post_deliveries`` takes it."""
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
        "start": deliveries.start,
        "up_to_round": deliveries.up_to_round,
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
    fields = root.members(("schema", "chain_id", "campaign", "edge", "start", "up_to_round", "rows"))
    for name, right in (("chain_id", chain_id), ("campaign", campaign)):
        if fields[name].value != right:
            raise fields[name].refuse(str(right))
    if not 0 <= fields["start"].integer() < MAX_BOOK:
        raise fields["start"].refuse("a position in a book")
    rows = tuple(_row(item) for item in fields["rows"].items())
    if not 0 < len(rows) <= MAX_BOOK:
        raise fields["rows"].refuse("a row for every winner")
    edge, start, up_to = (fields[name].integer() for name in ("edge", "start", "up_to_round"))
    return Deliveries(chain_id, campaign, edge, start, up_to, rows)


def _row(item: Field) -> Row:
    fields = item.members(("client", "bitmap"))
    try:
        bitmap = int(fields["bitmap"].text(), 16)
    except ValueError:
        raise fields["bitmap"].refuse("hex digits") from None
    if not 0 <= bitmap < 2**256:
        raise fields["bitmap"].refuse("at most 256 bits")
    if not is_hex_address(fields["client"].text()):
        raise fields["client"].refuse("an address")
    return Row(to_checksum_address(fields["client"].text()), bitmap)


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
