"""The money: where the charges went, every account's balance, and what the chain was paid in gas."""

from collections.abc import Iterator

from cofund.report.balance import role_totals
from cofund.report.figure_money import money_figure
from cofund.report.markup import Html, code, fold, paragraph, table
from cofund.report.verdict import Findings, money_sentence


def money(found: Findings) -> Iterator[Html]:
    """Charges and their destinations; deposits and payments by role and by account."""
    coins, books = found.reading.currency, found.balance
    yield paragraph(money_sentence(found))
    whose = " and the sponsor's part" if books.sponsored else ""
    if books.income:
        yield money_figure(found)
        yield table(
            f"Where the owners' charges{whose} went, {coins.unit}, every unit",
            ["To", "Amount", "For"],
            [[part.name, coins.full(part.amount), part.note] for part in books.parts],
            numbers=(1,),
            class_="wide",
            total=[f"all charges{whose}", coins.full(books.income), "= the sum of the lines above"],
        )
    yield table(
        f"In and out of the contract, {coins.unit}: escrow and bonds come back, so sums are larger than the charges",
        ["Role", "Accounts", "Deposited", "Received", "Still owed", "Net"],
        [
            [row.role, row.parties, *map(coins.full, (row.deposited, row.received, row.still_owed, row.net))]
            for row in role_totals(found.reading)
        ],
        numbers=range(1, 6),
        total=["all", "", coins.full(books.deposited), coins.full(books.paid_out), "", coins.full(-books.held)],
    )
    yield fold(
        "Every account",
        table(
            f"Accounts, {coins.unit}",
            ["Id", "Account", "Deposited", "Received", "Still owed", "Net"],
            [
                [
                    row["id"],
                    code(row["account"]),
                    *(coins.full(int(row[name])) for name in ("deposited", "received", "still_owed", "net")),
                ]
                for row in found.reading.record["payments"]
            ],
            numbers=(2, 3, 4, 5),
            class_="digests",
        ),
    )


def gas(found: Findings) -> Iterator[Html]:
    """By step; what gas costs depends on the chain and the day, so it stays in gas."""
    rows = found.reading.record["gas"]
    transactions, total = (sum(row[name] for row in rows) for name in ("transactions", "gas"))
    yield paragraph(
        f"{transactions:,} transactions used {total:,} gas, the deployment of all contracts included. What that costs "
        "depends on the chain and the day."
    )
    yield table(
        "Gas by step",
        ["Step", "Transactions", "Gas", "Gas each"],
        [
            [row["step"], row["transactions"], f"{row['gas']:,}", f"{row['gas'] // row['transactions']:,}"]
            for row in rows
        ],
        numbers=(1, 2, 3),
        total=["all", transactions, f"{total:,}", ""],
    )
