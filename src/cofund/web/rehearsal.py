"""The demonstration campaign in a process of its own, slow enough to watch, on a chain that others can read.

``python -m cofund.web.rehearsal FOLDER [URL]``: prints the URL of the chain, runs the campaign, and serves the chain
until standard input ends. Without a URL the chain is the embedded one behind a read-only JSON-RPC.
"""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cofund.campaign.demo import air_quality_script
from cofund.campaign.launch import cast_of
from cofund.campaign.run import run_campaign
from cofund.campaign.watch import Silent
from cofund.campaign.workspace import Workspace
from cofund.chain.node import EmbeddedNode, connect
from cofund.errors import CofundError, NodeError
from cofund.training.hierfavg import Round
from cofund.web.embedded import ReadOnlyRpc

STEP_S: Final = 0.2
ROUND_S: Final = 1.0
PHASE_S: Final = 4.0


class Paced(Silent):
    """Takes its time, so that people can follow."""

    def phase(self, title: str, total: int) -> None:
        """A pause between phases."""
        del title, total
        time.sleep(PHASE_S)

    def step(self, note: str) -> None:
        """A short pause after every transaction."""
        del note
        time.sleep(STEP_S)

    def round(self, finished: Round) -> None:
        """A pause after every round."""
        del finished
        time.sleep(ROUND_S)


def main(folder: Path, url: str | None) -> None:
    """Run the campaign and stay."""
    script, workspace = air_quality_script(), Workspace(folder)
    accounts = [account.address for account in cast_of(script, workspace.seed()).all()]
    if url is None:
        node: Any = EmbeddedNode(accounts, workspace.journal(), chain_id=fresh_chain_id())
        url = ReadOnlyRpc(node).start()
    else:
        node = connect(url, workspace.journal())
        if not hasattr(node, "fund"):
            raise NodeError(f"{url}: a rehearsal sets the clock and hands out coins, which needs anvil")
        node.fund(accounts)
    print(url, flush=True)  # noqa: T201 - the answer to whoever started this process
    run_campaign(script, node, workspace, Paced())


def fresh_chain_id() -> int:
    """Another one every time: wallets remember nonces by chain."""
    return 420_000_000 + time.time_ns() // 10**9 % 10_000_000


def stay(work: Callable[[], None]) -> int:
    """Do the work in a thread and wait until standard input ends."""
    failed: list[CofundError] = []

    def guarded() -> None:
        try:
            work()
        except CofundError as error:
            failed.append(error)
            print(f"error: {error}", file=sys.stderr, flush=True)  # noqa: T201

    threading.Thread(target=guarded, daemon=True).start()
    sys.stdin.read()
    return failed[0].exit_code if failed else 0


if __name__ == "__main__":
    sys.exit(stay(lambda: main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)))
