"""Nothing but its payments names whom a claim from a sealed book paid: who signed the claim binds them."""

from dataclasses import replace

import pytest
from eth_abi import encode
from eth_utils.address import to_checksum_address

from cofund.campaign.called import check_call
from cofund.campaign.sealed_events import ApplyingSealed
from cofund.chain.abi import called_with
from cofund.chain.contract import DecodedCall
from cofund.chain.logs import Event
from cofund.errors import CheckFailed
from cofund.settlement.ledger import Ledger
from evm import CHAIN_ID, signature_of
from scenario import claim_all, train
from sealed_scenario import SEALED, SealedScenario
from sealed_twin import SealedTwin
from twin import INITIATOR, address, with_terms


def claimed() -> tuple[SealedTwin, int]:
    """A campaign, and the number of a claim that paid two clients at once."""
    twin = SealedScenario(with_terms(**SEALED, min_cohort=1), offers=((9, 0), (3, 1), (5, 1))).settled()
    claim_all(twin, train(twin, 4))
    return twin, next(at for at, (_, found) in enumerate(twin.events) if len(paid(found)) > 1)


def paid(events: list[Event]) -> list[str]:
    return [event.arguments["account"] for event in events if event.name == "Paid"]


def with_accounts(events: list[Event], accounts: list[str]) -> list[Event]:
    left = iter(accounts)
    return [
        replace(event, arguments=event.arguments | {"account": next(left)}) if event.name == "Paid" else event
        for event in events
    ]


def test_a_node_cannot_say_that_others_were_paid() -> None:
    twin, at = claimed()
    _, sender, function, arguments = twin.accepted[at]
    selector, inputs, _ = signature_of("SealedBooks", function, len(arguments))
    data = selector + encode(inputs, arguments)
    call = DecodedCall(to_checksum_address(sender), twin.books, *called_with("SealedBooks", data))
    now, events = twin.events[at]
    one, other = paid(events)
    check_call(twin.ledger, call, data, events)
    for accounts in ([other, one], [address("outsider"), other], [one, one]):
        with pytest.raises(CheckFailed, match=r"claim: paid .*, whom it does not name there"):
            check_call(twin.ledger, call, data, with_accounts(events, accounts))
    before = Ledger(twin.terms, INITIATOR, CHAIN_ID, twin.chain.campaign)
    for time, found in twin.events[:at]:
        ApplyingSealed(before, time).apply(found)
    with pytest.raises(CheckFailed, match="the event Claimed says"):
        ApplyingSealed(before.copy(), now).apply([event for event in events if event.name != "Paid"])
