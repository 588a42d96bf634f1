"""Each party's own page: what it paid or earned, for which rounds, because of what, and how to check it."""

import re
from collections.abc import Iterator
from pathlib import Path

from cofund.campaign.publication import digest
from cofund.report.markup import Content, Html, bullets, code, join, named, pairs, paragraph, table, tag
from cofund.report.page import render_page
from cofund.report.section_checks import VERIFY
from cofund.report.statement_words import Statement, statement_of
from cofund.report.verdict import Findings


def write_statements(found: Findings, folder: Path) -> list[Path]:
    """One self-contained HTML file for everybody in the payments, and ``index.html`` that lists them.

    Args:
        found: of the record.
        folder: is made if it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written, entries = [], []
    for number, payment in enumerate(found.reading.record["payments"], start=1):
        statement = statement_of(found, payment)
        path = folder / f"{number:03}-{_plain(payment['id'])}.html"
        path.write_text(render_statement(found, statement), encoding="utf-8")
        written.append(path)
        entries.append((path.name, statement))
    index = folder / "index.html"
    index.write_text(_index(found, entries), encoding="utf-8")
    return [index, *written]


def render_statement(found: Findings, statement: Statement) -> str:
    """One page of A4 in print, the same bytes every time."""
    return _page(found, f"Statement for {statement.title}", list(_body(found, statement)))


def _body(found: Findings, statement: Statement) -> Iterator[Html]:
    coins = found.reading.currency
    yield paragraph(statement.lead, class_="lead")
    yield bullets(statement.because)
    rows = [[line.what, coins.full(line.amount)] for line in statement.lines]
    total = [statement.total.what, coins.full(statement.total.amount)]
    yield table(f"Your account, {coins.unit}", ["What", "Amount"], rows, numbers=(1,), total=total)
    if statement.rounds:
        yield table("Your rounds", ["Rounds", "What", f"Each, {coins.unit}"], statement.rounds, numbers=(2,))
    if statement.derived:
        told = [bullets(found.reading.derived(ident)) for ident in statement.derived]
        unit = f"Every number derived; amounts are base units, {10**coins.decimals:,} of them are 1 {coins.unit}."
        yield tag("div", tag("h3", unit), *told)
    yield pairs(_identity(found, statement))
    yield paragraph("Nobody has to believe this page. This recomputes the whole campaign from its record:")
    yield tag("pre", tag("code", VERIFY))


def _identity(found: Findings, statement: Statement) -> list[tuple[Content, Content]]:
    campaign = found.reading.record["campaign"]
    return [
        ("Your account", code(statement.account)),
        ("Campaign", join([code(campaign["address"]), f" on chain {campaign['chain_id']}, {campaign['status']}"])),
        ("Terms digest", code(f"keccak256 {digest(found.reading.terms).hex()}")),
    ]


def _index(found: Findings, entries: list[tuple[str, Statement]]) -> str:
    coins = found.reading.currency
    rows = [[tag("a", named(one.id, one.name), href=name), one.role, coins.full(one.net)] for name, one in entries]
    header = ["Party", "Role", f"Net, {coins.unit}"]
    return _page(found, "Statements", [table("Everybody's statement", header, rows, numbers=(2,))])


def _page(found: Findings, heading: str, body: list[Html]) -> str:
    name = found.reading.record["campaign"]["name"]
    header = join([paragraph(name, class_="soft"), tag("h1", heading)], "\n")
    return render_page(f"{heading}: {name}", header, join(body, "\n"))


def _plain(ident: str) -> str:
    """What is safe in a file's name on every system; the number before it keeps names apart."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", ident)[:60]
