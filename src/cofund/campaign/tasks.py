"""The training that terms describe: its plan, and the task that they name (``training/tasks/named.py``)."""

from typing import Any, Final

from cofund.errors import InputError
from cofund.training.plan import Plan
from cofund.training.returned import asked
from cofund.training.task import Task
from cofund.training.tasks.named import campaign_task
from cofund.training.tasks.own import CampaignTask

PLANNED: Final = ("rounds", "local_steps", "edge_rounds", "learning_rate", "batch", "seed")
"""What terms say of a plan, by the names of ``training.plan.Plan``; besides they name the task."""


def plan_of(training: dict[str, Any], rounds: int | None = None) -> Plan:
    """The plan in the terms' section ``training``, for ``rounds`` rounds if fewer were bought.

    Raises:
        InputError: the section has other fields, or a number in it is none that anybody could train with.
    """
    if training.keys() != {"task", *PLANNED}:
        raise InputError("terms", "training", f"expected task, {', '.join(PLANNED)}")
    return Plan(**{name: training[name] for name in PLANNED} | ({} if rounds is None else {"rounds": rounds}))


def task_of(training: dict[str, Any]) -> tuple[CampaignTask, Task]:
    """The task that the section names, and the same with its plan's learning rate and batch."""
    found = campaign_task(training["task"])
    return found, asked(found.task, plan_of(training))
