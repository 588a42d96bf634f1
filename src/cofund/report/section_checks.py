"""The checks that the page computes itself, and why they are not enough."""

from collections.abc import Iterator

from cofund.report.markup import Html, paragraph, tag
from cofund.report.verdict import Findings
from cofund.report.words import NOTHING

CHECKS = {
    "deposits": "All deposits less all payments are what the contract holds",
    "charges": "The owners' charges equal everything that was paid from them",
    "shares": "Every charge is the sum of its shares, and shares cover the cost of every round",
    "bids": "No owner pays more than it bid",
    "prices": "Every price is that of the cheapest offer that could step in, or the ceiling",
    "winners": "Every client that trains is paid at least what it asked",
    "deliveries": "Deliveries, signed totals and recorded rounds agree",
    "pay": "Pay and fees are rounds delivered times the prices",
}
"""Name of the check in ``checks.js`` -> what it says."""
OF_COSTS = frozenset({"prices", "winners"})
"""What needs to know what clients asked."""

VERIFY = "cofund verify record.json"
ON_CHAIN = " -r URL"


def checks(found: Findings) -> Iterator[Html]:
    """A row per check, filled in by the script; without scripts it says so."""
    yield paragraph(
        "A small script in this page adds everything up again from the data embedded in it, in exact integers. ",
        tag("span", f"{NOTHING} Not computed: scripts are off or this is not a browser.", id="checks-verdict"),
    )
    if found.reading.sealed:
        yield paragraph(
            "Books stay sealed: what clients asked is not in this page, nor in its record. That prices and winners are "
            "right the contract has checked; whoever gets the books in confidence checks it again (cofund audit)."
        )
    head = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in ("Check", "Result", "Numbers"))))
    rows = [
        tag("tr", tag("th", sentence, scope="row"), tag("td", f"{NOTHING} not computed"), tag("td"), data_check=name)
        for name, sentence in CHECKS.items()
        if not (found.reading.sealed and name in OF_COSTS)
    ]
    inner = tag("table", tag("caption", "Checks"), head, tag("tbody", *rows), class_="wide checks")
    yield tag("div", inner, class_="scroll", tabindex=0, role="region", aria_label="Checks")
    forged = "Whoever forges a report can forge these checks with it. Proof is to "
    if found.reading.shared:
        yield paragraph(
            f"{forged}keep the books again from signed transactions and events, and to look all of them up on the "
            "chain, which others used too. This command does both:"
        )
        yield tag("pre", tag("code", VERIFY + ON_CHAIN))
        return
    yield paragraph(
        f"{forged}execute every transaction again, to compute every digest and every result again, and to compare. "
        "This command does it from the record alone:"
    )
    yield tag("pre", tag("code", VERIFY))
