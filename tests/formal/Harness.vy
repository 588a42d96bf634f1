# pragma version 0.4.3
"""
@title The contracts' modules, callable one by one
@license Apache-2.0
"""

import bitmaps
import merkle
import packing


@external
@pure
def count(bitmap: uint256) -> uint256:
    return bitmaps.count(bitmap)


@external
@pure
def edge_terms_kept(edge: packing.EdgeTerms) -> packing.EdgeTerms:
    return packing.edge_terms(packing.edge_terms_word(edge))


@external
@pure
def edge_state_kept(edge: packing.EdgeState) -> packing.EdgeState:
    return packing.edge_state(packing.edge_state_word(edge))


@external
@pure
def owner_kept(owner: packing.Owner) -> packing.Owner:
    return packing.owner(
        packing.owner_identity(owner.account, owner.weight, owner.opened), packing.owner_money(owner.owed, owner.bid)
    )


@external
@pure
def paid_client_kept(client: packing.Client) -> packing.Client:
    return packing.client(packing.paid_client(client), True)


@external
@pure
def sealed_client(position: uint256, poster: uint256, commitment: bytes32) -> (packing.Client, packing.Client):
    """
    @return the client, and the same once its bond is settled
    """
    word: uint256 = packing.sealed_client(position, poster, commitment)
    assert word != 0 and packing.poster(word) == poster
    return packing.client(word, False), packing.client(packing.with_bond_settled(word), False)


@external
@pure
def root_of(leaves: DynArray[bytes32, merkle.MAX_BATCH]) -> bytes32:
    return merkle.root_of(leaves)


@external
@pure
def is_member(root: bytes32, node: bytes32, proof: DynArray[bytes32, merkle.MAX_DEPTH]) -> bool:
    return merkle.is_member(root, node, proof)
