"""Accounts and their EIP-712 signatures: of clients over offers, of edges over places in books and over deliveries."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from eth_abi.abi import encode
from eth_utils.conversions import to_hex
from eth_utils.crypto import keccak

from cofund.errors import Reverted

if TYPE_CHECKING:
    from eth_account.messages import SignableMessage
    from eth_account.signers.local import LocalAccount

    from cofund.chain.node import Node

ContractAsked = Callable[[str, bytes, bytes], bool]
"""Whether an account's contract says that it signed a digest."""
SIGNATURE_BYTES: Final = 64
MAX_SIGNATURE: Final = 1024
"""Bytes of the longest signature that the contract takes."""
LARGEST_S: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""Half the order of secp256k1: the larger of the two s that verify is refused (malleability)."""
SAYS_YES: Final = bytes.fromhex("1626ba7e")  # EIP-1271


def rehearsal_account(seed: str, name: str) -> "LocalAccount":
    """The account whose key is the hash of ``seed`` and ``name``: for rehearsals, where one program plays all parts."""
    from eth_account import Account  # noqa: PLC0415 - 0.4 s of imports, and who reads only signs nothing

    account: LocalAccount = Account.from_key(keccak(text=f"cofund rehearsal {seed} {name}"))
    return account


def deliveries_message(
    chain_id: int, campaign: str, edge: int, up_to_round: int, root: bytes, missing: Sequence[int]
) -> "SignableMessage":
    """The typed data an edge signs: bound to chain, campaign, edge and round (invariant I-8).

    Args:
        chain_id: of the chain the campaign lives on.
        campaign: address of the campaign contract.
        edge: index of the edge in the terms.
        up_to_round: last round the bitmaps cover.
        root: over (chunk, bitmaps of the edge's winners in it).
        missing: winners that missed each round, 16 bits each, the first lowest.
    """
    fields = {"edge": "uint256", "round": "uint256", "root": "bytes32", "missing": "uint256[]"}
    data = {"edge": edge, "round": up_to_round, "root": root, "missing": list(missing)}
    return _typed(chain_id, campaign, "Deliveries", fields, data, version="2")


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


def offer_message(chain_id: int, campaign: str, edge: int, client: str, cost: int) -> "SignableMessage":
    """The typed data with which a client offers to train; no contract reads it (invariant I-8).

    Args:
        chain_id: of the chain the campaign lives on.
        campaign: address of the campaign contract.
        edge: index of the edge where the client trains.
        client: its account.
        cost: ticks per client-round.
    """
    fields = {"edge": "uint256", "client": "address", "cost": "uint256"}
    data = {"edge": edge, "client": client, "cost": cost}
    return _typed(chain_id, campaign, "Offer", fields, data, version="2")


def book_place_message(
    chain_id: int, campaign: str, edge: int, client: str, cost: int, position: int, commitment: bytes
) -> "SignableMessage":
    """The typed data with which an edge promises a client its place in a sealed book; no contract reads it.

    Args:
        chain_id: of the chain the campaign lives on.
        campaign: address of the campaign contract.
        edge: where the client trains.
        client: its account.
        cost: ticks per client-round.
        position: of the offer in the book.
        commitment: of the book, 32 bytes.
    """
    fields = {"edge": "uint256", "client": "address", "cost": "uint256", "position": "uint256", "commitment": "bytes32"}
    data = {"edge": edge, "client": client, "cost": cost, "position": position, "commitment": commitment}
    return _typed(chain_id, campaign, "BookPlace", fields, data, version="2")


def quotes_message(chain_id: int, campaign: str, operator: str) -> "SignableMessage":
    """The typed data with which the coordinator asks an operator for its sealed books without names.

    Args:
        chain_id: of the chain the campaign lives on.
        campaign: address of the campaign contract.
        operator: who is asked, and nobody else.
    """
    return _typed(chain_id, campaign, "QuotesAsked", {"operator": "address"}, {"operator": operator}, version="2")


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
    chain_id: int,
    contract: str,
    name: str,
    fields: dict[str, str],
    data: dict[str, Any],
    domain: str = "cofund",
    version: str = "1",
) -> "SignableMessage":
    from eth_account.messages import encode_typed_data  # noqa: PLC0415

    return encode_typed_data(
        domain_data={"name": domain, "version": version, "chainId": chain_id, "verifyingContract": contract},
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


def is_by(account: str, message: "SignableMessage", signature: bytes, asked: ContractAsked | None = None) -> bool:
    """Whether an account signed: by its key (EIP-2098, 64 bytes) or, if it is a contract, by its word (EIP-1271).

    Args:
        account: whose signature it should be.
        message: what was signed.
        signature: 64 bytes, or whatever the contract takes.
        asked: asks a contract, ``contract_asked``; None to take keys only.
    """
    s = int.from_bytes(signature[32:64]) & (1 << 255) - 1
    if len(signature) == SIGNATURE_BYTES and s <= LARGEST_S:
        with suppress(Exception):  # numbers that are no signature have several kinds of errors
            if signer(message, signature[:32], signature[32:]) == account:
                return True
    digest = keccak(b"\x19" + message.version + message.header + message.body)
    return asked is not None and asked(account, digest, signature)


def contract_asked(node: "Node") -> ContractAsked:
    """Asks accounts with code at the last block."""

    def asked(account: str, digest: bytes, signature: bytes) -> bool:
        if not node.code(account):
            return False
        data = SAYS_YES + encode(["bytes32", "bytes"], [digest, signature])
        try:
            answer = bytes(node.call(account, to_hex(data)))
        except Reverted:
            return False
        return answer == SAYS_YES.ljust(32, b"\0")

    return asked
