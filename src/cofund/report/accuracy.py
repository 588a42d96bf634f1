"""What the model is worth in accuracy: before, with a rule that needs no training, and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cofund.report.reading import Reading
from cofund.report.words import many
from cofund.training.tasks.named import packaged_task
from cofund.training.tasks.own import CampaignTask

FOUR_DIGITS = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Means over the sites of one owner, or over all sites with a funded model; four digits.

    Attributes:
        sites: how many.
        alone: a model trained on the site's own data only.
        untrained: the task's rule that needs no training.
        funded: the model of the rounds that were bought; None without one.
        beats_alone, beats_untrained: sites where the funded model is better.
    """

    sites: int
    alone: Decimal
    untrained: Decimal
    funded: Decimal | None
    beats_alone: int
    beats_untrained: int


def owner_accuracy(reading: Reading) -> dict[str, Accuracy]:
    """Per owner that has sites, in the order of the terms."""
    by_owner: dict[str, list[dict[str, Any]]] = {}
    for row in _measured(reading):
        by_owner.setdefault(row["owner"], []).append(row)
    return {owner: _means(rows) for owner, rows in by_owner.items()}


def funded_accuracy(reading: Reading) -> Accuracy | None:
    """Over all sites whose owner has a model; None if nobody has."""
    rows = [row for row in _measured(reading) if row["funded"] is not None]
    return _means(rows) if rows else None


def _measured(reading: Reading) -> list[dict[str, Any]]:
    """Sites where every metric that there should be is one."""
    return [
        row
        for row in reading.record["gains"]
        if row["alone"] is not None and row["untrained"] is not None and (row["funded"] is not None or not row["level"])
    ]


def metric_name(reading: Reading) -> str:
    """What the numbers measure; a task that is not packaged is not asked, for a report loads nobody's code."""
    found = _task(reading)
    return found.metric if found else "task's metric"


def untrained_name(reading: Reading) -> str:
    """The rule that needs no training."""
    found = _task(reading)
    return found.untrained if found else "the task's own"


def _task(reading: Reading) -> CampaignTask | None:
    training = reading.terms["training"]
    return None if training is None else packaged_task(training["task"])


def accuracy_sentences(reading: Reading) -> list[str]:
    """The honest comparison: against own data, and against the rule that needs no training."""
    if reading.shared:
        return [
            "What the models are worth to owners is not in this record: neither chain nor public artifacts tell it."
        ]
    if not reading.record["gains"] and reading.rounds_done:
        return ["No owner has a site of its own in this campaign, so its gain is not measured."]
    if not _measured(reading) and reading.record["gains"]:
        return ["At no site is there a metric to compare, so no gain is measured."]
    found = funded_accuracy(reading)
    if found is None or found.funded is None:
        return ["Nobody has a funded model, so there is no gain to measure."]
    sites, better = many(found.sites, "site"), found.funded - found.untrained
    verdict = f"{abs(better)} {'above' if better > 0 else 'below'}" if better else "equal to"
    return [
        (
            f"Over the {sites} of the owners that bought, the {metric_name(reading)} is {found.alone} with a model "
            f"from the site's own data and {found.funded} with the funded model, which is better at "
            f"{found.beats_alone} of {sites}."
        ),
        (
            f"A rule that needs no training at all ({untrained_name(reading)}) reaches {found.untrained}: on average "
            f"the funded model is {verdict} that rule, and better at {found.beats_untrained} of {sites}."
        ),
    ]


def _means(rows: Sequence[dict[str, Any]]) -> Accuracy:
    funded = [Decimal(row["funded"]) for row in rows if row["funded"] is not None]
    return Accuracy(
        sites=len(rows),
        alone=_mean([Decimal(row["alone"]) for row in rows]),
        untrained=_mean([Decimal(row["untrained"]) for row in rows]),
        funded=_mean(funded) if funded else None,
        beats_alone=_better(rows, "alone"),
        beats_untrained=_better(rows, "untrained"),
    )


def _mean(values: Sequence[Decimal]) -> Decimal:
    return (sum(values, Decimal(0)) / len(values)).quantize(FOUR_DIGITS)


def _better(rows: Sequence[dict[str, Any]], other: str) -> int:
    return sum(row["funded"] is not None and Decimal(row["funded"]) > Decimal(row[other]) for row in rows)
