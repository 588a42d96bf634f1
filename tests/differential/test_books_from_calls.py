"""Books kept from decoded calls alone, as a record is verified, equal those kept call by call."""

from typing import Any

import pytest

from cofund.campaign.books import apply_call
from cofund.chain.artifacts import artifact
from cofund.chain.contract import DecodedCall
from cofund.settlement.ledger import Ledger
from evm import CHAIN_ID
from scenario import Scenario, close_and_leave, train
from twin import INITIATOR, SPONSOR, Twin, with_terms

FUNCTIONS = [entry for entry in artifact("Campaign").abi if entry["type"] == "function"]
CHANGING = {entry["name"] for entry in FUNCTIONS if entry["stateMutability"] == "nonpayable"}
FULL = {"edge_bond": 70, "veto_window_s": 20, "tolerance": 1}


def named(entries: list[dict[str, Any]], values: Any) -> dict[str, Any]:
    """Arguments by name, structures as dictionaries, like a decoder of calldata gives them."""
    found = {}
    for entry, value in zip(entries, values, strict=True):
        structures = entry["type"] == "tuple[]"
        found[entry["name"]] = [named(entry["components"], row) for row in value] if structures else value
    return found


def calls(twin: Twin) -> list[tuple[int, DecodedCall]]:
    inputs = {(entry["name"], len(entry["inputs"])): entry["inputs"] for entry in FUNCTIONS}
    return [
        (now, DecodedCall(sender, twin.chain.campaign, function, named(inputs[function, len(arguments)], arguments)))
        for now, sender, function, arguments in twin.accepted
    ]


def trained(**promise: Any) -> Twin:
    twin = Scenario(with_terms(**FULL, **promise), relayed=frozenset({"client0"})).settled()
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
}


@pytest.mark.parametrize("life", LIVES)
def test_the_books_are_those_of_the_twin(life) -> None:
    twin = LIVES[life]()
    again = Ledger(twin.terms, INITIATOR, CHAIN_ID, twin.chain.campaign)
    for now, call in calls(twin):
        apply_call(again, now, call)
    assert again == twin.ledger


def test_every_call_of_the_contract_is_among_them() -> None:
    made = {call.function for life in LIVES.values() for _, call in calls(life())}
    assert made == CHANGING
