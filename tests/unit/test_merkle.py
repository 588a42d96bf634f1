"""Merkle trees equal OpenZeppelin's, prove every leaf and nothing else."""

from typing import Any

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from cofund import merkle

HASHES = st.binary(min_size=32, max_size=32)


def pair(left: bytes, right: bytes) -> bytes:
    return keccak(min(left, right) + max(left, right))


def test_two_leaves_have_the_root_of_the_example_in_openzeppelins_documentation() -> None:
    rows = [("0x" + "11" * 20, 5 * 10**18), ("0x" + "22" * 20, 25 * 10**17)]
    leaves = [merkle.leaf(("address", "uint256"), row) for row in rows]
    assert merkle.root(leaves).hex() == "d4dee0beab2d53f2cc83e567171bd2820e49898130a22622b10ead383e90bd77"


def test_a_leaf_is_hashed_twice() -> None:
    assert merkle.leaf(("uint256",), (7,)) == keccak(keccak((7).to_bytes(32)))


def test_no_leaves_have_the_zero_root_and_one_leaf_is_its_own_root() -> None:
    only = keccak(b"only")
    assert merkle.root([]) == bytes(32)
    assert merkle.levels([]) == []
    assert merkle.root([only]) == only
    assert merkle.proof(merkle.levels([only]), 0) == []
    assert merkle.verify(only, only, [])
    assert not merkle.verify(bytes(32), only, [])


def test_neighbours_are_paired_and_an_odd_last_one_moves_up() -> None:
    a, b, c, d, e = (keccak(bytes([i])) for i in range(5))
    assert merkle.root([a, b, c, d, e]) == pair(pair(pair(a, b), pair(c, d)), e)


@given(st.lists(HASHES, min_size=1, max_size=40, unique=True), st.data())
def test_every_leaf_and_node_proves_and_no_altered_one_does(leaves: list[bytes], data: st.DataObject) -> None:
    root, tree = merkle.root(leaves), merkle.levels(leaves)
    height = data.draw(st.integers(0, len(tree) - 1))
    index = data.draw(st.integers(0, len(tree[height]) - 1))
    proof = merkle.proof(tree, index, height)
    assert merkle.verify(root, tree[height][index], proof)
    assert tree[height][index] == merkle.root(leaves[index << height : (index + 1) << height])
    other = data.draw(HASHES.filter(lambda each: each != tree[height][index]))
    assert not merkle.verify(root, other, proof)
    for place in range(len(proof)):
        altered = [*proof[:place], bytes([proof[place][0] ^ 1]) + proof[place][1:], *proof[place + 1 :]]
        assert not merkle.verify(root, tree[height][index], altered)


@pytest.mark.parametrize("altered", [("a", 2), ("b", 1)])
def test_a_row_with_another_value_is_another_leaf(altered: tuple[Any, ...]) -> None:
    types = ("string", "uint256")
    assert merkle.leaf(types, altered) != merkle.leaf(types, ("a", 1))
