"""What each owner gained: the checkpoint of its level against models from its own sites' data alone."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from cofund.campaign.evidence import Evidence
from cofund.campaign.tasks import plan_of, task_of
from cofund.errors import CheckFailed
from cofund.settlement.ledger import Ledger
from cofund.training.evaluation import Site, train_alone
from cofund.training.metric import number_or_none, shown
from cofund.training.model import Model
from cofund.training.returned import asked
from cofund.training.tasks.named import campaign_task
from cofund.training.tasks.own import CampaignTask

DECIMALS: Final = 4
REACHED: Final = ("alone", "funded", "final")
"""What only whoever has the models can compute; the rest of a row follows from terms and books."""


def train_all_alone(training: dict[str, Any], owners: list[str]) -> dict[str, Model]:
    """A model for every site of every owner, from its own data and as many local steps as a client makes."""
    (found, task), plan = task_of(training), plan_of(training)
    steps = plan.rounds * plan.edge_rounds * plan.local_steps
    return {
        name: train_alone(task, name, site.own, steps, plan.seed)
        for owner in owners
        for name, site in asked(found.sites, owner).items()
    }


def levels_of(ledger: Ledger) -> dict[str, int]:
    """The rounds that each owner bought and that were done, by account."""
    return {owner.account: min(owner.level, ledger.rounds_done) for owner in ledger.owners}


def gains(
    terms: dict[str, Any], levels: Mapping[str, int], checkpoints: Sequence[Model], alone: Mapping[str, Model]
) -> list[dict[str, Any]]:
    """One row for every site of every invited owner; metrics as decimal text with four digits, None if there is none.

    ``alone``: a model from the site's own data. ``untrained``: the task's rule that needs no training. ``level``: the
    rounds its owner bought and that were done, ``funded``: the checkpoint of that level (None without one).
    ``final``: the last checkpoint, whoever paid for it.

    Args:
        terms: the published document.
        levels: by owner's account.
        checkpoints: the model after every round, the initial one first.
        alone: model of each site from its own data.
    """
    found, task = task_of(terms["training"])
    rows = []
    for owner, name, site in _sites(terms, found):
        level = levels.get(owner["account"], 0)
        models = {"alone": alone[name], "final": checkpoints[-1]} | ({"funded": checkpoints[level]} if level else {})
        reached = {key: _reached(task.evaluate, model, site.test) for key, model in models.items()}
        rows.append(_row(found, owner, name, site, level, reached))
    return rows


def gains_section(evidence: Evidence, ledger: Ledger) -> list[dict[str, Any]]:
    """The rows of evidence: sites, levels and untrained rule computed again, what models reach as it was recorded.

    Raises:
        CheckFailed: the rows are not one for every site, or a metric is none.
    """
    found, levels = campaign_task(evidence.terms["training"]["task"]), levels_of(ledger)
    sites = _sites(evidence.terms, found)
    if len(sites) != len(evidence.gains) or [name for _, name, _ in sites] != list(evidence.alone):
        raise CheckFailed("gains: expected a row, and under alone the digest of a model, for every site of every owner")
    rows = []
    for at, ((owner, name, site), given) in enumerate(zip(sites, evidence.gains, strict=True)):
        level = levels.get(owner["account"], 0)
        reached = {key: _recorded(f"gains[{at}].{key}", given[key]) for key in REACHED if level or key != "funded"}
        rows.append(_row(found, owner, name, site, level, reached))
    return rows


def _sites(terms: dict[str, Any], found: CampaignTask) -> list[tuple[dict[str, Any], str, Site]]:
    """Owner, name and data of every site of every invited owner."""
    owners = terms["owners"]
    return [(owner, name, site) for owner in owners for name, site in asked(found.sites, owner["id"]).items()]


def _row(
    found: CampaignTask, owner: dict[str, Any], name: str, site: Site, level: int, reached: Mapping[str, str | None]
) -> dict[str, Any]:
    return {
        "owner": owner["id"],
        "site": name,
        "alone": reached["alone"],
        "untrained": _reached(found.untrained_metric, site),
        "level": level,
        "funded": reached.get("funded"),
        "final": reached["final"],
    }


def _recorded(where: str, text: Any) -> str | None:
    if text is None:
        return None
    try:
        right = isinstance(text, str) and Decimal(text).is_finite() and f"{Decimal(text):z.{DECIMALS}f}" == text
    except InvalidOperation:
        right = False
    if not right:
        raise CheckFailed(f"{where}: expected a metric with {DECIMALS} decimals, or null")
    return str(text)


def _reached(measure: Callable[..., Any], *arguments: Any) -> str | None:
    """A metric as text; a function of the user's that fails here, when all is done, must not cost the record."""
    try:
        metric = number_or_none(measure(*arguments))
    except Exception:  # noqa: BLE001 - whatever it is, there is no metric
        metric = None
    return None if metric is None else shown(metric, DECIMALS)
