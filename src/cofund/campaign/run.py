"""One campaign from the first commitment to the last payment, and its record.

Every step is a transaction that the node's journal remembers and every round a checkpoint, so that a run that was
interrupted is continued by running it again in the same folder.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cofund.campaign.engines import Opening, in_process
from cofund.campaign.evidence import Evidence
from cofund.campaign.gains import gains, levels_of, train_all_alone
from cofund.campaign.held import alone_text
from cofund.campaign.launch import cast_of, launch
from cofund.campaign.published import read_releases
from cofund.campaign.record import build_record
from cofund.campaign.rehearsed import executed
from cofund.campaign.script import Script
from cofund.campaign.signed_rounds import named_bitmaps
from cofund.campaign.store import RECORD, Store
from cofund.campaign.tasks import task_of
from cofund.campaign.text import render
from cofund.campaign.watch import Silent, Watch
from cofund.training import checkpoints
from cofund.training.model import model_digest
from cofund.training.returned import initial_model

if TYPE_CHECKING:
    from cofund.campaign.workspace import Workspace
    from cofund.chain.node import Node
    from cofund.settlement.ledger import Ledger


def run_campaign(
    script: Script,
    node: "Node",
    workspace: "Workspace",
    watch: Watch | None = None,
    engine: Opening = in_process,
) -> dict[str, Any]:
    """Run a whole campaign, or go on with one that was interrupted, and write its record.

    Args:
        script: everybody's part.
        node: the chain.
        workspace: the campaign's folder.
        watch: is told how it goes.
        engine: what the bought rounds are trained on.

    Returns:
        The record.
    """
    from cofund.roles.playing import PlayedCampaign  # noqa: PLC0415 - the parties are a layer above

    watch, cast = watch or Silent(), cast_of(script, workspace.seed())
    watch.phase("Rehearsal, terms, contract", 1)
    launched = launch(script, cast, node, workspace, watch)
    rehearsal = PlayedCampaign(script, cast, node, workspace, launched, watch, engine)
    rehearsal.play()
    store = Store(rehearsal.store)
    record = build_record(evidence(script, launched.document, node, rehearsal.ledger(), workspace, store), node)
    workspace.write(workspace.record, render(record))
    store.put(RECORD, render(record).encode())
    return record


def evidence(
    script: Script, terms: dict[str, Any], node: "Node", ledger: "Ledger", workspace: "Workspace", store: Store
) -> Evidence:
    """Everything a record is computed from."""
    training, rounds = terms["training"], checkpoints.load_all(workspace.checkpoints)
    initial = initial_model(task_of(training)[1], training["seed"])
    models = (initial, *(finished.model for finished in rounds))
    alone = train_all_alone(training, [owner.id for owner in script.owners])
    workspace.write(workspace.alone, alone_text(alone))
    deliveries = tuple(delivery for finished in rounds for delivery in finished.deliveries)
    return replace(
        executed(node, [(intent.raw, mined) for intent, mined in node.sent()], terms),
        deliveries=deliveries,
        delivered=named_bitmaps(deliveries),
        gains=tuple(gains(terms, levels_of(ledger), models, alone)),
        alone={site: model_digest(model) for site, model in alone.items()},
        releases=tuple(read_releases(store, ledger.boxes)) if ledger.boxes else (),
    )
