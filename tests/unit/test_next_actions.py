"""What each role is told to do next: only commands that exist, in their phase, with what is lost."""

from dataclasses import replace

import click
import pytest

from cofund.cli.main import cli
from cofund.roles.automatic import TRAINING, WORK
from cofund.roles.next_actions import ROLES, TABLE, WAITING, next_steps, over, waiting_for
from seats import DAY_S, EDGE, OFFER, OWNER, WON, actions, seen


def test_every_command_of_the_table_exists_with_its_options() -> None:
    for row in TABLE:
        if row.command:
            group, action, *words = row.command.removeprefix("cofund ").split()
            found = cli.get_command(click.Context(cli), group)
            assert found is not None, row.command
            command = found.get_command(click.Context(found), action) if isinstance(found, click.Group) else found
            assert command is not None, row.command
            words += [action] if command is found else []
            options = {name for parameter in command.params for name in parameter.opts}
            assert {word for word in words if word.startswith("--")} <= options, row.command


def test_a_watcher_does_only_what_has_a_command() -> None:
    assert all(row.command for row in TABLE if row.alone or row.public)
    done_by_watch = {row.action for row in TABLE if row.alone and not row.public}
    assert done_by_watch <= WORK.keys() | set().union(*TRAINING.values())


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
    opened = replace(OWNER, bid=9)
    assert actions("owner", seen("closed", owner=opened)) == ["refund"]
    assert not over("owner", seen("closed", owner=opened))
    assert over("owner", seen("closed", owner=replace(opened, owed=0)))
    assert not over("owner", seen("training", owner=replace(opened, owed=0)))


def test_an_owner_may_veto_while_the_window_of_the_last_round_is_open() -> None:
    paying = replace(OWNER, bid=9, owed=0, charge=3)
    training = seen("training", 3600, owner=paying, recorded_at=1, rounds_done=1)
    assert actions("owner", training)[0] == "veto"
    later = seen("training", 3601, owner=paying, recorded_at=1, rounds_done=1)
    assert "veto" not in actions("owner", later)


def test_a_winners_bond_goes_back_if_its_edge_never_signed_once_three_windows_have_passed() -> None:
    """And not a second before; where there was no round, nothing was to be signed; one that was signed is claimed."""
    end = 1 + 3600 + 3 * DAY_S
    for done, up_to, returns in ((2, 1, True), (0, 0, True), (2, 2, False)):
        seats = {"rounds_done": done, "training_end": 1, "edges": (replace(EDGE, up_to_round=up_to),)}
        early, late = (seen("closed", now, **seats) for now in (end - 1, end))
        assert (early.returns_bond(WON), late.returns_bond(WON)) == (False, returns)
        assert not late.returns_bond(replace(WON, bond_held=False))
    assert not seen("training", end, rounds_done=2).returns_bond(WON), "training goes on"


def test_a_losers_bond_goes_back_unless_its_edge_posted_it() -> None:
    lost = replace(OFFER, cost=4)
    assert actions("client", seen("closed", offer=lost)) == ["refund"]
    relayed = seen("closed", offer=replace(lost, poster=0))
    assert actions("client", relayed) == []
    assert over("client", relayed)
    sealed = seen("closed", offer=OFFER)
    assert actions("client", sealed) == [], "what was never opened is forfeited"
    assert over("client", sealed)
    assert actions("client", seen("cancelled", offer=OFFER)) == ["refund"]


def test_a_winner_claims_until_its_last_round_is_paid() -> None:
    signed = (replace(EDGE, up_to_round=2, delivered=2),)
    unsigned = seen("training", offer=WON, rounds_done=2)
    assert actions("client", unsigned) == ["train"]
    last = seen("last veto window", 10, offer=WON, rounds_done=2, edges=signed, training_end=10)
    (step,) = next_steps("client", last)
    assert (step.action, step.deadline) == ("claim", 10 + 3600 + 3 * DAY_S)
    paid = replace(last, offer=replace(WON, paid_rounds=2, bond_held=False))
    assert actions("client", paid) == []
    assert over("client", paid)
