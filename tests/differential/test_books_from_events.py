"""Books kept from logs alone, as a page or a record is made, equal those kept call by call (``Twin`` compares them)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from cofund.campaign.books import books_among
from cofund.campaign.figures import check_figures, compare_figures, paid_figures
from cofund.campaign.sealed_events import applying, opened_among
from cofund.chain.abi import OF_A_CAMPAIGN, OF_A_SEALED_CAMPAIGN, events
from cofund.chain.agreement import disagreement
from cofund.chain.logs import Event
from cofund.errors import CofundError
from cofund.settlement.ledger import Ledger, Status
from evm import CHAIN_ID
from refusing import refuse, stubborn
from scenario import Scenario, claim_all, close_and_leave, train
from sealed_scenario import SEALED, SealedScenario, disproved, given_up
from sealed_twin import SealedTwin
from twin import INITIATOR, SPONSOR, Twin, address, with_terms

FULL = {"edge_bond": 70, "veto_window_s": 20, "tolerance": 10**8}
REFUSED = "PaymentRefused"
KINDS = {entry["name"] for entry in [*events(*OF_A_CAMPAIGN).values(), *events(*OF_A_SEALED_CAMPAIGN).values()]}


def trained(**promise: Any) -> Twin:
    if promise:
        promise |= {"listed_owners": True, "weights": tuple((address(f"owner{i}"), 1 + i) for i in range(3))}
    twin = Scenario(with_terms(**FULL, **promise)).settled()
    trees = train(twin, 4, gaps=0b1, midway=True)
    assert twin.release_models() is None
    close_and_leave(twin, trees)
    return twin


def halted() -> Twin:
    twin = Scenario(with_terms(**FULL)).settled()
    assert twin.record_round(1) is None
    assert twin.veto(1, "owner2") is None
    close_and_leave(twin, train(twin, 2, signing="stand-in"))
    return twin


def cancelled() -> Twin:
    twin = Scenario().revealed()
    twin.at(twin.terms.settle_end)
    assert twin.cancel() is None
    close_and_leave(twin, {})
    return twin


LIVES = {
    "alone": trained,
    "matched": lambda: trained(sponsor=SPONSOR, match=250_000_000),
    "underwritten": lambda: trained(sponsor=SPONSOR, underwritten=True),
    "halted": halted,
    "cancelled": cancelled,
    "sealed": lambda: sealed(SealedScenario(SEALED_TERMS).settled()),
    "sealed, one absent": lambda: sealed(SealedScenario(SEALED_TERMS, silent=frozenset({"edge1"})).settled()),
    "sealed, one called absent": lambda: sealed(disproved(SealedScenario(SEALED_TERMS))),
    "sealed, cancelled": lambda: sealed(given_up(SealedScenario(SEALED_TERMS))),
}


SEALED_TERMS = with_terms(**FULL | SEALED | {"min_cohort": 1})


def sealed(twin: SealedTwin) -> SealedTwin:
    if twin.ledger.status == Status.TRAINING:
        trees = train(twin, 4, gaps=0b1, midway=True)
        assert twin.release_models() is None
        close_and_leave(twin, trees)
    twin.return_all_bonds()
    twin.withdraw("settler", "edge0", "edge1")
    return twin


def replayed(twin: Twin, logged: Sequence[tuple[int, Sequence[Event]]]) -> Ledger:
    ledger = Ledger(twin.terms, INITIATOR, CHAIN_ID, twin.chain.campaign)
    for now, found in logged:
        applying(ledger, now).apply(found)
    return ledger


@pytest.mark.parametrize("life", LIVES)
def test_the_books_are_those_of_the_twin(life) -> None:
    twin = LIVES[life]()
    assert replayed(twin, twin.events) == twin.as_told()
    told = [event for _, found in twin.events for event in found]
    if twin.terms.sealed:
        assert opened_among(told) == {edge: twin.trees[edge] for edge in opened_among(told)}
        return
    opened = books_among(told)
    assert opened == {operator: twin.sealed[operator] for operator in opened}


def test_every_event_of_the_contracts_is_among_them() -> None:
    seen = {event.name for life in LIVES.values() for _, found in life().events for event in found}
    assert seen == KINDS - {REFUSED}  # see below


def believed(twin: Twin, logged: Sequence[tuple[int, Sequence[Event]]]) -> Ledger | None:
    """The books that whoever reads the contracts too makes of events; None if it notices that they are wrong."""

    def views(wanted: Sequence[tuple[Any, ...]]) -> list[Any]:
        on_books, kind = {"book", "section", "paid", "attempt"}, "SealedBooks" if twin.terms.sealed else "Books"
        read = twin.chain.machine.view
        return [read(kind, twin.books, *one) if one[0] in on_books else twin.chain.view(*one) for one in wanted]

    told = ((event.name, event.arguments) for _, found in logged for event in found)
    if disagreement(told, views, sealed=twin.terms.sealed):
        return None
    try:
        ledger = replayed(twin, logged)
        check_figures(ledger, views, twin.ledger.credit)
        compare_figures(list(paid_figures(ledger.offers)), views)
    except (CofundError, LookupError, ArithmeticError):
        return None
    return ledger


def changed(event: Event) -> Iterator[Event]:
    """The event with another number in every place where it has one."""
    for name, value in event.arguments.items():
        if isinstance(value, int):
            yield replace(event, arguments=event.arguments | {name: int(value) + 1})


@pytest.mark.parametrize("life", LIVES)
def test_events_left_out_or_changed_give_no_other_books(life) -> None:
    twin = LIVES[life]()
    right = twin.as_told()
    assert believed(twin, twin.events) == right
    for at, (now, found) in enumerate(twin.events):
        for place, event in enumerate(found):
            for instead in ([], *([one] for one in changed(event))):
                other = [*twin.events]
                other[at] = now, [*found[:place], *instead, *found[place + 1 :]]
                silent = event.name == "Vetoed" and not event.arguments["carried"]  # nothing else tells of that vote
                assert silent or believed(twin, other) in (None, right), (event, instead)


def test_what_the_token_refuses_is_credit() -> None:
    twin = Scenario(with_terms(**FULL)).settled(stubborn())
    refuse(twin, "client0", "client2", "edge0", "owner0")
    claim_all(twin, train(twin, 4, midway=True))
    assert twin.withdraw("owner0", "owner1") is None
    assert twin.claim_edge_fee(0) is None
    refuse(twin, "client0", "edge0", way=0)
    assert twin.withdraw("client0", "client2", "edge0", "client0") is None
    refused = {event.arguments["account"] for _, found in twin.events for event in found if event.name == REFUSED}
    assert refused >= {address(name) for name in ("client0", "edge0", "owner0")}
    twin.ledger.refused_by_token = set()
    assert replayed(twin, twin.events) == twin.ledger
