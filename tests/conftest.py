"""Fixtures shared by all tests: one real campaign a session, a node over JSON-RPC."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

import profiles  # noqa: F401 - loads the profile of hypothesis

ROOT = Path(__file__).parent.parent
ANVIL = ROOT / "node_modules" / ".bin" / "anvil"

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
    if not ANVIL.exists():
        assert not os.environ.get("CI"), "CI must have anvil: `make node`"
        pytest.skip("anvil is not installed: `make node` installs it where there is npm")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = [str(ANVIL), "--port", str(port), "--silent", "--hardfork", "prague", "--timestamp", "1767225600"]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        assert process.poll() is None, "anvil ended by itself"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("anvil did not open its port within 10 s")
