"""What becomes of a client's bond that no claim has settled (protocol.md, "Bonds").

The rule takes what the ledger and what the contract's views know alike, so that whoever shows or decides asks here.
"""

from enum import StrEnum


class BondRule(StrEnum):
    """What ``return_bonds`` does with a bond that is held."""

    WAITS = "waits"
    RETURNS = "returns"
    LOSES = "loses"
    FORFEITED = "forfeited"


def unclaimed_bond(status: str, *, opened: bool, wins: bool, final: bool, signed: bool) -> BondRule:
    """What ``return_bonds`` would do now.

    Args:
        status: of the campaign.
        opened: whether the offer was.
        wins: whether the client is in the cohort.
        final: whether three delivery windows have passed since the last round was accepted.
        signed: whether there are rounds and the client's edge signed for the last one.
    """
    if status == "open":
        return BondRule.WAITS
    if status == "cancelled":
        return BondRule.RETURNS
    if not opened:
        return BondRule.FORFEITED
    if status == "unfunded" or not wins:
        return BondRule.RETURNS
    if not final:
        return BondRule.WAITS
    return BondRule.LOSES if signed else BondRule.RETURNS
