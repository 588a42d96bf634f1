"""What the scripts in the browser need to know of a campaign; amounts are decimal strings."""

from typing import Any

from cofund.web.snapshot import Snapshot


def facts_of(snapshot: Snapshot) -> dict[str, Any]:
    """Addresses, bonds, phase and clock."""
    terms = snapshot.terms
    return {
        "address": snapshot.address,
        "chainId": snapshot.chain_id,
        "source": snapshot.source,
        "phase": snapshot.phase,
        "status": snapshot.status,
        "until": snapshot.until,
        "now": snapshot.now,
        "token": terms["token"],
        "bonds": terms["bonds"],
        "ceiling": terms["market"]["ceiling"],
        "edges": [
            {"id": edge["id"], "name": edge["name"], "operator": edge["operator"], "fee": edge["fee"]}
            for edge in terms["edges"]
        ],
        "coordinator": terms["coordinator"],
    }
