"""Words for what happened: events as sentences."""

from typing import Any

from cofund.campaign.chain_document import short
from cofund.campaign.metrics import metric_text
from cofund.chain.logs import Event
from cofund.money import Currency


def event_words(event: Event, names: dict[str, str], terms: dict[str, Any]) -> str:  # noqa: C901, PLR0911, PLR0912 - a case an event
    """One sentence about an event."""
    given, coins = event.arguments, Currency(terms["token"]["unit"], terms["token"]["decimals"])
    edges = [edge["id"] for edge in terms["edges"]]

    def who(field: str) -> str:
        account = given[field]
        name = names.get(account, account)
        return short(account) if name == account else name

    match event.name:
        case "BidCommitted":
            return f"{who('owner')} sealed a bid and locked {coins.named(given['escrow'])}"
        case "OfferCommitted":
            return f"{who('client')} sealed an offer"
        case "BidRevealed":
            return f"{who('owner')} opened its bid: {coins.named(given['bid'])}"
        case "OfferRevealed":
            cost = coins.named(given["cost"] * int(terms["token"]["tick"]))
            return f"{who('client')} opened its offer at {edges[given['edge']]}: {cost} a round"
        case "Settled":
            if not given["funded"]:
                return "Settled: not funded, everything goes back"
            cost = coins.named(given["round_cost"])
            return f"Settled: {given['winners']} clients, up to {given['rounds']} rounds at {cost}"
        case "RoundRecorded":
            return f"Round {given['round']} recorded, metric {metric_text(given['metric'])}"
        case "Vetoed":
            carried = ": carried, training ends" if given["carried"] else ""
            return f"{who('owner')} vetoed round {given['round']}{carried}"
        case "Halted":
            return f"Halted after {given['rounds']} rounds"
        case "DeliveriesPosted":
            return (
                f"Edge {edges[given['edge']]} signed {given['total']} client-rounds up to round {given['up_to_round']}"
            )
        case "ModelsReleased":
            return "The coordinator released the models"
        case "Closed":
            return f"Closed: {coins.named(given['spent'])} to sites, {coins.named(given['undelivered'])} undelivered"
        case "Paid":
            return f"{who('account')} was paid {coins.named(given['amount'])} ({given['reason']})"
        case "PaymentRefused":
            owed = f"{coins.named(given['amount'])} ({given['reason']})"
            return f"The token refused to pay {who('account')} {owed}: it can be taken later"
        case "BondLost":
            return f"{who('client')} lost its bond"
        case _:
            return event.name
