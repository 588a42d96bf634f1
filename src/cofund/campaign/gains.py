"""What each owner gained: the checkpoint of its level against models from its own sites' data alone."""

from typing import Any

from cofund.campaign.evidence import Evidence
from cofund.campaign.publication import Training
from cofund.campaign.tasks import campaign_task, plan_of
from cofund.settlement.ledger import Ledger
from cofund.training.evaluation import train_alone
from cofund.training.model import Model

DECIMALS = 4


def train_all_alone(training: Training, owners: list[str]) -> dict[str, Model]:
    """A model for every site of every owner, from its own data and as many local steps as a client makes."""
    found, plan = campaign_task(training.task), plan_of(training)
    task = found.task(plan)
    steps = plan.rounds * plan.edge_rounds * plan.local_steps
    return {
        name: train_alone(task, name, site.own, steps, plan.seed)
        for owner in owners
        for name, site in found.sites(owner).items()
    }


def gains(evidence: Evidence, ledger: Ledger) -> list[dict[str, Any]]:
    """One row for every site of every invited owner; metrics as decimal text with four digits.

    ``alone``: a model from the site's own data. ``untrained``: the task's rule that needs no training. ``level``: the
    rounds its owner bought and that were done, ``funded``: the checkpoint of that level (None without one).
    ``final``: the last checkpoint, whoever paid for it.
    """
    training = Training(**evidence.terms["training"])
    found = campaign_task(training.task)
    task = found.task(plan_of(training))
    levels = {owner.account: min(owner.level, ledger.rounds_done) for owner in ledger.owners}
    rows = []
    for owner in evidence.terms["owners"]:
        level = levels.get(owner["account"], 0)
        for name, site in found.sites(owner["id"]).items():
            funded = task.evaluate(evidence.checkpoints[level], site.test)
            rows.append(
                {
                    "owner": owner["id"],
                    "site": name,
                    "alone": _text(task.evaluate(evidence.alone[name], site.test)),
                    "untrained": _text(found.untrained_metric(site)),
                    "level": level,
                    "funded": _text(funded) if level else None,
                    "final": _text(task.evaluate(evidence.checkpoints[-1], site.test)),
                }
            )
    return rows


def _text(value: float) -> str:
    return f"{value:.{DECIMALS}f}"
