"""What a funded model is worth to an owner: its metric at the owner's stations, against a model of the owner's own."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cofund.training.aggregate import MAX_SAMPLES
from cofund.training.model import Model
from cofund.training.returned import asked, initial_model, measured, trained
from cofund.training.task import Task


@dataclass(frozen=True, slots=True)
class Site:
    """One place where a model is to be used: the data it has itself, and later data to judge a model by."""

    own: Any
    test: Any


def train_alone(task: Task, site: str, own: Any, steps: int, seed: int) -> Model:
    """A model of the same family trained on a site's own data only, from the same initial model."""
    text = f"{seed}/alone/{site}"
    start = initial_model(task, seed)
    answer = asked(task.train, start, own, steps, int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]))
    return trained(task, start, answer, MAX_SAMPLES)[0]


def mean_metric(task: Task, model: Model, sites: Mapping[str, Site]) -> float:
    """Unweighted mean over sites of the model's metric on their test data."""
    return math.fsum(measured(task, model, site.test) for site in sites.values()) / len(sites)


def alone_metric(task: Task, sites: Mapping[str, Site], steps: int, seed: int) -> float:
    """Unweighted mean over sites of what each reaches by itself with ``steps`` local steps."""
    metrics = [
        measured(task, train_alone(task, name, site.own, steps, seed), site.test) for name, site in sites.items()
    ]
    return math.fsum(metrics) / len(metrics)
