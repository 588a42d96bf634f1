"""Signatures in the form that contracts have to refuse: every one with a small s has a twin with a large one."""

from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature

LARGE_S = 2**255 - 1  # above half the order of the curve, and still of 255 bits as EIP-2098 needs it


def signed_with_a_large_s(digest: bytes, s: int = LARGE_S) -> tuple[str, bytes]:
    """Whom a signature of this digest recovers to, and the signature."""
    for x in range(1, 100):
        try:
            account = Signature(vrs=(0, x, s)).recover_public_key_from_msg_hash(digest).to_checksum_address()
        except BadSignature:  # no point of the curve has this x
            continue
        return account, x.to_bytes(32) + s.to_bytes(32)
    raise AssertionError("no point of the curve found")
