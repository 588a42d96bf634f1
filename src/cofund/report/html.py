"""The report of a record: one self-contained HTML file, the same bytes every time, no request to anywhere."""

import hashlib
from base64 import b64encode
from importlib.resources import files
from string import Template
from typing import Any

from cofund.report.check_data import embedded_data
from cofund.report.markup import join, tag, text
from cofund.report.reading import read
from cofund.report.section_checks import checks
from cofund.report.section_money import gas, money
from cofund.report.section_owners import owners
from cofund.report.section_prices import prices
from cofund.report.section_rules import rules, seals
from cofund.report.section_start import identity, verdict
from cofund.report.section_training import deliveries, rounds
from cofund.report.verdict import findings

SECTIONS = {
    "verdict": ("Verdict", verdict),
    "identity": ("What this report is about", identity),
    "rules": ("The rules, public before anybody bid", rules),
    "seals": ("Sealed bids and offers", seals),
    "prices": ("Who trains, and at which price", prices),
    "owners": ("What every owner bought, and why it stopped", owners),
    "rounds": ("Rounds and learning curve", rounds),
    "deliveries": ("Deliveries, and what went wrong", deliveries),
    "money": ("Where the money went", money),
    "gas": ("Gas", gas),
    "checks": ("Checks, computed by this page", checks),
}
"""Anchor -> title and what writes the section, in order."""


def render_report(record: dict[str, Any]) -> str:
    """The whole page.

    Args:
        record: ``cofund.record/1``.

    Raises:
        InputError: naming the section or field of the record that is missing or wrong.
        CheckFailed: if the record's outcome is not what its rule gives.
    """
    found = findings(read(record))
    parts = []
    for anchor, (title, write) in SECTIONS.items():
        heading = tag("h2", title, id=f"{anchor}-title")
        parts.append(tag("section", heading, *write(found), id=anchor, aria_labelledby=f"{anchor}-title"))
    style, script = _asset("page.css"), _asset("checks.js")
    return Template(_asset("page.html")).substitute(
        style_hash=inline_hash(style),
        script_hash=inline_hash(script),
        style=style,
        script=script,
        title=text(f"{record['campaign']['name']}: campaign report"),
        name=text(record["campaign"]["name"]),
        contents=join(tag("a", title, href=f"#{anchor}") for anchor, (title, _) in SECTIONS.items()),
        main=join(parts, "\n"),
        data=embedded_data(found),
    )


def _asset(name: str) -> str:
    return files("cofund.report").joinpath(name).read_text(encoding="utf-8")


def inline_hash(inline: str) -> str:
    """What the page's content security policy allows to run or to style: this text and no other."""
    return "sha256-" + b64encode(hashlib.sha256(inline.encode("utf-8")).digest()).decode("ascii")
