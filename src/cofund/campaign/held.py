"""The models of a campaign, which only its coordinator holds: its checkpoints, and those of sites alone.

They stay in the campaign's folder and go nowhere else: an owner gets its own checkpoint in a sealed box. Whoever has
the folder can hold every model against its digest on chain and evaluate it again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cofund.campaign.gains import gains
from cofund.campaign.metrics import NO_METRIC, metric_of, metric_ppb
from cofund.campaign.tasks import task_of
from cofund.campaign.workspace import ALONE, CHECKPOINTS
from cofund.errors import CheckFailed, InputError
from cofund.market.document import read_document
from cofund.training import checkpoints
from cofund.training.deliveries import Delivery
from cofund.training.edge import StartingPoint
from cofund.training.engines.in_process import InProcess
from cofund.training.hierfavg import validated
from cofund.training.model import Model, from_base64, model_digest, to_base64
from cofund.training.returned import asked, initial_model

METRIC_TOLERANCE_PPB: Final = 1000
"""1e-6, or as much of a metric above 1: another processor's tanh may swap two scores that are almost equal."""

SCHEMA: Final = "cofund.alone/1"


@dataclass(frozen=True, slots=True)
class HeldModels:
    """Models with the digests that a record has of them.

    Args:
        checkpoints: the model after every round, the initial one first.
        alone: the model of each owner's site from its own data.
    """

    checkpoints: tuple[Model, ...]
    alone: dict[str, Model]


def alone_text(models: Mapping[str, Model]) -> str:
    """The models of sites alone as a file."""
    rows = [{"site": site, "model": to_base64(model)} for site, model in models.items()]
    return json.dumps({"schema": SCHEMA, "models": rows}, indent=1, ensure_ascii=False) + "\n"


def read_held(record: dict[str, Any], folder: Path) -> HeldModels:
    """The models in a campaign's folder; each has the digest that the record, and so the chain, has of it.

    Raises:
        InputError: a file is missing or malformed.
        CheckFailed: naming the first model that is another one.
    """
    training = record["terms"]["training"]
    models = [initial_model(task_of(training)[1], training["seed"])]
    for row in record["rounds"]:
        path = checkpoints.path_of(folder / CHECKPOINTS, row["round"])
        model = checkpoints.load(path).model
        if model_digest(model).hex() != row["model_digest"]:
            raise CheckFailed(f"{path}: not the model of round {row['round']} whose digest is on chain")
        models.append(model)
    return HeldModels(tuple(models), _read_alone(record, folder / ALONE) if record["alone"] else {})


def check_held(record: dict[str, Any], deliveries: dict[int, list[Delivery]], held: HeldModels) -> None:
    """Evaluate every model again.

    Args:
        record: a verified record.
        deliveries: of every round.
        held: models that have the record's digests.

    Raises:
        CheckFailed: naming the first metric that a model does not reach.
    """
    found, task = task_of(record["terms"]["training"])
    for row, model in zip(record["rounds"], held.checkpoints[1:], strict=True):
        number = row["round"]
        delivered = deliveries.get(number, [])
        federation = asked(found.federation, [delivery.client for delivery in delivered])
        scored, _ = validated(task, InProcess(), federation, StartingPoint(number, 0, model), delivered)
        metric, recorded = metric_ppb(scored), NO_METRIC if row["metric_ppb"] is None else row["metric_ppb"]
        if abs(metric - recorded) > METRIC_TOLERANCE_PPB * max(1, abs(metric_of(recorded) or 0)):
            where, told = f"rounds[{number - 1}].metric", f"recorded on chain is {metric_of(recorded)}"
            raise CheckFailed(f"{where}: the checkpoint scores {metric_of(metric)}, {told}")
    if not record["gains"]:
        return
    accounts = {owner["id"]: owner["account"] for owner in record["terms"]["owners"]}
    levels = {accounts[row["owner"]]: row["level"] for row in record["gains"]}
    again = gains(record["terms"], levels, held.checkpoints, held.alone)
    for at, (row, right) in enumerate(zip(record["gains"], again, strict=True)):
        for name, value in right.items():
            if row[name] != value:
                raise CheckFailed(f"gains[{at}].{name}: the model reaches {value}, recorded is {row[name]}")


def _read_alone(record: dict[str, Any], path: Path) -> dict[str, Model]:
    content = read_document(str(path), SCHEMA).value
    try:
        models = {str(row["site"]): from_base64(row["model"]) for row in content["models"]}
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(str(path), "models", "expected the models of sites as written by this program") from error
    for row in record["alone"]:
        if row["site"] not in models or model_digest(models[row["site"]]).hex() != row["digest"]:
            raise CheckFailed(f"{path}: not the model of {row['site']} whose digest is in the record")
    return models
