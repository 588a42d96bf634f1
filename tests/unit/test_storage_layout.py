"""The only part of the storage that is read without a view, the quality curve, is where the compiler puts it."""

from pathlib import Path

from vyper.cli.vyper_compile import compile_files

from cofund.campaign.chain_state import CURVE_SLOT

CONTRACTS = Path(__file__).parents[2] / "contracts"


def test_the_curve_lies_where_its_reader_looks() -> None:
    (layout,) = compile_files([CONTRACTS / "Campaign.vy"], ["layout"], paths=[CONTRACTS]).values()
    curve = layout["layout"]["storage_layout"]["curve"]
    assert curve["slot"] == CURVE_SLOT
    assert curve["type"].startswith("DynArray[uint256, ")  # its length first, then a word in each slot
