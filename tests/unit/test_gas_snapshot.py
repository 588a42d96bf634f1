"""The committed gas snapshot still tells what the contracts use: its smallest campaign is measured again."""

import json
import os

import pytest

from benchmarks.gas import LIMITS, SIZES, SNAPSHOT, measure
from benchmarks.gas_node import ANVIL, TRANSACTION_GAS_LIMIT

STORED = json.loads(SNAPSHOT.read_text())


@pytest.mark.node
def test_a_campaign_of_ten_clients_uses_what_the_snapshot_says() -> None:
    if not ANVIL.exists():
        assert not os.environ.get("CI"), "CI must have anvil: `make node`"
        pytest.skip("anvil is not installed: `make node` installs it where there is npm")
    measured, stored = measure(*SIZES["10 clients"]), STORED["calls"]["10 clients"]
    assert measured.keys() == stored.keys()
    changed = {name: (stored[name], gas) for name, gas in measured.items() if 100 * abs(gas - stored[name]) > gas}
    assert not changed, "more than 1 % away from the snapshot: `python -m benchmarks.gas --write`, and review it"


def test_the_snapshot_reaches_the_goals() -> None:
    for heading, limits in LIMITS.items():
        assert {name: STORED["calls"][heading][name] <= limit for name, limit in limits.items()} == dict.fromkeys(
            limits, True
        )
    assert max(STORED["largest settle"].values()) <= TRANSACTION_GAS_LIMIT * 9 // 10
    assert max(STORED["largest transaction"].values()) < TRANSACTION_GAS_LIMIT
