"""What the tests in a browser share: Debian's Chromium, a server that follows a node, a folder for screenshots."""

import os
import shutil
from pathlib import Path

import pytest

from anvil import Anvil
from operating import CLIENTS, COORDINATOR, FLAGS, OWNER, RICH, Operating

CHROMIUM = shutil.which("chromium")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def chromium():
    """Headless Chromium; where there is none the tests say so and are skipped, but never in CI."""
    if CHROMIUM is None:
        assert not os.environ.get("CI"), "CI must have chromium: `make browser`"
        pytest.skip("no chromium: `make browser` installs it on Debian")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe_path():
    """The accessibility checker; skipped where npm has not installed it, but never in CI."""
    path = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists():
        assert not os.environ.get("CI"), "CI must have axe-core: `make node`"
        pytest.skip("axe-core is not installed: `make node` installs it where there is npm")
    return path


@pytest.fixture(scope="session")
def screenshots():
    """Folder of this run's screenshots, which git ignores: COFUND_SCREENSHOTS, or ``build/screenshots``."""
    folder = Path(os.environ.get("COFUND_SCREENSHOTS", ROOT / "build" / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """An anvil with a campaign whose parties have money; nobody has done anything."""
    with Anvil(FLAGS) as anvil:
        operating = Operating(anvil, tmp_path_factory.mktemp("campaign"))
        operating.create("--store", (operating.folder / "store").as_uri())
        rich = [OWNER.address, CLIENTS[0].address, COORDINATOR.address]
        operating.token.send(RICH, "mint", "mint", rich, 10**6)
        yield operating


@pytest.fixture
def campaign(node):
    """The same campaign, as it was before the test before."""
    before = node.anvil.ask("evm_snapshot")
    yield node
    assert node.anvil.ask("evm_revert", before)
    node.node.sender.nonces.clear()  # they were those of a chain that is gone
