"""What each party sent in a recorded campaign, in its order.

Whose turn is first after an interruption is open: everybody looks at the chain, and what was handed over by file, such
as signed offers, is there already.
"""

from collections import defaultdict
from typing import Any

from cofund.campaign.sections import ids_by_account
from cofund.chain.signed import opened


def sent_notes(record: dict[str, Any]) -> dict[str, list[str]]:
    """Notes of transactions by the id of who sent them."""
    ids, found = ids_by_account(record["terms"]), defaultdict[str, list[str]](list)
    for entry in record["transactions"]:
        found[ids[opened(entry["raw"]).sender]].append(entry["note"])
    return dict(found)
