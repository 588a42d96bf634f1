"""What the scripts in the browser need to know of a campaign; amounts are decimal strings."""

from typing import Any

from cofund.web.shown import Shown


def facts_of(shown: Shown) -> dict[str, Any]:
    """Addresses, bonds, phase and clock."""
    terms = shown.terms
    return {
        "address": shown.address,
        "chainId": shown.campaign.place.chain_id,
        "source": shown.source,
        "phase": shown.campaign.phase,
        "status": shown.campaign.status,
        "until": shown.campaign.until,
        "now": shown.campaign.now,
        "token": terms["token"],
        "bonds": terms["bonds"],
        "roundsDone": shown.counts["rounds_done"],
        "ceiling": terms["market"]["ceiling"],
        "edges": [
            {
                "id": edge["id"],
                "name": edge["name"],
                "operator": edge["operator"],
                "admits": edge["admits"],
                "bonded": place.bonded,
                "feeDue": place.claimable > 0,
            }
            for edge, place in zip(terms["edges"], shown.edges, strict=True)
        ],
        "bondsDue": shown.bonds,
    }
