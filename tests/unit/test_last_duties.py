"""Duties that come after training: releasing, signing for silent edges, training, fetching the model, relayed bonds."""

from dataclasses import replace

import pytest

from cofund.campaign.seat import Seat
from cofund.roles.next_actions import next_steps, over, waiting_for
from cofund.settlement.deadlines import Status
from seats import DAY_S, EDGE, ME, OFFER, OPERATED, OWNER, TERMS, WON, actions, seen

END = 10
ACCEPTED = END + 3600
LATE = ACCEPTED + 2 * DAY_S


RELEASED = b"\1" * 32
MINE = replace(TERMS, coordinator=ME)


def coordinating(phase: str, now: int, **changes: object) -> Seat:
    return seen(phase, now, rounds_done=2, training_end=END, recorded_at=END, terms=MINE, **changes)


def test_a_coordinator_is_told_to_release_the_models_with_fee_and_bond_at_stake() -> None:
    (step,) = next_steps("coordinator", coordinating("deliveries", ACCEPTED))
    assert (step.action, step.deadline, step.lost_amount) == ("release", LATE, 2 * 3 + 11)
    (halted,) = next_steps("coordinator", coordinating("deliveries", ACCEPTED, halted=True))
    assert halted.lost_amount == 2 * 3, "the halt has taken the bond already"
    assert actions("coordinator", coordinating("deliveries", ACCEPTED, release_root=RELEASED)) == []
    assert actions("coordinator", coordinating("last veto window", ACCEPTED - 1)) == [], "the last round can be vetoed"


def test_a_coordinator_signs_for_silent_edges_in_the_window_that_is_for_that() -> None:
    released = coordinating("stand-in deliveries", ACCEPTED + DAY_S, release_root=RELEASED)
    (step,) = next_steps("coordinator", released)
    assert (step.action, step.deadline) == ("sign", LATE)
    signed = replace(released, edges=(replace(EDGE, up_to_round=2),))
    assert actions("coordinator", signed) == ["close"], "anybody's now"
    assert actions("coordinator", replace(coordinating("ready to close", LATE))) == ["release", "close"]


def test_who_trains_is_told_so_while_there_is_time() -> None:
    training = seen("training", offer=WON, terms=OPERATED)
    for role in ("client", "edge"):
        (step,) = next_steps(role, training)
        assert (step.action, step.deadline) == ("train", 1)
    (step,) = next_steps("client", training)
    assert step.lost_amount == TERMS.client_bond
    assert actions("client", replace(training, offer=replace(WON, winner=False))) == ["refund"]
    assert "train" not in actions("edge", replace(training, edges=(replace(EDGE, winners=0),)))
    assert actions("coordinator", replace(training, terms=MINE)) == ["kits", "record"]


def test_an_owner_is_told_to_fetch_its_model_until_its_folder_has_it() -> None:
    bought = replace(OWNER, bid=9, owed=0, charge=3, level=2)
    closed = seen("closed", owner=bought, rounds_done=2, release_root=RELEASED)
    assert actions("owner", closed) == ["model"]
    assert actions("owner", replace(closed, model_kept=True)) == []
    assert actions("owner", replace(closed, release_root=bytes(32))) == []
    assert actions("owner", replace(closed, owner=replace(bought, level=0))) == []


@pytest.mark.parametrize("missing", ["coordinator", "sponsor"])
def test_without_bond_or_sponsorship_nothing_is_to_be_opened_or_settled(missing: str) -> None:
    terms = replace(OPERATED, match=10**9 if missing == "sponsor" else 0)
    for phase in ("reveal", "settle"):
        found = seen(phase, owner=OWNER, offer=OFFER, terms=terms, coordinator_bonded=missing == "sponsor")
        for role in ("owner", "client", "edge"):
            assert actions(role, found) == []
            assert "can only be cancelled" in waiting_for(role, found)
            assert not over(role, found)
    cancelling = seen("not settled in time", owner=OWNER)
    assert actions("owner", cancelling) == ["cancel"]


def test_an_edge_has_at_stake_what_it_locked_for_its_clients() -> None:
    operated = replace(EDGE, up_to_round=2, delivered=1, claimed=1, fee_rounds=1)
    sealed = seen("reveal", terms=OPERATED, edges=(operated,), relayed=(replace(OFFER, poster=0),) * 2)
    (step,) = next_steps("edge", sealed)
    assert (step.action, step.lost_amount) == ("reveal", 2 * 7)
    won = replace(WON, poster=0, paid_rounds=1)
    at_stake = {"terms": OPERATED, "edges": (operated,), "relayed": (won,)}
    claims = seen("deliveries", ACCEPTED, rounds_done=2, training_end=END, **at_stake)
    (step,) = next_steps("edge", claims)
    assert (step.action, step.deadline, step.lost_amount) == ("claim", ACCEPTED + 3 * DAY_S, 7)
    assert not over("edge", replace(claims, status=Status.CLOSED))
    settled = replace(claims, relayed=(replace(won, bond_held=False),))
    assert actions("edge", settled) == []


def test_an_operator_of_two_edges_loses_two_bonds() -> None:
    both = replace(OPERATED, edges=OPERATED.edges * 2)
    found = seen("deliveries", ACCEPTED, rounds_done=2, training_end=END, terms=both, edges=(EDGE, EDGE))
    (step,) = next_steps("edge", found)
    assert (step.action, step.deadline, step.lost_amount) == ("sign", ACCEPTED + DAY_S, 2 * 9)


def test_a_relayed_client_loses_no_bond_of_its_own_and_can_hand_over_its_opening() -> None:
    (step,) = next_steps("client", seen("reveal", offer=replace(OFFER, poster=0)))
    assert (step.lost_amount, "cofund client backup" in step.purpose) == (0, True)


def test_a_credit_is_told_to_a_client_too() -> None:
    settled = replace(WON, bond_held=False)
    refused = seen("closed", offer=settled, credit=7)
    assert actions("client", refused) == ["withdraw"]
    assert not over("client", refused)
    assert over("client", replace(refused, credit=0))
