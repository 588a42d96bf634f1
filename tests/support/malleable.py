"""Signatures in the form that contracts have to refuse: every one with a small s has a twin with a large one."""

from eth_keys.exceptions import BadSignature

from cofund.chain.accounts import offer_message, signer
from evm import CHAIN_ID

LARGE_S = 2**255 - 1  # above half the order of the curve, and still of 255 bits as EIP-2098 needs it


def signed_with_a_large_s(campaign: str, edge: int, commitment: bytes) -> tuple[str, bytes, bytes]:
    """Whom a signature of this offer recovers to, and the signature."""
    message = offer_message(CHAIN_ID, campaign, edge, commitment)
    for x in range(1, 100):
        r, vs = x.to_bytes(32), LARGE_S.to_bytes(32)
        try:
            return signer(message, r, vs), r, vs
        except BadSignature:  # no point of the curve has this x
            continue
    raise AssertionError("no point of the curve found")
