# pragma version 0.4.3
"""
@title Up to which round clients were paid, and whether they were paid the extra
@license Apache-2.0
@notice Ten bits a client, twenty-five clients to a word. What was paid up to a round stays as it is: deliveries signed
        later add rounds after it.
@custom:invariants B-3 no client is paid twice for a round
"""

LANE: constant(uint256) = 10
LANES: constant(uint256) = 25
ROUND: constant(uint256) = 2**9 - 1
EXTRA: constant(uint256) = 2**9

payments: HashMap[uint256, HashMap[uint256, uint256]]  # by edge


@internal
@view
def _paid(edge: uint256, place: uint256) -> (uint256, bool):
    """
    @notice Up to which round the edge's client at a place was paid, and whether the extra was.
    """
    lane: uint256 = self.payments[edge][place // LANES] >> (place % LANES * LANE)
    return lane & ROUND, lane & EXTRA != 0


@internal
def _pay(edge: uint256, place: uint256, bitmap: uint256, up_to_round: uint256, with_extra: bool) -> (uint256, bool):
    """
    @notice Note that a client is paid now.
    @return the delivered rounds that were not paid before, as bits; whether the extra was not
    """
    key: uint256 = unsafe_div(place, LANES)
    bits: uint256 = unsafe_mul(place % LANES, LANE)
    word: uint256 = self.payments[edge][key]
    before: uint256 = (word >> bits) & ROUND
    extra: bool = with_extra and (word >> bits) & EXTRA == 0
    kept: uint256 = up_to_round | (EXTRA if extra else (word >> bits) & EXTRA)
    self.payments[edge][key] = (word & ~((ROUND | EXTRA) << bits)) | (kept << bits)
    # of 256 rounds none is after the last
    return 0 if before > 255 else (bitmap >> before) << before, extra
