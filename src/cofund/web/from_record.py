"""A finished campaign as pages show it, from its record, without any node."""

from pathlib import Path

from cofund.campaign.campaign import Campaign
from cofund.report.reading import load_record, read, whole_record
from cofund.web.shown import Shown


def record_snapshot(path: Path) -> Shown:
    """The campaign that a record tells of.

    Raises:
        InputError: if the file is no record.
        CheckFailed: if its transactions do not fit, or its outcome is not what the rule gives for its market.
    """
    record = load_record(path)
    with whole_record(path):
        return Shown(Campaign.from_record(record), read(record), live=False)
