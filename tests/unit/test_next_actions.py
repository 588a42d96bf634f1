"""What each role is told to do next: only commands that exist, in their phase, with what is lost."""

from dataclasses import replace

import click
import pytest

from cofund.campaign.standing import Standing
from cofund.cli.main import cli
from cofund.roles.next_actions import ROLES, TABLE, WAITING, next_steps, over, waiting_for
from cofund.roles.snapshot import EdgeSeat, OfferSeat, OwnerSeat, Snapshot

ME, OTHER = "0x" + "11" * 20, "0x" + "22" * 20
DAY_S = 86_400
TERMS = {
    "initiator": OTHER,
    "coordinator": OTHER,
    "sponsor": OTHER,
    "commit_end": DAY_S,
    "reveal_end": 2 * DAY_S,
    "settle_end": 3 * DAY_S,
    "veto_window": 3600,
    "delivery_window": DAY_S,
    "owner_bond": 5,
    "client_bond": 7,
    "edge_bond": 9,
    "coordinator_bond": 11,
    "coordinator_fee": 3,
    "tick": 1,
    "cohort": 2,
    "ceiling": 10,
    "rounds": 4,
    "match": 0,
    "underwritten": False,
    "tolerance": 0,
}
OWNER = OwnerSeat(owed=100, opened=False, bid=0, level=0, charge=0)
OFFER = OfferSeat(0, None, opened=False, bond_settled=False, edge=None, amount=None, wins=False, paid_rounds=0, paid=0)
EDGE = EdgeSeat(0, OTHER, fee=1, bonded=True, winners=1, up_to_round=0, delivered=0, claimed=0, fee_rounds=0)


def seen(phase: str, status: str = "open", now: int = 0, **changes: object) -> Snapshot:
    counts = {"owner_count": 1, "offer_count": 1, "revealed_count": 0, "rounds": 4, "rounds_done": 0}
    counts["rounds_done"] = int(str(changes.pop("rounds_done", 0)))
    standing = Standing(
        now, phase, now + 1 if phase == "training" else None, dict(TERMS), counts, {"sponsor_locked": 0}, True, [], []
    )
    plain = Snapshot("0x" + "cc" * 20, ME, standing, status, 0, None, None, (EDGE,), 0, 0)
    return replace(plain, **changes)  # type: ignore[arg-type]


def actions(role: str, snapshot: Snapshot) -> list[str]:
    return [step.action for step in next_steps(role, snapshot)]


def test_every_command_of_the_table_exists_with_its_options() -> None:
    for row in TABLE:
        if row.command:
            group, action, *words = row.command.removeprefix("cofund ").split()
            found = cli.get_command(click.Context(cli), group)
            assert isinstance(found, click.Group), row.command
            command = found.get_command(click.Context(found), action)
            assert command is not None, row.command
            options = {name for parameter in command.params for name in parameter.opts}
            assert {word for word in words if word.startswith("--")} <= options, row.command


def test_a_watcher_does_only_what_has_a_command() -> None:
    assert all(row.command for row in TABLE if row.alone or row.public)


def test_every_role_is_told_something_in_every_phase() -> None:
    for phase in WAITING:
        for role in ROLES:
            assert waiting_for(role, seen(phase))


@pytest.mark.parametrize(("role", "seat"), [("owner", {"owner": OWNER}), ("client", {"offer": OFFER})])
def test_what_is_sealed_is_opened_in_the_reveal_phase_and_no_other(role: str, seat: dict[str, object]) -> None:
    assert [phase for phase in WAITING if "reveal" in actions(role, seen(phase, **seat))] == ["reveal"]
    (step,) = next_steps(role, seen("reveal", **seat))
    assert (step.deadline, step.lost_amount, step.alone) == (2 * DAY_S, {"owner": 5, "client": 7}[role], True)


def test_who_took_no_part_is_done_when_the_commit_phase_is() -> None:
    for role in ROLES:
        assert not over(role, seen("commit"))
        assert over(role, seen("reveal"))


def test_an_owner_is_done_when_the_books_are_closed_and_nothing_is_owed() -> None:
    opened = replace(OWNER, opened=True)
    assert actions("owner", seen("closed", "closed", owner=opened)) == ["refund"]
    assert not over("owner", seen("closed", "closed", owner=opened))
    assert over("owner", seen("closed", "closed", owner=replace(opened, owed=0)))
    assert not over("owner", seen("training", "training", owner=replace(opened, owed=0)))


def test_an_owner_may_veto_while_the_window_of_the_last_round_is_open() -> None:
    paying = replace(OWNER, opened=True, owed=0, charge=3)
    training = seen("training", "training", 3599, owner=paying, recorded_at=1, rounds_done=1)
    assert actions("owner", training)[0] == "veto"
    later = seen("training", "training", 3601, owner=paying, recorded_at=1, rounds_done=1)
    assert "veto" not in actions("owner", later)


def test_a_losers_bond_goes_back_unless_its_edge_posted_it() -> None:
    lost = replace(OFFER, opened=True, edge=0, amount=5)
    assert actions("client", seen("closed", "closed", offer=lost)) == ["refund"]
    relayed = seen("closed", "closed", offer=replace(lost, relayed_by=0))
    assert actions("client", relayed) == []
    assert over("client", relayed)
    sealed = seen("closed", "closed", offer=OFFER)
    assert actions("client", sealed) == [], "what was never opened is forfeited"
    assert over("client", sealed)
    assert actions("client", seen("cancelled", "cancelled", offer=OFFER)) == ["refund"]


def test_a_winner_claims_until_its_last_round_is_paid() -> None:
    won = replace(OFFER, opened=True, edge=0, amount=5, wins=True)
    signed = (replace(EDGE, up_to_round=2, delivered=2),)
    unsigned = seen("training", "training", offer=won, rounds_done=2)
    assert actions("client", unsigned) == []
    last = replace(unsigned, edges=signed, training_end=10)
    (step,) = next_steps("client", last)
    assert (step.action, step.deadline) == ("claim", 10 + 3600 + 3 * DAY_S)
    paid = replace(last, offer=replace(won, paid_rounds=2, bond_settled=True))
    assert actions("client", paid) == []
    assert over("client", replace(paid, standing=replace(paid.standing, phase="deliveries")))
