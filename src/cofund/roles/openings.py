"""Sealed bids and offers of one account: kept where only it can read them, and backed up, before anything is sent.

A lost opening is a lost bid: nobody can open the commitment any more, and its bond is forfeited.
"""

import json
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from eth_utils.address import is_hex_address, to_checksum_address

from cofund.errors import InputError
from cofund.market.document import Field, read_document
from cofund.market.sealing import BID, OFFER, Opening, fresh_salt, seal
from cofund.market.terms import MAX_EDGES
from cofund.whole_files import write_whole

SCHEMA: Final = "cofund.opening/1"
ROLES: Final = {"owner": BID, "client": OFFER}
KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one account sealed in one campaign.

    Args:
        role: ``owner`` or ``client``.
        chain_id: of the campaign's chain.
        campaign: address.
        opening: what opens the commitment; a bid in base units, a cost in ticks.
        encryption_secret: an owner's X25519 secret, 32 bytes, which opens the model it buys; empty for a client.
    """

    role: str
    chain_id: int
    campaign: str
    opening: Opening
    encryption_secret: bytes = b""

    @property
    def commitment(self) -> bytes:
        """The 32 bytes that go on chain."""
        return seal(ROLES[self.role], self.chain_id, self.campaign, self.opening)

    def to_json(self) -> dict[str, Any]:
        """The document; amounts as strings."""
        opening = self.opening
        return {
            "schema": SCHEMA,
            "role": self.role,
            "chain_id": self.chain_id,
            "campaign": self.campaign,
            "account": opening.sender,
            "amount": str(opening.amount),
            "edge": opening.edge,
            "salt": opening.salt.hex(),
            "encryption_secret": self.encryption_secret.hex(),
        }


def seal_anew(role: str, chain_id: int, campaign: str, account: str, amount: int, edge: int = 0) -> Sealed:
    """A bid or offer with a fresh salt, and for an owner a fresh X25519 secret."""
    secret = secrets.token_bytes(KEY_BYTES) if role == "owner" else b""
    return Sealed(role, chain_id, campaign, Opening(account, amount, edge, fresh_salt()), secret)


def opening_path(folder: Path, role: str) -> Path:
    """Where an account keeps its opening."""
    return folder / f"{role}-opening.json"


def kept_opening(folder: Path, role: str) -> Sealed | None:
    """The opening in an account's folder, if there is one."""
    path = opening_path(folder, role)
    return load_opening(path, role) if path.exists() else None


def load_opening(path: Path, role: str) -> Sealed:
    """Read an opening file.

    Raises:
        InputError: naming file and field, if it is none of this role.
    """
    names = ("schema", "role", "chain_id", "campaign", "account", "amount", "edge", "salt", "encryption_secret")
    fields = read_document(str(path), SCHEMA).members(names)
    if fields["role"].value != role:
        raise fields["role"].refuse(f'"{role}"')
    opening = Opening(
        _address(fields["account"]),
        _below(fields["amount"], fields["amount"].amount(), 2**256),
        _below(fields["edge"], fields["edge"].integer(), MAX_EDGES),
        hexadecimal(fields["salt"]),
    )
    secret = hexadecimal(fields["encryption_secret"], KEY_BYTES if role == "owner" else 0)
    chain_id = _below(fields["chain_id"], fields["chain_id"].integer(), 2**256)
    return Sealed(role, chain_id, _address(fields["campaign"]), opening, secret)


def _address(field: Field) -> str:
    """An account or contract, as it was written."""
    if not is_hex_address(field.text()) or not field.text().startswith("0x"):
        raise field.refuse("an address of 0x and 40 hex digits")
    return field.text()


def checksummed(sealed: Sealed) -> Sealed:
    """The same with its addresses as calls take them."""
    opening = replace(sealed.opening, sender=str(to_checksum_address(sealed.opening.sender)))
    return replace(sealed, campaign=str(to_checksum_address(sealed.campaign)), opening=opening)


def _below(field: Field, number: int, limit: int) -> int:
    if not 0 <= number < limit:
        raise field.refuse(f"a number from 0 to below {limit}")
    return number


def hexadecimal(field: Field, length: int = 32) -> bytes:
    """Bytes of a field of hex digits."""
    try:
        found = bytes.fromhex(field.text())
    except ValueError:
        found = b""
    if len(found) != length:
        raise field.refuse(f"{2 * length} hex digits")
    return found


def keep(sealed: Sealed, folder: Path, backup: Path | None) -> list[Path]:
    """Write an opening into the account's folder, and a second copy into ``backup``; on disk when this returns.

    Raises:
        InputError: if another opening is there, which must not be lost.
    """
    paths = [opening_path(folder, sealed.role)]
    if backup is not None:
        paths.append(backup / f"{sealed.chain_id}-{sealed.campaign}-{sealed.opening.sender}-{sealed.role}-opening.json")
    for path in paths:
        if path.exists() and load_opening(path, sealed.role) != sealed:
            expected = "holds the opening of another commitment; move it away only if that one was never sent"
            raise InputError(str(path), "", expected)
        write_secret(path, json.dumps(sealed.to_json(), indent=1) + "\n")
    return paths


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read: whole or not at all, and on disk before this returns."""
    write_whole(path, text.encode(), private=True)
