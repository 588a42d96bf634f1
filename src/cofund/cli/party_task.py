"""What a party of a training across machines trains: a task that campaigns know, or a function of the user's."""

import importlib
from typing import TYPE_CHECKING, Any

from cofund.errors import CofundError, InputError, words_of
from cofund.market.outside_code import loaded

if TYPE_CHECKING:
    from cofund.training.engines.nvflare.layout import Layout
    from cofund.training.task import Task
    from cofund.training.tasks.own import CampaignTask


def party_task(layout: "Layout", client: str | None = None) -> "tuple[Task, Any, Any]":
    """The task with a client's own data and validation data, None and None without a client.

    ``module:function`` names a function of ``(plan, client)`` that returns these three; it is the user's, on each
    machine its own. What a campaign's terms name, such as an ``OwnTask``, will do as well.

    Raises:
        InputError: there is no such task, or no such function here.
    """
    module, colon, name = layout.task.partition(":")
    if colon:
        return _of_user(layout, client, module, name)
    from cofund.training.tasks.named import campaign_task

    return _of_campaign(campaign_task(layout.task), layout, client)


def _of_campaign(found: "CampaignTask", layout: "Layout", client: str | None) -> "tuple[Task, Any, Any]":
    from cofund.training.returned import asked

    if client is None:
        return asked(found.task, layout.plan), None, None
    own = asked(found.federation, [client])
    if client not in own.data:
        raise InputError("training", "task", f"expected a task with data of client {client}")
    return asked(found.task, layout.plan), own.data[client], own.validation.get(client)


def _of_user(layout: "Layout", client: str | None, module: str, name: str) -> "tuple[Task, Any, Any]":
    from cofund.training.tasks.own import CampaignTask

    try:
        function = getattr(importlib.import_module(module), name)
        if isinstance(function, CampaignTask):
            return _of_campaign(function, layout, client)
        task, data, validation = function(layout.plan, client)
    except (CofundError, KeyboardInterrupt):
        raise
    except BaseException as error:  # whatever somebody's module does
        expected = "module:function of (plan, client) that returns a task, data and validation data"
        said = words_of(error) or type(error).__name__
        raise InputError("training", "task", f"{expected}; {layout.task}: {said}") from error
    return task, data, validation


def own_validation(layout: "Layout") -> "dict[str, Any]":
    """Validation data of members that are no clients, such as the coordinator, of a task that knows its parties."""
    from cofund.training.returned import asked
    from cofund.training.tasks.named import is_own, packaged_task
    from cofund.training.tasks.own import CampaignTask

    found = loaded(layout.task, "training", "task") if is_own(layout.task) else packaged_task(layout.task)
    if not isinstance(found, CampaignTask):
        return {}
    return dict(asked(found.federation, []).validation)
