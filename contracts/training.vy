# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title The rounds of a campaign: records, vetoes, an early end, signed deliveries, the release of the models
@license Apache-2.0
@notice The coordinator records rounds, owners may veto the last of them, edges sign what their clients delivered.
@custom:invariants T-1 what is done never exceeds the rounds bought; without a veto it never falls
        T-2 at most `unaccepted` recorded rounds can still be vetoed; what is accepted stays
@custom:invariant I-8
"""

import Refusals
import agreement
import edges
import refusing
import signatures
from interfaces import ISharing

uses: agreement
uses: edges
uses: refusing


event RoundRecorded:
    round: uint256
    model_digest: bytes32
    updates_root: bytes32
    metric: int256


event Vetoed:
    round: uint256
    owner: indexed(address)
    carried: bool


event Halted:
    rounds: uint256


event DeliveriesPosted:
    edge: indexed(uint256)
    up_to_round: uint256
    root: bytes32
    missing: DynArray[uint256, edges.MAX_WORDS]
    stood_in: bool


event ModelsReleased:
    boxes: DynArray[bytes32, agreement.MAX_OWNERS]


struct Progress:
    rounds: uint256  # bought
    done: uint256  # recorded, and not vetoed
    deadline: uint256  # of the next record
    end: uint256  # of training; 0 while rounds are outstanding
    halted: bool  # a record did not come in time
    released: bool


LOW_16: constant(uint256) = 2**16 - 1
LOW_64: constant(uint256) = 2**64 - 1
WRITTEN: constant(uint256) = 1 << 255

word: uint256  # Progress, and one bit so that settlement changes the word, which costs a quarter of writing it first
model_digest: public(HashMap[uint256, bytes32])
recorded_at: public(HashMap[uint256, uint256])
vetoed_by: HashMap[uint256, uint256]  # one bit per owner
vetoed: public(uint256)  # who ended the campaign by a veto


@deploy
def __init__():
    self.word = WRITTEN


@internal
@view
def _progress() -> Progress:
    word: uint256 = self.word
    return Progress(
        rounds=word & LOW_16,
        done=(word >> 16) & LOW_16,
        deadline=(word >> 32) & LOW_64,
        end=(word >> 96) & LOW_64,
        halted=(word >> 160) & 1 != 0,
        released=(word >> 161) & 1 != 0,
    )


@internal
def _set(progress: Progress):
    self.word = (
        progress.rounds
        | (progress.done << 16)
        | (progress.deadline << 32)
        | (progress.end << 96)
        | (convert(progress.halted, uint256) << 160)
        | (convert(progress.released, uint256) << 161)
        | WRITTEN
    )


@internal
def _begin(rounds: uint256):
    progress: Progress = empty(Progress)
    progress.rounds = rounds
    progress.deadline = block.timestamp + agreement.terms.round_limit
    self._set(progress)


@internal
def _record(account: address, number: uint256, model_digest: bytes32, updates_root: bytes32, metric: int256):
    """
    @notice The next round. Its time limit begins when the round before may be built upon.
    """
    refusing.unless(account == agreement.terms.coordinator, Refusals.RECORD_NOT_THE_COORDINATOR)
    progress: Progress = self._progress()
    refusing.unless(progress.end == 0, Refusals.RECORD_NOT_TRAINING)
    refusing.unless(block.timestamp < progress.deadline, Refusals.RECORD_PAST_THE_ROUNDS_TIME_LIMIT)
    refusing.unless(number == progress.done + 1, Refusals.RECORD_NOT_THE_NEXT_ROUND)
    refusing.unless(self._buildable(number) <= block.timestamp, Refusals.RECORD_AN_EARLIER_ROUND_MAY_STILL_BE_VETOED)
    self.model_digest[number] = model_digest
    self.recorded_at[number] = block.timestamp
    progress.done = number
    if number == progress.rounds:
        progress.end = block.timestamp
    else:
        progress.deadline = max(block.timestamp, self._buildable(number + 1)) + agreement.terms.round_limit
    self._set(progress)
    log RoundRecorded(round=number, model_digest=model_digest, updates_root=updates_root, metric=metric)


@internal
@view
def _buildable(number: uint256) -> uint256:
    """
    @notice When a round may be recorded, at the earliest: `unaccepted` rounds before it is accepted.
    """
    if number <= agreement.terms.unaccepted:
        return 0
    return self.recorded_at[number - agreement.terms.unaccepted] + agreement.terms.veto_window


@internal
def _veto(number: uint256, account: address, index: uint256, bills: DynArray[ISharing.Bill, agreement.MAX_OWNERS]):
    """
    @notice Owners who together pay more than half of all charges end the campaign with the round before.
    """
    progress: Progress = self._progress()
    refusing.unless(0 < number and number <= progress.done, Refusals.VETO_NO_SUCH_ROUND)
    refusing.unless(
        block.timestamp < self.recorded_at[number] + agreement.terms.veto_window, Refusals.VETO_THE_ROUND_IS_ACCEPTED
    )
    vetoes: uint256 = self.vetoed_by[number]
    refusing.unless((vetoes >> index) & 1 == 0, Refusals.VETO_CAST_ALREADY)
    vetoes |= 1 << index
    self.vetoed_by[number] = vetoes
    against: uint256 = 0
    charges: uint256 = 0
    for i: uint256 in range(len(bills), bound=agreement.MAX_OWNERS):
        charges += bills[i].charge
        if (vetoes >> i) & 1 == 1:
            against += bills[i].charge
    carried: bool = charges < 2 * against
    if carried:
        progress.done = number - 1
        progress.end = block.timestamp
        self._set(progress)
        self.vetoed = vetoes
    log Vetoed(round=number, owner=account, carried=carried)


@internal
def _halt():
    progress: Progress = self._progress()
    refusing.unless(progress.end == 0, Refusals.HALT_NOT_TRAINING)
    refusing.unless(progress.deadline <= block.timestamp, Refusals.HALT_THE_ROUND_MAY_STILL_BE_RECORDED)
    progress.halted = True
    progress.end = block.timestamp
    self._set(progress)
    log Halted(rounds=progress.done)


@internal
def _post(
    edge: uint256,
    up_to_round: uint256,
    root: bytes32,
    missing: DynArray[uint256, edges.MAX_WORDS],
    signature: Bytes[signatures.MAX_SIGNATURE],
):
    """
    @notice Until its deadline the edge's operator signs; then, for as long again, the coordinator stands in.
    """
    progress: Progress = self._progress()
    state: edges.EdgeState = edges._state(edge)
    signer: address = edges._operator(edge)
    refusing.unless(
        state.up_to_round < up_to_round and up_to_round <= progress.done,
        Refusals.DELIVERIES_NOT_A_LATER_RECORDED_ROUND,
    )
    refusing.unless(
        self.recorded_at[up_to_round] + agreement.terms.veto_window <= block.timestamp,
        Refusals.DELIVERIES_THE_ROUND_MAY_STILL_BE_VETOED,
    )
    if progress.end != 0:
        deadline: uint256 = self._accepted(progress.end) + agreement.terms.delivery_window
        refusing.unless(block.timestamp < deadline + agreement.terms.delivery_window, Refusals.DELIVERIES_TOO_LATE)
        if deadline <= block.timestamp:
            signer = agreement.terms.coordinator
            state.stood_in = True
    refusing.unless(
        signatures.is_by(signer, signatures.deliveries(edge, up_to_round, root, missing), signature),
        Refusals.DELIVERIES_WRONG_SIGNATURE,
    )
    absent: uint256 = edges._note_missing(edge, state.up_to_round, up_to_round, missing, state.winners)
    state.up_to_round = up_to_round
    state.delivered = state.winners * up_to_round - absent
    edges.roots[edge] = root
    edges._set(edge, state)
    log DeliveriesPosted(edge=edge, up_to_round=up_to_round, root=root, missing=missing, stood_in=state.stood_in)


@internal
def _release(account: address, boxes: DynArray[bytes32, agreement.MAX_OWNERS], buyers: uint256):
    """
    @notice The digest of the sealed model of every owner that bought rounds, in the order of the bids.
    """
    refusing.unless(account == agreement.terms.coordinator, Refusals.RELEASE_NOT_THE_COORDINATOR)
    progress: Progress = self._progress()
    refusing.unless(progress.end != 0, Refusals.RELEASE_STILL_TRAINING)
    refusing.unless(self._accepted(progress.end) <= block.timestamp, Refusals.RELEASE_A_ROUND_MAY_STILL_BE_VETOED)
    refusing.unless(not progress.released, Refusals.RELEASE_RELEASED_ALREADY)
    refusing.unless(len(boxes) == buyers and empty(bytes32) not in boxes, Refusals.RELEASE_ONE_BOX_PER_BUYER)
    progress.released = True
    self._set(progress)
    log ModelsReleased(boxes=boxes)


@internal
@view
def _accepted(end: uint256) -> uint256:
    """
    @notice When the veto window of a round recorded at the end of training ends.
    """
    return end + agreement.terms.veto_window


@internal
@view
def _undelivered(done: uint256) -> DynArray[uint256, agreement.MAX_ROUNDS]:
    """
    @notice Of every round done, base units that clients and edges would have got for it, had all winners delivered.
    """
    result: uint256[agreement.MAX_ROUNDS] = empty(uint256[agreement.MAX_ROUNDS])
    for e: uint256 in range(edges.count, bound=agreement.MAX_EDGES):
        state: edges.EdgeState = edges._state(e)
        for k: uint256 in range((min(done, state.up_to_round) + 15) // 16, bound=edges.MAX_WORDS):
            word: uint256 = edges.missing[e][k]
            r: uint256 = k << 4
            for lane: uint256 in range(edges.ROUNDS_PER_WORD):
                if word == 0:
                    break
                # unchecked: counts below 2**16, prices below 2**48, 64 edges
                result[r] = unsafe_add(result[r], unsafe_mul(word & edges.LOW_16, state.price))
                r = unsafe_add(r, 1)
                word >>= 16
        for r: uint256 in range(min(done, state.up_to_round), done, bound=agreement.MAX_ROUNDS):
            result[r] += state.winners * state.price
    rounds: DynArray[uint256, agreement.MAX_ROUNDS] = []
    for r: uint256 in range(done, bound=agreement.MAX_ROUNDS):
        rounds.append(result[r] * agreement.terms.tick)
    return rounds
