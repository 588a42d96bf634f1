"""Binary Merkle trees over keccak256 (protocol.md, "Deliveries").

A leaf is ``keccak256(keccak256(abi.encode(values)))``: hashed twice, so that no inner node can pass for a leaf. A node
is the hash of its two children in ascending order, so a proof needs no directions, and OpenZeppelin's ``MerkleProof``
verifies it. Leaves stay in the order given and neighbours are paired level by level; the last one of an odd level moves
up as it is. So 2^k neighbours from a multiple of 2^k on hang under one node, and that node's proof proves them all.

Edge cases: no leaves have the root of 32 zero bytes; one leaf is its own root and has an empty proof.
"""

from collections.abc import Sequence
from typing import Any, Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

EMPTY_ROOT: Final = bytes(32)
"""Root of the tree without leaves; no leaf has a proof against it."""


def leaf(types: Sequence[str], values: Sequence[Any]) -> bytes:
    """Leaf of one row: ``keccak256(keccak256(abi.encode(values)))``, 32 bytes."""
    return keccak(keccak(encode(types, values)))


def root(leaves: Sequence[bytes]) -> bytes:
    """Root over the leaves in their order, 32 bytes."""
    return levels(leaves)[-1][0] if leaves else EMPTY_ROOT


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """All nodes: level 0 the leaves, the last level the root alone; no leaves, no levels."""
    found = [list(leaves)] if leaves else []
    while found and len(found[-1]) > 1:
        below = found[-1]
        pairs = [parent(*below[at : at + 2]) for at in range(0, len(below) - 1, 2)]
        found.append(pairs + below[len(below) & ~1 :])
    return found


def proof(tree: Sequence[Sequence[bytes]], index: int, height: int = 0) -> list[bytes]:
    """Siblings from the bottom up of one node of ``levels(leaves)``.

    Args:
        tree: all levels.
        index: place of the node in its level.
        height: its level; a node of level k stands above the 2^k leaves from ``index * 2**k`` on.
    """
    siblings = []
    for level in tree[height:]:
        if index ^ 1 < len(level):
            siblings.append(level[index ^ 1])
        index //= 2
    return siblings


def verify(root: bytes, node: bytes, proof: Sequence[bytes]) -> bool:
    """Whether hashing the leaf, or node, with its siblings, bottom up, ends at the root."""
    for sibling in proof:
        node = parent(node, sibling)
    return node == root


def parent(left: bytes, right: bytes) -> bytes:
    """Hash of two children in ascending order."""
    return keccak(min(left, right) + max(left, right))
