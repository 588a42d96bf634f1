"""``cofund.draft/1``: a ``Draft`` read from a JSON document (guide/plan-a-campaign.md).

Amounts are read as in ``cofund.instance/1``, other numbers as decimals with at most 9 places. A prior states the
owners' total value, one amount or a range, or names records of earlier campaigns, which are looked for beside the
draft.
"""

from math import sqrt
from pathlib import Path
from typing import Final

from cofund.errors import InputError
from cofund.market.codec import SCHEMA as INSTANCE
from cofund.market.codec import decode_instance
from cofund.market.document import RECORD, Field, read_document
from cofund.market.draft import CohortOption, Draft, ExpectedClients, Prior
from cofund.market.instance import Client, Instance
from cofund.market.quality import read_quality
from cofund.market.terms import MAX_OWNERS
from cofund.market.validation import MAX_AMOUNT, shortened
from cofund.units import ONE

SCHEMA: Final = "cofund.draft/1"
_TERMS: Final = ("ceiling", "edges")
_OPTIONAL_TERMS: Final = ("coordinator_fee", "match")

FAMILIES: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "uniform": {},
    "exponential": {},
    "lognormal": {"spread": ("0.01", "3")},
    "pareto": {"exponent": ("0.1", "10"), "largest": ("1.1", "10000")},
    "two-point": {"part": ("0.001", "0.999"), "times": ("1.1", "10000")},
}
"""Family of owners' values -> its parameters, each with the least and the most it may be."""


MAX_CLIENTS: Final = 100_000
PARENT_FIRST: Final = "expected the id of an edge that is listed before it, as the terms of a campaign need it"
OFF_BY: Final = 2.0
MAX_OFF_BY: Final = "10"
FEWEST_BIDS: Final = 3
"""Bids above 0 that a prior is fitted to."""


def load_draft(source: str) -> Draft:
    """Read the draft ``source``; ``-`` is standard input.

    Raises:
        InputError: naming the file, the field and what was expected there.
    """
    folder = Path() if source == "-" else Path(source).parent
    return decode_draft(read_document(source, SCHEMA), folder)


def decode_draft(document: Field, folder: Path) -> Draft:
    """Build the draft that a parsed document describes; records are looked for in ``folder``."""
    fields = document.members(("schema", *_TERMS, "cohorts", "clients", "prior"), _OPTIONAL_TERMS)
    options = tuple(_option(item) for item in fields["cohorts"].items(least=1))
    draft = Draft(
        terms=_terms(document),
        options=options,
        clients=_all_clients(fields["clients"]),
        prior=_prior(fields["prior"], folder),
    )
    _check(draft, document.where)
    return draft


def _terms(document: Field) -> Instance:
    """What a draft and an instance have in common, read as an instance of one client and one round."""
    common = {name: document.value[name] for name in (*_TERMS, *_OPTIONAL_TERMS) if name in document.value}
    rest = {"schema": INSTANCE, "cohort": 1, "quality": [ONE], "owners": [], "clients": []}
    market = decode_instance(Field(document.where, "", {**rest, **common}))
    for at, edge in enumerate(market.edges):
        if edge.parent is not None and edge.parent not in [before.id for before in market.edges[:at]]:
            raise InputError(document.where, f"edges[{at}].parent", f"{PARENT_FIRST}, got {shortened(edge.parent)}")
    return market


def _check(draft: Draft, where: str) -> None:
    """Every option makes a legal market; what is wrong is named where it stands in the draft."""
    some = tuple(Client(f"{at}", group.edge, group.high) for at, group in enumerate(draft.clients))
    for at, option in enumerate(draft.options):
        try:
            draft.market(option, some)
        except InputError as error:
            field = error.field if error.field.startswith("clients") else f"cohorts[{at}].{error.field}"
            raise InputError(where, field, error.expected) from None


def _option(item: Field) -> CohortOption:
    fields = item.members(("cohort", "quality"), ("min_cohort", "worth"))
    cohort = fields["cohort"].integer()
    return CohortOption(
        cohort=cohort,
        min_cohort=fields["min_cohort"].integer() if "min_cohort" in fields else cohort,
        quality=read_quality(fields["quality"]),
        worth=int(fields["worth"].decimal("0.000000001", "1") * ONE) if "worth" in fields else ONE,
    )


def _all_clients(field: Field) -> tuple[ExpectedClients, ...]:
    groups = tuple(_clients(item) for item in field.items(least=1))
    if sum(group.count for group in groups) > MAX_CLIENTS:
        raise InputError(field.where, field.path, f"expected at most {MAX_CLIENTS:,} clients in all")
    return groups


def _clients(item: Field) -> ExpectedClients:
    fields = item.members(("edge",), ("id", "count", "cost", "low", "high"))
    certain = "cost" in fields
    fields = (
        item.members(("edge", "cost"), ("id", "count"))
        if certain
        else item.members(("edge", "low", "high"), ("count",))
    )
    count = fields["count"].integer() if "count" in fields else 1
    if count < 1:
        raise fields["count"].refuse("at least 1 client")
    low, high = (fields["cost" if certain else name] for name in ("low", "high"))
    if not 0 <= low.amount() <= MAX_AMOUNT:
        raise low.refuse("an amount from 0 to 2**96 - 1")
    if not low.amount() <= high.amount() <= MAX_AMOUNT:
        raise high.refuse(f"an amount from low, {low.amount()}, to 2**96 - 1")
    return ExpectedClients(fields["edge"].text(), count, low.amount(), high.amount())


def _prior(field: Field, folder: Path) -> Prior:
    names = {name for parameters in FAMILIES.values() for name in parameters}
    fields = field.members(("owners",), ("off_by", "records", "total", "family", *sorted(names)))
    owners = fields["owners"].integer()
    if not 1 <= owners <= MAX_OWNERS:
        raise fields["owners"].refuse(f"1 to {MAX_OWNERS:,} owners")
    off_by = float(fields["off_by"].decimal("1", MAX_OFF_BY)) if "off_by" in fields else OFF_BY
    if "records" in fields:
        records = field.members(("owners", "records"), ("off_by",))["records"]
        return Prior(owners, None, "records", {}, off_by, _bids(records, folder))
    return _stated_prior(field, owners, off_by)


def _stated_prior(field: Field, owners: int, off_by: float) -> Prior:
    family = field.value.get("family")
    if "family" in field.value and family not in list(FAMILIES):
        raise Field(field.where, f"{field.path}.family", family).refuse(" or ".join(f'"{name}"' for name in FAMILIES))
    of_family = FAMILIES.get(family, {})
    fields = field.members(("owners", "total", "family", *of_family), ("off_by",))
    parameters = {name: float(fields[name].decimal(*bounds)) for name, bounds in of_family.items()}
    total, spread = _total(fields["total"])
    if spread > 1 and "off_by" in fields:
        raise fields["off_by"].refuse("no value beside a range of the total, which says how far off it can be")
    return Prior(owners, total, family, parameters, spread if spread > 1 else off_by)


def _total(field: Field) -> tuple[int, float]:
    """An amount, or the geometric middle of a range and by how much its ends are off; 1 for an amount."""
    if not isinstance(field.value, dict):
        return _positive(field), 1.0
    ends = field.members(("low", "high"))
    low, high = _positive(ends["low"]), _positive(ends["high"])
    most = int(float(MAX_OFF_BY) ** 2)
    if not low < high <= most * low:
        raise ends["high"].refuse(f"more than low, {low}, and at most {most} times as much")
    return round(sqrt(low) * sqrt(high)), sqrt(high / low)


def _bids(field: Field, folder: Path) -> tuple[int, ...]:
    """All bids above 0 that were opened in earlier campaigns."""
    bids: list[int] = []
    for item in field.items(least=1):
        record = read_document(str(folder / item.text()), RECORD)
        if "instance" not in record.value:
            raise InputError(record.where, "instance", "expected a value, but the field is missing")
        market = decode_instance(Field(record.where, "instance", record.value["instance"]))
        bids += [owner.bid for owner in market.owners if owner.bid > 0]
    if len(bids) < FEWEST_BIDS:
        raise InputError(
            field.where, field.path, f"expected records with at least {FEWEST_BIDS} bids above 0, got {len(bids)}"
        )
    return tuple(bids)


def _positive(field: Field) -> int:
    amount = field.amount()
    if not 1 <= amount <= MAX_AMOUNT:
        raise field.refuse("an amount from 1 to 2**96 - 1")
    return amount
