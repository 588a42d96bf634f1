"""Duties that come after training: releasing, signing for silent edges, training, fetching the model, relayed bonds."""

from dataclasses import replace

import pytest

from cofund.roles.next_actions import next_steps, over, waiting_for
from cofund.roles.snapshot import Snapshot
from seats import DAY_S, EDGE, ME, OFFER, OWNER, TERMS, actions, seen

END = 10
ACCEPTED = END + 3600
LATE = ACCEPTED + 2 * DAY_S


def coordinating(phase: str, now: int, **changes: object) -> Snapshot:
    found = seen(phase, "training", now, rounds_done=2, training_end=END, recorded_at=END, **changes)
    return replace(found, standing=replace(found.standing, terms=TERMS | {"coordinator": ME}))


def test_a_coordinator_is_told_to_release_the_models_with_fee_and_bond_at_stake() -> None:
    (step,) = next_steps("coordinator", coordinating("deliveries", ACCEPTED))
    assert (step.action, step.deadline, step.lost_amount) == ("release", LATE, 2 * 3 + 11)
    (halted,) = next_steps("coordinator", coordinating("deliveries", ACCEPTED, halted=True))
    assert halted.lost_amount == 2 * 3, "the halt has taken the bond already"
    assert actions("coordinator", coordinating("deliveries", ACCEPTED, released=True)) == []
    assert actions("coordinator", coordinating("last veto window", ACCEPTED - 1)) == [], "the last round can be vetoed"


def test_a_coordinator_signs_for_silent_edges_in_the_window_that_is_for_that() -> None:
    released = coordinating("stand-in deliveries", ACCEPTED + DAY_S, released=True)
    (step,) = next_steps("coordinator", released)
    assert (step.action, step.deadline) == ("sign", LATE)
    signed = replace(released, edges=(replace(EDGE, up_to_round=2),))
    assert actions("coordinator", signed) == []
    assert actions("coordinator", replace(coordinating("ready to close", LATE))) == ["release", "close"]


def test_who_trains_is_told_so_while_there_is_time() -> None:
    won = replace(OFFER, opened=True, edge=0, amount=5, wins=True)
    operated = replace(EDGE, operator=ME)
    training = replace(seen("training", "training", offer=won), edges=(operated,))
    for role in ("client", "edge"):
        (step,) = next_steps(role, training)
        assert (step.action, step.deadline) == ("train", 1)
    (step,) = next_steps("client", training)
    assert step.lost_amount == TERMS["client_bond"]
    assert actions("client", replace(training, offer=replace(won, wins=False))) == ["refund"]
    assert "train" not in actions("edge", replace(training, edges=(replace(operated, winners=0),)))
    named = TERMS | {"coordinator": ME}
    coordinator = replace(training, standing=replace(training.standing, terms=named))
    assert actions("coordinator", coordinator) == ["kits", "record"]


def test_an_owner_is_told_to_fetch_its_model_until_its_folder_has_it() -> None:
    bought = replace(OWNER, opened=True, owed=0, charge=3, level=2)
    closed = seen("closed", "closed", owner=bought, rounds_done=2, released=True)
    assert actions("owner", closed) == ["model"]
    assert actions("owner", replace(closed, model_kept=True)) == []
    assert actions("owner", replace(closed, released=False)) == []
    assert actions("owner", replace(closed, owner=replace(bought, level=0))) == []


@pytest.mark.parametrize("missing", ["coordinator", "sponsor"])
def test_without_bond_or_sponsorship_nothing_is_to_be_opened_or_settled(missing: str) -> None:
    terms = TERMS | ({"match": 10**9} if missing == "sponsor" else {})
    for phase in ("reveal", "settle"):
        found = seen(phase, owner=OWNER, offer=OFFER, edges=(replace(EDGE, operator=ME),))
        found = replace(found, standing=replace(found.standing, terms=terms, coordinator_bonded=missing == "sponsor"))
        for role in ("owner", "client", "edge"):
            assert actions(role, found) == []
            assert "can only be cancelled" in waiting_for(role, found)
            assert not over(role, found)
    cancelling = seen("not settled in time", owner=OWNER)
    assert actions("owner", cancelling) == ["cancel"]


def test_an_edge_has_at_stake_what_it_locked_for_its_clients() -> None:
    operated = replace(EDGE, operator=ME, up_to_round=2, delivered=1, claimed=1, fee_rounds=1)
    sealed = seen("reveal", edges=(operated,), relayed=(replace(OFFER, relayed_by=0),) * 2)
    (step,) = next_steps("edge", sealed)
    assert (step.action, step.lost_amount) == ("reveal", 2 * 7)
    won = replace(OFFER, relayed_by=0, opened=True, edge=0, amount=5, wins=True, paid_rounds=1)
    claims = seen(
        "deliveries", "training", ACCEPTED, rounds_done=2, training_end=END, edges=(operated,), relayed=(won,)
    )
    (step,) = next_steps("edge", claims)
    assert (step.action, step.deadline, step.lost_amount) == ("claim", ACCEPTED + 3 * DAY_S, 7)
    assert not over("edge", replace(claims, status="closed", standing=replace(claims.standing, phase="closed")))
    settled = replace(claims, relayed=(replace(won, bond_settled=True),))
    assert actions("edge", settled) == []


def test_an_operator_of_two_edges_loses_two_bonds() -> None:
    both = (replace(EDGE, operator=ME), replace(EDGE, index=1, operator=ME))
    found = seen("deliveries", "training", ACCEPTED, rounds_done=2, training_end=END, edges=both)
    (step,) = next_steps("edge", found)
    assert (step.action, step.deadline, step.lost_amount) == ("sign", ACCEPTED + DAY_S, 2 * 9)


def test_a_relayed_client_loses_no_bond_of_its_own_and_can_hand_over_its_opening() -> None:
    (step,) = next_steps("client", seen("reveal", offer=replace(OFFER, relayed_by=0)))
    assert (step.lost_amount, "cofund client backup" in step.purpose) == (0, True)


def test_a_credit_is_told_to_a_client_too() -> None:
    settled = replace(OFFER, opened=True, edge=0, amount=5, wins=True, bond_settled=True)
    refused = seen("closed", "closed", offer=settled, credit=7)
    assert actions("client", refused) == ["withdraw"]
    assert not over("client", refused)
    assert over("client", replace(refused, credit=0))
