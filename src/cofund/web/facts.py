"""What the scripts in the browser need to know of a campaign; amounts are decimal strings."""

from typing import Any

from cofund.web.snapshot import Snapshot


def facts_of(snapshot: Snapshot) -> dict[str, Any]:
    """Addresses, bonds, phase and clock."""
    terms = snapshot.terms
    accounts = {party["id"]: party["account"] for party in terms["clients"]}
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
        "roundsDone": snapshot.counts["rounds_done"],
        "ceiling": terms["market"]["ceiling"],
        "edges": [
            {
                "id": edge["id"],
                "name": edge["name"],
                "operator": edge["operator"],
                "admits": edge["admits"],
                "bonded": state["bonded"],
                "feeDue": int(edge["fee"]) > 0 and state["claimed"] > state["fee_rounds"],
            }
            for edge, state in zip(terms["edges"], snapshot.edges, strict=True)
        ],
        "bondsDue": [accounts[client] for client in snapshot.bonds],
    }
