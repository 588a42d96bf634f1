# pragma version 0.4.3
"""
@title Refuse with a sentence
@license Apache-2.0
@notice The sentences would take a third of the code that a contract may have, so they are kept by another contract,
        which is asked only when a call is refused.
"""

import Refusals

REFUSALS: immutable(Refusals.__interface__)


@deploy
def __init__(refusals: address):
    REFUSALS = Refusals.__interface__(refusals)


@internal
@view
def unless(holds: bool, refusal: uint256):
    """
    @notice Revert with Error(string), "call: reason", unless something holds.
    """
    if not holds:
        raw_revert(abi_encode(staticcall REFUSALS.text(refusal), method_id=method_id("Error(string)")))
