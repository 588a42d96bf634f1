# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title When a campaign takes which call
@license Apache-2.0
@notice The phases up to settlement are told apart by the clock. Nothing opens and nothing is settled before the coordinator's
        bond and the sponsor's money are there.
@custom:invariants I-7 no second belongs to two phases
"""

import Refusals
import agreement
import refusing

uses: agreement
uses: refusing

# ------------------------------------------------------------------ types

flag Status:
    OPEN  # commit, reveal and settle phases
    UNFUNDED  # settled, but too few clients or nobody pays the goal
    CANCELLED  # nobody settled in time
    TRAINING  # funded; rounds are recorded
    CLOSED  # the campaign's accounts are closed; claims never expire

status: public(Status)
coordinator_bonded: public(bool)
sponsor_locked: public(uint256)  # base units; after settlement only what the rounds may need


@deploy
def __init__():
    self.status = Status.OPEN


@internal
@view
def _in_commit_phase():
    refusing.unless(block.timestamp < agreement.terms.commit_end, Refusals.COMMIT_THE_PHASE_IS_OVER)


@internal
@view
def _in_reveal_phase():
    refusing.unless(
        agreement.terms.commit_end <= block.timestamp and block.timestamp < agreement.terms.reveal_end,
        Refusals.REVEAL_NOT_THE_REVEAL_PHASE,
    )
    self._roles_are_taken()  # what cannot be settled stays sealed


@internal
@view
def _in_settle_phase():
    refusing.unless(self.status == Status.OPEN, Refusals.SETTLE_SETTLED_OR_CANCELLED_ALREADY)
    refusing.unless(
        agreement.terms.reveal_end <= block.timestamp and block.timestamp < agreement.terms.settle_end,
        Refusals.SETTLE_NOT_THE_SETTLE_PHASE,
    )
    self._roles_are_taken()


@internal
@view
def _may_cancel():
    refusing.unless(self.status == Status.OPEN, Refusals.CANCEL_SETTLED_OR_CANCELLED_ALREADY)
    refusing.unless(agreement.terms.settle_end <= block.timestamp, Refusals.CANCEL_MAY_STILL_BE_SETTLED)


@internal
@view
def _roles_are_taken():
    refusing.unless(self.coordinator_bonded, Refusals.REVEAL_THE_COORDINATOR_POSTED_NO_BOND)
    refusing.unless(self.sponsor_locked == agreement._sponsorship(), Refusals.REVEAL_THE_SPONSOR_LOCKED_NOTHING)
