# pragma version 0.4.3
"""
@title Membership in a Merkle tree of deliveries
@license Apache-2.0
@notice Leaves are hashed twice, so that no inner node can pass for a leaf; pairs are hashed in sorted
        order, so that a proof needs no directions.
"""

MAX_DEPTH: constant(uint256) = 16


@internal
@pure
def is_member(root: bytes32, client_index: uint256, bitmap: uint256, proof: DynArray[bytes32, MAX_DEPTH]) -> bool:
    """
    @notice Whether the leaf (client index, bitmap of rounds) is in the tree with this root.
    """
    node: bytes32 = keccak256(keccak256(abi_encode(client_index, bitmap)))
    for sibling: bytes32 in proof:
        if convert(node, uint256) < convert(sibling, uint256):
            node = keccak256(concat(node, sibling))
        else:
            node = keccak256(concat(sibling, node))
    return node == root
