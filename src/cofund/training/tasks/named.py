"""Tasks by name: a packaged one, ``module:attribute`` for a task of your own, or the path of a TOML file.

Campaigns and ``cofund train`` find them here. A task of your own is one that everybody who runs or verifies the
campaign can import. A new packaged task is a module with its ``TASK``, and a line in ``TASKS``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cofund.errors import InputError
from cofund.market.outside_code import loaded
from cofund.training import draws
from cofund.training.plan import Federation, Plan
from cofund.training.tasks.labelled import Division, LabelledTask
from cofund.training.tasks.own import CampaignTask, OwnTask

TASKS: Final = {
    "air-quality": "cofund.training.tasks.air_quality_parties:TASK",
    "digits": "cofund.training.tasks.digits:TASK",
    "images": "cofund.training.tasks.images:TASK",
}
"""Name -> where the packaged task is; it is imported when it is asked for."""


def is_own(name: str) -> bool:
    """Whether a name stands for code that is not packaged."""
    return ":" in name


def packaged_task(name: str) -> CampaignTask | None:
    """The packaged task that campaigns can have under this name; None if there is none."""
    found = _packaged(name)
    return found if isinstance(found, CampaignTask) else None


def campaign_task(name: str) -> CampaignTask:
    """The task that terms name.

    Raises:
        InputError: if there is none of that name, or what is there is no task.
    """
    found = _own(name) if is_own(name) else packaged_task(name)
    if found is None:
        raise InputError("terms", "training.task", f"expected {known()}, got {name}")
    return found


def known() -> str:
    """What terms can name, in words."""
    return f"one of {', '.join(name for name in TASKS if packaged_task(name))}, or module:attribute"


def task_alone(name: str, layout: Mapping[str, Any], folder: Path | None = None) -> tuple[CampaignTask, Plan]:
    """The task of this name to be trained alone, on its rehearsal, and what it trains well with.

    Args:
        name: of a packaged task, ``module:attribute``, or the path of a TOML file.
        layout: fields of ``Division`` to change; only for tasks without parties of their own.
        folder: IDX files of the task ``images``.

    Raises:
        InputError: no such task, or the task has parties of its own and ``layout`` is not empty.
    """
    found = _packaged(name)
    if isinstance(found, LabelledTask):
        found = found.laid_out(Division(**layout), folder)
    elif layout:
        raise InputError(
            "train", next(iter(layout)), f"only for digits and images; {name} has its own clients and edges"
        )
    elif name.endswith(".toml"):
        found = _table(Path(name))
    elif is_own(name):
        found = _own(name)
    if not isinstance(found, CampaignTask):
        raise InputError("train", name, f"expected one of {', '.join(TASKS)}, module:attribute, or a .toml file")
    return found, getattr(found, "plan", Plan())


def drawn_cohort(members: Federation, size: int, seed: int) -> Federation:
    """The same federation with a random cohort of its clients; edges left without a client are left out.

    Raises:
        InputError: not from 1 to all clients.
    """
    clients = members.clients
    if not 1 <= size <= len(clients):
        raise InputError("train", "cohort", f"from 1 to the number of clients, {len(clients)}, got {size}")
    return members.only([clients[at] for at in draws.order(f"cofund.cohort/1/{seed}", len(clients))[:size]])


def _own(name: str) -> CampaignTask:
    found = loaded(name, "terms", "training.task")
    if not isinstance(found, CampaignTask):
        raise InputError("terms", "training.task", f"expected a task at {name}, got {type(found).__name__}")
    return found


def _packaged(name: str) -> Any:
    return loaded(TASKS[name], "terms", "training.task") if name in TASKS else None


def _table(path: Path) -> OwnTask:
    from cofund.training.tasks import table  # noqa: PLC0415 - pyarrow is an extra

    found = table.load(path, everybody=True)
    return OwnTask(
        "mean accuracy over clients", found.task, lambda: found.federation, lambda: found.federation, plan=found.plan
    )
