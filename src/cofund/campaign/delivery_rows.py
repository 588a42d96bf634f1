"""What an edge signed, row by row: who delivered in which rounds (protocol.md, "Deliveries").

The contract knows only the root. An edge publishes the rows, and every client finds its proof in them.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from eth_utils.address import is_hex_address, to_checksum_address

from cofund import merkle
from cofund.chain.accounts import deliveries_message, sign
from cofund.chain.contract import POSITION_BITS
from cofund.errors import CheckFailed, InputError
from cofund.market.document import Field, parsed_document, read_document
from cofund.market.terms import MAX_BATCH
from cofund.settlement.ledger import delivery_leaf

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

SCHEMA: Final = "cofund.deliveries/1"
BATCH_HEIGHT: Final = MAX_BATCH.bit_length() - 1
"""Level of the node above a full batch of neighbouring leaves."""


@dataclass(frozen=True, slots=True)
class Row:
    """A winner: position of its offer, account, and a bit for every round it delivered."""

    position: int
    client: str
    bitmap: int


@dataclass(frozen=True, slots=True)
class Deliveries:
    """All rows of an edge up to a round, in the order of positions."""

    chain_id: int
    campaign: str
    edge: int
    up_to_round: int
    rows: tuple[Row, ...]

    @property
    def tree(self) -> list[list[bytes]]:
        """All levels of the Merkle tree over the rows."""
        return merkle.levels([delivery_leaf(row.position, row.bitmap) for row in self.rows])

    @property
    def root(self) -> bytes:
        """What the edge signs."""
        return merkle.root([delivery_leaf(row.position, row.bitmap) for row in self.rows])

    @property
    def total(self) -> int:
        """Client-rounds in all bitmaps."""
        return sum(row.bitmap.bit_count() for row in self.rows)

    def proof(self, position: int) -> tuple[Row, list[bytes]]:
        """The row of the offer at a position and the siblings that prove it; the root binds no names.

        Raises:
            InputError: if it is not among the rows.
        """
        for index, row in enumerate(self.rows):
            if row.position == position:
                return row, merkle.proof(self.tree, index)
        raise InputError("deliveries", f"edge {self.edge}", f"expected a row of the offer at {position}, found none")

    def batches(self) -> list[tuple[tuple[Row, ...], list[bytes]]]:
        """As many neighbours as one call takes, each with the proof of the node above them."""
        tree, found = self.tree, []
        for index, start in enumerate(range(0, len(self.rows), MAX_BATCH)):
            height = min(BATCH_HEIGHT, len(tree) - 1)
            found.append((self.rows[start : start + MAX_BATCH], merkle.proof(tree, index, height)))
        return found


def signed_root(deliveries: Deliveries, account: "LocalAccount") -> tuple[int, int, bytes, int, bytes, bytes]:
    """The rows' root with a signature, as ``post_deliveries`` takes it."""
    edge, up_to, root, total = deliveries.edge, deliveries.up_to_round, deliveries.root, deliveries.total
    message = deliveries_message(deliveries.chain_id, deliveries.campaign, edge, up_to, root, total)
    return edge, up_to, root, total, *sign(account, message)


def deliveries_text(deliveries: Deliveries) -> str:
    """The document that an edge publishes."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "chain_id": deliveries.chain_id,
        "campaign": deliveries.campaign,
        "edge": deliveries.edge,
        "up_to_round": deliveries.up_to_round,
        "rows": [
            {"position": row.position, "client": row.client, "bitmap": hex(row.bitmap)} for row in deliveries.rows
        ],
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
    fields = root.members(("schema", "chain_id", "campaign", "edge", "up_to_round", "rows"))
    for name, right in (("chain_id", chain_id), ("campaign", campaign)):
        if fields[name].value != right:
            raise fields[name].refuse(str(right))
    rows = tuple(_row(item) for item in fields["rows"].items())
    return Deliveries(chain_id, campaign, fields["edge"].integer(), fields["up_to_round"].integer(), rows)


def _row(item: Field) -> Row:
    fields = item.members(("position", "client", "bitmap"))
    try:
        bitmap = int(fields["bitmap"].text(), 16)
    except ValueError:
        raise fields["bitmap"].refuse("hex digits") from None
    if not 0 <= bitmap < 2**256:
        raise fields["bitmap"].refuse("at most 256 bits")
    if not 0 <= fields["position"].integer() < 2**POSITION_BITS:
        raise fields["position"].refuse("the position of an offer")
    if not is_hex_address(fields["client"].text()):
        raise fields["client"].refuse("an address")
    return Row(fields["position"].integer(), to_checksum_address(fields["client"].text()), bitmap)


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
