"""Binary Merkle trees over keccak256, the same trees as OpenZeppelin's ``StandardMerkleTree`` (default options).

A leaf is ``keccak256(keccak256(abi.encode(values)))``: hashed twice, so that no inner node can pass for a leaf. A node
is the hash of its two children in ascending order, so a proof needs no directions. Leaves are sorted first, so a root
does not depend on the order of the leaves. The tree lies in an array: node i has the children 2i + 1 and 2i + 2.

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
    """Root over the leaves in any order, 32 bytes; O(n log n)."""
    return _tree(sorted(leaves))[0] if leaves else EMPTY_ROOT


def proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Siblings of ``leaves[index]`` from the bottom up; for many proofs of one tree use ``proofs``."""
    ordered = sorted(leaves)
    return _siblings(_tree(ordered), 2 * len(ordered) - 2 - ordered.index(leaves[index]))


def proofs(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Proof of every leaf, in the order of the leaves given; O(n log n) altogether."""
    ordered = sorted(leaves)
    tree = _tree(ordered)
    node_of = {each: 2 * len(ordered) - 2 - place for place, each in enumerate(ordered)}
    return [_siblings(tree, node_of[each]) for each in leaves]


def verify(root: bytes, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Whether hashing the leaf with its siblings, bottom up, ends at the root."""
    node = leaf
    for sibling in proof:
        node = _parent(node, sibling)
    return node == root


def _parent(left: bytes, right: bytes) -> bytes:
    """Hash of two children in ascending order."""
    return keccak(min(left, right) + max(left, right))


def _tree(ordered: Sequence[bytes]) -> list[bytes]:
    """All 2n - 1 nodes, the root first, the leaves last and reversed (the standard's layout)."""
    if not ordered:
        return []
    nodes = [b""] * (len(ordered) - 1) + list(reversed(ordered))
    for node in range(len(ordered) - 2, -1, -1):
        nodes[node] = _parent(nodes[2 * node + 1], nodes[2 * node + 2])
    return nodes


def _siblings(tree: Sequence[bytes], node: int) -> list[bytes]:
    """Siblings on the way from a node to the root."""
    path = []
    while node > 0:
        path.append(tree[node + 1 if node % 2 else node - 1])
        node = (node - 1) // 2
    return path
