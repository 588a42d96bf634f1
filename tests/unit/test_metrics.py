"""A round's metric on chain: signed parts of 10**9, and a value that says that there is none."""

import math

import pytest

from cofund.campaign.metrics import NO_METRIC, metric_entry, metric_of, metric_ppb
from cofund.chain.abi import named
from scenario import Scenario
from twin import COORDINATOR


@pytest.mark.parametrize(
    ("metric", "parts"), [(0.5, 5 * 10**8), (0.0, 0), (-1.25, -1_250_000_000), (1e-9, 1), (3.0, 3 * 10**9)]
)
def test_a_metric_goes_on_chain_and_back(metric, parts) -> None:
    assert metric_ppb(metric) == parts
    assert metric_of(parts) == metric


@pytest.mark.parametrize("metric", [None, math.nan, math.inf, -math.inf, 1e300, -1e300, 1e69])
def test_what_is_no_number_or_does_not_fit_is_none(metric) -> None:
    assert metric_ppb(metric) == NO_METRIC
    assert metric_of(NO_METRIC) is None
    assert metric_entry(NO_METRIC) == {"metric": "none", "metric_ppb": None}


@pytest.mark.parametrize("metric", [None, -0.75, 0.9, -1e60, 1e60])
def test_the_contract_logs_the_metric_that_it_was_given(metric) -> None:
    twin, parts = Scenario().settled(), metric_ppb(metric)
    twin.chain.call("record_round", 1, b"\1" * 32, b"\2" * 32, parts, sender=COORDINATOR)
    topics, data = next((log.topics, log.data) for log in twin.chain.machine.evm.result.logs)
    assert len(topics) == 1
    words = bytes(data[1]) if isinstance(data, tuple) else bytes(data)
    assert int.from_bytes(words[-32:], signed=True) == parts
    assert named([{"name": "metric", "type": "int256"}], words[-32:]) == {"metric": parts}
