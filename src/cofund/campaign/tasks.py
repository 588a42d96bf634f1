"""The training plan in a campaign's terms, and the task that they name (``training/tasks/named.py``)."""

from cofund.campaign.publication import Training
from cofund.training.plan import Plan
from cofund.training.tasks.named import campaign_task, is_own

__all__ = ["campaign_task", "is_own", "plan_of"]


def plan_of(training: Training, rounds: int | None = None) -> Plan:
    """The training plan in the terms, for ``rounds`` rounds if fewer were bought."""
    return Plan(
        local_steps=training.local_steps,
        edge_rounds=training.edge_rounds,
        rounds=training.rounds if rounds is None else rounds,
        learning_rate=training.learning_rate,
        batch=training.batch,
        seed=training.seed,
    )
