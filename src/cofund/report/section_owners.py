"""What the owners bought: rounds, shares, reasons to stop, and what the model is worth to them."""

from collections.abc import Iterator

from cofund.report.accuracy import funded_accuracy, owner_accuracy
from cofund.report.markup import Content, Html, bullets, fold, named, pairs, paragraph, table, tag
from cofund.report.owners import OwnerRow, share_rows
from cofund.report.verdict import Findings
from cofund.report.words import NOTHING, TIMES, span


def owners(found: Findings) -> Iterator[Html]:
    """Rounds bought and why no more; each block's shares; the exact derivation."""
    reading, coins = found.reading, found.reading.currency
    yield table(
        f"Owners, {coins.unit}",
        ["Owner", "Weight", "Bid", "Rounds", "Charge", "Came back", "Bond lost", "Paid in the end"],
        [_owner(found, owner) for owner in found.owners],
        numbers=range(1, 8),
    )
    yield tag("h3", "Why")
    yield pairs(((owner.id, owner.why) for owner in found.owners), class_="long")
    if reading.purchases:
        yield _share_table(found)
    if reading.record["gains"]:
        yield _accuracy_table(found)
    bidders = [owner.id for owner in reading.outcome.owners]
    unit = f"Amounts are base units: {10**coins.decimals:,} of them are 1 {coins.unit}."
    derived = (tag("div", tag("h3", name), bullets(reading.derived(name))) for name in bidders)
    yield fold("Every number derived, with and without each owner", paragraph(unit), *derived)


def _owner(found: Findings, owner: OwnerRow) -> list[Content]:
    coins = found.reading.currency
    return [
        named(owner.id, owner.name),
        owner.weight,
        NOTHING if owner.bid is None else coins.exact(owner.bid),
        owner.rounds,
        *(coins.full(amount) if amount else NOTHING for amount in (owner.charge, owner.back, owner.forfeited)),
        coins.full(owner.net_paid),
    ]


def _share_table(found: Findings) -> Html:
    """Rows are rounds with the same buyers, columns the owners."""
    coins, names = found.reading.currency, [owner.id for owner in found.reading.outcome.owners]
    rows: list[list[Content]] = []
    for row in share_rows(found.reading):
        each = " each" if row.blocks > 1 else ""
        shares = [coins.full(row.shares[name]) if name in row.shares else NOTHING for name in names]
        unsold = "" if row.shares else ", unsold"
        block = span(row.first_round, row.last_round).capitalize() + unsold
        rows.append([block, f"{coins.exact(row.cost)}{each}", row.weight or NOTHING, *shares])
    charges = [coins.full(owner.charge) for owner in found.reading.outcome.owners]
    return table(
        f"Shares, {coins.unit}: share = cost {TIMES} own weight ÷ weight of all buyers, rounded up to a base unit",
        ["Block", "Cost", "Weights", *names],
        rows,
        numbers=range(1, len(names) + 3),
        total=["Charge", "", "", *charges],
    )


def _accuracy_table(found: Findings) -> Html:
    rows = owner_accuracy(found.reading)
    levels = {owner.id: owner.rounds for owner in found.owners}
    return table(
        "What the model is worth in accuracy, mean over each owner's sites",
        ["Owner", "Sites", "Own data only", "Rule without training", "Funded model", "Of round"],
        [
            [owner, row.sites, str(row.alone), str(row.untrained), *_funded(row.funded, levels.get(owner, 0))]
            for owner, row in rows.items()
        ],
        numbers=range(1, 6),
        total=_all_funded(found),
    )


def _all_funded(found: Findings) -> list[Content] | None:
    """The mean over sites, not over owners."""
    mean = funded_accuracy(found.reading)
    if mean is None:
        return None
    return ["all with a model", mean.sites, str(mean.alone), str(mean.untrained), str(mean.funded), ""]


def _funded(funded: object, level: int) -> tuple[Content, Content]:
    return (NOTHING, NOTHING) if funded is None else (str(funded), level)
