"""A finished campaign as pages show it, from its record, without any node."""

from pathlib import Path
from typing import Final

from cofund.campaign.campaign import Campaign
from cofund.campaign.sections import sections_of
from cofund.errors import InputError
from cofund.report.reading import load_record, read, whole_record
from cofund.web.shown import Shown

OTHERWISE: Final = {"campaign", "gains", "gas", "deliveries"}
"""Sections of which a record has more than its campaign tells."""


def record_snapshot(path: Path) -> Shown:
    """The campaign that a record tells of.

    Raises:
        InputError: if the file is no record, or a section is not what follows from its transactions.
        CheckFailed: if its transactions do not fit, or its outcome is not what the rule gives for its market.
    """
    record = load_record(path)
    with whole_record(path):
        reading, campaign = read(record), Campaign.from_record(record)
        for name, right in sections_of(campaign).items():
            if name not in OTHERWISE and record[name] != right:
                raise InputError(str(path), name, "expected what follows from the record's own transactions")
        return Shown(campaign, reading, live=False)
