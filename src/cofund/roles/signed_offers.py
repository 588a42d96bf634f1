"""Offers that clients sign for their edge to relay: a file each, EIP-712, worth nothing to anybody else (I-8)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cofund.chain.accounts import offer_message, sign, signer
from cofund.errors import CheckFailed
from cofund.market.document import read_document
from cofund.roles.openings import Sealed, hexadecimal
from cofund.whole_files import write_whole

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

SCHEMA: Final = "cofund.signed-offer/1"


@dataclass(frozen=True, slots=True)
class SignedOffer:
    """A sealed offer with its client's signature (EIP-2098)."""

    chain_id: int
    campaign: str
    edge: int
    client: str
    commitment: bytes
    r: bytes
    vs: bytes

    def argument(self) -> tuple[str, bytes, bytes, bytes]:
        """As ``relay_offers`` takes it."""
        return self.client, self.commitment, self.r, self.vs


def sign_offer(sealed: Sealed, account: "LocalAccount") -> SignedOffer:
    """Let the offer's edge relay it."""
    edge, commitment = sealed.opening.edge, sealed.commitment
    r, vs = sign(account, offer_message(sealed.chain_id, sealed.campaign, edge, commitment))
    return SignedOffer(sealed.chain_id, sealed.campaign, edge, account.address, commitment, r, vs)


def write_signed_offer(offer: SignedOffer, path: Path) -> None:
    """Write the file that the client hands to its edge; nothing in it is secret."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "chain_id": offer.chain_id,
        "campaign": offer.campaign,
        "edge": offer.edge,
        "client": offer.client,
        "commitment": offer.commitment.hex(),
        "r": offer.r.hex(),
        "vs": offer.vs.hex(),
    }
    write_whole(path, (json.dumps(document, indent=1) + "\n").encode())


def load_signed_offer(path: Path, chain_id: int, campaign: str, edges: set[int]) -> SignedOffer:
    """Read a client's file and check what the contract will check.

    Args:
        path: the file.
        chain_id: of the campaign's chain.
        campaign: address.
        edges: indices of the edges that the reader operates.

    Raises:
        InputError: if the file is none, or for another chain, campaign or edge.
        CheckFailed: if the signature is not the client's.
    """
    names = ("schema", "chain_id", "campaign", "edge", "client", "commitment", "r", "vs")
    fields = read_document(str(path), SCHEMA).members(names)
    for name, right in (("chain_id", chain_id), ("campaign", campaign)):
        if fields[name].value != right:
            raise fields[name].refuse(str(right))
    if fields["edge"].integer() not in edges:
        raise fields["edge"].refuse(f"an edge that you operate ({', '.join(map(str, sorted(edges))) or 'none'})")
    commitment, r, vs = (hexadecimal(fields[name]) for name in ("commitment", "r", "vs"))
    offer = SignedOffer(chain_id, campaign, fields["edge"].integer(), fields["client"].text(), commitment, r, vs)
    try:
        found = signer(offer_message(chain_id, campaign, offer.edge, commitment), r, vs)
    except Exception as error:
        raise CheckFailed(f"{path}: no signature") from error
    if found != offer.client:
        raise CheckFailed(f"{path}: signed by {found}, not by the client {offer.client}")
    return offer
