"""Duties after training: releasing, signing for silent edges, fetching the model, pushing claims."""

from dataclasses import replace

import pytest

from cofund.campaign.seat import Seat
from cofund.roles.next_actions import next_steps, over, waiting_for
from seats import BOOK, DAY_S, EDGE, ME, OPERATED, OWNER, TERMS, WON, actions, seen

END = 10
ACCEPTED = END + 3600
LATE = ACCEPTED + 2 * DAY_S


MINE = replace(TERMS, coordinator=ME)


def coordinating(phase: str, now: int, **changes: object) -> Seat:
    return seen(phase, now, rounds_done=2, training_end=END, recorded_at={2: END}, terms=MINE, **changes)


def test_a_coordinator_is_told_to_release_the_models_with_fee_and_bond_at_stake() -> None:
    (step,) = next_steps("coordinator", coordinating("deliveries", ACCEPTED))
    assert (step.action, step.deadline, step.lost_amount) == ("release", LATE, 2 * 3 + 11)
    (halted,) = next_steps("coordinator", coordinating("deliveries", ACCEPTED, halted=True))
    assert halted.lost_amount == 2 * 3, "the halt has taken the bond already"
    assert actions("coordinator", coordinating("deliveries", ACCEPTED, models_released=True)) == []
    assert actions("coordinator", coordinating("last veto window", ACCEPTED - 1)) == [], "the last round can be vetoed"


def test_a_coordinator_signs_for_silent_edges_in_the_window_that_is_for_that() -> None:
    released = coordinating("stand-in deliveries", ACCEPTED + DAY_S, models_released=True)
    (step,) = next_steps("coordinator", released)
    assert (step.action, step.deadline) == ("sign", LATE)
    signed = replace(released, edges=(replace(EDGE, missing=(0, 0)),))
    assert actions("coordinator", signed) == ["close"], "anybody's now"
    assert actions("coordinator", replace(coordinating("ready to close", LATE))) == ["release", "close"]


def test_who_trains_is_told_so_while_there_is_time() -> None:
    training = seen("training", offers=(WON,), terms=OPERATED)
    for role in ("client", "edge"):
        (step,) = next_steps(role, training)
        assert (step.action, step.deadline) == ("train", 1)
    assert actions("client", replace(training, offers=(replace(WON, winner=False),))) == []
    assert "train" not in actions("edge", replace(training, edges=(replace(EDGE, winners=0),)))
    assert actions("coordinator", replace(training, terms=MINE)) == ["kits", "record"]


def test_an_owner_is_told_to_fetch_its_model_until_its_folder_has_it() -> None:
    bought = replace(OWNER, bid=9, owed=0, charge=3, level=2)
    closed = seen("closed", owner=bought, rounds_done=2, models_released=True)
    assert actions("owner", closed) == ["model"]
    assert actions("owner", replace(closed, model_kept=True)) == []
    assert actions("owner", replace(closed, models_released=False)) == []
    assert actions("owner", replace(closed, owner=replace(bought, level=0))) == []


@pytest.mark.parametrize("missing", ["coordinator", "sponsor"])
def test_without_bond_or_sponsorship_nothing_is_to_be_opened_or_settled(missing: str) -> None:
    terms = replace(OPERATED, match=10**9 if missing == "sponsor" else 0)
    for phase in ("reveal", "settle"):
        found = seen(phase, owner=OWNER, books=(BOOK,), terms=terms, coordinator_bonded=missing == "sponsor")
        for role in ("owner", "edge"):
            assert actions(role, found) == []
            assert "can only be cancelled" in waiting_for(role, found)
            assert not over(role, found)
    cancelling = seen("not settled in time", owner=OWNER)
    assert actions("owner", cancelling) == ["cancel"]


def test_an_edge_pushes_what_its_clients_were_not_paid_and_takes_its_fee() -> None:
    signed = {"rounds_done": 2, "training_end": END, "terms": OPERATED}
    for counts, due in (
        ({"claimed": 1}, ["claim"]),
        ({"claimed": 2}, ["claim"]),
        ({"claimed": 2, "fee_rounds": 2}, []),
    ):
        edges = (replace(EDGE, missing=(0, 0), **counts),)
        assert actions("edge", seen("deliveries", ACCEPTED, edges=edges, **signed)) == due
    paid = (replace(EDGE, missing=(0, 0), claimed=2, fee_rounds=2),)
    closed = seen("closed", edges=paid, **signed)
    assert over("edge", closed)
    assert actions("edge", replace(closed, extra=1)) == ["claim"]


def test_an_operator_of_two_edges_loses_two_bonds() -> None:
    both = replace(OPERATED, edges=OPERATED.edges * 2)
    found = seen("deliveries", ACCEPTED, rounds_done=2, training_end=END, terms=both, edges=(EDGE, EDGE))
    (step,) = next_steps("edge", found)
    assert (step.action, step.deadline, step.lost_amount) == ("sign", ACCEPTED + DAY_S, 2 * 9)


def test_a_credit_is_told_to_a_client_too() -> None:
    refused = seen("closed", offers=(WON,), credit=7)
    assert actions("client", refused) == ["withdraw"]
    assert not over("client", refused)
    assert over("client", replace(refused, credit=0))
