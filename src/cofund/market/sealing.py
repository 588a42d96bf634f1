"""Sealed bids: a commitment binds chain, campaign, sender, amount and salt (invariant I-8)."""

import secrets
from dataclasses import dataclass
from typing import Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

BID: Final = keccak(text="cofund bid")


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a commitment.

    Args:
        sender: account that committed.
        amount: a bid in base units.
        salt: 32 random bytes; without them nobody can open the commitment.
    """

    sender: str
    amount: int
    salt: bytes


def fresh_salt() -> bytes:
    """32 bytes from the operating system's generator."""
    return secrets.token_bytes(32)


def seal(chain_id: int, campaign: str, opening: Opening) -> bytes:
    """Commitment to an opening, the same 32 bytes that the contract computes at reveal.

    Args:
        chain_id: of the chain that the campaign lives on.
        campaign: address of the campaign contract.
        opening: what will be revealed.
    """
    types = ["bytes32", "uint256", "address", "address", "uint256", "bytes32"]
    values = [BID, chain_id, campaign, opening.sender, opening.amount, opening.salt]
    return keccak(encode(types, values))
