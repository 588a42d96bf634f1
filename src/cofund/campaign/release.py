"""Releasing the models: each owner's checkpoint in a box that only its key opens (protocol.md, "Release").

A box is a libsodium sealed box (X25519, XSalsa20-Poly1305) around the checkpoint of the owner's level. The coordinator
commits on chain to the digests of all boxes before it earns anything, so it cannot hand out another box later; that the
right model is inside the owner sees when it opens it, because the digest of every round's model is on chain too.
"""

from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from cofund.training.model import Model, from_base64, model_digest, to_base64


@dataclass(frozen=True, slots=True)
class Release:
    """What one owner is given.

    Args:
        owner: its account.
        level: round whose checkpoint is inside.
        digest: keccak-256 of the box.
    """

    owner: str
    level: int
    digest: bytes


def encryption_key(secret: bytes) -> bytes:
    """The X25519 public key, 32 bytes, that belongs to 32 secret bytes; an owner publishes it with its bid."""
    from nacl.public import PrivateKey  # noqa: PLC0415 - libsodium is loaded when a box is made or opened

    return bytes(PrivateKey(secret).public_key)


def seal_model(model: Model, key: bytes) -> bytes:
    """A box around a model that only the owner of the public ``key`` opens."""
    from nacl.public import PublicKey, SealedBox  # noqa: PLC0415

    return bytes(SealedBox(PublicKey(key)).encrypt(to_base64(model).encode()))


def open_model(box: bytes, secret: bytes, digest: bytes) -> Model:
    """The model in a box.

    Args:
        box: as released.
        secret: the owner's 32 secret bytes.
        digest: of the level's model, as recorded on chain.

    Raises:
        ValueError: if the box is not for this owner, was altered, or holds another model.
    """
    from nacl.exceptions import CryptoError  # noqa: PLC0415
    from nacl.public import PrivateKey, SealedBox  # noqa: PLC0415

    try:
        model = from_base64(SealedBox(PrivateKey(secret)).decrypt(box).decode())
    except CryptoError as error:
        raise ValueError("not a box for this owner's key") from error
    if model_digest(model) != digest:
        raise ValueError("the box holds another model than the one recorded on chain")
    return model


def release_of(owner: str, level: int, box: bytes) -> Release:
    """What goes on chain for one box."""
    return Release(owner, level, keccak(box))


def release_json(release: Release) -> dict[str, Any]:
    """A record's line."""
    return {"owner": release.owner, "level": release.level, "digest": release.digest.hex()}


def release_from(entry: dict[str, Any]) -> Release:
    """Read a record's line."""
    return Release(entry["owner"], entry["level"], bytes.fromhex(entry["digest"]))
