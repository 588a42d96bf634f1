"""What the scripts in the browser need to know of a campaign; amounts are decimal strings."""

from typing import Any

from cofund.campaign.signed_offers import most_asked
from cofund.chain.contract import contracts_of
from cofund.web.shown import Shown


def facts_of(shown: Shown) -> dict[str, Any]:
    """Addresses, bonds, phase and clock."""
    terms, ledger_terms = shown.terms, shown.campaign.ledger.terms
    return {
        "address": shown.address,
        "books": next(at for at in contracts_of(shown.address) if at != shown.address),
        "chainId": shown.campaign.place.chain_id,
        "source": shown.source,
        "phase": shown.campaign.phase,
        "status": shown.campaign.status,
        "until": shown.campaign.until,
        "now": shown.campaign.now,
        "token": terms["token"],
        "bonds": terms["bonds"],
        "roundsDone": shown.counts["rounds_done"],
        "edges": [
            {
                "id": edge["id"],
                "name": edge["name"],
                "operator": edge["operator"],
                "bonded": place.bonded,
                "most": str(most_asked(ledger_terms, at) * ledger_terms.tick),
                "feeDue": place.claimable > 0,
            }
            for at, (edge, place) in enumerate(zip(terms["edges"], shown.edges, strict=True))
        ],
        "bondsDue": shown.bonds,
    }
