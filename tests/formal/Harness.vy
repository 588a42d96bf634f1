# pragma version 0.4.3
"""
@title The contracts' modules, callable one by one
@license Apache-2.0
"""

import agreement
import bitmaps
import edges
import owners
import paying
import refusing
import search_tree
import signatures
import training
import treasury
import trees

initializes: refusing
initializes: agreement
initializes: treasury[refusing := refusing]
initializes: edges[agreement := agreement, refusing := refusing]
initializes: owners[agreement := agreement, refusing := refusing, treasury := treasury]
initializes: training[agreement := agreement, edges := edges, refusing := refusing]
initializes: paying
initializes: search_tree[refusing := refusing]


@deploy
def __init__():
    refusing.__init__(empty(address))
    agreement.__init__(empty(agreement.Terms))
    treasury.__init__(empty(address))
    edges.__init__([empty(agreement.EdgeTerms)])
    owners.__init__([])
    training.__init__()


@external
@pure
def count(bitmap: uint256) -> uint256:
    return bitmaps.count(bitmap)


@external
@view
def is_by(signer: address, digest: bytes32, signature: Bytes[signatures.MAX_SIGNATURE]) -> bool:
    return signatures.is_by(signer, digest, signature)


@external
def edge_kept(state: edges.EdgeState) -> edges.EdgeState:
    edges.count = 1
    edges._set(0, state)
    return edges._state(0)


@external
def progress_kept(progress: training.Progress) -> training.Progress:
    training._set(progress)
    return training._progress()


@external
def paid(place: uint256, bitmap: uint256, up_to_round: uint256, with_extra: bool) -> (uint256, bool, uint256, bool):
    """
    @return what is new, and what is then kept
    """
    new: uint256 = 0
    extra: bool = False
    new, extra = paying._pay(0, place, bitmap, up_to_round, with_extra)
    kept: uint256 = 0
    all: bool = False
    kept, all = paying._paid(0, place)
    return new, extra, kept, all


@external
@view
def paid_at(place: uint256) -> (uint256, bool):
    return paying._paid(0, place)


@external
@view
def cost_and_root(leaf: search_tree.Leaf, place: uint256, count: uint256) -> (uint256, bytes32):
    return search_tree.root_above(leaf, place, count)


@external
@pure
def root_above(node: bytes32, proof: DynArray[bytes32, trees.MAX_DEPTH]) -> bytes32:
    return trees.above(node, proof)
