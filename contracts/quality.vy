# pragma version 0.4.3
"""
@title The public learning curve, eight rounds to a word
@license Apache-2.0
"""

MAX_WORDS: constant(uint256) = 32


@internal
@pure
def step(words: DynArray[uint256, MAX_WORDS], index: uint256) -> uint256:
    """
    @notice Quality that round `index + 1` adds, parts of 10**9.
    """
    return (words[index // 8] >> (32 * (index % 8))) & (2**32 - 1)
