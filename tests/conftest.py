"""Fixtures shared by all tests: one real campaign a session, a node over JSON-RPC."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

import profiles  # noqa: F401 - loads the profile of hypothesis
from cofund.training.threads import prefer_one

prefer_one()  # before the processes of xdist start: they share the cores already

LONGEST_FIRST = (
    "node/test_every_role_is_a_process.py",
    "campaign/test_record_is_verified.py",
    "nvflare/test_campaign_across_processes.py",
    "node/test_faulty_nodes.py",
    "nvflare/test_nvflare_training.py",
    "node/test_campaign_over_json_rpc.py",
    "campaign/test_interrupted_run.py",
    "docs/test_docs.py",
    "browser/test_web_wallets_that_err.py",
    "node/test_nobody_pays_unchecked.py",
    "differential/test_arrays_against_clear.py",
    "campaign/test_every_value_of_a_record.py",
    "docs/test_training_tables.py",
    "browser/test_web_accessibility.py",
    "campaign/test_other_lives.py",
    "node/test_watchers_on_faulty_nodes.py",
    "node/test_conducting.py",
    "regression/test_reading_costs_150_times_its_size.py",
    "node/test_one_campaign_from_every_source.py",
    "stateful/test_seats_from_books_and_views.py",
    "node/test_sending.py",
    "node/test_roles_on_a_node.py",
    "regression/test_training_that_dies_with_money_locked.py",
    "node/test_recompute_from_chain.py",
    "browser/test_web_before_the_first_signature.py",
    "stateful/test_contract_equals_ledger.py",
    "browser/test_web_wallet.py",
    "regression/test_a_stranger_cannot_freeze_the_web.py",
    "node/test_killed_commands.py",
    "node/test_lying_nodes.py",
    "examples/test_digits_campaign.py",
    "unit/test_report_command.py",
    "node/test_followed_is_fresh.py",
    "node/test_watching.py",
    "docs/test_tutorial.py",
    "node/test_verify_on_chain.py",
    "regression/test_a_mixture_of_two_blocks.py",
    "node/test_consortium_chain.py",
)
"""Files that take more than 20 s, so that all processes end together. Those of NVFlare do not begin at once."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the longest files, also after the order was drawn at random."""
    order = {str(config.rootpath / "tests" / name): place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: order.get(str(item.path), len(order)))


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """What ``cofund demo`` leaves behind, run once on the embedded chain as a user runs it, for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "campaign" / "demo"
    folder.parent.mkdir(exist_ok=True)
    with FileLock(folder.parent / "lock"):
        if not (folder / "terminal.txt").exists():
            run_demo(folder)
    return folder


def run_demo(folder: Path) -> None:
    from click.testing import CliRunner

    from cofund.cli.main import cli

    result = CliRunner().invoke(cli, ["demo", "--out", str(folder)], catch_exceptions=False, env={"COLUMNS": "100"})
    assert result.exit_code == 0, result.output
    (folder / "terminal.txt").write_text(result.output)


@pytest.fixture(scope="session")
def demo_record_path(demo_folder: Path) -> Path:
    return demo_folder / "record.json"


@pytest.fixture(scope="session")
def demo_record_text(demo_record_path: Path) -> str:
    return demo_record_path.read_text()


@pytest.fixture
def demo_record(demo_record_text: str) -> dict[str, Any]:
    return json.loads(demo_record_text)


@pytest.fixture(scope="session")
def anvil_url() -> Iterator[str]:
    """A fresh anvil on loopback; where it is not installed the tests say so and are skipped, but never in CI."""
    from anvil import Anvil

    with Anvil(("--timestamp", "1767225600")) as node:
        yield node.url
