"""A campaign's address binds everything that it was created with, so that no other campaign can ever have it.

With CREATE, who came first after a reorganisation got the address, and with it bids that were signed for another.
"""

from dataclasses import replace

import pytest

from cofund.chain.contract import creation_arguments
from cofund.errors import Reverted
from cofund.market.terms import EdgeTerms
from evm import deploy_campaign
from twin import INITIATOR, SOME_TERMS, address

CHANGES = {
    "another coordinator": {"coordinator": address("rogue")},
    "another veto window": {"veto_window_s": 7},
    "another edge": {"edges": (EdgeTerms("edge0", address("rogue"), 2, 20, 200), SOME_TERMS.edges[1])},
    "another curve": {"quality": (700_000_000, 300_000_000)},
    "another weight": {"weights": ((address("owner0"), 3),), "listed_owners": True},
    "another goal": {"goal": 1},
    "another digest": {"digest": b"\6" * 32},
}


def created(terms=SOME_TERMS, initiator=INITIATOR, store="") -> str:
    """Where the first campaign of a factory lies, which is always the same factory."""
    found = deploy_campaign(SOME_TERMS, address("somebody else"))
    arguments = creation_arguments(terms, store)
    return found.machine.call("CampaignFactory", found.factory, "create", *arguments, sender=initiator)


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_other_terms_have_another_address(change) -> None:
    assert created(replace(SOME_TERMS, **change)) != created()


def test_another_initiator_or_store_has_another_address() -> None:
    assert len({created(), created(initiator=address("rogue")), created(store="file:///a")}) == 3


def test_the_same_again_has_the_same_address() -> None:
    """Whatever was created before it: the campaign that a reorganisation undid is back where it was."""
    assert created() == deploy_campaign(SOME_TERMS, INITIATOR).campaign.lower()


def test_creating_exactly_the_same_twice_is_refused_with_a_sentence() -> None:
    found = deploy_campaign(SOME_TERMS, INITIATOR)
    with pytest.raises(Reverted, match="create: exactly this campaign exists already"):
        found.machine.call(
            "CampaignFactory", found.factory, "create", *creation_arguments(SOME_TERMS), sender=INITIATOR
        )
