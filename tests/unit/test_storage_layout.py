"""What is read of the storage without a view, the quality curve, is where the compiler puts it."""

from pathlib import Path

import pytest
from vyper.cli.vyper_compile import compile_files

from cofund.campaign.chain_state import CURVE_SLOT

CONTRACTS = Path(__file__).parents[2] / "contracts"


@pytest.fixture(scope="module")
def layout():
    (compiled,) = compile_files([CONTRACTS / "Campaign.vy"], ["layout"], paths=[CONTRACTS]).values()
    return compiled["layout"]["storage_layout"]


def test_the_curve_lies_where_its_reader_looks(layout) -> None:
    assert layout["curve"]["slot"] == CURVE_SLOT
    assert layout["curve"]["type"].startswith("DynArray[uint256, ")  # its length first, then a word in each slot
