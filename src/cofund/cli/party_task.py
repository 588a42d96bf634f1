"""What a party of a training across machines trains: a task that campaigns know, or a function of the user's."""

import importlib
from typing import TYPE_CHECKING, Any

from cofund.errors import InputError

if TYPE_CHECKING:
    from cofund.training.engines.nvflare.layout import Layout
    from cofund.training.task import Task


def party_task(layout: "Layout", client: str | None = None) -> "tuple[Task, Any, Any]":
    """The task with a client's own data and validation data, None and None without a client.

    ``module:function`` names a function of ``(plan, client)`` that returns these three; it is the user's, on each
    machine its own.

    Raises:
        InputError: there is no such task, or no such function here.
    """
    module, colon, name = layout.task.partition(":")
    if colon:
        return _of_user(layout, client, module, name)
    from cofund.campaign.tasks import campaign_task

    found = campaign_task(layout.task)
    if client is None:
        return found.task(layout.plan), None, None
    own = found.federation([client])
    return found.task(layout.plan), own.data[client], own.validation.get(client)


def _of_user(layout: "Layout", client: str | None, module: str, name: str) -> "tuple[Task, Any, Any]":
    try:
        function = getattr(importlib.import_module(module), name)
        task, data, validation = function(layout.plan, client)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        expected = "module:function of (plan, client) that returns a task, data and validation data"
        raise InputError("training", "task", f"{expected}; {layout.task}: {error}") from error
    return task, data, validation
