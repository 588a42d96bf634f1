"""Fixtures shared by all tests: one real campaign a session, a node over JSON-RPC."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

import profiles  # noqa: F401 - loads the profile of hypothesis

LONGEST_FIRST = (
    "tests/node/test_every_role_is_a_process.py",
    "tests/nvflare/test_campaign_across_processes.py",
    "tests/campaign/test_interrupted_run.py",
    "tests/nvflare/test_nvflare_training.py",
    "tests/node/test_conducting.py",
    "tests/docs/test_tutorial.py",
    "tests/docs/test_docs.py",
)
"""Files that would keep one core busy at the end while the other has nothing left to do."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the longest files, also after the order was drawn at random."""
    order = {str(config.rootpath / name): place for place, name in enumerate(LONGEST_FIRST)}
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
