"""The public names are these and no others."""

import subprocess
import sys

import pytest

import cofund


def test_the_public_names() -> None:
    assert cofund.__all__ == [
        "AccountError",
        "Campaign",
        "CheckFailed",
        "Client",
        "ClientScript",
        "CofundError",
        "Columns",
        "Edge",
        "EdgeScript",
        "Finished",
        "InputError",
        "Instance",
        "NodeError",
        "Outcome",
        "OwnTask",
        "Owner",
        "OwnerScript",
        "Plan",
        "Reverted",
        "Script",
        "audit",
        "clear",
        "clear_columns",
        "connect",
        "encode_instance",
        "encode_outcome",
        "explain",
        "generate",
        "load_columns",
        "load_draft",
        "load_instance",
        "load_outcome",
        "plan",
        "report",
        "run_campaign",
        "train",
        "verify",
        "verify_address",
    ]
    assert all(hasattr(cofund, name) for name in cofund.__all__)


def test_a_market_is_cleared_from_python() -> None:
    market = cofund.generate(owners=4, clients=20, edges=3, seed=1)
    outcome = cofund.clear(market)
    paid = outcome.clients_paid + outcome.edges_paid + outcome.coordinator_paid
    assert outcome.funded
    assert outcome.owners_paid == paid + outcome.surplus


def test_a_market_in_columns_is_cleared_from_python() -> None:
    market = cofund.generate(owners=4, clients=20, edges=3, seed=1)
    assert cofund.clear_columns(cofund.Columns.of(market)).owners_paid == cofund.clear(market).owners_paid


def test_numpy_waits_until_columns_are_asked_for() -> None:
    program = "import sys, cofund; assert 'numpy' not in sys.modules; cofund.Columns; assert 'numpy' in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_other_names_do_not_exist() -> None:
    with pytest.raises(AttributeError, match="module 'cofund' has no attribute 'auction'"):
        _ = cofund.auction
