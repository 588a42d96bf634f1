"""Accounts and the EIP-712 signature of an edge over its deliveries."""

from typing import TYPE_CHECKING

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_utils.crypto import keccak

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount


def rehearsal_account(seed: str, name: str) -> "LocalAccount":
    """The account whose key is the hash of ``seed`` and ``name``: for rehearsals, where one program plays all parts."""
    account: LocalAccount = Account.from_key(keccak(text=f"cofund rehearsal {seed} {name}"))
    return account


def deliveries_message(
    chain_id: int, campaign: str, edge: int, up_to_round: int, root: bytes, total: int
) -> SignableMessage:
    """The typed data an edge signs: bound to chain, campaign, edge and round (invariant I-8).

    Args:
        chain_id: of the chain the campaign lives on.
        campaign: address of the campaign contract.
        edge: index of the edge in the terms.
        up_to_round: last round the bitmaps cover.
        root: Merkle root over (position, bitmap) of the edge's clients.
        total: client-rounds in all bitmaps.
    """
    return encode_typed_data(
        domain_data={"name": "cofund", "version": "1", "chainId": chain_id, "verifyingContract": campaign},
        message_types={
            "Deliveries": [
                {"name": "edge", "type": "uint256"},
                {"name": "round", "type": "uint256"},
                {"name": "root", "type": "bytes32"},
                {"name": "total", "type": "uint256"},
            ]
        },
        message_data={"edge": edge, "round": up_to_round, "root": root, "total": total},
    )


def sign(account: "LocalAccount", message: SignableMessage) -> bytes:
    """65 bytes r, s, v; deterministic (RFC 6979), with the smaller s."""
    return bytes(account.sign_message(message).signature)


def signer(message: SignableMessage, signature: bytes) -> str:
    """Address that made a signature."""
    return str(Account.recover_message(message, signature=signature))
