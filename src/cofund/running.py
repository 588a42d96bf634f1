"""A whole campaign in one folder: its chain, everybody's part, its record and its report."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cofund.campaign import run
from cofund.campaign.engines import Opening, in_process
from cofund.campaign.launch import cast_of
from cofund.campaign.script import Script
from cofund.campaign.watch import Watch
from cofund.campaign.workspace import Workspace
from cofund.chain.node import DevelopmentNode, EmbeddedNode, Node, connect
from cofund.errors import InputError, NodeError
from cofund.report.html import render_report

EMBEDDED: Final = "embedded"
IN_PROCESS: Final = "in-process"
NVFLARE: Final = "nvflare"


@dataclass(frozen=True, slots=True)
class Finished:
    """A campaign that is over.

    Attributes:
        record: everything it produced (docs/record.md).
        record_file: the same as a file, for ``cofund verify``.
        report_file: the record as one HTML page.
    """

    record: dict[str, Any]
    record_file: Path
    report_file: Path


def run_campaign(
    script: Script,
    folder: str | Path,
    rpc_url: str = EMBEDDED,
    watch: Watch | None = None,
    engine: str | Opening = IN_PROCESS,
) -> Finished:
    """Run a rehearsed campaign to its end; one that was interrupted in the folder goes on, a finished one is replaced.

    Args:
        script: everybody's part.
        folder: where everything is kept.
        rpc_url: of a development node such as anvil, or ``embedded`` for a chain inside this process.
        watch: is told how it goes.
        engine: what the bought rounds are trained on: ``in-process``, ``nvflare`` (every party as processes of this
            host, with certificates), or one of your own.

    Raises:
        CofundError: if something in the script is wrong, or node or engine are none of these.
    """
    opening = engine_named(engine) if isinstance(engine, str) else engine
    workspace = Workspace(Path(folder))
    if workspace.record.exists():
        workspace.clear()  # that campaign is finished and paid out
    record = run.run_campaign(script, _node(rpc_url, script, workspace), workspace, watch, opening)
    workspace.write(workspace.report, render_report(record))
    return Finished(record, workspace.record, workspace.report)


def engine_named(name: str) -> Opening:
    """An engine of this package.

    Raises:
        InputError: there is none of that name, or what it needs is not installed.
    """
    if name == IN_PROCESS:
        return in_process
    if name != NVFLARE:
        raise InputError("run_campaign", "engine", f"expected {IN_PROCESS} or {NVFLARE}, got {name}")
    from cofund.campaign.across_processes import across_processes  # noqa: PLC0415 - most campaigns need no processes
    from cofund.training.engines.nvflare import require_nvflare  # noqa: PLC0415

    require_nvflare()
    return across_processes


def to_be_continued(folder: Path) -> bool:
    """Whether a campaign in this folder was interrupted."""
    workspace = Workspace(folder)
    return workspace.terms.exists() and not workspace.record.exists()


def _node(rpc_url: str, script: Script, workspace: Workspace) -> Node:
    accounts = [account.address for account in cast_of(script, workspace.seed()).all()]
    if rpc_url == EMBEDDED:
        return EmbeddedNode(accounts, workspace.journal())
    node = connect(rpc_url, workspace.journal())
    if not isinstance(node, DevelopmentNode):
        raise NodeError(f"{rpc_url}: a rehearsal sets the clock and hands out coins, which needs anvil")
    node.fund(accounts)
    return node
