"""Every bound of the factory, at the bound and one beyond."""

import pytest

from bounds import BOUNDS, refusal
from evm import deploy_campaign
from twin import SOME_TERMS, address

FOUND = deploy_campaign(SOME_TERMS, address("somebody else"))


@pytest.mark.parametrize("bound", BOUNDS, ids=map(str, BOUNDS))
def test_the_factory_takes_the_bound_and_refuses_one_beyond(bound) -> None:
    machine = FOUND.machine
    start = machine.evm.snapshot()
    assert refusal(machine, FOUND.factory, bound.within) is None
    machine.evm.revert(start)
    assert refusal(machine, FOUND.factory, bound.beyond) == bound.sentence
