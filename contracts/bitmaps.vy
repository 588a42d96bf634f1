# pragma version 0.4.3
"""
@title Counting bits
@license Apache-2.0
@notice Rounds delivered are one bit each, so a count of bits is a count of client-rounds.
"""

EVERY_OTHER_BIT: constant(uint256) = max_value(uint256) // 3  # 0x5555...
EVERY_OTHER_PAIR: constant(uint256) = max_value(uint256) // 5  # 0x3333...
EVERY_OTHER_NIBBLE: constant(uint256) = max_value(uint256) // 17  # 0x0F0F...
EVERY_OTHER_BYTE: constant(uint256) = max_value(uint256) // 257  # 0x00FF00FF...
ONE_PER_LANE: constant(uint256) = max_value(uint256) // 65535  # 0x00010001...


@internal
@pure
def count(bitmap: uint256) -> uint256:
    """
    @notice Number of set bits, 0 to 256.
    @dev Adds neighbours in lanes of 2, 4, 8 and 16 bits, then all lanes by one multiplication.
         Lanes are 16 bits wide at the end because 256 does not fit a byte. No step can overflow
         its lane, so the unchecked arithmetic loses nothing that is read.
    """
    x: uint256 = unsafe_sub(bitmap, (bitmap >> 1) & EVERY_OTHER_BIT)
    x = unsafe_add(x & EVERY_OTHER_PAIR, (x >> 2) & EVERY_OTHER_PAIR)
    x = unsafe_add(x, x >> 4) & EVERY_OTHER_NIBBLE
    x = unsafe_add(x & EVERY_OTHER_BYTE, (x >> 8) & EVERY_OTHER_BYTE)
    return unsafe_mul(x, ONE_PER_LANE) >> 240
