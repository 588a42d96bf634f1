# pragma version 0.4.3
"""
@title The sentences with which a campaign refuses
@license Apache-2.0
@notice A stateless contract, deployed once and asked by every campaign of a factory when it refuses a call.
        A constant's name is its sentence, so that `Refusals.NAME` reads as what it says.
"""

MAX_LENGTH: constant(uint256) = 64

BOND_MAY_STILL_BE_LOST: constant(uint256) = 0
BOND_NOTHING_HELD: constant(uint256) = 1
BOND_NOT_THE_COORDINATOR: constant(uint256) = 2
BOND_NOT_THE_EDGES_OPERATOR: constant(uint256) = 3
BOND_POSTED_ALREADY: constant(uint256) = 4
BOOK_CALLED_ABSENT_TOO_LONG_AGO: constant(uint256) = 5
BOOK_COMMITTED_ALREADY: constant(uint256) = 6
BOOK_NOT_CALLED_ABSENT: constant(uint256) = 7
BOOK_NOT_COMMITTED: constant(uint256) = 8
BOOK_NOT_SORTED: constant(uint256) = 9
BOOK_NOT_THE_COMMITTED_ONE: constant(uint256) = 10
BOOK_NOT_THE_EDGES_OPERATOR: constant(uint256) = 11
BOOK_ONLY_THE_BOOKS: constant(uint256) = 12
BOOK_OPEN_ALREADY: constant(uint256) = 13
BOOK_SIZE_OUT_OF_RANGE: constant(uint256) = 14
BOOK_WRONG_LENGTH: constant(uint256) = 15
BOOK_WRONG_PADDING: constant(uint256) = 16
BOOK_WRONG_SECTIONS: constant(uint256) = 17
CANCEL_MAY_STILL_BE_SETTLED: constant(uint256) = 18
CANCEL_SETTLED_OR_CANCELLED_ALREADY: constant(uint256) = 19
CLAIM_A_ROUND_THAT_WAS_NOT_DELIVERED: constant(uint256) = 20
CLAIM_MORE_THAN_THE_EDGE_SIGNED_FOR: constant(uint256) = 21
CLAIM_NOTHING_NEW: constant(uint256) = 22
CLAIM_NOT_FUNDED: constant(uint256) = 23
CLAIM_NOT_IN_THE_BOOK: constant(uint256) = 24
CLAIM_NOT_IN_THE_COHORT: constant(uint256) = 25
CLAIM_NOT_IN_THE_SIGNED_DELIVERIES: constant(uint256) = 26
CLAIM_ONE_BITMAP_PER_WINNER: constant(uint256) = 27
CLOSE_A_ROUND_MAY_STILL_BE_VETOED: constant(uint256) = 28
CLOSE_NOT_ALL_IS_DELIVERED_YET: constant(uint256) = 29
CLOSE_STILL_TRAINING: constant(uint256) = 30
COMMIT_ESCROW_OUT_OF_RANGE: constant(uint256) = 31
COMMIT_NOT_A_LISTED_OWNER: constant(uint256) = 32
COMMIT_ONE_BID_PER_OWNER: constant(uint256) = 33
COMMIT_OWNER_CAP_REACHED: constant(uint256) = 34
COMMIT_THE_PHASE_IS_OVER: constant(uint256) = 35
DELIVERIES_CHANGE_WHAT_WAS_SIGNED: constant(uint256) = 36
DELIVERIES_IMPOSSIBLE_COUNTS: constant(uint256) = 37
DELIVERIES_NOT_A_LATER_RECORDED_ROUND: constant(uint256) = 38
DELIVERIES_NOT_TRAINING: constant(uint256) = 39
DELIVERIES_THE_ROUND_MAY_STILL_BE_VETOED: constant(uint256) = 40
DELIVERIES_TOO_LATE: constant(uint256) = 41
DELIVERIES_WRONG_SIGNATURE: constant(uint256) = 42
DEPOSIT_TOKEN_REFUSED: constant(uint256) = 43
DEPOSIT_TOKEN_TAKES_A_FEE: constant(uint256) = 44
EDGE_UNKNOWN: constant(uint256) = 45
HALT_NOT_TRAINING: constant(uint256) = 46
HALT_THE_ROUND_MAY_STILL_BE_RECORDED: constant(uint256) = 47
PAYMENT_TOKEN_REFUSED: constant(uint256) = 48
PAYMENT_TOO_LITTLE_GAS: constant(uint256) = 49
RECORD_AN_EARLIER_ROUND_MAY_STILL_BE_VETOED: constant(uint256) = 50
RECORD_NOT_THE_COORDINATOR: constant(uint256) = 51
RECORD_NOT_THE_NEXT_ROUND: constant(uint256) = 52
RECORD_NOT_TRAINING: constant(uint256) = 53
RECORD_PAST_THE_ROUNDS_TIME_LIMIT: constant(uint256) = 54
RELEASE_A_ROUND_MAY_STILL_BE_VETOED: constant(uint256) = 55
RELEASE_NOT_THE_COORDINATOR: constant(uint256) = 56
RELEASE_ONE_BOX_PER_BUYER: constant(uint256) = 57
RELEASE_RELEASED_ALREADY: constant(uint256) = 58
RELEASE_STILL_TRAINING: constant(uint256) = 59
REVEAL_BID_OVER_ESCROW: constant(uint256) = 60
REVEAL_NOTHING_NEW: constant(uint256) = 61
REVEAL_NOT_THE_REVEAL_PHASE: constant(uint256) = 62
REVEAL_NO_SUCH_SEALED_BID: constant(uint256) = 63
REVEAL_THE_COORDINATOR_POSTED_NO_BOND: constant(uint256) = 64
REVEAL_THE_SPONSOR_LOCKED_NOTHING: constant(uint256) = 65
SETTLE_ABSENT_AT_ONE_EDGE_ONLY: constant(uint256) = 66
SETTLE_ANOTHER_ATTEMPT_IS_OPEN: constant(uint256) = 67
SETTLE_AN_OPEN_BOOK_IS_NOT_ABSENT: constant(uint256) = 68
SETTLE_A_CHEAPER_OFFER_IS_TURNED_AWAY: constant(uint256) = 69
SETTLE_A_WINNER_ABOVE_THE_CEILING: constant(uint256) = 70
SETTLE_EDGE_OVER_CAPACITY: constant(uint256) = 71
SETTLE_NOT_IN_ORDER: constant(uint256) = 72
SETTLE_NOT_IN_THE_BOOK: constant(uint256) = 73
SETTLE_NOT_THE_SETTLE_PHASE: constant(uint256) = 74
SETTLE_NO_SUCH_ATTEMPT: constant(uint256) = 75
SETTLE_NO_SUCH_BOOK: constant(uint256) = 76
SETTLE_NO_SUCH_WINNER: constant(uint256) = 77
SETTLE_ONE_BOUNDARY_PER_EDGE: constant(uint256) = 78
SETTLE_SETTLED_OR_CANCELLED_ALREADY: constant(uint256) = 79
SETTLE_THE_BOOKS_MAY_STILL_BE_OPENED: constant(uint256) = 80
SETTLE_TOO_LATE_TO_CALL_A_BOOK_ABSENT: constant(uint256) = 81
SETTLE_WRONG_COHORT_SIZE: constant(uint256) = 82
SPONSOR_LOCKED_ALREADY: constant(uint256) = 83
SPONSOR_NOT_THE_SPONSOR: constant(uint256) = 84
VETO_CAST_ALREADY: constant(uint256) = 85
VETO_NOT_AN_OWNER: constant(uint256) = 86
VETO_NOT_TRAINING: constant(uint256) = 87
VETO_NO_SUCH_ROUND: constant(uint256) = 88
VETO_THE_ROUND_IS_ACCEPTED: constant(uint256) = 89


@external
@pure
def text(refusal: uint256) -> String[MAX_LENGTH]:
    """
    @notice The sentence of one refusal, "call: reason".
    """
    if refusal == BOND_MAY_STILL_BE_LOST:
        return "bond: may still be lost"
    if refusal == BOND_NOTHING_HELD:
        return "bond: nothing held"
    if refusal == BOND_NOT_THE_COORDINATOR:
        return "bond: not the coordinator"
    if refusal == BOND_NOT_THE_EDGES_OPERATOR:
        return "bond: not the edge's operator"
    if refusal == BOND_POSTED_ALREADY:
        return "bond: posted already"
    if refusal == BOOK_CALLED_ABSENT_TOO_LONG_AGO:
        return "book: called absent too long ago"
    if refusal == BOOK_COMMITTED_ALREADY:
        return "book: committed already"
    if refusal == BOOK_NOT_CALLED_ABSENT:
        return "book: not called absent"
    if refusal == BOOK_NOT_COMMITTED:
        return "book: not committed"
    if refusal == BOOK_NOT_SORTED:
        return "book: not sorted"
    if refusal == BOOK_NOT_THE_COMMITTED_ONE:
        return "book: not the committed one"
    if refusal == BOOK_NOT_THE_EDGES_OPERATOR:
        return "book: not the edge's operator"
    if refusal == BOOK_ONLY_THE_BOOKS:
        return "book: only the books"
    if refusal == BOOK_OPEN_ALREADY:
        return "book: open already"
    if refusal == BOOK_SIZE_OUT_OF_RANGE:
        return "book: size out of range"
    if refusal == BOOK_WRONG_LENGTH:
        return "book: wrong length"
    if refusal == BOOK_WRONG_PADDING:
        return "book: wrong padding"
    if refusal == BOOK_WRONG_SECTIONS:
        return "book: wrong sections"
    if refusal == CANCEL_MAY_STILL_BE_SETTLED:
        return "cancel: may still be settled"
    if refusal == CANCEL_SETTLED_OR_CANCELLED_ALREADY:
        return "cancel: settled or cancelled already"
    if refusal == CLAIM_A_ROUND_THAT_WAS_NOT_DELIVERED:
        return "claim: a round that was not delivered"
    if refusal == CLAIM_MORE_THAN_THE_EDGE_SIGNED_FOR:
        return "claim: more than the edge signed for"
    if refusal == CLAIM_NOTHING_NEW:
        return "claim: nothing new"
    if refusal == CLAIM_NOT_FUNDED:
        return "claim: not funded"
    if refusal == CLAIM_NOT_IN_THE_BOOK:
        return "claim: not in the book"
    if refusal == CLAIM_NOT_IN_THE_COHORT:
        return "claim: not in the cohort"
    if refusal == CLAIM_NOT_IN_THE_SIGNED_DELIVERIES:
        return "claim: not in the signed deliveries"
    if refusal == CLAIM_ONE_BITMAP_PER_WINNER:
        return "claim: one bitmap per winner"
    if refusal == CLOSE_A_ROUND_MAY_STILL_BE_VETOED:
        return "close: a round may still be vetoed"
    if refusal == CLOSE_NOT_ALL_IS_DELIVERED_YET:
        return "close: not all is delivered yet"
    if refusal == CLOSE_STILL_TRAINING:
        return "close: still training"
    if refusal == COMMIT_ESCROW_OUT_OF_RANGE:
        return "commit: escrow out of range"
    if refusal == COMMIT_NOT_A_LISTED_OWNER:
        return "commit: not a listed owner"
    if refusal == COMMIT_ONE_BID_PER_OWNER:
        return "commit: one bid per owner"
    if refusal == COMMIT_OWNER_CAP_REACHED:
        return "commit: owner cap reached"
    if refusal == COMMIT_THE_PHASE_IS_OVER:
        return "commit: the phase is over"
    if refusal == DELIVERIES_CHANGE_WHAT_WAS_SIGNED:
        return "deliveries: change what was signed"
    if refusal == DELIVERIES_IMPOSSIBLE_COUNTS:
        return "deliveries: impossible counts"
    if refusal == DELIVERIES_NOT_A_LATER_RECORDED_ROUND:
        return "deliveries: not a later recorded round"
    if refusal == DELIVERIES_NOT_TRAINING:
        return "deliveries: not training"
    if refusal == DELIVERIES_THE_ROUND_MAY_STILL_BE_VETOED:
        return "deliveries: the round may still be vetoed"
    if refusal == DELIVERIES_TOO_LATE:
        return "deliveries: too late"
    if refusal == DELIVERIES_WRONG_SIGNATURE:
        return "deliveries: wrong signature"
    if refusal == DEPOSIT_TOKEN_REFUSED:
        return "deposit: token refused"
    if refusal == DEPOSIT_TOKEN_TAKES_A_FEE:
        return "deposit: token takes a fee"
    if refusal == EDGE_UNKNOWN:
        return "edge: unknown"
    if refusal == HALT_NOT_TRAINING:
        return "halt: not training"
    if refusal == HALT_THE_ROUND_MAY_STILL_BE_RECORDED:
        return "halt: the round may still be recorded"
    if refusal == PAYMENT_TOKEN_REFUSED:
        return "payment: token refused"
    if refusal == PAYMENT_TOO_LITTLE_GAS:
        return "payment: too little gas"
    if refusal == RECORD_AN_EARLIER_ROUND_MAY_STILL_BE_VETOED:
        return "record: an earlier round may still be vetoed"
    if refusal == RECORD_NOT_THE_COORDINATOR:
        return "record: not the coordinator"
    if refusal == RECORD_NOT_THE_NEXT_ROUND:
        return "record: not the next round"
    if refusal == RECORD_NOT_TRAINING:
        return "record: not training"
    if refusal == RECORD_PAST_THE_ROUNDS_TIME_LIMIT:
        return "record: past the round's time limit"
    if refusal == RELEASE_A_ROUND_MAY_STILL_BE_VETOED:
        return "release: a round may still be vetoed"
    if refusal == RELEASE_NOT_THE_COORDINATOR:
        return "release: not the coordinator"
    if refusal == RELEASE_ONE_BOX_PER_BUYER:
        return "release: one box per buyer"
    if refusal == RELEASE_RELEASED_ALREADY:
        return "release: released already"
    if refusal == RELEASE_STILL_TRAINING:
        return "release: still training"
    if refusal == REVEAL_BID_OVER_ESCROW:
        return "reveal: bid over escrow"
    if refusal == REVEAL_NOTHING_NEW:
        return "reveal: nothing new"
    if refusal == REVEAL_NOT_THE_REVEAL_PHASE:
        return "reveal: not the reveal phase"
    if refusal == REVEAL_NO_SUCH_SEALED_BID:
        return "reveal: no such sealed bid"
    if refusal == REVEAL_THE_COORDINATOR_POSTED_NO_BOND:
        return "reveal: the coordinator posted no bond"
    if refusal == REVEAL_THE_SPONSOR_LOCKED_NOTHING:
        return "reveal: the sponsor locked nothing"
    if refusal == SETTLE_ABSENT_AT_ONE_EDGE_ONLY:
        return "settle: absent at one edge only"
    if refusal == SETTLE_ANOTHER_ATTEMPT_IS_OPEN:
        return "settle: another attempt is open"
    if refusal == SETTLE_AN_OPEN_BOOK_IS_NOT_ABSENT:
        return "settle: an open book is not absent"
    if refusal == SETTLE_A_CHEAPER_OFFER_IS_TURNED_AWAY:
        return "settle: a cheaper offer is turned away"
    if refusal == SETTLE_A_WINNER_ABOVE_THE_CEILING:
        return "settle: a winner above the ceiling"
    if refusal == SETTLE_EDGE_OVER_CAPACITY:
        return "settle: edge over capacity"
    if refusal == SETTLE_NOT_IN_ORDER:
        return "settle: not in order"
    if refusal == SETTLE_NOT_IN_THE_BOOK:
        return "settle: not in the book"
    if refusal == SETTLE_NOT_THE_SETTLE_PHASE:
        return "settle: not the settle phase"
    if refusal == SETTLE_NO_SUCH_ATTEMPT:
        return "settle: no such attempt"
    if refusal == SETTLE_NO_SUCH_BOOK:
        return "settle: no such book"
    if refusal == SETTLE_NO_SUCH_WINNER:
        return "settle: no such winner"
    if refusal == SETTLE_ONE_BOUNDARY_PER_EDGE:
        return "settle: one boundary per edge"
    if refusal == SETTLE_SETTLED_OR_CANCELLED_ALREADY:
        return "settle: settled or cancelled already"
    if refusal == SETTLE_THE_BOOKS_MAY_STILL_BE_OPENED:
        return "settle: the books may still be opened"
    if refusal == SETTLE_TOO_LATE_TO_CALL_A_BOOK_ABSENT:
        return "settle: too late to call a book absent"
    if refusal == SETTLE_WRONG_COHORT_SIZE:
        return "settle: wrong cohort size"
    if refusal == SPONSOR_LOCKED_ALREADY:
        return "sponsor: locked already"
    if refusal == SPONSOR_NOT_THE_SPONSOR:
        return "sponsor: not the sponsor"
    if refusal == VETO_CAST_ALREADY:
        return "veto: cast already"
    if refusal == VETO_NOT_AN_OWNER:
        return "veto: not an owner"
    if refusal == VETO_NOT_TRAINING:
        return "veto: not training"
    if refusal == VETO_NO_SUCH_ROUND:
        return "veto: no such round"
    if refusal == VETO_THE_ROUND_IS_ACCEPTED:
        return "veto: the round is accepted"
    return "unknown refusal"
