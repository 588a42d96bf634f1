"""Bytes that no client would send, from people who own nothing: the books never change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cofund.chain.artifacts import artifact
from cofund.errors import Reverted
from evm import signature_of
from profiles import times
from scenario import Scenario, train
from twin import Twin, address

FUNCTIONS = [entry for entry in artifact("Campaign").abi if entry["type"] == "function"]
SELECTORS = [signature_of("Campaign", entry["name"], len(entry["inputs"]))[0] for entry in FUNCTIONS]
words = st.sampled_from([0, 1, 2, 32, 64, 96, 2**255, 2**256 - 1]) | st.integers(0, 2**256 - 1)
arguments = st.lists(words, max_size=12).map(lambda found: b"".join(word.to_bytes(32) for word in found))
calldata = st.builds(
    lambda selector, head, tail: selector + head + tail,
    st.sampled_from(SELECTORS) | st.binary(max_size=4),
    arguments,
    st.binary(max_size=40),
)


def trained() -> Twin:
    twin = Scenario().settled()
    train(twin, 2)
    return twin


STATES = {"committing": Scenario().committed, "opened": Scenario().revealed, "trained": trained}


@pytest.mark.parametrize("state", STATES)
def test_random_bytes_change_nothing(state) -> None:
    twin = STATES[state]()
    outcomes = set()

    @times(1.5)
    @given(data=calldata)
    def send(data) -> None:
        try:
            twin.chain.machine.send(twin.chain.campaign, data, address("outsider"))
        except Reverted:
            outcomes.add("refused")
        else:
            outcomes.add("answered")

    send()
    twin.compare()
    assert outcomes == {"refused", "answered"}  # views answer
