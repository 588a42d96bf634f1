# pragma version 0.4.3
"""
@title Membership in a Merkle tree of deliveries
@license Apache-2.0
@notice Leaves are hashed twice, so that no inner node can pass for a leaf; pairs are hashed in sorted order,
        so that a proof needs no directions. Neighbours are paired level by level; the last one of an odd
        level moves up as it is.
"""

MAX_DEPTH: constant(uint256) = 16
MAX_BATCH: constant(uint256) = 64


@internal
@pure
def leaf(position: uint256, bitmap: uint256) -> bytes32:
    """
    @notice The leaf of one client: its position and the bitmap of the rounds that it delivered.
    """
    return keccak256(keccak256(abi_encode(position, bitmap)))


@internal
@pure
def root_of(leaves: DynArray[bytes32, MAX_BATCH]) -> bytes32:
    """
    @notice The node above neighbouring leaves, of which there is at least one.
    """
    level: DynArray[bytes32, MAX_BATCH] = leaves
    width: uint256 = len(leaves)
    for height: uint256 in range(7):  # 64 leaves are 6 levels
        if width == 1:
            break
        half: uint256 = width // 2
        for i: uint256 in range(half, bound=MAX_BATCH):
            level[i] = self._parent(level[2 * i], level[2 * i + 1])
        if width % 2 == 1:
            level[half] = level[width - 1]
            half += 1
        width = half
    return level[0]


@internal
@pure
def is_member(root: bytes32, node: bytes32, proof: DynArray[bytes32, MAX_DEPTH]) -> bool:
    """
    @notice Whether a leaf, or the node above some leaves, is in the tree with this root.
    """
    above: bytes32 = node
    for sibling: bytes32 in proof:
        above = self._parent(above, sibling)
    return above == root


@internal
@pure
def _parent(a: bytes32, b: bytes32) -> bytes32:
    if convert(a, uint256) < convert(b, uint256):
        return keccak256(concat(a, b))
    return keccak256(concat(b, a))
