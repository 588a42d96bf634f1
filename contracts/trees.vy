# pragma version 0.4.3
"""
@title Trees whose nodes are hashed in sorted order
@license Apache-2.0
@notice What lies at the bottom carries its number, so proofs need no directions.
"""

MAX_DEPTH: constant(uint256) = 8


@internal
@pure
def above(node: bytes32, proof: DynArray[bytes32, MAX_DEPTH]) -> bytes32:
    """
    @notice The root that a proof leads to.
    """
    root: bytes32 = node
    for sibling: bytes32 in proof:
        root = self.parent(root, sibling)
    return root


@internal
@pure
def parent(a: bytes32, b: bytes32) -> bytes32:
    if convert(a, uint256) < convert(b, uint256):
        return keccak256(concat(a, b))
    return keccak256(concat(b, a))
