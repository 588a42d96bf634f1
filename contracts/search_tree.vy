# pragma version 0.4.3
"""
@title Search trees of which leaves and separators are hidden
@license Apache-2.0
@notice     leaf = H(H(client ‖ salt), H(cost ‖ salt))     node = H(left, right, H(separator ‖ salt), height)
        No cost left of a separator is higher, none right of it lower. 208 random bits below a cost or separator, and 96
        below a client, hide it.
"""

import Refusals
import refusing

uses: refusing

CHUNK: constant(uint256) = 64
CHUNK_HEIGHT: constant(uint256) = 6
MAX_DEPTH: constant(uint256) = 11  # one transaction can open as many
MAX_INNER: constant(uint256) = CHUNK + 4  # nodes in a chunk and above it
SALT: constant(uint256) = 208  # bits below a cost or a separator


struct Leaf:  # of a client, without its name
    client: bytes32  # digest
    cost: bytes32  # cost << 208 | salt
    siblings: DynArray[bytes32, MAX_DEPTH]  # from the leaf upwards, like the next
    separators: DynArray[bytes32, MAX_DEPTH]  # separator << 208 | salt


@internal
@pure
def leaf(client: bytes32, cost: bytes32) -> bytes32:
    return keccak256(concat(client, cost))


@internal
@pure
def node(left: bytes32, right: bytes32, separator: bytes32, height: uint256) -> bytes32:
    return keccak256(abi_encode(left, right, separator, height))


@internal
@pure
def salt(seed: bytes32, kind: uint256, number: uint256) -> uint256:
    return convert(keccak256(abi_encode(seed, kind, number)), uint256)


@internal
@pure
def hidden(plain: uint256, bits: uint256, salt: uint256) -> bytes32:
    """
    @notice The digest of a value with so many bits of salt below it.
    """
    return keccak256(convert((plain << bits) | (salt >> (256 - bits)), bytes32))


@internal
@view
def root_above(leaf: Leaf, place: uint256, count: uint256) -> (uint256, bytes32):
    """
    @notice The cost of a leaf at a place among so many, and the root above it, if all separators on its path fit.
    """
    cost: uint256 = convert(leaf.cost, uint256) >> SALT
    above: bytes32 = self.leaf(leaf.client, keccak256(leaf.cost))
    at: uint256 = place
    width: uint256 = count - 1
    refusing.unless(len(leaf.siblings) == len(leaf.separators), Refusals.SETTLE_NOT_IN_THE_BOOK)
    for height: uint256 in range(len(leaf.siblings), bound=MAX_DEPTH):
        refusing.unless(width > 0, Refusals.SETTLE_NOT_IN_THE_BOOK)  # of a deeper tree no claim could be paid
        separator: uint256 = convert(leaf.separators[height], uint256) >> SALT
        hidden: bytes32 = keccak256(leaf.separators[height])
        if at & 1 == 0:
            refusing.unless(cost <= separator, Refusals.SETTLE_NOT_IN_ORDER)
            above = self.node(above, leaf.siblings[height], hidden, height)
        else:
            refusing.unless(separator <= cost, Refusals.SETTLE_NOT_IN_ORDER)
            above = self.node(leaf.siblings[height], above, hidden, height)
        at >>= 1
        width >>= 1
    refusing.unless(width == 0, Refusals.SETTLE_NOT_IN_THE_BOOK)
    return cost, above


@internal
@view
def root_of(
    chunk: uint256,
    count: uint256,
    leaves: DynArray[bytes32, CHUNK],
    separators: DynArray[bytes32, MAX_INNER],
    siblings: DynArray[bytes32, MAX_DEPTH],
) -> bytes32:
    """
    @notice The root above a whole chunk of a tree with so many leaves.
    """
    level: bytes32[CHUNK] = empty(bytes32[CHUNK])
    for i: uint256 in range(len(leaves), bound=CHUNK):
        level[i] = leaves[i]
    used: uint256 = 0
    width: uint256 = len(leaves)
    total: uint256 = count  # nodes of a level of the whole tree
    at: uint256 = chunk
    for height: uint256 in range(MAX_DEPTH):
        if total == 1:
            break
        if height < CHUNK_HEIGHT:
            half: uint256 = (width + 1) // 2
            refusing.unless(used + half <= len(separators), Refusals.CLAIM_NOT_IN_THE_BOOK)
            for i: uint256 in range(half, bound=CHUNK):
                right: bytes32 = level[2 * i + 1] if 2 * i + 1 < width else empty(bytes32)
                level[i] = self.node(level[2 * i], right, separators[used], height)
                used += 1
            width = half
        else:
            refusing.unless(
                height - CHUNK_HEIGHT < len(siblings) and used < len(separators), Refusals.CLAIM_NOT_IN_THE_BOOK
            )
            sibling: bytes32 = siblings[height - CHUNK_HEIGHT]
            if at & 1 == 0:
                level[0] = self.node(level[0], sibling, separators[used], height)
            else:
                level[0] = self.node(sibling, level[0], separators[used], height)
            used += 1
            at >>= 1
        total = (total + 1) // 2
    return level[0]
