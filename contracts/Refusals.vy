# pragma version 0.4.3
"""
@title The sentences with which a campaign refuses
@license Apache-2.0
@notice A stateless contract, deployed once and asked by every campaign of a factory when it refuses a call.
        A constant's name is its sentence, so that `Refusals.NAME` reads as what it says.
"""

MAX_LENGTH: constant(uint256) = 64

BOND_NOT_THE_COORDINATOR: constant(uint256) = 0
BOND_POSTED_ALREADY: constant(uint256) = 1
BOND_NOT_THE_EDGES_OPERATOR: constant(uint256) = 2
SPONSOR_NOT_THE_SPONSOR: constant(uint256) = 3
SPONSOR_LOCKED_ALREADY: constant(uint256) = 4
COMMIT_ONE_BID_PER_OWNER: constant(uint256) = 5
COMMIT_ESCROW_OUT_OF_RANGE: constant(uint256) = 6
COMMIT_NOT_A_LISTED_OWNER: constant(uint256) = 7
COMMIT_OWNER_CAP_REACHED: constant(uint256) = 8
COMMIT_ONE_OFFER_PER_CLIENT: constant(uint256) = 9
RELAY_NOT_THE_EDGES_OPERATOR: constant(uint256) = 10
RELAY_WRONG_SIGNATURE: constant(uint256) = 11
RELAY_NOTHING_NEW: constant(uint256) = 12
REVEAL_NO_SUCH_SEALED_BID: constant(uint256) = 13
REVEAL_BID_OVER_ESCROW: constant(uint256) = 14
REVEAL_NOTHING_NEW: constant(uint256) = 15
REVEAL_NO_SUCH_SEALED_OFFER: constant(uint256) = 16
REVEAL_THE_EDGE_ADMITS_ONLY_WHAT_IT_RELAYS: constant(uint256) = 17
REVEAL_RELAYED_BY_ANOTHER_EDGE: constant(uint256) = 18
SETTLE_SETTLED_OR_CANCELLED_ALREADY: constant(uint256) = 19
SETTLE_NOT_THE_SETTLE_PHASE: constant(uint256) = 20
SETTLE_THE_COORDINATOR_POSTED_NO_BOND: constant(uint256) = 21
SETTLE_THE_SPONSOR_LOCKED_NOTHING: constant(uint256) = 22
SETTLE_ONE_CUTOFF_PER_EDGE: constant(uint256) = 23
SETTLE_EDGE_OVER_CAPACITY: constant(uint256) = 24
SETTLE_WRONG_EDGE_CUTOFF: constant(uint256) = 25
SETTLE_WRONG_CUTOFF: constant(uint256) = 26
SETTLE_WRONG_COHORT_SIZE: constant(uint256) = 27
CANCEL_SETTLED_OR_CANCELLED_ALREADY: constant(uint256) = 28
CANCEL_MAY_STILL_BE_SETTLED: constant(uint256) = 29
RECORD_NOT_THE_COORDINATOR: constant(uint256) = 30
RECORD_NOT_TRAINING: constant(uint256) = 31
RECORD_PAST_THE_ROUNDS_TIME_LIMIT: constant(uint256) = 32
RECORD_NOT_THE_NEXT_ROUND: constant(uint256) = 33
VETO_NOT_TRAINING: constant(uint256) = 34
VETO_NO_SUCH_ROUND: constant(uint256) = 35
VETO_THE_ROUND_IS_ACCEPTED: constant(uint256) = 36
VETO_NOT_AN_OWNER: constant(uint256) = 37
VETO_CAST_ALREADY: constant(uint256) = 38
HALT_NOT_TRAINING: constant(uint256) = 39
HALT_THE_ROUND_MAY_STILL_BE_RECORDED: constant(uint256) = 40
DELIVERIES_NOT_TRAINING: constant(uint256) = 41
DELIVERIES_NOT_A_LATER_RECORDED_ROUND: constant(uint256) = 42
DELIVERIES_THE_ROUND_MAY_STILL_BE_VETOED: constant(uint256) = 43
DELIVERIES_IMPOSSIBLE_TOTAL: constant(uint256) = 44
DELIVERIES_TOO_LATE: constant(uint256) = 45
DELIVERIES_WRONG_SIGNATURE: constant(uint256) = 46
RELEASE_NOT_THE_COORDINATOR: constant(uint256) = 47
RELEASE_STILL_TRAINING: constant(uint256) = 48
RELEASE_RELEASED_ALREADY: constant(uint256) = 49
RELEASE_EMPTY_ROOT: constant(uint256) = 50
CLOSE_STILL_TRAINING: constant(uint256) = 51
CLOSE_A_ROUND_MAY_STILL_BE_VETOED: constant(uint256) = 52
CLOSE_NOT_ALL_IS_DELIVERED_YET: constant(uint256) = 53
BOND_NOT_SETTLED_YET: constant(uint256) = 54
BOND_UNKNOWN_CLIENT: constant(uint256) = 55
BOND_NOTHING_HELD: constant(uint256) = 56
BOND_FORFEITED: constant(uint256) = 57
BOND_MAY_STILL_BE_CLAIMED: constant(uint256) = 58
CLAIM_NOT_IN_THE_SIGNED_DELIVERIES: constant(uint256) = 59
CLAIM_NOTHING_NEW: constant(uint256) = 60
CLAIM_ONE_BITMAP_PER_CLIENT: constant(uint256) = 61
CLAIM_NOT_FUNDED: constant(uint256) = 62
CLAIM_UNKNOWN_CLIENT: constant(uint256) = 63
CLAIM_NOT_IN_THE_COHORT: constant(uint256) = 64
CLAIM_A_ROUND_THAT_WAS_NOT_DELIVERED: constant(uint256) = 65
CLAIM_MORE_THAN_THE_EDGE_SIGNED_FOR: constant(uint256) = 66
OFFER_UNKNOWN_CLIENT: constant(uint256) = 67
COMMIT_THE_PHASE_IS_OVER: constant(uint256) = 68
REVEAL_NOT_THE_REVEAL_PHASE: constant(uint256) = 69
COMMIT_OFFER_CAP_REACHED: constant(uint256) = 70
EDGE_UNKNOWN: constant(uint256) = 71
DEPOSIT_TOKEN_REFUSED: constant(uint256) = 72
DEPOSIT_TOKEN_TAKES_A_FEE: constant(uint256) = 73
PAYMENT_TOKEN_REFUSED: constant(uint256) = 74
PAYMENT_TOO_LITTLE_GAS: constant(uint256) = 75
REVEAL_THE_COORDINATOR_POSTED_NO_BOND: constant(uint256) = 76
REVEAL_THE_SPONSOR_LOCKED_NOTHING: constant(uint256) = 77
RELEASE_A_ROUND_MAY_STILL_BE_VETOED: constant(uint256) = 78


@external
@pure
def text(refusal: uint256) -> String[MAX_LENGTH]:
    """
    @notice The sentence of one refusal, "call: reason".
    """
    if refusal == BOND_NOT_THE_COORDINATOR:
        return "bond: not the coordinator"
    if refusal == BOND_POSTED_ALREADY:
        return "bond: posted already"
    if refusal == BOND_NOT_THE_EDGES_OPERATOR:
        return "bond: not the edge's operator"
    if refusal == SPONSOR_NOT_THE_SPONSOR:
        return "sponsor: not the sponsor"
    if refusal == SPONSOR_LOCKED_ALREADY:
        return "sponsor: locked already"
    if refusal == COMMIT_ONE_BID_PER_OWNER:
        return "commit: one bid per owner"
    if refusal == COMMIT_ESCROW_OUT_OF_RANGE:
        return "commit: escrow out of range"
    if refusal == COMMIT_NOT_A_LISTED_OWNER:
        return "commit: not a listed owner"
    if refusal == COMMIT_OWNER_CAP_REACHED:
        return "commit: owner cap reached"
    if refusal == COMMIT_ONE_OFFER_PER_CLIENT:
        return "commit: one offer per client"
    if refusal == RELAY_NOT_THE_EDGES_OPERATOR:
        return "relay: not the edge's operator"
    if refusal == RELAY_WRONG_SIGNATURE:
        return "relay: wrong signature"
    if refusal == RELAY_NOTHING_NEW:
        return "relay: nothing new"
    if refusal == REVEAL_NO_SUCH_SEALED_BID:
        return "reveal: no such sealed bid"
    if refusal == REVEAL_BID_OVER_ESCROW:
        return "reveal: bid over escrow"
    if refusal == REVEAL_NOTHING_NEW:
        return "reveal: nothing new"
    if refusal == REVEAL_NO_SUCH_SEALED_OFFER:
        return "reveal: no such sealed offer"
    if refusal == REVEAL_THE_EDGE_ADMITS_ONLY_WHAT_IT_RELAYS:
        return "reveal: the edge admits only what it relays"
    if refusal == REVEAL_RELAYED_BY_ANOTHER_EDGE:
        return "reveal: relayed by another edge"
    if refusal == SETTLE_SETTLED_OR_CANCELLED_ALREADY:
        return "settle: settled or cancelled already"
    if refusal == SETTLE_NOT_THE_SETTLE_PHASE:
        return "settle: not the settle phase"
    if refusal == SETTLE_THE_COORDINATOR_POSTED_NO_BOND:
        return "settle: the coordinator posted no bond"
    if refusal == SETTLE_THE_SPONSOR_LOCKED_NOTHING:
        return "settle: the sponsor locked nothing"
    if refusal == SETTLE_ONE_CUTOFF_PER_EDGE:
        return "settle: one cutoff per edge"
    if refusal == SETTLE_EDGE_OVER_CAPACITY:
        return "settle: edge over capacity"
    if refusal == SETTLE_WRONG_EDGE_CUTOFF:
        return "settle: wrong edge cutoff"
    if refusal == SETTLE_WRONG_CUTOFF:
        return "settle: wrong cutoff"
    if refusal == SETTLE_WRONG_COHORT_SIZE:
        return "settle: wrong cohort size"
    if refusal == CANCEL_SETTLED_OR_CANCELLED_ALREADY:
        return "cancel: settled or cancelled already"
    if refusal == CANCEL_MAY_STILL_BE_SETTLED:
        return "cancel: may still be settled"
    if refusal == RECORD_NOT_THE_COORDINATOR:
        return "record: not the coordinator"
    if refusal == RECORD_NOT_TRAINING:
        return "record: not training"
    if refusal == RECORD_PAST_THE_ROUNDS_TIME_LIMIT:
        return "record: past the round's time limit"
    if refusal == RECORD_NOT_THE_NEXT_ROUND:
        return "record: not the next round"
    if refusal == VETO_NOT_TRAINING:
        return "veto: not training"
    if refusal == VETO_NO_SUCH_ROUND:
        return "veto: no such round"
    if refusal == VETO_THE_ROUND_IS_ACCEPTED:
        return "veto: the round is accepted"
    if refusal == VETO_NOT_AN_OWNER:
        return "veto: not an owner"
    if refusal == VETO_CAST_ALREADY:
        return "veto: cast already"
    if refusal == HALT_NOT_TRAINING:
        return "halt: not training"
    if refusal == HALT_THE_ROUND_MAY_STILL_BE_RECORDED:
        return "halt: the round may still be recorded"
    if refusal == DELIVERIES_NOT_TRAINING:
        return "deliveries: not training"
    if refusal == DELIVERIES_NOT_A_LATER_RECORDED_ROUND:
        return "deliveries: not a later recorded round"
    if refusal == DELIVERIES_THE_ROUND_MAY_STILL_BE_VETOED:
        return "deliveries: the round may still be vetoed"
    if refusal == DELIVERIES_IMPOSSIBLE_TOTAL:
        return "deliveries: impossible total"
    if refusal == DELIVERIES_TOO_LATE:
        return "deliveries: too late"
    if refusal == DELIVERIES_WRONG_SIGNATURE:
        return "deliveries: wrong signature"
    if refusal == RELEASE_NOT_THE_COORDINATOR:
        return "release: not the coordinator"
    if refusal == RELEASE_STILL_TRAINING:
        return "release: still training"
    if refusal == RELEASE_RELEASED_ALREADY:
        return "release: released already"
    if refusal == RELEASE_EMPTY_ROOT:
        return "release: empty root"
    if refusal == CLOSE_STILL_TRAINING:
        return "close: still training"
    if refusal == CLOSE_A_ROUND_MAY_STILL_BE_VETOED:
        return "close: a round may still be vetoed"
    if refusal == CLOSE_NOT_ALL_IS_DELIVERED_YET:
        return "close: not all is delivered yet"
    if refusal == BOND_NOT_SETTLED_YET:
        return "bond: not settled yet"
    if refusal == BOND_UNKNOWN_CLIENT:
        return "bond: unknown client"
    if refusal == BOND_NOTHING_HELD:
        return "bond: nothing held"
    if refusal == BOND_FORFEITED:
        return "bond: forfeited"
    if refusal == BOND_MAY_STILL_BE_CLAIMED:
        return "bond: may still be claimed"
    if refusal == CLAIM_NOT_IN_THE_SIGNED_DELIVERIES:
        return "claim: not in the signed deliveries"
    if refusal == CLAIM_NOTHING_NEW:
        return "claim: nothing new"
    if refusal == CLAIM_ONE_BITMAP_PER_CLIENT:
        return "claim: one bitmap per client"
    if refusal == CLAIM_NOT_FUNDED:
        return "claim: not funded"
    if refusal == CLAIM_UNKNOWN_CLIENT:
        return "claim: unknown client"
    if refusal == CLAIM_NOT_IN_THE_COHORT:
        return "claim: not in the cohort"
    if refusal == CLAIM_A_ROUND_THAT_WAS_NOT_DELIVERED:
        return "claim: a round that was not delivered"
    if refusal == CLAIM_MORE_THAN_THE_EDGE_SIGNED_FOR:
        return "claim: more than the edge signed for"
    if refusal == OFFER_UNKNOWN_CLIENT:
        return "offer: unknown client"
    if refusal == COMMIT_THE_PHASE_IS_OVER:
        return "commit: the phase is over"
    if refusal == REVEAL_NOT_THE_REVEAL_PHASE:
        return "reveal: not the reveal phase"
    if refusal == COMMIT_OFFER_CAP_REACHED:
        return "commit: offer cap reached"
    if refusal == EDGE_UNKNOWN:
        return "edge: unknown"
    if refusal == DEPOSIT_TOKEN_REFUSED:
        return "deposit: token refused"
    if refusal == DEPOSIT_TOKEN_TAKES_A_FEE:
        return "deposit: token takes a fee"
    if refusal == PAYMENT_TOKEN_REFUSED:
        return "payment: token refused"
    if refusal == PAYMENT_TOO_LITTLE_GAS:
        return "payment: too little gas"
    if refusal == REVEAL_THE_COORDINATOR_POSTED_NO_BOND:
        return "reveal: the coordinator posted no bond"
    if refusal == REVEAL_THE_SPONSOR_LOCKED_NOTHING:
        return "reveal: the sponsor locked nothing"
    if refusal == RELEASE_A_ROUND_MAY_STILL_BE_VETOED:
        return "release: a round may still be vetoed"
    return "unknown refusal"
