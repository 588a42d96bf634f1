"""One campaign from the first commitment to the last payment, top to bottom.

Every step is a transaction that the node's journal remembers and every round a checkpoint, so that a run that was
interrupted is continued by running it again in the same folder.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cofund.campaign.bidding import commit, reveal, settle
from cofund.campaign.delivering import deliver, deliveries_of, pay, release_models, train
from cofund.campaign.engines import Opening, in_process
from cofund.campaign.evidence import Evidence
from cofund.campaign.gains import gains, levels_of, train_all_alone
from cofund.campaign.held import alone_text
from cofund.campaign.launch import cast_of, launch
from cofund.campaign.publication import Training
from cofund.campaign.record import build_record
from cofund.campaign.rehearsed import executed
from cofund.campaign.script import Script
from cofund.campaign.stage import Stage
from cofund.campaign.store import RECORD
from cofund.campaign.tasks import campaign_task, plan_of
from cofund.campaign.text import render
from cofund.campaign.watch import Silent, Watch
from cofund.settlement.ledger import Status
from cofund.training.deliveries import bitmaps
from cofund.training.hierfavg import Round
from cofund.training.model import model_digest
from cofund.training.returned import asked, initial_model

if TYPE_CHECKING:
    from cofund.campaign.workspace import Workspace
    from cofund.chain.node import Node


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
    watch, cast = watch or Silent(), cast_of(script, workspace.seed())
    watch.phase("Rehearsal, terms, contract", len(cast.payers()))
    stage = Stage(script, cast, node, workspace, launch(script, cast, node, workspace, watch), watch, engine)
    openings = commit(stage)
    reveal(stage, openings)
    settle(stage)
    rounds = list(train(stage)) if stage.books().status == Status.TRAINING else []
    if stage.books().status == Status.TRAINING:
        deliver(stage, rounds)
    pay(stage, rounds)
    record = build_record(evidence(stage, rounds), node)
    workspace.write(workspace.record, render(record))
    stage.store().put(RECORD, render(record).encode())
    return record


def evidence(stage: Stage, rounds: list[Round]) -> Evidence:
    """Everything a record is computed from."""
    training = Training(**stage.launched.document["training"])
    initial = initial_model(asked(campaign_task(training.task).task, plan_of(training)), training.seed)
    checkpoints = (initial, *(finished.model for finished in rounds))
    alone, terms, ledger = (
        train_all_alone(training, [o.id for o in stage.script.owners]),
        stage.launched.document,
        stage.books(),
    )
    stage.workspace.write(stage.workspace.alone, alone_text(alone))
    deliveries, sent = deliveries_of(rounds), [(intent.raw, mined) for intent, mined in stage.node.sent()]
    return replace(
        executed(stage.node, sent, terms),
        deliveries=deliveries,
        delivered=bitmaps(deliveries),
        gains=tuple(gains(terms, levels_of(ledger), checkpoints, alone)),
        alone={site: model_digest(model) for site, model in alone.items()},
        releases=tuple(release_models(stage, ledger, rounds)) if ledger.released() else (),
    )
