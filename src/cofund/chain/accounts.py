"""Accounts and the EIP-712 signatures of edges over deliveries and of clients over sealed offers."""

from typing import TYPE_CHECKING, Any

from eth_utils.crypto import keccak

if TYPE_CHECKING:
    from eth_account.messages import SignableMessage
    from eth_account.signers.local import LocalAccount


def rehearsal_account(seed: str, name: str) -> "LocalAccount":
    """The account whose key is the hash of ``seed`` and ``name``: for rehearsals, where one program plays all parts."""
    from eth_account import Account  # noqa: PLC0415 - 0.4 s of imports, and who reads only signs nothing

    account: LocalAccount = Account.from_key(keccak(text=f"cofund rehearsal {seed} {name}"))
    return account


def deliveries_message(
    chain_id: int, campaign: str, edge: int, up_to_round: int, root: bytes, total: int
) -> "SignableMessage":
    """The typed data an edge signs: bound to chain, campaign, edge and round (invariant I-8).

    Args:
        chain_id: of the chain the campaign lives on.
        campaign: address of the campaign contract.
        edge: index of the edge in the terms.
        up_to_round: last round the bitmaps cover.
        root: Merkle root over (position, bitmap) of the edge's clients.
        total: client-rounds in all bitmaps.
    """
    fields = {"edge": "uint256", "round": "uint256", "root": "bytes32", "total": "uint256"}
    data = {"edge": edge, "round": up_to_round, "root": root, "total": total}
    return _typed(chain_id, campaign, "Deliveries", fields, data)


def result_message(
    chain_id: int, campaign: str, edge: str, number: int, samples: int, total: bytes, deliveries: bytes
) -> "SignableMessage":
    """The typed data with which an edge signs what it hands to the coordinator in a round; no contract reads it.

    Args:
        chain_id: of the chain the campaign lives on.
        campaign: address of the campaign contract.
        edge: id of the edge in the terms.
        number: of the round.
        samples: of its accepted clients.
        total: SHA-256 over its total.
        deliveries: Merkle root over its clients' deliveries.
    """
    fields = {"edge": "string", "round": "uint256", "samples": "uint256", "total": "bytes32", "deliveries": "bytes32"}
    data = {"edge": edge, "round": number, "samples": samples, "total": total, "deliveries": deliveries}
    return _typed(chain_id, campaign, "EdgeResult", fields, data)


def offer_message(chain_id: int, campaign: str, edge: int, commitment: bytes) -> "SignableMessage":
    """The typed data with which a client lets its edge relay a sealed offer (invariant I-8).

    Args:
        chain_id: of the chain the campaign lives on.
        campaign: address of the campaign contract.
        edge: index of the edge that may relay it.
        commitment: the sealed offer, 32 bytes.
    """
    fields = {"edge": "uint256", "commitment": "bytes32"}
    return _typed(chain_id, campaign, "Offer", fields, {"edge": edge, "commitment": commitment})


def permit_message(
    chain_id: int, token: str, name: str, owner: str, spender: str, value: int, nonce: int, deadline: int
) -> "SignableMessage":
    """An ERC-2612 permit: ``spender`` may take ``value`` base units from ``owner`` until ``deadline``.

    Args:
        chain_id: of the token's chain.
        token: its address.
        name: its name, part of its EIP-712 domain (version "1").
        owner: who signs.
        spender: who may take.
        value: base units.
        nonce: permits that the owner has used at this token.
        deadline: seconds since the epoch.
    """
    fields = {"owner": "address", "spender": "address", "value": "uint256", "nonce": "uint256", "deadline": "uint256"}
    data = {"owner": owner, "spender": spender, "value": value, "nonce": nonce, "deadline": deadline}
    return _typed(chain_id, token, "Permit", fields, data, name)


def permit_arguments(
    account: "LocalAccount", message: "SignableMessage", deadline: int
) -> tuple[int, int, bytes, bytes]:
    """A signed permit as ``commit_bid`` takes it: deadline, v, r, s."""
    signed = account.sign_message(message)
    return deadline, signed.v, signed.r.to_bytes(32), signed.s.to_bytes(32)


def _typed(
    chain_id: int, contract: str, name: str, fields: dict[str, str], data: dict[str, Any], domain: str = "cofund"
) -> "SignableMessage":
    from eth_account.messages import encode_typed_data  # noqa: PLC0415

    return encode_typed_data(
        domain_data={"name": domain, "version": "1", "chainId": chain_id, "verifyingContract": contract},
        message_types={name: [{"name": field, "type": kind} for field, kind in fields.items()]},
        message_data=data,
    )


def sign(account: "LocalAccount", message: "SignableMessage") -> tuple[bytes, bytes]:
    """An EIP-2098 signature: r, and s with the parity of v in its top bit; deterministic (RFC 6979), smaller s."""
    signed = account.sign_message(message)
    return signed.r.to_bytes(32), (signed.s | (signed.v - 27) << 255).to_bytes(32)


def signer(message: "SignableMessage", r: bytes, vs: bytes) -> str:
    """Address that made an EIP-2098 signature."""
    from eth_account import Account  # noqa: PLC0415

    word = int.from_bytes(vs)
    signature = r + (word & (1 << 255) - 1).to_bytes(32) + bytes([27 + (word >> 255)])
    return str(Account.recover_message(message, signature=signature))
