"""What each role is told to do next: only commands that exist, in their phase, with what is lost."""

from dataclasses import replace

import click
import pytest

from cofund.cli.main import cli
from cofund.roles.automatic import TRAINING, WORK
from cofund.roles.next_actions import ROLES, TABLE, WAITING, next_steps, over, waiting_for
from seats import BOOK, DAY_S, EDGE, ME, OPERATED, OWNER, TERMS, WON, actions, seen


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


@pytest.mark.parametrize(
    ("role", "action", "seat"),
    [("owner", "reveal", {"owner": OWNER}), ("edge", "open", {"terms": OPERATED, "books": (BOOK,)})],
)
def test_what_is_sealed_is_opened_in_the_reveal_phase_and_no_other(role, action, seat) -> None:
    assert [phase for phase in WAITING if action in actions(role, seen(phase, **seat))] == ["reveal"]
    (step,) = next_steps(role, seen("reveal", **seat))
    assert (step.deadline, step.lost_amount, step.alone) == (2 * DAY_S, {"owner": 5, "edge": 3 * 7}[role], True)


def test_who_took_no_part_is_done_when_the_commit_phase_is() -> None:
    for role in ROLES:
        assert not over(role, seen("commit"))
        assert over(role, seen("reveal")) == (role != "client"), "only open books tell which clients are in"
        assert over(role, seen("settle"))


def test_an_owner_is_done_when_the_books_are_closed_and_nothing_is_owed() -> None:
    opened = replace(OWNER, bid=9)
    assert actions("owner", seen("closed", owner=opened)) == ["refund"]
    assert not over("owner", seen("closed", owner=opened))
    assert over("owner", seen("closed", owner=replace(opened, owed=0)))
    assert not over("owner", seen("training", owner=replace(opened, owed=0)))


def test_an_owner_may_veto_while_the_window_of_the_last_round_is_open() -> None:
    paying = replace(OWNER, bid=9, owed=0, charge=3)
    training = seen("training", 3600, owner=paying, recorded_at={1: 1}, rounds_done=1)
    assert actions("owner", training)[0] == "veto"
    later = seen("training", 3601, owner=paying, recorded_at={1: 1}, rounds_done=1)
    assert "veto" not in actions("owner", later)


def test_the_bond_of_a_book_goes_back_when_the_campaign_is_over_if_it_was_opened() -> None:
    mine = {"terms": OPERATED, "books": (replace(BOOK, opened=True),)}
    for status, returns in (("training", False), ("unfunded", True), ("cancelled", True), ("closed", True)):
        assert ("refund" in actions("edge", seen(status, **mine))) == returns
        assert not over("edge", seen(status, **mine))
    returned = seen("closed", terms=OPERATED, books=(replace(BOOK, opened=True, returned=True),))
    assert (actions("edge", returned), over("edge", returned)) == ([], True)
    silent = {"terms": OPERATED, "books": (BOOK,)}
    assert actions("edge", seen("closed", **silent)) == [], "what was never opened is forfeited"
    assert actions("edge", seen("cancelled", **silent)) == ["refund"], "unless nothing came about"


def test_a_book_is_sealed_once_and_its_places_are_handed_out() -> None:
    mine = {"terms": OPERATED}
    assert actions("edge", seen("commit", **mine)) == ["book"]
    sealed = seen("commit", books=(BOOK,), **mine)
    assert actions("edge", sealed) == ["places"]
    assert actions("edge", seen("reveal", books=(replace(BOOK, opened=True),), **mine)) == []


def test_a_winner_claims_until_its_last_round_is_paid_and_then_what_an_early_end_brings() -> None:
    signed = (replace(EDGE, missing=(0, 0)),)
    unsigned = seen("training", offers=(WON,), rounds_done=2, recorded_at={2: 0})
    assert actions("client", unsigned) == ["train"]
    last = seen("last veto window", 10, offers=(WON,), rounds_done=2, edges=signed, training_end=10)
    (step,) = next_steps("client", last)
    assert (step.action, step.deadline, step.alone) == ("claim", None, False), (
        "it never expires, and its edge pushes it"
    )
    paid = replace(last, offers=(replace(WON, paid_up_to=2),))
    assert actions("client", paid) == []
    closed = seen("closed", offers=paid.offers, rounds_done=2, edges=signed)
    assert over("client", closed)
    assert actions("client", replace(closed, extra=1)) == ["claim"]
    assert over("client", replace(closed, extra=1, offers=(replace(WON, paid_up_to=2, extra_rounds=2),)))


def test_a_round_is_recorded_when_enough_before_it_are_accepted() -> None:
    mine = replace(TERMS, coordinator=ME)
    training = seen("training", 3599, terms=mine, rounds_done=1, recorded_at={1: 0}, round_deadline=10_000)
    assert actions("coordinator", training) == []
    assert actions("coordinator", replace(training, now=3600)) == ["record"]
    assert actions("coordinator", replace(training, terms=replace(mine, unaccepted=2))) == ["record"]
