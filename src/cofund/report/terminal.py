"""What a campaign came to, for a terminal of 80 columns or more; amounts rounded to hundredths unless they are sums."""

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cofund.report.accuracy import accuracy_sentences, owner_accuracy
from cofund.report.clients import EdgeRow, Fate
from cofund.report.owners import OwnerRow, RefusedBlock
from cofund.report.reading import read
from cofund.report.verdict import Findings, failures, findings, headline, left_out, money_sentence
from cofund.report.words import NOTHING, many


def summary(record: dict[str, Any], verbose: bool = False) -> RenderableType:
    """Who paid what for how many rounds and why, who earned what, what the model is worth.

    Args:
        record: ``cofund.record/3``.
        verbose: a row for every client as well.

    Raises:
        InputError: if the record is not one.
        CheckFailed: if its outcome is not what its rule gives.
    """
    found = findings(read(record))
    parts: list[RenderableType] = [Text(headline(found), style="bold"), Text(), _owners(found), Text()]
    if found.reading.outcome.funded:
        parts += [_edges(found), Text()]
    if verbose:
        parts += [_clients(found), Text()]
    lines = [
        left_out(found),
        *failures(found),
        *accuracy_sentences(found.reading),
        money_sentence(found),
        _gas(found),
    ]
    return Group(*parts, *(_bullet(line) for line in lines))


def _owners(found: Findings) -> Table:
    """Accuracy is own data, rule without training, funded model: three columns under names that fit."""
    coins, scores = found.reading.currency, owner_accuracy(found.reading)
    header = ("Owner", "Bid", "Rounds", "Paid", "Next round: worth < share", "Alone", "Rule", "Funded")
    rows = []
    for owner in found.owners:
        score = scores.get(owner.id)
        worth = (score.alone, score.untrained, score.funded or NOTHING) if score else (NOTHING,) * 3
        bid = NOTHING if owner.bid is None else coins.short(owner.bid)
        paid = coins.short(owner.net_paid)
        rows.append([owner.id, bid, str(owner.rounds), paid, _stop(found, owner), *map(str, worth)])
    title = f"Owners ({coins.unit}; {_metric_note()})"
    return _table(title, header, rows, numbers=(1, 2, 3, 5, 6, 7), wrap=4)


def _metric_note() -> str:
    return "accuracy: own data alone, a rule without training, funded model"


def _stop(found: Findings, owner: OwnerRow) -> str:
    if owner.bid is None:
        return "bid never opened" if owner.escrow is not None else "no bid"
    if owner.refused is None:
        return "none: bought all" if owner.rounds else "nothing was sold"
    return _comparison(found, owner.refused)


def _comparison(found: Findings, refused: RefusedBlock) -> str:
    coins = found.reading.currency
    block = str(refused.first_round)
    if refused.last_round > refused.first_round:
        block += f" to {refused.last_round}"
    worth, share = coins.short(refused.worth), coins.short(refused.share)
    if worth == share:
        worth, share = coins.exact(refused.worth), coins.exact(refused.share)
    return f"{block}: {worth} < {share}"


def _edges(found: Findings) -> Table:
    coins = found.reading.currency
    header = ("Edge", "Clients", "Price", "Set by", "Rounds", "Clients earned", "Edge earned")
    rows = [
        [
            edge.id,
            f"{edge.winners}/{edge.offers}",
            coins.exact(edge.price),
            _short_setter(edge),
            str(edge.client_rounds),
            coins.short(edge.client_pay),
            coins.short(edge.fee_pay),
        ]
        for edge in found.edges
        if edge.winners
    ]
    parts = {part.name: part.amount for part in found.balance.parts}
    total = ["all", *[""] * 3, str(sum(edge.client_rounds for edge in found.edges))]
    total += [coins.short(parts["clients"]), coins.short(parts["edges"])]
    title = f"Edges ({coins.unit}; price of a client-round, set by a client left out)"
    return _table(title, header, rows, numbers=(1, 2, 4, 5, 6), wrap=3, total=total)


def _short_setter(edge: EdgeRow) -> str:
    """The id of the loser, or the ceiling, without the explanation that follows it."""
    return edge.setter.partition(",")[0].partition(":")[0]


def _clients(found: Findings) -> Table:
    coins = found.reading.currency
    rows = []
    for client in found.clients:
        asked = NOTHING if client.asked is None else coins.exact(client.asked)
        earned = coins.short(client.earned) if client.fate is Fate.TRAINS else NOTHING
        rows.append([client.id, client.edge, asked, coins.exact(client.price), earned, f"{client.fate}: {client.why}"])
    header = ("Client", "Edge", "Asked", "Price", "Earned", "Result")
    return _table(f"Clients ({coins.unit})", header, rows, numbers=(2, 3, 4), wrap=5)


def _gas(found: Findings) -> str:
    rows = found.reading.record["gas"]
    settle = next((f", the settlement {row['gas']:,}" for row in rows if row["step"] == "settle"), "")
    transactions, gas = (sum(row[name] for row in rows) for name in ("transactions", "gas"))
    return f"{many(transactions, 'transaction')} used {gas:,} gas{settle}."


def _table(
    title: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: Sequence[int],
    wrap: int,
    total: Sequence[str] | None = None,
) -> Table:
    """Without lines between cells, so that 80 columns are enough; only the column ``wrap`` may break."""
    table = Table(title=Text(title), title_justify="left", box=None, pad_edge=False, show_footer=total is not None)
    for at, name in enumerate(header):
        footer = total[at] if total else ""
        table.add_column(name, footer, justify="right" if at in numbers else "left", no_wrap=at != wrap)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _bullet(line: str) -> Table:
    """A sentence with a hanging indent."""
    grid = Table.grid(padding=(0, 1))
    grid.add_row(Text("\N{BULLET}"), Text(line))
    return grid
