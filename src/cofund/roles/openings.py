"""An owner's sealed bid: kept where only it can read it, and backed up, before anything is sent.

A lost opening is a lost bid: nobody can open the commitment any more, and its bond is forfeited.
"""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cofund.errors import InputError
from cofund.market.document import read_document
from cofund.market.hex_fields import address, below, hexadecimal
from cofund.market.sealing import Opening, fresh_salt, seal
from cofund.whole_files import write_whole

SCHEMA: Final = "cofund.opening/2"
NAME: Final = "owner-opening.json"
KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one owner sealed in one campaign.

    Args:
        chain_id: of the campaign's chain.
        campaign: address.
        opening: what opens the commitment; a bid in base units.
        encryption_secret: its X25519 secret, 32 bytes, which opens the model it buys.
    """

    chain_id: int
    campaign: str
    opening: Opening
    encryption_secret: bytes

    @property
    def commitment(self) -> bytes:
        """The 32 bytes that go on chain."""
        return seal(self.chain_id, self.campaign, self.opening)

    def to_json(self) -> dict[str, Any]:
        """The document; amounts as strings."""
        return {
            "schema": SCHEMA,
            "chain_id": self.chain_id,
            "campaign": self.campaign,
            "account": self.opening.sender,
            "amount": str(self.opening.amount),
            "salt": self.opening.salt.hex(),
            "encryption_secret": self.encryption_secret.hex(),
        }


def seal_anew(chain_id: int, campaign: str, account: str, amount: int) -> Sealed:
    """A bid with a fresh salt and a fresh X25519 secret."""
    return Sealed(chain_id, campaign, Opening(account, amount, fresh_salt()), secrets.token_bytes(KEY_BYTES))


def opening_path(folder: Path) -> Path:
    """Where an account keeps its opening."""
    return folder / NAME


def kept_opening(folder: Path) -> Sealed | None:
    """The opening in an account's folder, if there is one."""
    path = opening_path(folder)
    return load_opening(path) if path.exists() else None


def load_opening(path: Path) -> Sealed:
    """Read an opening file.

    Raises:
        InputError: naming file and field, if it is none.
    """
    names = ("schema", "chain_id", "campaign", "account", "amount", "salt", "encryption_secret")
    fields = read_document(str(path), SCHEMA).members(names)
    amount = below(fields["amount"], fields["amount"].amount(), 2**256)
    opening = Opening(address(fields["account"]), amount, hexadecimal(fields["salt"]))
    chain_id = below(fields["chain_id"], fields["chain_id"].integer(), 2**256)
    secret = hexadecimal(fields["encryption_secret"], KEY_BYTES)
    return Sealed(chain_id, address(fields["campaign"]), opening, secret)


def keep(sealed: Sealed, folder: Path, backup: Path | None) -> list[Path]:
    """Write an opening into the account's folder, and a second copy into ``backup``; on disk when this returns.

    Raises:
        InputError: if another opening is there, which must not be lost.
    """
    paths = [opening_path(folder)]
    if backup is not None:
        paths.append(backup / f"{sealed.chain_id}-{sealed.campaign}-{sealed.opening.sender}-{NAME}")
    for path in paths:
        if path.exists() and load_opening(path) != sealed:
            expected = "holds the opening of another commitment; move it away only if that one was never sent"
            raise InputError(str(path), "", expected)
        write_secret(path, json.dumps(sealed.to_json(), indent=1) + "\n")
    return paths


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read: whole or not at all, and on disk before this returns."""
    write_whole(path, text.encode(), private=True)
