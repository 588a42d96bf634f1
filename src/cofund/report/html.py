"""The report of a record: one self-contained HTML file, the same bytes every time, no request to anywhere."""

from typing import Any

from cofund.report.check_data import embedded_data
from cofund.report.markup import join, paragraph, tag
from cofund.report.page import render_page
from cofund.report.reading import read
from cofund.report.section_checks import checks
from cofund.report.section_money import gas, money
from cofund.report.section_owners import owners
from cofund.report.section_prices import prices
from cofund.report.section_rules import rules, seals
from cofund.report.section_start import identity, verdict
from cofund.report.section_training import deliveries, rounds
from cofund.report.verdict import findings

ABOUT = "Report of a crowdfunded, federated model: who paid, who trained, what came of it."

SECTIONS = {
    "verdict": ("Verdict", verdict),
    "identity": ("What this report is about", identity),
    "rules": ("The rules, public before anybody bid", rules),
    "seals": ("Sealed bids and books", seals),
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
        record: ``cofund.record/3``.

    Raises:
        InputError: naming the section or field of the record that is missing or wrong.
        CheckFailed: if the record's outcome is not what its rule gives.
    """
    found = findings(read(record))
    parts = []
    for anchor, (title, write) in SECTIONS.items():
        heading = tag("h2", title, id=f"{anchor}-title")
        parts.append(tag("section", heading, *write(found), id=anchor, aria_labelledby=f"{anchor}-title"))
    name = record["campaign"]["name"]
    contents = (tag("a", title, href=f"#{anchor}") for anchor, (title, _) in SECTIONS.items())
    header = [tag("h1", name), paragraph(ABOUT, class_="soft"), tag("nav", *contents, aria_label="Contents")]
    return render_page(f"{name}: campaign report", join(header, "\n"), join(parts, "\n"), embedded_data(found))
